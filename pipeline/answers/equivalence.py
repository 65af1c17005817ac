"""The class of an answer, and whether two classes are the same answer."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

__all__ = ["Canonical", "Equivalence", "is_same", "leaves_unit_out"]


@dataclass(frozen=True, slots=True)
class Canonical:
    """The class of an answer. `key` is what is compared and `reason` says it in words. For a number
    `value` is what was written, in `unit` ("" where none was)."""

    key: str
    reason: str
    value: Fraction | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Equivalence:
    """Whether two answers are the same, and why. True in a condition when they are."""

    same: bool
    reason: str

    def __bool__(self) -> bool:
        return self.same


def is_same(one: Canonical, other: Canonical) -> bool:
    """Whether two answers are the same, by their classes; as `same`, without the words."""
    return one.key == other.key or leaves_unit_out(one, other) or leaves_unit_out(other, one)


def leaves_unit_out(bare: Canonical, full: Canonical) -> bool:
    """Whether `bare` is the number of `full` without its unit. Not transitive (1 is 1 GB and 1 MB),
    so it makes no classes: votes apply it only where one such class is there."""
    return (
        bare.value is not None
        and bare.value == full.value
        and bare.unit == ""
        and full.unit not in ("", "%", "‰", "date", "decade", "clock", "ratio-of", "month-day")
        and bare.key.startswith("n:")
        and full.key[:2] in ("q:", "or", "mo")
    )
