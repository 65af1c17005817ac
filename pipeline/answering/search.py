"""The index as questions search it: reranked and diversified as configured, every search priced."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.pool import search_key
from pipeline.retrieval import Index
from pipeline.retrieval.hops import hops
from pipeline.retrieval.ordered_search import search
from pipeline.retrieval.outline import outline
from pipeline.retrieval.rerank import PassageScorer, question_prompts
from pipeline.retrieval.stated import stated
from pipeline.retrieval.within import within
from pipeline.types import Cost, Hit, Hits, Likelihood, Passage, Score, Search

if TYPE_CHECKING:  # a search that needs no model does not wait for these
    from pipeline.answering.requests import Likelihoods
    from pipeline.engine.base import Engine

__all__ = ["OrderedIndex", "model_reranker"]


@dataclass(frozen=True, slots=True)
class OrderedIndex:
    """An index whose hits are ordered as the configuration asks. `engine` opens the model that
    reranks for a search outside a course (see `pipeline.answering.loop`); None: none is at hand."""

    index: Index
    engine: Callable[[], Engine] | None = None

    @property
    def passages(self) -> Sequence[Passage]:
        return self.index.passages

    @property
    def identity(self) -> str:
        return self.index.identity

    def search(self, question: str, k: int) -> list[Hit]:
        """The best `k` passages."""
        return list(self.look_up(Search(question, k, self.identity)).hits)

    def overlap(self, text: str) -> tuple[float, float]:
        """The weight of a text's words, and of those that stand together in one passage."""
        return self.index.overlap(text)

    def leans(self, question: str) -> float:
        """How much a question leans on what was said before it, above 0 where it does."""
        return self.index.leans(question)

    def leans_on_both(self, question: str) -> bool:
        """Whether a question that leans does so on two things that were said."""
        return self.index.leans_on_both(question)

    def name_tokens(self, text: str) -> frozenset[int]:
        """The word tokens of a text, of Korean ones also whole words without particle."""
        return self.index.name_tokens(text)

    def look_up(self, request: Search, scores: Likelihoods | None = None) -> Hits:
        """The best passages. A model that reranks them is asked by `scores`, and the price holds
        what that cost, whether it was made now or replayed."""
        begun, read, waited = time.perf_counter(), Cost(), 0.0

        def scored(wanted: Sequence[Score]) -> list[Likelihood]:
            nonlocal read, waited
            asked = time.perf_counter()
            found = (scores or self._scores())(wanted)
            waited += time.perf_counter() - asked
            read += sum((one.cost for one in found), Cost())
            return found

        kind = spelled = ""
        if request.outline:
            found = tuple(outline(self.index, request.query, request.k))
        elif request.states:
            found = tuple(stated(self.index, request.query, request.states, request.k))
        elif request.hops:
            found = tuple(hops(self.index, request.query, request.k))
        elif request.within:
            found = tuple(within(self.index, request.query, request.within, request.k))
        else:
            score = model_reranker(scored) if scores or self.engine else None
            found = tuple(search(self.index, request.query, request.k, score))
            kind = self.index.kind_of(request.query)
            spelled = self.index.respelled(request.query).text
            spelled = "" if spelled == request.query else spelled
        own = Cost(seconds=time.perf_counter() - begun - waited)
        return Hits(request, found, own + read, search_key(request), kind, spelled)

    def _scores(self) -> Likelihoods:
        from pipeline.answering.loop import likelihoods

        assert self.engine is not None
        return likelihoods(self.engine)


def model_reranker(scores: Likelihoods) -> PassageScorer:
    """Scores passages by how likely the question is after each. The model is asked when a question
    needs it, and not where the search is sure of its order.

    Raises ModelError (then) for a model that cannot tell likelihoods: most endpoints cannot.
    """

    def score(question: str, passages: Sequence[str]) -> list[float]:
        wanted = [Score(prompt, f" {question}") for prompt in question_prompts(passages)]
        return [one.logprob for one in scores(wanted)]

    return score
