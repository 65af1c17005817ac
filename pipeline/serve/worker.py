"""The work behind the endpoints: plain samples, and questions answered by a strategy. Called in a
worker's thread, it tells what happens as it happens and ends when nobody listens any more.

Work of all workers is batched by the engine. Searching and reading the notes is done one at a time:
it is short, and side by side it would only make the threads take turns. Plain samples are what an
API is asked for, so they are drawn anew each time: from the engine, past the loop and its pool.
"""

from __future__ import annotations

import re
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from pipeline.answering.conversation import Conversation, StandaloneQuestion, Turn
from pipeline.answering.loop import (
    UNLIMITED,
    Budget,
    StrategyResult,
    run,
    run_strategy,
)
from pipeline.answering.prepare import Prepared, QuestionRequest, prepare
from pipeline.answering.progress import VoteProgress
from pipeline.answering.requests import Likelihoods, Searcher
from pipeline.answering.result import conclude
from pipeline.answering.session import Asker
from pipeline.answers.normalise import AnswerKind
from pipeline.engine.base import Engine
from pipeline.pool import MemoryPool
from pipeline.prompts.exemplar import Exemplar
from pipeline.serve.client_stream import ClientStream, FirstSearch, ReplayPool
from pipeline.serve.events import (
    SampleEvent,
    StandaloneEvent,
    TextEvent,
    VotesEvent,
)
from pipeline.serve.request_schemas import GenerationRequest
from pipeline.strategies import Access, Strategy, StrategyName, make_strategy
from pipeline.text.answer_type import wanted
from pipeline.types import (
    Agreement,
    Answer,
    Cost,
    Draw,
    Hits,
    Sample,
    SampleParams,
    Search,
    Vote,
)

__all__ = ["ChoiceResult", "ClientStream", "StrategyCall", "Worker"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ChoiceResult:
    """One choice. `text` is the reply; `answer` what was read in it (None: nothing that counts);
    `whole` is False where its length ended it. The rest is there where notes were asked."""

    text: str
    whole: bool
    cost: Cost
    answer: str | None = None
    mean_logprob: float | None = None
    votes: tuple[Vote, ...] = ()
    agreement: Agreement | None = None
    confidence: float | None = None
    draws: int = 1
    complete: bool = True
    told: Answer | None = None


@dataclass(frozen=True, slots=True)
class StrategyCall:
    """How a question is to be thought through; `examples` are shown before it, except where it is
    answered as `thinkscale ask` does. `turns` are those of the conversation before it. With `keep`,
    samples are kept for the same question asked again: with more `draws` it goes on from them."""

    strategy: StrategyName
    examples: tuple[Exemplar, ...] = ()
    draws: int | None = None
    k: int | None = None
    budget: Budget = UNLIMITED
    turns: tuple[Turn, ...] = ()
    keep: bool = False


class Worker:
    """Everything that draws. `asker` is over the configured notes; its strategy is replaced by the
    one asked for. `options` are parameters of aggregations (`strategies` in config.yaml); `embed`
    gives the vector of a text, and how many tokens it has."""

    def __init__(
        self,
        asker: Asker,
        engine: Engine,
        options: Mapping[str, Mapping[str, Any]] | None = None,
        embed: Callable[[str], tuple[Sequence[float], int]] | None = None,
    ) -> None:
        self.asker, self.engine, self._options = asker, engine, options
        self._embed = embed
        self._notes = threading.Lock()
        self._pools: OrderedDict[tuple[str, str], MemoryPool] = OrderedDict()

    @property
    def params(self) -> SampleParams:
        return self.asker.params

    def warm_up(self) -> None:
        """Read what the first search reads, and make the engine's room for many callers before the
        first comes: what it opens for one short request alone would make the others wait."""
        self.asker.prepare("What are these notes about?")
        if self.engine.info.engine != "local":
            return
        from pipeline.types import Message, Prompt

        params = SampleParams(max_tokens=self.engine.info.context)
        prompt = Prompt((Message("user", "Hi"),))
        requests = [Draw(prompt, params, draw, "warm-up") for draw in range(16)]
        for _ in self.engine.sample(requests, on_token=lambda _, __: False):
            pass

    def plain(self, generation: GenerationRequest, client: ClientStream) -> list[ChoiceResult]:
        """The choices of a request, drawn from its prompts as they are: those of the first prompt,
        then those of the second. `stop` ends a draw."""
        params = generation.params
        if not generation.seeded and generation.warm:
            params = replace(params, seed=secrets.randbits(32))
        requests = [  # nothing of the notes is shown, so of two models the one that reasons answers
            Draw(replace(prompt, role="reason"), params, draw, str(at) if at else "")
            for at, prompt in enumerate(generation.prompts)
            for draw in range(generation.n)
        ]
        number = {request: i for i, request in enumerate(requests)}

        def token(request: Draw, piece: str) -> None:
            client.tell(TextEvent(number[request], request.draw, piece))

        said: list[ChoiceResult | None] = [None] * len(requests)
        client.check()
        for sample in self.engine.sample(requests, on_token=token):
            choice = number[sample.request]
            said[choice] = _plain(sample)
            client.tell(SampleEvent(choice, sample))
        assert all(said), "the engine owes a sample for every request"
        return [one for one in said if one is not None]

    def answer(
        self,
        text: str,
        how: StrategyCall,
        generation: GenerationRequest | None,
        client: ClientStream,
    ) -> list[ChoiceResult]:
        """The choices of a question thought through, each with a seed of its own. Raises
        ConfigError, PromptError, NotesError."""
        strategy = make_strategy(how.strategy, draws=how.draws, options=self._options)
        if how.turns:
            standing = self._standing(text, how.turns)
            if standing.changed:
                text = standing.text
                client.tell(StandaloneEvent(text))
        said = []
        for choice in range(generation.n if generation else 1):
            params = self._params(generation, choice, single=strategy.draws == 1)
            said.append(self._one(text, how, strategy, params, choice, client))
        return said

    def _standing(self, text: str, turns: Sequence[Turn]) -> StandaloneQuestion:
        with self._notes:
            return Conversation(self.asker, turns=turns).standing(text)

    def notes_alone(self, work: Callable[[], T]) -> T:
        """Work that searches the notes, in turn with all other that does."""
        with self._notes:
            return work()

    def embed(self, texts: Sequence[str], client: ClientStream) -> tuple[list[list[float]], int]:
        """Vectors of texts by the index's own embedder, and the tokens of all of them."""
        assert self._embed is not None, "nobody is offered an embedder that is not there"
        vectors, tokens = [], 0
        for text in texts:
            client.check()
            with self._notes:
                vector, read = self._embed(text)
            vectors.append([float(x) for x in vector])
            tokens += read
        return vectors, tokens

    # -- one question --------------------------------------------------------------------------

    def _params(
        self, generation: GenerationRequest | None, choice: int, *, single: bool
    ) -> SampleParams:
        """The draws' parameters. What several draws are drawn with is never greedy: a client that
        sends temperature 0 or `top_p` 0, as many do, would get as many copies of one reply. Its
        stop strings are then applied to the reply as it is sent, so that they cut no vote short."""
        own = self.asker.params
        if generation is None:
            return own
        seed = generation.params.seed if generation.seeded else secrets.randbits(32)
        given = generation.params if generation.warm or single else own
        return replace(
            generation.params,
            temperature=given.temperature,
            top_k=given.top_k,
            top_p=given.top_p,
            stop=generation.stop if single else (),
            max_tokens=generation.max_tokens or own.max_tokens,
            seed=(seed + choice) % 2**32,
        )

    def _one(
        self,
        text: str,
        how: StrategyCall,
        strategy: Strategy,
        params: SampleParams,
        choice: int,
        client: ClientStream,
    ) -> ChoiceResult:
        access = how.strategy.access or Access("closed")
        if access.kind in ("rag", "ask"):
            access = replace(access, k=how.k or access.k)
        asked = QuestionRequest(
            text, access, kind=_kind(text), exemplars=how.examples, params=params
        )
        if access.kind == "ask":
            asked = replace(asked, exemplars=())
        asker = self.asker  # the same notes from search to citation, whatever is added meanwhile
        found = FirstSearch(client)
        pool = ReplayPool(
            self._pool(text, asker) if how.keep else MemoryPool(self.engine.info), found.tell
        )

        def search(request: Search, scores: Likelihoods) -> Hits:  # one at a time
            with self._notes:
                client.check()  # who left while others searched
                hits = asker.index.look_up(request, scores)
            found.tell(hits)
            return hits

        course = prepare(asked, asker.rules_for(text), asker.index, how.budget, self.engine.count)
        prepared = run(course, lambda: self.engine, search, pool)
        result = None
        if prepared.question is not None:
            result = self._think(prepared, strategy, how.budget, choice, client, search, pool)
        if access.kind != "ask":
            assert result is not None, "only questions to the notes are refused"
            return _said(result, strategy)
        answer = conclude(
            prepared, result,
            notes=asker.notes, strategy=strategy.name, model=asker.model, reasoner=asker.reasoner,
        )  # fmt: skip
        return ChoiceResult(
            answer.text,
            whole=True,
            cost=answer.cost,
            answer=None if answer.abstained else answer.text,
            votes=answer.votes,
            agreement=answer.agreement,
            confidence=answer.confidence,
            draws=len(answer.samples),
            complete=result is None or result.complete,
            told=answer,
        )

    def _pool(self, text: str, asker: Asker) -> MemoryPool:
        """What was already asked for about this question on these notes; the last questions are
        remembered."""
        key = (text, asker.index.identity)
        with self._notes:
            pool = self._pools.pop(key, None) or MemoryPool(self.engine.info)
            self._pools[key] = pool
            while len(self._pools) > _REMEMBERED:
                self._pools.popitem(last=False)
        return pool

    def _think(
        self,
        prepared: Prepared,
        strategy: Strategy,
        budget: Budget,
        choice: int,
        client: ClientStream,
        search: Searcher,
        pool: ReplayPool,
    ) -> StrategyResult:
        question = prepared.question
        assert question is not None
        tally = VoteProgress(question, strategy)

        def token(request: Draw, piece: str) -> None:
            client.tell(TextEvent(choice, request.draw, piece))

        def finished(sample: Sample) -> None:
            client.tell(SampleEvent(choice, sample))
            tally.add(sample)
            if strategy.draws > 1 and (tally.samples <= _EVERY or not tally.samples % _EVERY):
                client.tell(VotesEvent(choice, tally.votes, tally.samples, strategy.draws))

        client.check()
        pool.tell_sample = finished
        return run_strategy(
            question, strategy, self.engine, pool, token, finished, budget, search, prepared.cost
        )


def _kind(question: str) -> AnswerKind:
    """How the answers to a question are compared: as figures where a figure is asked for."""
    figure = wanted(question).kind == "figure" or _SUM.search(question)
    return "number" if figure else "auto"


_SUM = re.compile(r"\d\s*[-+*/×÷]\s*\d")
_REMEMBERED = 64  # questions whose samples are kept
_EVERY = 16  # from so many draws on, the votes are counted after every so many


def _plain(sample: Sample) -> ChoiceResult:
    return ChoiceResult(
        sample.text,
        whole=sample.finish != "length",
        cost=sample.cost,
        mean_logprob=sample.confidence.mean_logprob,
    )


def _said(result: StrategyResult, strategy: Strategy) -> ChoiceResult:
    """The winning reply whole, so that who asked can read its answer his own way. Where none could
    be read, the first reply is all there is to show."""
    decision = result.decision
    winner, first = decision.winner, result.samples[0] if result.samples else None
    text = (winner.reply or winner.text) if winner else first.text if first else ""
    single = first if strategy.draws == 1 else None
    return ChoiceResult(
        text,
        whole=not (single and single.finish == "length"),
        cost=result.cost,
        answer=winner.text if winner else None,
        mean_logprob=single.confidence.mean_logprob if single else None,
        votes=decision.votes,
        agreement=decision.agreement,
        confidence=decision.confidence,
        draws=len(result.samples),
        complete=result.complete,
    )
