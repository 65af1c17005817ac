"""Self-consistency (arXiv 2203.11171): many samples of one prompt, and the answer most of them
give.

A sample votes only with an answer that could be read; against notes, only with one that a sentence
of them supports. `quorum` votes are needed: what one sample of many says is not agreement. With
a `share`, they must be that part of all samples; an answer in words, no value and no name, then
needs more than half: of what a small model says in its own words about a sentence, half is wrong.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from pipeline.strategies.base import Plan, Question, Strategy
from pipeline.strategies.common.polling import elect, poll
from pipeline.strategies.common.prompt_method import PromptMethod

__all__ = ["SelfConsistency"]


@dataclass(frozen=True, slots=True)
class SelfConsistency(Strategy):
    """`draws` replies, one vote each."""

    name: str
    prompt_method: PromptMethod
    draws: int = 8
    quorum: int = 1
    share: float = 0.0

    def plan(self, question: Question) -> Plan:
        samples = yield self.prompt_method.draw(question, 0, self.draws)
        readings = [self.prompt_method.read(question, sample) for sample in samples]
        made = len(samples)
        needed = self.needed(made)
        groups = poll(question, readings)
        if self.share and groups and not groups[0].answer.firm:
            needed = max(needed, made // 2 + 1)
        return elect(groups, made, needed)

    def needed(self, replies: int) -> int:
        return max(min(self.quorum, replies), math.ceil(self.share * replies))
