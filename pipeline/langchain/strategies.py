"""A strategy as a Runnable, over any chat model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

from langchain_core.documents import Document
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableLambda

from pipeline.answering.loop import (
    UNLIMITED,
    Budget,
    StrategyResult,
    run_strategy,
)
from pipeline.answering.loop import run as run_course
from pipeline.answering.measured import strategy_options
from pipeline.answering.prepare import PrepareSettings, QuestionRequest, prepare
from pipeline.answering.question import check_question
from pipeline.answering.requests import Likelihoods, Searcher
from pipeline.answering.session import chosen_strategy
from pipeline.answering.trust import agreement_json
from pipeline.answers.normalise import AnswerKind
from pipeline.config import Config
from pipeline.engine.base import Engine
from pipeline.errors import ConfigError, PromptError, filled
from pipeline.langchain.chat import ChatThinkscale
from pipeline.langchain.convert import to_passage, usage
from pipeline.langchain.engine import ChatEngine
from pipeline.pool import MemoryPool
from pipeline.strategies import Access, make_strategy, parse_name
from pipeline.types import Cost, Hit, Hits, Passage, Sample, SampleParams, Search

__all__ = ["strategy_runnable"]


def strategy_runnable(
    name: str,
    model: BaseChatModel | Engine,
    *,
    retriever: BaseRetriever | None = None,
    kind: AnswerKind = "auto",
    params: SampleParams | None = None,
    budget: Budget = UNLIMITED,
    options: Mapping[str, Mapping[str, Any]] | None = None,
    config: Config | None = None,
    on_sample: Callable[[Sample], None] | None = None,
) -> Runnable[Any, AIMessage]:
    """A strategy, e.g. `strategy_runnable("cot@sc8", chat_model)`.

    It takes a question: a string, messages (the last is the question), or a mapping with `question`
    and, if wanted, `passages` (documents or strings). `rag3+cot` shows 3 passages of the
    `retriever`, `closed+cot` none; without either it shows those of the mapping. The AIMessage that
    comes out holds the answer ("" where no sample gave one), the usage of all samples together,
    and as response metadata the strategy, the votes, the share of the winner, the confidence, how
    many samples there were, and whether a budget ended them.

    `model` is any chat model or an open engine; a ChatThinkscale is used by its engine, which can
    also go on from a reply and score one. `kind` says how answers are compared, `options` are
    parameters of aggregations. With a `config`, `auto` is the strategy that `thinkscale ask` would
    take, and the parameters of aggregations are the configured ones.

    Raises ConfigError for a name that is none, or that asks for passages where there are none to
    ask for.
    """
    if name == "auto" and config is None:
        raise ConfigError("auto: there is no configuration to choose by.", "Give config=.")
    parsed = chosen_strategy(config, name)[0] if config else parse_name(name)
    options = strategy_options(config, parsed.rule) if config and options is None else options
    access = parsed.access
    if access and access.kind not in ("closed", "rag"):
        raise ConfigError(
            filled("{name}: {kind}+ has no place here.", name=name, kind=access.kind),
            "Use ragK+ or closed+.",
        )
    if access and access.kind == "rag" and retriever is None:
        raise ConfigError(
            filled("{name}: there is no retriever to search with.", name=name), "Give retriever=."
        )
    strategy = make_strategy(replace(parsed, access=None), options=options)
    engine: Engine
    if isinstance(model, ChatThinkscale):
        engine, params = model.engine, params or model._params(None, {})
    elif isinstance(model, BaseChatModel):
        engine = ChatEngine(model)
    else:
        engine = model
    chosen = params or SampleParams(max_tokens=0)

    def run(given: Any) -> AIMessage:
        text, shown = _asked(given)
        notes = None
        how = Access("oracle")  # whatever passages came with the question
        if access and access.kind == "closed":
            how = Access("closed")
        elif access and retriever is not None:
            how, notes = access, _Retrieved(retriever, access.k)
        asked = QuestionRequest(text, how, kind=kind, gold=shown, params=chosen)
        prepared = run_course(
            prepare(asked, PrepareSettings(), notes), lambda: engine, _searcher(notes)
        )
        assert prepared.question is not None, "only questions to the notes are refused"
        thought = run_strategy(
            prepared.question, strategy, engine, MemoryPool(engine.info), on_sample=on_sample,
            budget=budget, search=_searcher(notes), spent=prepared.cost,
        )  # fmt: skip
        return _message(thought, str(parsed))

    return RunnableLambda(run, name=f"thinkscale {name}")


@dataclass(frozen=True, slots=True)
class _Retrieved:
    """A retriever of LangChain as something to search; without `k` it gives what it gives."""

    retriever: BaseRetriever
    k: int | None
    passages: Sequence[Passage] = ()
    identity: str = ""

    def look_up(self, request: Search, scores: Likelihoods) -> Hits:
        begun = perf_counter()
        more: dict[str, Any] = {"k": self.k} if self.k else {}
        found = _passages(self.retriever.invoke(request.query, **more)[: self.k])
        hits = tuple(Hit(passage, 1 / rank) for rank, passage in enumerate(found, 1))
        return Hits(request, hits, Cost(seconds=perf_counter() - begun))


def _searcher(notes: _Retrieved | None) -> Searcher | None:
    return notes.look_up if notes is not None else None


def _asked(given: Any) -> tuple[str, tuple[Passage, ...]]:
    """The question and the passages in what a Runnable was given."""
    if isinstance(given, Mapping):
        if "question" not in given:
            raise PromptError("There is no `question` in the mapping.", "Give it one.")
        return check_question(str(given["question"])), _passages(given.get("passages") or ())
    if isinstance(given, str):
        return check_question(given), ()
    messages = given.to_messages() if hasattr(given, "to_messages") else given
    if isinstance(messages, Sequence) and messages and isinstance(messages[-1], BaseMessage):
        return check_question(messages[-1].text), ()
    raise PromptError(
        filled("A {kind} is no question.", kind=type(given).__name__),
        "Give a string, messages or a mapping.",
    )


def _passages(found: Sequence[Document | str]) -> tuple[Passage, ...]:
    documents = [Document(one) if isinstance(one, str) else one for one in found]
    return tuple(
        to_passage(document, document.id or f"passage {number}")
        for number, document in enumerate(documents, 1)
    )


def _message(thought: StrategyResult, name: str) -> AIMessage:
    decision = thought.decision
    return AIMessage(
        decision.winner.text if decision.winner else "",
        usage_metadata=usage(thought.cost),
        response_metadata={
            "strategy": name,
            "votes": [
                {"answer": v.answer, "count": v.count, "weight": v.weight} for v in decision.votes
            ],
            "agreement": agreement_json(decision.agreement),
            "share": decision.share,
            "confidence": decision.confidence,
            "draws": len(thought.samples),
            "complete": thought.complete,
            "seconds": thought.cost.seconds,
        },
    )
