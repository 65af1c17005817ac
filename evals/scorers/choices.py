"""Scores multiple choice: the option that was named against the right one."""

from __future__ import annotations

from evals.scorers.base import ItemScore, refusal
from evals.tasks.base import Item
from pipeline.answers.option_labels import LETTERS, option_index

__all__ = ["choice", "option_index"]


def choice(item: Item, reply: str, extracted: str | None) -> ItemScore:
    """1 where the option named is the right one, else 0."""
    if score := refusal(item, reply, extracted):
        return score
    if extracted is None:
        return ItemScore(0.0, False, "no answer was given")
    found = option_index(extracted, item.options)
    golds = {option_index(gold, item.options) for gold in item.answers} - {None}
    right = found is not None and found in golds
    if found is None:
        return ItemScore(0.0, False, f"{extracted!r} is none of the options")
    wanted = ", ".join(sorted(_letter(gold) for gold in golds if gold is not None))
    said = f"{_letter(found)}, and right is {wanted}" if not right else f"{_letter(found)} is right"
    return ItemScore(float(right), right, said)


def _letter(index: int) -> str:
    return LETTERS[index]
