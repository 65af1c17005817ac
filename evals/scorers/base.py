"""The contract of a scorer: a pure function of an item, a reply and the answer read in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from evals.tasks.base import Item
from pipeline.text.wrapping import is_placeholder

__all__ = ["ItemScore", "Scorer", "best", "refusal", "refused"]


@dataclass(frozen=True, slots=True)
class ItemScore:
    """How good a reply is: `value` from 0 to 1, whether it counts as `correct`, and why in words.
    `parts` are the measures by name behind it ("em", "f1", "precision")."""

    value: float
    correct: bool
    detail: str = ""
    parts: dict[str, float] = field(default_factory=dict)


class Scorer(Protocol):
    """`reply` is all that was written, `extracted` the final answer read in it: None where there is
    none, which is also how an abstention comes. Pure: no clock, no random numbers, no file."""

    def __call__(self, item: Item, reply: str, extracted: str | None) -> ItemScore: ...


def refused(reply: str, extracted: str | None) -> bool:
    """Whether no answer was given: none was read, or the words say that there is none."""
    return extracted is None or is_placeholder(extracted) or is_placeholder(reply)


def refusal(item: Item, reply: str, extracted: str | None) -> ItemScore | None:
    """The score of an item that cannot be answered (right is to refuse); None for any other."""
    if item.answerable:
        return None
    right = refused(reply, extracted)
    said = "rightly refused" if right else "answered what cannot be answered"
    return ItemScore(float(right), right, said)


def best(scores: list[ItemScore]) -> ItemScore:
    """The best of the scores against each correct answer; the first of equals."""
    return max(
        scores, key=lambda score: (score.correct, score.value), default=ItemScore(0.0, False)
    )
