"""Votes over different parts of what was found: an answer that comes back whichever passages are
shown does not hang on one that misleads. (Self-consistency, arXiv 2203.11171, with the passages
varied beside the words drawn.)"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from pipeline.strategies.base import Plan, Question, Strategy
from pipeline.strategies.common.limits import require
from pipeline.strategies.common.polling import elect, poll
from pipeline.strategies.common.prompt_method import PromptMethod
from pipeline.types import Draw

__all__ = ["Subsets", "best_first"]


@dataclass(frozen=True, slots=True)
class Subsets(Strategy):
    """`draws` replies, one vote each; the i-th is shown the i-th best choice of `size` pieces of
    what was found (0: half of them, rounded up), in their order. Once every choice has been shown
    they come round again. Where nothing was found, or one piece, all samples see the plain prompt.
    """

    name: str
    prompt_method: PromptMethod
    draws: int = 8
    size: int = 0

    def __post_init__(self) -> None:
        require(self.size >= 0, "subsets.size", self.size, "a number of pieces, or 0 for half")

    def plan(self, question: Question) -> Plan:
        samples = yield self._requests(question)
        readings = [self.prompt_method.read(question, sample) for sample in samples]
        return elect(poll(question, readings), len(samples))

    def _requests(self, question: Question) -> list[Draw]:
        pieces = question.pieces
        if len(pieces) < 2:
            return self.prompt_method.draw(question, 0, self.draws)
        size = min(self.size or math.ceil(len(pieces) / 2), len(pieces))
        chosen = list(islice(best_first(len(pieces), size), self.draws))
        prompts = [
            self.prompt_method.prompt(question, [pieces[i] for i in choice]) for choice in chosen
        ]
        return [
            self.prompt_method.request(question, draw, prompt=prompts[draw % len(prompts)])
            for draw in range(self.draws)
        ]


def best_first(n: int, size: int) -> Iterator[tuple[int, ...]]:
    """The choices of `size` out of `n` ranks from 0, lowest sum of ranks first, then as tuples are
    ordered; each once, made as they are needed."""
    first = tuple(range(size))
    heap, seen = [(sum(first), first)], {first}
    while heap:
        total, choice = heapq.heappop(heap)
        yield choice
        for i, rank in enumerate(choice):
            after = choice[i + 1] if i + 1 < size else n
            if rank + 1 < after:
                higher = (*choice[:i], rank + 1, *choice[i + 1 :])
                if higher not in seen:
                    seen.add(higher)
                    heapq.heappush(heap, (total + 1, higher))
