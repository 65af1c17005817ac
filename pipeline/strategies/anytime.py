"""Self-consistency that stops with an error rate that holds whenever it stops.

For the leading answer and each rival the votes for either are tosses of a coin. Against "the leader
is not the more likely of the two" stands a mixture of likelihood ratios over (1/2, 1], which is a
supermartingale while that is so: by Ville's inequality it seldom ever gets large, however often it
is looked at (test martingales; for the votes of models arXiv 2510.17472, 2605.05873).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.strategies.base import Plan, Question, Strategy
from pipeline.strategies.common.ahead import vote_until
from pipeline.strategies.common.beta import evidence_for
from pipeline.strategies.common.limits import require
from pipeline.strategies.common.prompt_method import PromptMethod

__all__ = ["Anytime"]

_FIRST_VOTE = 1.5
"""What an answer's first vote alone can make of the evidence for it."""


@dataclass(frozen=True, slots=True)
class Anytime(Strategy):
    """At most `draws` replies, one vote each; stops once the leader is certified.

    Guarantee: the probability that it ever stops on an answer that is not a most likely one of
    those the model would give to this prompt is at most `error`, for any number of answers,
    unknown beforehand. It says nothing of whether that answer is right, nothing of questions on
    which `draws` ran out, and it takes answers for equal as the vote does. Samples that cannot vote
    are left out of both sides.

    The j-th answer to appear may err with `error / (j (j + 1))`, which adds up to `error`. Its
    evidence is taken from its first vote on, against the rival with most votes (none, where all
    agree). At .05 nine samples that agree are enough; `adaptive` at .95 needs four.
    """

    name: str
    prompt_method: PromptMethod
    draws: int = 32
    error: float = 0.05
    batch: int = 1

    def __post_init__(self) -> None:
        require(0 < self.error < 1, "anytime.error", self.error, "a probability between 0 and 1")
        require(self.batch >= 1, "anytime.batch", self.batch, "a number of samples from 1 up")

    def plan(self, question: Question) -> Plan:
        return vote_until(question, self.prompt_method, self.settled, self.draws, self.batch)

    def settled(self, counts: Sequence[int]) -> bool:
        """Whether one of these answers is certified; counts in the order they first came."""
        for place, count in enumerate(counts, start=1):
            rival = max((*counts[: place - 1], *counts[place:]), default=0)
            allowed = self.error / (place * (place + 1))
            if evidence_for(count, rival) >= _FIRST_VOTE / allowed:
                return True
        return False
