"""Confidence-weighted self-consistency (CISC, arXiv 2502.06233): a sample's vote weighs what its
own confidence says, by a softmax over the samples of the question."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.strategies.base import Plan, Question, Strategy
from pipeline.strategies.common.checking import with_checks
from pipeline.strategies.common.limits import require
from pipeline.strategies.common.polling import elect, poll
from pipeline.strategies.common.prompt_method import PromptMethod
from pipeline.strategies.ptrue import ask, chance

__all__ = ["Weighted", "softmax"]


@dataclass(frozen=True, slots=True)
class Weighted(Strategy):
    """`draws` replies; the weights of those that may vote add up to their number.

    `confidence` is "likelihood", the probability of a reply per token (the exponential of its mean
    log-probability), or "ptrue": half of the samples are replies and the other half ask the model
    of each whether it is right (as `ptrue` does). Both lie between 0 and 1, so that one
    vote weighs at most exp(1 / `temperature`) times another: 28 at 0.3, 2.7 at 1; the higher, the
    closer to one sample one vote.
    """

    name: str
    prompt_method: PromptMethod
    draws: int = 8
    temperature: float = 0.3
    confidence: str = "likelihood"

    def __post_init__(self) -> None:
        fits = 0.01 <= self.temperature < math.inf
        require(fits, "weighted.temperature", self.temperature, "a number from 0.01 up")
        known = self.confidence in ("likelihood", "ptrue")
        require(known, "weighted.confidence", self.confidence, "likelihood or ptrue")

    def plan(self, question: Question) -> Plan:
        if self.confidence == "ptrue":
            found = yield from with_checks(question, self.prompt_method, self.draws, ask)
            readings, sure = found.readings, [chance(check) for check in found.checks]
        else:
            samples = yield self.prompt_method.draw(question, 0, self.draws)
            readings = [self.prompt_method.read(question, sample) for sample in samples]
            sure = [math.exp(min(0.0, s.confidence.mean_logprob)) for s in samples]
        voters = [i for i, reading in enumerate(readings) if reading]
        weights = [0.0] * len(readings)
        for i, weight in zip(
            voters, softmax([sure[i] for i in voters], self.temperature), strict=True
        ):
            weights[i] = weight * len(voters)
        return elect(poll(question, readings, weights), len(readings))


def softmax(values: Sequence[float], temperature: float) -> list[float]:
    """Shares that add up to 1, exp(value / temperature) in proportion."""
    if not values:
        return []
    top = max(values)
    raised = [math.exp((value - top) / temperature) for value in values]
    total = math.fsum(raised)
    return [value / total for value in raised]
