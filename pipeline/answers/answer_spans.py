"""Finds where in a stretch of text the answer of a wanted kind stands: the figure, the date, the
label, the yes or no. Everything here returns ranges of the text, or None."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.answers.normalise import canonical
from pipeline.text.clauses import KOREAN_SO, SO
from pipeline.text.numbers.measurement_units import is_count
from pipeline.text.numbers.quantities import figures, quantities
from pipeline.text.patterns import pattern
from pipeline.text.polarity import YES_NO_WORDS, polarity
from pipeline.text.wrapping import bare_range

__all__ = [
    "Range",
    "date_in",
    "has_figures",
    "is_conclusion",
    "last_date",
    "last_number",
    "last_yes_no",
    "number_in",
    "sentence_end",
    "sentence_start",
    "sentences",
    "yes_no_in",
]

Range = tuple[int, int]

# --- sentences ------------------------------------------------------------------------------------

_STOP = pattern(r"(?:[.?]|!(?!\s?=))(?=[\s\"'”’)*]|$)|[。！？]|\n")
_NO_STOP = pattern(
    r"(?:(?:^|[\s(])(?:[A-Za-z가-힣]|Dr|Mr|Mrs|Ms|Prof|St|vs|approx|ca|e\.g|i\.e|cf|No|Fig|Eq|Jr|Sr)"
    r"|^\s*\d{1,2}|\b[A-Za-z]\.[A-Za-z])\.$"
)
_SO = pattern(
    rf"\s*(?:(?:{SO}|{KOREAN_SO})(?![가-힣A-Za-z])[,\s]*)",
    re.IGNORECASE,
)


def sentence_end(text: str, start: int, high: int) -> int:
    """Where the sentence that goes on at `start` ends: not at the dot of a number, an initial, an
    enumerator or an abbreviation. A line end always ends it."""
    for stop in _STOP.finditer(text, start, high):
        if stop.group() == "\n":
            if text[start : stop.start()].strip():
                return stop.start()
            continue
        before = text[max(start, stop.end() - 12) : stop.end()]
        if stop.group() == "." and _NO_STOP.search(before) and text[stop.end() : high].strip():
            continue
        return stop.end()
    return high


def sentence_start(text: str, start: int, end: int) -> int:
    """Where the sentence that ends at `end` begins, not before `start`; connectives skipped."""
    at = start
    while (stop := sentence_end(text, at, end)) < end:
        at = stop
    lead = _SO.match(text, at, end)
    return lead.end() if lead else at


def sentences(text: str, low: int, high: int) -> list[Range]:
    """The sentences of `text[low:high]`, the empty ones left out."""
    ranges = []
    at = low
    while at < high:
        end = sentence_end(text, at, high)
        if text[at:end].strip():
            ranges.append((at, end))
        at = max(end, at + 1)
    return ranges


def is_conclusion(text: str, start: int, end: int) -> bool:
    """Whether a sentence begins with "so", "therefore", "따라서"."""
    return _SO.match(text, start, end) is not None


# --- figures and dates ----------------------------------------------------------------------------

_CALENDAR = ("date", "month-day", "month-of-year", "decade")
_EQUALS = pattern(r"(?<![!<>=/])=(?![=<])|≈|⇒")
_JOIN = pattern(r"\s?[-~]\s?|\s+to\s+|\s?(?:에서|부터)\s?|\s+and\s+|\s{0,2}|\s?,\s")
_ENTRIES = pattern(r"\s?[,;]\s|\s(?:and|or|및)\s")
_BULLET = pattern(r"(\s*)[-*•·][ \t]+(?=\S)")
_BRACKETED_END = pattern(r"\s\([^()\n]{1,120}\)[.!]?\s*$")


def number_in(text: str, start: int, end: int) -> Range | None:
    """The whole range where it is one number (or from-to, or a sum of units), else the figure
    behind the last "=", else the first figure. None where that figure is part of an expression."""
    low, high = bare_range(text, start, end)
    low = _behind_bullet(text, low, high)
    piece = text[low:high]
    if _is_number(piece):
        return low, high
    amounts = _amounts(piece) or (_amounts(piece, alone=True) if len(piece) < 12 else [])
    parts = [part for part in _ENTRIES.split(piece) if part.strip()]
    if not amounts or (len(parts) > 1 and all(_is_number(part.strip()) for part in parts)):
        return None  # none, or nothing but several
    equals = max((m.start() for m in _EQUALS.finditer(piece)), default=-1)
    chosen = next((a for a in amounts if a.start > equals), amounts[0])
    return (low + chosen.start, low + chosen.end) if chosen.known else None


def last_number(text: str, ranges: list[Range]) -> Range | None:
    """The last figure of the last sentence that has one. None where that figure is part of an
    expression."""
    if len(ranges) == 1:
        low, high = bare_range(text, *ranges[0])
        if _is_number(text[low:high]):
            return low, high
        if high - low < 12:
            amounts = _amounts(text[low:high]) or _amounts(text[low:high], alone=True)
            last = amounts[-1] if amounts else None
            return (low + last.start, low + last.end) if last and last.known else None
    for start, end in reversed(ranges):
        start = _behind_bullet(text, start, end)
        aside = _BRACKETED_END.search(text, start, end)
        for stop in (aside.start() if aside else end, end):
            if amounts := _amounts(text[start:stop]):
                last = amounts[-1]
                return (start + last.start, start + last.end) if last.known else None
    return None


def has_figures(text: str, start: int, end: int) -> bool:
    """Whether a range holds figures or signs of mathematics at all, understood or not."""
    held = figures(text[start:end])
    return bool(held.unread or any(q.unit != "ordinal" for q in held.quantities))


@dataclass(frozen=True, slots=True)
class _Amount:
    """One amount of a text: a figure, from one figure to another, a sum of units ("1시간 30분").
    Not `known`: a part of an expression, or a figure that could not be read."""

    start: int
    end: int
    known: bool


def _amounts(piece: str, alone: bool = False) -> list[_Amount]:
    """The amounts that may be asked for, in order: not the order of things, and dates only where
    there is nothing else."""
    held = figures(piece, alone=alone)
    marked = [(q, n in held.operands) for n, q in enumerate(held.quantities)]
    marked = [(q, part) for q, part in marked if q.unit != "ordinal"]
    marked = [(q, part) for q, part in marked if q.unit not in _CALENDAR] or marked
    found = [_Amount(start, end, False) for start, end in held.unread]
    at = 0
    while at < len(marked):
        low, (first, part) = at, marked[at]
        end, at = first.end, at + 1
        while at < len(marked):
            gap, following = piece[end : marked[at][0].start], marked[at][0]
            listed = gap.strip() in ("", ",") and is_count(first.unit)
            if listed or not _JOIN.fullmatch(gap):
                break
            if not _is_number(piece[first.start : following.end]):
                break
            end, at = following.end, at + 1
        if end > first.end:  # an amount of several figures, unless more figures join it
            beside = [m for m in (low - 1, at) if 0 <= m < len(marked) and marked[m][1]]
            gaps = [
                first.start - marked[m][0].end if m < low else marked[m][0].start - end
                for m in beside
            ]
            part = any(gap <= 8 for gap in gaps)
        found.append(_Amount(first.start, end, not part))
    return sorted(found, key=lambda a: a.start)


def _behind_bullet(text: str, start: int, end: int) -> int:
    """`start`, or behind the bullet that stands there: a line that begins with "- " below another
    is an entry of a list, and its figure has no sign."""
    bullet = _BULLET.match(text, start, end)
    if bullet is None:
        return start
    line = text.rfind("\n", 0, start)
    below = line >= 0 and not text[line:start].strip()
    return bullet.end() if below or "\n" in bullet[1] else start


def _is_number(piece: str) -> bool:
    """Whether a text is one number as a whole, a range or a bound."""
    if "=" in piece or not piece or len(piece) > 80:
        return False
    found = canonical(piece)
    return found is not None and found.key.startswith(
        ("n:", "q:", "range:", ">", "<", "ordinal:", "clock:")
    )


def date_in(text: str, start: int, end: int) -> Range | None:
    """The first date, or a bare number that can be a year."""
    found = quantities(text[start:end])
    years = [q for q in found if q.unit == "" and 1000 <= q.value < 3000]
    for q in [q for q in found if q.unit in _CALENDAR] or years:
        return start + q.start, start + q.end
    return None


def last_date(text: str, ranges: list[Range]) -> Range | None:
    """The first date of the last sentence that has one."""
    spans = (date_in(text, *r) for r in reversed(ranges))
    return next((span for span in spans if span), None)


# --- yes and no --------------------------------------------------------------------------


_YES_NO_WORDS = pattern(YES_NO_WORDS)


def yes_no_in(text: str, start: int, end: int) -> Range | None:
    """The yes or no that a range begins with."""
    low, high = bare_range(text, start, end, korean=False)
    piece = text[low:high]
    word = _YES_NO_WORDS.match(piece)
    if polarity(piece, letters=True) is None or not word:
        return None
    return low, low + word.end()


def last_yes_no(text: str, ranges: list[Range]) -> Range | None:
    """The yes or no that the reply begins with, else that a later sentence begins with."""
    for start, end in (ranges[0], *reversed(ranges)):
        lead = _SO.match(text, start, end)
        if found := yes_no_in(text, lead.end() if lead else start, end):
            return found
    return None
