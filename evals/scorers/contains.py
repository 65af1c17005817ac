"""Scores whether the correct answer stands in the reply: for prose, where an exact match asks too
much.

Figures are compared as figures: "15" does not stand in "150", "1,750억" stands in "175 billion".
Words must stand as words, in either case and with or without articles; in Korean spaces do not
count and a particle or the ending of a verb may follow. A reply that names everything contains
everything: do not use this for questions with few possible answers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from evals.scorers.base import ItemScore, refusal
from evals.tasks.base import Item
from pipeline.answers.normalise import canonical, same
from pipeline.answers.symbols import folded, spelled_out
from pipeline.text.endings import AFTER_ANSWER, VERBAL
from pipeline.text.numbers.bounds import BETWEEN_FIGURES
from pipeline.text.numbers.quantities import Quantity, equal_quantities, quantities, stands_in

__all__ = ["contains", "stands"]

_SEPARATOR = re.compile(r"(?<=\d),(?=\d{3})")
_COMPARED = re.compile("[<>≤≥≠]")
_AFTER_HANGUL = rf"(?=(?:(?:{AFTER_ANSWER}){{1,3}}|(?:{VERBAL})[가-힣]*)?(?![0-9a-z가-힣]))"
# A sign that is attached makes another word of it: C is not C++, nor Na the ion Na+.
_NO_SIGN = r"(?![+*#′!-])"
_AFTER_LATIN = rf"(?:e?s)?(?![0-9a-z]){_NO_SIGN}"
_AFTER_DIGIT = rf"(?![0-9a-z]|\.\d){_NO_SIGN}"
_BEFORE = r"(?<![0-9a-z가-힣])(?<!\d\.)(?<![-+~!#$@%](?=[^\W\d]))"


def contains(item: Item, reply: str, extracted: str | None) -> ItemScore:
    """1 where a correct answer stands in the reply. Where `item.data["parts"]` lists what must all
    be named, the value is the share of them that is."""
    if score := refusal(item, reply, extracted):
        return score
    for gold in item.answers:
        if stands(gold, reply, item.language):
            return ItemScore(1.0, True, f"{gold!r} stands in the reply")
    parts = item.data.get("parts")
    if isinstance(parts, Sequence) and parts and not isinstance(parts, str):
        missing = [str(p) for p in parts if not _part_stands(str(p), reply, item.language)]
        value = 1 - len(missing) / len(parts)
        said = f"not named: {', '.join(missing)}" if missing else "every part is named"
        return ItemScore(value, not missing, said)
    first = item.answers[0] if item.answers else ""
    return ItemScore(0.0, False, f"{first!r} does not stand in the reply")


def stands(gold: str, reply: str, language: str = "") -> bool:
    """Whether a correct answer stands in a reply, as a figure or as words."""
    read = canonical(gold, "auto", language)
    figures = quantities(gold, alone=True)
    if len(figures) > 1 and _JOINS.fullmatch(_outside(gold, figures)):
        return all(_as_figure(gold[q.start : q.end], q, reply, language) for q in figures)
    if read is not None and read.key.startswith(("t:", "list:", "choice:")):
        return _as_words(gold, reply)
    if read is None or not figures or _COMPARED.search(spelled_out(gold)):
        return _as_words(gold, reply)
    if _as_figure(gold, figures[0], reply, language):
        return True
    return re.search(r"[^\W\d_]", gold) is not None and _as_words(gold, reply)


_JOINS = re.compile(rf"(?:[\s,;~–-]|{BETWEEN_FIGURES})+")


def _outside(text: str, figures: Sequence[Quantity]) -> str:
    """What a text has besides its figures."""
    at, pieces = 0, []
    for q in figures:
        pieces.append(text[at : q.start])
        at = q.end
    return " ".join([*pieces, text[at:]])


def _as_figure(gold: str, figure: Quantity, reply: str, language: str) -> bool:
    for q in quantities(reply, alone=len(reply) < 12):
        if equal_quantities(figure, q) or same(reply[q.start : q.end], gold, "number", language):
            return True
        if q.unit == "date" and stands_in(figure, [q]):
            return True  # "June 2021" says 2021
    return False


def _part_stands(part: str, reply: str, language: str) -> bool:
    """As `stands`; a bare figure of a list may also have a unit that the list says once ("7, 13 and
    65 billion", "7B")."""
    if part.isdigit() and re.search(rf"(?<![\d.])(?<!\d,){part}(?![\d])(?![.,]\d)", reply):
        return True
    return stands(part, reply, language)


def _as_words(gold: str, reply: str) -> bool:
    wanted = _folded(gold)
    return bool(wanted) and _pattern(wanted).search(_folded(reply)) is not None


def _folded(text: str) -> str:
    return folded(_SEPARATOR.sub("", spelled_out(text)))


@lru_cache(maxsize=4096)
def _pattern(wanted: str) -> re.Pattern[str]:
    """Finds folded words in a folded text."""
    pieces: list[str] = []
    for at, character in enumerate(wanted):
        before = wanted[at - 1] if at else ""
        after = wanted[at + 1 : at + 2]
        if character == " ":
            pieces.append(" ?" if _hangul(before) and _hangul(after) else " ")
        else:
            gap = " ?" if _hangul(before) and _hangul(character) else ""
            pieces.append(gap + re.escape(character))
    last = wanted[-1]
    if _hangul(last):
        behind = _AFTER_HANGUL
    elif last.isdigit():
        behind = _AFTER_DIGIT
    else:
        plural = last.isalpha() and len(wanted) > 2
        behind = _AFTER_LATIN if plural else rf"(?![0-9a-z]){_NO_SIGN}"
    return re.compile(_BEFORE + "".join(pieces) + behind)


def _hangul(character: str) -> bool:
    return "가" <= character <= "힣" if character else False
