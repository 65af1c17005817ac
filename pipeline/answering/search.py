"""The index as questions search it: reranked and diversified as configured, every search priced."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipeline.engine.base import Engine
from pipeline.pool import search_key
from pipeline.retrieval import Index
from pipeline.retrieval.hops import hops
from pipeline.retrieval.ordered_search import search
from pipeline.retrieval.outline import outline
from pipeline.retrieval.rerank import question_prompts
from pipeline.retrieval.stated import stated
from pipeline.retrieval.within import within
from pipeline.types import Cost, Hit, Hits, Passage, Score, Search

__all__ = ["OrderedIndex", "model_reranker"]


@dataclass(frozen=True, slots=True)
class OrderedIndex:
    """An index whose hits are ordered as the configuration asks. `engine` opens the model that
    reranks; None: none is at hand."""

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

    def look_up(self, request: Search) -> Hits:
        """The best passages; the price holds what a reranking model read."""
        begun, costs = time.perf_counter(), [Cost()]
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
            score = model_reranker(self.engine, costs.append) if self.engine else None
            found = tuple(search(self.index, request.query, request.k, score))
            kind = self.index.kind_of(request.query)
            spelled = self.index.respelled(request.query).text
            spelled = "" if spelled == request.query else spelled
        read = sum(costs, Cost())
        cost = Cost(read.prompt_tokens, 0, time.perf_counter() - begun, read.flops)
        return Hits(request, found, cost, search_key(request), kind, spelled)


def model_reranker(
    opened: Callable[[], Engine], on_cost: Callable[[Cost], None] = lambda _: None
) -> Callable[[str, Sequence[str]], list[float]]:
    """Scores passages by how likely the question is after each, by the model that `opened` gives.
    It is called when a question needs it, and not where the search is sure of its order.

    Raises ModelError (then) for a model that cannot tell likelihoods: most endpoints cannot.
    """

    def score(question: str, passages: Sequence[str]) -> list[float]:
        wanted = [Score(prompt, f" {question}") for prompt in question_prompts(passages)]
        found = list(opened().score(wanted))
        for likelihood in found:
            on_cost(likelihood.cost)
        return [likelihood.logprob for likelihood in found]

    return score
