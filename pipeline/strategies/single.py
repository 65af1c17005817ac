"""One greedy draw: answer at once, step by step (arXiv 2205.11916), or plan first (arXiv
2305.04091), as the prompt says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.strategies.base import Decision, Question
from pipeline.strategies.polling import elect, poll
from pipeline.strategies.way import Way
from pipeline.types import Sample, SampleRequest

__all__ = ["Single"]


@dataclass(frozen=True, slots=True)
class Single:
    """The most likely reply to one prompt."""

    name: str
    way: Way
    draws: int = 1

    def step(self, question: Question, samples: Sequence[Sample]) -> list[SampleRequest] | Decision:
        if not samples:
            return [self.way.request(question, 0, greedy=True)]
        return self.decide(question, samples)

    def decide(self, question: Question, samples: Sequence[Sample]) -> Decision:
        readings = [self.way.read(question, sample) for sample in samples]
        return elect(poll(question, readings), max(len(samples), 1))
