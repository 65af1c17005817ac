"""Multiple choice: is the option that was named the right one?"""

from __future__ import annotations

from evals.scorers.base import Score, refusal
from evals.tasks.base import Item
from pipeline.answers.choices import choice_label
from pipeline.answers.normalise import same

__all__ = ["choice", "option_index"]

_ORDERS = ("ABCDEFGHIJ", "가나다라마바사", "ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊ")


def option_index(answer: str, options: tuple[str, ...]) -> int | None:
    """Which option an answer names, from 0: by its letter, by its text, or by its number (from 1).

    The text goes before the number, for options that are numbers themselves. None where it names
    none of them.
    """
    count = len(options) or len(_ORDERS[0])
    label = choice_label(answer)
    for order in _ORDERS:
        if label is not None and label in order:
            at = order.index(label)
            return at if at < count else None
    matches = [at for at, option in enumerate(options) if same(answer, option)]
    if len(matches) == 1:
        return matches[0]
    if label is not None and label.isdigit() and 1 <= int(label) <= count:
        return int(label) - 1
    return None


def choice(item: Item, reply: str, extracted: str | None) -> Score:
    """1 where the option named is the gold one, else 0."""
    if score := refusal(item, reply, extracted):
        return score
    if extracted is None:
        return Score(0.0, False, "no answer was given")
    found = option_index(extracted, item.options)
    golds = {option_index(gold, item.options) for gold in item.answers} - {None}
    right = found is not None and found in golds
    if found is None:
        return Score(0.0, False, f"{extracted!r} is none of the options")
    wanted = ", ".join(sorted(_letter(gold) for gold in golds if gold is not None))
    said = f"{_letter(found)}, and right is {wanted}" if not right else f"{_letter(found)} is right"
    return Score(float(right), right, said)


def _letter(index: int) -> str:
    return _ORDERS[0][index]
