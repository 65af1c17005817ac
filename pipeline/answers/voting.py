"""Votes over answers: equivalence classes, their weights, and fair ties.

The rule for ties, which needs no die: classes with the same weight are ordered by the sample number
of their first vote, so the result depends on the samples alone and not on who counts when. None
(no answer, an abstention, an invalid answer) never votes.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from pipeline.answers.normalise import AnswerKind, Canonical, canonical, leaves_unit_out
from pipeline.answers.parse import Extracted

__all__ = ["AnswerClass", "classes"]

Ballot = tuple[Extracted | str | None, float]


@dataclass(frozen=True, slots=True)
class AnswerClass:
    """Answers that are the same: the key and the reason they share, the sample numbers of the votes
    (positions in the sequence given), the spelling most of them use, and their weight."""

    key: str
    reason: str
    draws: tuple[int, ...]
    answer: str
    weight: float


def classes(
    answers: Sequence[Ballot], kind: AnswerKind = "auto", language: str = ""
) -> tuple[AnswerClass, ...]:
    """The classes of answers in sample order, heaviest first. A number without a unit joins the
    class of the same number with one if there is exactly one such class and no other number claims
    it.

    Raises ValueError for a weight that is negative or not finite; a weight of 0 is no vote.
    """
    read: dict[int, tuple[str, Canonical]] = {}
    for draw, (answer, weight) in enumerate(answers):
        if not math.isfinite(weight) or weight < 0:
            raise ValueError(f"vote {draw} has the weight {weight}, not a number from 0 up")
        text = answer.text if isinstance(answer, Extracted) else answer
        found = canonical(text, kind, language) if text is not None and weight else None
        if text is not None and found is not None:
            read[draw] = (text, found)
    joins = _joins([c for _, c in read.values()])
    members: dict[str, list[int]] = {}
    for draw, (_, found) in read.items():
        members.setdefault(joins.get(found.key, found.key), []).append(draw)
    reasons = {c.key: c.reason for _, c in read.values()}
    grouped = []
    for key, draws in members.items():
        spellings = Counter(read[d][0] for d in draws)
        weight = math.fsum(answers[d][1] for d in draws)
        answer = max(spellings, key=lambda s: spellings[s])  # the first of the most frequent
        grouped.append(AnswerClass(key, reasons[key], tuple(draws), answer, weight))
    return tuple(sorted(grouped, key=lambda c: (-_rounded(c.weight), c.draws[0])))


def _joins(found: Sequence[Canonical]) -> dict[str, str]:
    """Which bare numbers join which class with a unit: key to key."""
    # One class with a unit may be written 1 GB and 1000 MB; only equal values can join.
    forms: dict[Fraction | None, list[Canonical]] = {}
    for c in dict.fromkeys(found):
        forms.setdefault(c.value, []).append(c)
    wanted: dict[str, list[str]] = {}
    for bare in {c.key: c for c in found}.values():
        joined = (form.key for form in forms.get(bare.value, ()) if leaves_unit_out(bare, form))
        wanted[bare.key] = list(dict.fromkeys(joined))
    claims = Counter(keys[0] for keys in wanted.values() if len(keys) == 1)
    return {
        bare: keys[0] for bare, keys in wanted.items() if len(keys) == 1 and claims[keys[0]] == 1
    }


def _rounded(weight: float) -> float:
    return float(f"{weight:.12g}")
