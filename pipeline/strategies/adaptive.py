"""Adaptive self-consistency (arXiv 2305.11860): samples are made until the leading answer is likely
enough to be the more frequent one, by the Beta rule of the paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.strategies.base import Plan, Question, Strategy
from pipeline.strategies.common.ahead import vote_until
from pipeline.strategies.common.beta import probability_ahead
from pipeline.strategies.common.limits import require
from pipeline.strategies.common.prompt_method import PromptMethod

__all__ = ["Adaptive"]


@dataclass(frozen=True, slots=True)
class Adaptive(Strategy):
    """At most `draws` replies, one vote each; stops once P(p1 > p2) is above `sure`, where p1 and
    p2 belong to the two answers with most votes and are given the posterior Beta(v1 + 1, v2 + 1).

    No fewer samples are made than any outcome needs (3 that agree, at .9), and those are asked for
    at once: the same samples as one by one. `batch` asks for at least so many, which saves steps
    and may cost samples that were not needed. Samples that cannot vote count as made.

    The probability is a posterior one, looked at after every sample: it is not an error rate. For
    one that holds whenever it stops see `anytime`.
    """

    name: str
    prompt_method: PromptMethod
    draws: int = 32
    sure: float = 0.9
    batch: int = 1

    def __post_init__(self) -> None:
        fits = 0.5 < self.sure < 1
        require(fits, "adaptive.sure", self.sure, "a probability above 0.5 and below 1")
        require(self.batch >= 1, "adaptive.batch", self.batch, "a number of samples from 1 up")

    def plan(self, question: Question) -> Plan:
        return vote_until(question, self.prompt_method, self.settled, self.draws, self.batch)

    def settled(self, counts: Sequence[int]) -> bool:
        """Whether these votes are enough to stop."""
        first, second = sorted([*counts, 0, 0], reverse=True)[:2]
        return probability_ahead(first, second) > self.sure
