"""One greedy sample: answer at once, step by step (arXiv 2205.11916), or plan first (arXiv
2305.04091), as the prompt says."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.strategies.base import Plan, Question, Strategy
from pipeline.strategies.common.polling import elect, poll
from pipeline.strategies.common.prompt_method import PromptMethod

__all__ = ["Single"]


@dataclass(frozen=True, slots=True)
class Single(Strategy):
    """The most likely reply to one prompt."""

    name: str
    prompt_method: PromptMethod
    draws: int = 1

    def plan(self, question: Question) -> Plan:
        samples = yield [self.prompt_method.request(question, 0, greedy=True)]
        readings = [self.prompt_method.read(question, sample) for sample in samples]
        return elect(poll(question, readings), len(readings))
