"""Calendar dates in running text, Korean and English, as the digits of ISO basic form: 2023 for a
year, 202303 for a month, 20230314 for a day. A day without a year is 314, a month alone is 3: these
have units of their own, so that nothing compares with them by accident."""

from __future__ import annotations

import re
from functools import cache

__all__ = ["MONTHS", "WEEKDAYS", "dates"]

_NAMES = (
    ("january", "jan"), ("february", "feb"), ("march", "mar"), ("april", "apr"), ("may",),
    ("june", "jun"), ("july", "jul"), ("august", "aug"), ("september", "sept", "sep"),
    ("october", "oct"), ("november", "nov"), ("december", "dec"),
)  # fmt: skip
MONTHS = {form: number for number, forms in enumerate(_NAMES, start=1) for form in forms}
WEEKDAYS = frozenset(
    "일 월 화 수 목 금 토 sun mon tue wed thu fri sat su mo tu we th fr sa s m t w f".split()
)
"""The heads of the columns of a calendar."""
_LAST_DAY = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

# Each line is one way of writing a date; what the marks stand for is in `_PARTS`.
_WAYS = (
    r"(?<![\d.])<Y>(?P<mark>[-/.])\s?<M>(?P=mark)\s?<D>(?!\d|[.,]\d)\.?",
    r"(?<!\d)<Y>\s?년\s?<M>\s?월(?!간)(?:\s?<D>\s?일(?!간))?",
    r"(?<![\d,.])<Y>\s?(?:학년도|년도?|AD|CE)(?!\s?(?:간|동안|전|후|치|대))(?![A-Za-z])",
    r"(?<![A-Za-z])<N>\.?\s+<D><th>,?\s+<Y>(?!\d|[.,]\d)",
    r"(?<![\d.,])<D><th>\s+(?:of\s+)?<N>\.?,?\s+<Y>(?!\d)",
    r"(?<![A-Za-z])<N>\.?,?\s+(?:of\s+)?<Y>(?!\d|[.,]\d)",
    r"(?<![\d/.])<M>/<D>/<Y>(?![\d/])",
    r"(?<!\d)<M>\s?월\s?<D>\s?일(?!간)",
    r"(?<![A-Za-z])<N>\.?\s+<D><th>(?!\d|[.,]\d|\s?%)",
    r"(?<![\d.,])<D><th>\s+(?:of\s+)?<N>(?![A-Za-z])",
    r"(?<![\d개])<M>\s?월(?!간)(?=[^가-힣]|$|에|의|은|이|과|까|부|말|초|중|호)",
)
_PARTS = {
    "<Y>": "(?P<year{}>[12]\\d{{3}})",
    "<M>": "(?P<month{}>1[0-2]|0?[1-9])",
    "<D>": "(?P<day{}>[12]\\d|3[01]|0?[1-9])",
    "<N>": "(?P<name{}>" + "|".join(sorted(MONTHS, key=len, reverse=True)) + ")",
    "<th>": "(?:st|nd|rd|th)?",
}


@cache
def _pattern() -> re.Pattern[str]:
    ways = []
    for number, way in enumerate(_WAYS):
        for mark, part in _PARTS.items():
            way = way.replace(mark, part.format(number))
        ways.append(way.replace("mark", f"mark{number}"))
    return re.compile("|".join(ways), re.IGNORECASE)


def dates(text: str) -> list[tuple[int, str, int, int]]:
    """The dates of a text in order: value, unit, start, end. The unit is "date" where a year is
    given, else "month-day" or "month-of-year"."""
    found = []
    for match in _pattern().finditer(text):
        parts = {re.sub(r"\d+$", "", k): v for k, v in match.groupdict().items() if v}
        name = parts.get("name", "")
        year, day = int(parts.get("year", 0)), int(parts.get("day", 0))
        month = MONTHS[name.lower()] if name else int(parts.get("month", 0))
        if month and day > _LAST_DAY[month - 1]:
            continue
        if name == "may" and not year:
            continue  # the verb: "may 3"
        if year:
            value, unit = year, "date"
            for further in (month, day):
                if not further:
                    break
                value = value * 100 + further
        elif day:
            value, unit = month * 100 + day, "month-day"
        else:
            value, unit = month, "month-of-year"
        found.append((value, unit, *match.span()))
    return found
