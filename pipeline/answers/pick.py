"""Where in a stretch of text the answer of a wanted kind stands: the figure, the date, the label,
the yes or no. Everything here returns ranges of the text, or None."""

from __future__ import annotations

import re
from functools import cache

from pipeline.answers.choices import choice_label, polarity
from pipeline.answers.normalise import canonical
from pipeline.answers.patterns import pattern
from pipeline.answers.quantities import Quantity, quantities
from pipeline.answers.shell import bare_range

__all__ = [
    "Span",
    "choice_in",
    "date_in",
    "is_conclusion",
    "last_choice",
    "last_date",
    "last_number",
    "last_yes_no",
    "number_in",
    "sentence_end",
    "sentence_start",
    "sentences",
    "yes_no_in",
]

Span = tuple[int, int]

# --- sentences ------------------------------------------------------------------------------------

_STOP = pattern(r"[.!?](?=[\s\"'”’)*]|$)|[。！？]|\n")
_NO_STOP = pattern(
    r"(?:(?:^|[\s(])(?:[A-Za-z가-힣]|Dr|Mr|Mrs|Ms|Prof|St|vs|approx|ca|e\.g|i\.e|cf|No|Fig|Eq|Jr|Sr)"
    r"|^\s*\d{1,2}|\b[A-Za-z]\.[A-Za-z])\.$"
)
_SO = pattern(
    r"\s*(?:(?:so|thus|therefore|hence|따라서|그러므로|그래서|결국|즉)(?![가-힣A-Za-z])[,\s]*)",
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


def sentences(text: str, low: int, high: int) -> list[Span]:
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


def number_in(text: str, start: int, end: int) -> Span | None:
    """The whole range where it is one number (or from-to, or a sum of units), else the figure
    behind the last "=", else the first figure."""
    low, high = bare_range(text, start, end)
    piece = text[low:high]
    if _is_number(piece):
        return low, high
    figures = _figures(piece) or (quantities(piece, alone=True) if len(piece) < 12 else [])
    if not figures:
        return None
    equals = max(piece.rfind("="), piece.rfind("≈"))
    chosen = next((q for q in figures if q.start > equals), figures[0])
    return low + chosen.start, low + chosen.end


def last_number(text: str, ranges: list[Span]) -> Span | None:
    """The last figure of the last sentence that has one."""
    if len(ranges) == 1:
        low, high = bare_range(text, *ranges[0])
        if _is_number(text[low:high]):
            return low, high
        if high - low < 12:
            return number_in(text, low, high)
    for start, end in reversed(ranges):
        if figures := _figures(text[start:end]):
            return start + figures[-1].start, start + figures[-1].end
    return None


def _is_number(piece: str) -> bool:
    """Whether a text is one number as a whole, a range or a bound."""
    if "=" in piece or not piece or len(piece) > 80:
        return False
    found = canonical(piece)
    return found is not None and found.key.startswith(
        ("n:", "q:", "range:", ">=", "<=", "ordinal:", "clock:")
    )


def _figures(piece: str) -> list[Quantity]:
    """The quantities that may be asked for: not the order of things, and dates only where there is
    nothing else."""
    found = [q for q in quantities(piece) if q.unit != "ordinal"]
    return [q for q in found if q.unit not in _CALENDAR] or found


def date_in(text: str, start: int, end: int) -> Span | None:
    """The first date, or a bare number that can be a year."""
    found = quantities(text[start:end])
    years = [q for q in found if q.unit == "" and 1000 <= q.value < 3000]
    for q in [q for q in found if q.unit in _CALENDAR] or years:
        return start + q.start, start + q.end
    return None


def last_date(text: str, ranges: list[Span]) -> Span | None:
    """The first date of the last sentence that has one."""
    spans = (date_in(text, *r) for r in reversed(ranges))
    return next((span for span in spans if span), None)


# --- choices, yes and no --------------------------------------------------------------------------


@cache
def _labels() -> re.Pattern[str]:
    """Labels of choices in running text, where they are marked as such."""
    return re.compile(
        r"[①-⑳㉠-㉴ⓐ-ⓩⒶ-Ⓩ]|[(\[（][A-Ja-j가-사ㄱ-ㅎ1-9][)\]）]"
        r"|(?<![A-Za-z0-9])(?:option|choice|Option|Choice)\s+[A-J1-9](?![A-Za-z0-9])"
        r"|(?<![\d.])[1-9]\s?번(?!째)"
        r"|(?:^|(?<=\n))\s*[A-J](?=[.):]|\s*$)"
        r"|(?<![가-힣A-Za-z])[A-J](?=[.)](?:\s|$)|번|입니다|이다|$)"
        r"|(?<![A-Za-z])[A-J](?=\s*(?:or|and|,|/|또는|혹은|이나)\s*[(\[]?[A-J](?![A-Za-z]))"
        r"|(?<![가-힣])[가나다라](?=[.)]|번|입니다)"
    )


_WHOLE_LABEL = pattern(
    r"(?:(?:option|choice|보기|선택지)\s*)?[(\[（]?\s*(?:10|[^\s\])）.:])\s*(?:[)\]）]|번)?",
    re.IGNORECASE,
)
_YES_NO_WORDS = pattern(r"[A-Za-z'’]+(?: (?:true|correct|not))?|[가-힣]+(?: 않\w+| 아\w+)?|[○×]")


def choice_in(text: str, start: int, end: int) -> Span | None:
    """The label in a range; None where there is none, or more than one."""
    low, high = bare_range(text, start, end, korean=False)
    piece = text[low:high]
    labels = list(_labels().finditer(piece))
    if choice_label(piece) is not None and (whole := _WHOLE_LABEL.match(piece)):
        return low, low + whole.end()
    if len({choice_label(m.group()) for m in labels}) != 1:
        return None
    return low + labels[0].start(), low + labels[0].end()


def last_choice(text: str, ranges: list[Span]) -> Span | None:
    """The label of the last sentence that has one; None where that sentence has several."""
    if len(ranges) == 1 and (found := choice_in(text, *ranges[0])):
        return found
    for start, end in reversed(ranges):
        labels = list(_labels().finditer(text, start, end))
        if labels:
            several = len({choice_label(m.group()) for m in labels}) > 1
            return None if several else labels[-1].span()
    return None


def yes_no_in(text: str, start: int, end: int) -> Span | None:
    """The yes or no that a range begins with."""
    low, high = bare_range(text, start, end, korean=False)
    piece = text[low:high]
    word = _YES_NO_WORDS.match(piece)
    if polarity(piece, letters=True) is None or not word:
        return None
    return low, low + word.end()


def last_yes_no(text: str, ranges: list[Span]) -> Span | None:
    """The yes or no that the reply begins with, else that a later sentence begins with."""
    for start, end in (ranges[0], *reversed(ranges)):
        lead = _SO.match(text, start, end)
        if found := yes_no_in(text, lead.end() if lead else start, end):
            return found
    return None
