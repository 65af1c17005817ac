"""The contract: a strategy is a pure function of the question and the samples seen so far.

`step` asks for more draws or decides. It never calls the model, reads a clock or rolls a die, so
the same samples in draw order always give the same decision, and a stored run can be replayed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pipeline.answers.evidence import Evidence, Inquiry
from pipeline.answers.grounding import Grounded
from pipeline.types import Passage, Sample, SampleParams, SampleRequest, Vote

__all__ = ["Decision", "Question", "Strategy"]


@dataclass(frozen=True, slots=True)
class Question:
    """What a strategy may look at: the question, the passages to show, the sentences that can bear
    an answer out (best first), and how to draw."""

    text: str
    language: str
    inquiry: Inquiry
    passages: tuple[Passage, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    params: SampleParams = field(default_factory=SampleParams)
    id: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """The reply that won (None: no draw was borne out by the notes), and how the votes fell.

    `share` is the winner's part of all draws, those that did not count included.
    """

    winner: Grounded | None
    votes: tuple[Vote, ...] = ()
    share: float = 0.0


class Strategy(Protocol):
    """One way of thinking."""

    @property
    def name(self) -> str:
        """As the user writes it, e.g. `cot`."""

    @property
    def draws(self) -> int:
        """The most draws it will ask for on one question."""

    def step(self, question: Question, samples: Sequence[Sample]) -> list[SampleRequest] | Decision:
        """More draws wanted, or the decision. `samples` come in draw order, all that were asked
        for so far."""
