"""Chooses the sentences that are quoted: the best one, and those nearly as likely to answer.

Where one sentence is clearly ahead it is quoted alone. Where the model of `evidence.select`
can hardly tell the first from the next, leaving one out would hide the answer as often as not, so
up to three are quoted, the likeliest first: a prediction set (arXiv:2107.07511), whose width was
chosen by what it is worth on subjects and courses tuned on. Items of one list are quoted as the
list, and all rows of a table none of which is ahead.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.answering.kinds.base import Part, overlaps
from pipeline.answering.kinds.lists import whole_list
from pipeline.evidence.gather import Evidence
from pipeline.notes.code_lines import is_statement
from pipeline.text.tokens import fold

__all__ = ["NEARLY", "QUOTES", "led_by", "nearly"]

QUOTES = "quotes"
"""The kind of an answer that is made of them."""
NEARLY = 1.0
"""How far behind the best a sentence may be, as a logarithm: its chance is then above a third of
the best one's."""
_MOST = 3
_LONGEST_LABEL = 79
"""Characters; what a longer item names is not kept whole in `Unit.context`."""
_LONGEST_LIST = 900
"""Characters of a list or table that is quoted for a few of its items."""
_FEWEST_ROWS = 3
_MARKUP = " \t\n*_#:：|>-"
_BLANK = re.compile(r"[\W_]+")


def nearly(
    evidence: Sequence[Evidence], chosen: Evidence, marked: tuple[int, int] | None = None
) -> tuple[Part, ...]:
    """The sentence chosen, as the first part of an answer, and those nearly as likely; none that is
    in it already or says the same in the same words, and beside what is said no line of code.
    `marked` is of the chosen one."""
    least = max((one.score for one in evidence), default=chosen.score) - NEARLY
    near = [chosen, *(one for one in evidence if one.score >= least)]
    if not is_statement(chosen.text):
        near = [one for one in near if not is_statement(one.text)]
    if table := _table(evidence, near):
        return tuple(Part(row, marked=marked if row == chosen else None) for row in table)
    parts: list[Part] = []
    said: list[str] = []
    for one in near:
        if len(parts) == _MOST:
            break
        shown = one if marked else _list_of(one, near)
        text = _letters(shown.text)
        if not overlaps(shown, parts) and not any(text in other or other in text for other in said):
            first = marked if one is chosen else None
            alone = shown is one
            parts.append(Part(shown, led_by(one) if alone else "", lines=not alone, marked=first))
            said.append(text)
    return tuple(parts)


def _table(evidence: Sequence[Evidence], near: Sequence[Evidence]) -> list[Evidence]:
    """The rows of the table of the chosen one, the first, in order, where all are nearly as likely
    as it; else none."""
    first = near[0]
    if first.unit.kind != "row":
        return []
    rows = [
        one for one in evidence if (one.passage.id, one.header) == (first.passage.id, first.header)
    ]
    short = sum(len(row.text) for row in rows) <= _LONGEST_LIST
    alike = len(rows) >= _FEWEST_ROWS and all(row in near for row in rows)
    return sorted(rows, key=lambda row: row.start) if alike and short else []


def _list_of(one: Evidence, near: Sequence[Evidence]) -> Evidence:
    """The longest list that an item is of, other items of which, or the line that leads into it,
    are nearly as likely; the item as it is where there is none, or none short enough."""
    if one.unit.kind not in ("item", "lead"):
        return one
    beside = [other for other in near if other.unit.line != one.unit.line]
    lists = [one]
    for shown in (whole_list(one), *(whole_list(other) for other in beside if other.unit.until)):
        alike = any(_within(other, shown) for other in beside)
        if _within(one, shown) and alike and len(shown.text) <= _LONGEST_LIST:
            lists.append(shown)
    return max(lists, key=lambda shown: len(shown.text))


def _within(one: Evidence, shown: Evidence) -> bool:
    same = one.passage.id == shown.passage.id
    return same and shown.start <= one.start and one.end <= shown.end


def led_by(evidence: Evidence) -> str:
    """What a list item or a labelled line stands under, where that is short enough to be said with
    it; "" for a sentence, which says by itself what it is about, and for a table row."""
    context = " ".join(evidence.unit.context.split()).strip(_MARKUP)
    if evidence.unit.kind == "row" or len(context) > _LONGEST_LABEL:
        return ""
    return context


def _letters(text: str) -> str:
    return _BLANK.sub("", fold(text))
