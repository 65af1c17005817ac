"""Which sentences are quoted as the answer: the best one, and those nearly as likely to be it.

Where one sentence is clearly ahead it is quoted alone. Where the model of `evidence.select`
can hardly tell the first from the next, leaving one out would hide the answer as often as not, so
up to three are quoted, the likeliest first: a prediction set (arXiv:2107.07511), whose width was
chosen by what it is worth on subjects and courses tuned on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.answering.kinds.base import Part, overlaps
from pipeline.evidence.gather import Evidence
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
_MARKUP = " \t\n*_#:：|>-"
_BLANK = re.compile(r"[\W_]+")


def nearly(
    evidence: Sequence[Evidence], chosen: Evidence, marked: tuple[int, int] | None = None
) -> tuple[Part, ...]:
    """The sentence chosen, as the first part of an answer, and those nearly as likely; none that is
    in it already or says the same in the same words. `marked` is of the chosen one."""
    least = max((one.score for one in evidence), default=chosen.score) - NEARLY
    parts = [Part(chosen, led_by(chosen), marked=marked)]
    said = [_letters(chosen.text)]
    for one in evidence:
        if len(parts) == _MOST or one.score < least:
            break
        text = _letters(one.text)
        if not overlaps(one, parts) and not any(text in other or other in text for other in said):
            parts.append(Part(one, led_by(one)))
            said.append(text)
    return tuple(parts)


def led_by(evidence: Evidence) -> str:
    """What a list item or a labelled line stands under, where that is short enough to be said with
    it; "" for a sentence, which says by itself what it is about, and for a table row."""
    context = " ".join(evidence.unit.context.split()).strip(_MARKUP)
    if evidence.unit.kind == "row" or len(context) > _LONGEST_LABEL:
        return ""
    return context


def _letters(text: str) -> str:
    return _BLANK.sub("", fold(text))
