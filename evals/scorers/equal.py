"""Scores whether the answer is the correct one, however both are written. One scorer a kind of
answer.

What counts as the same is decided where votes are counted (`pipeline.answers.normalise`), so a
majority and its score cannot disagree about what an answer is.
"""

from __future__ import annotations

from fractions import Fraction

from evals.scorers.base import ItemScore, Scorer, refusal
from evals.tasks.base import Item
from pipeline.answers.normalise import AnswerKind, canonical, same

__all__ = ["equal"]


def equal(kind: AnswerKind) -> Scorer:
    """The scorer for answers of a kind: 1 where the answer is one of the correct answers, else 0.

    For numbers `item.data["tolerance"]` (relative, 0.01 is one percent) says how far the answer may
    be off; without it, it may not. Where the correct answer is a bare number, an answer may put "%"
    behind it: "25%" is right where 25 is asked for, and 0.25 is not.
    """

    def score(item: Item, reply: str, extracted: str | None) -> ItemScore:
        if found := refusal(item, reply, extracted):
            return found
        if extracted is None:
            return ItemScore(0.0, False, "no answer was given")
        reasons = []
        for gold in item.answers:
            verdict = same(extracted, gold, kind, item.language)
            if verdict:
                return ItemScore(1.0, True, verdict.reason)
            if kind in ("number", "auto") and _in_percent(extracted, gold, kind):
                return ItemScore(1.0, True, f"{gold}, in percent")
            if kind == "number" and _near(extracted, gold, item):
                return ItemScore(1.0, True, f"near {gold}")
            reasons.append(verdict.reason)
        return ItemScore(0.0, False, reasons[0] if reasons else "there is no correct answer")

    return score


def _in_percent(answer: str, gold: str, kind: AnswerKind) -> bool:
    one, other = canonical(answer, kind), canonical(gold, kind)
    if one is None or other is None or one.value is None:
        return False
    return one.unit == "%" and other.unit == "" and one.value == other.value


def _near(answer: str, gold: str, item: Item) -> bool:
    allowed = item.data.get("tolerance")
    one, other = canonical(answer, "number"), canonical(gold, "number")
    if not isinstance(allowed, int | float) or one is None or other is None:
        return False
    if one.value is None or other.value is None or one.unit not in ("", other.unit):
        return False
    return abs(one.value - other.value) <= Fraction(allowed) * abs(other.value)
