"""The class of an answer that is a number, a quantity or a date, by its exact value.

Ways of writing one value have one key ("1,750억" and "175B", "50 %" and "0.5"); two values never
do.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from pipeline.answers.equivalence import Canonical
from pipeline.text.negation import FIGURE_DENIED
from pipeline.text.numbers.bounds import (
    AFTER_FIGURE,
    AT_LEAST,
    AT_MOST,
    BEFORE_FIGURE,
    LESS_THAN,
    MORE_THAN,
)
from pipeline.text.numbers.dates import MONTHS
from pipeline.text.numbers.measurement_units import dimension, is_count
from pipeline.text.numbers.quantities import Figures, Quantity, figures, quantities
from pipeline.text.patterns import pattern
from pipeline.text.plain import plain
from pipeline.text.wrapping import bare_range

__all__ = ["date_class", "number_class", "quantity_class", "whole_number_class"]

_LEAD = pattern(rf"(?:{BEFORE_FIGURE})\s*", re.IGNORECASE)
_TRAIL = pattern(
    rf"\s*(?:{AFTER_FIGURE})?"
    r"[\s.]*"
    r"(?:(?:of\s+)?[a-z]{2,}|[가-힣]{1,6})?",
)
# Bounds: in words wherever they stand, in signs before a number. The first that is found counts.
_BOUNDS = (
    (">=", rf"{AT_LEAST}|\d\+$|^[^\d]*?(?:≥|>=)"),
    ("<=", rf"{AT_MOST}|^[^\d]*?(?:≤|<=)"),
    (">", rf"{MORE_THAN}|^[^\d]*?>"),
    ("<", rf"{LESS_THAN}|^[^\d]*?<"),
)
_BOUND_PATTERNS = tuple((sign, pattern(said, re.IGNORECASE)) for sign, said in _BOUNDS)
_DENIED = pattern(FIGURE_DENIED, re.IGNORECASE)
_RANGE = pattern(r"\s?[-~–—〜∼]\s?|\s+to\s+|\s?에서\s?|\s+and\s+|\s?부터\s?")
_BETWEEN = pattern(r"\bbetween\b", re.IGNORECASE)
_BOUND_WORDS = pattern(r"[\w\s≥≤<>=]{1,20}")
_SUM = pattern(r"\s*(?:,|and|그리고)?\s*")
_EQUALS = pattern(r"\s*(?:(?<![!<>=/])=(?![=<>])|=>|⇒|≈|≒|is equal to|equals)\s*")
_HANGUL = pattern("[가-힣]")


def number_class(text: str) -> Canonical | None:
    """The number an answer is, or the one number that it holds. None where a part of it is not
    understood: that could change the value."""
    for by_itself in (None, True):
        if found := whole_number_class(text, by_itself):
            return found
    held = figures(text, alone=len(text) < 12)
    if held.unread or held.operands:
        return None
    amounts = [q for q in held.quantities if q.unit != "ordinal"]
    classes = {c.key: c for q in amounts if (c := quantity_class(q))}
    return next(iter(classes.values())) if len(classes) == 1 else None


def whole_number_class(text: str, alone: bool | None = None) -> Canonical | None:
    """The number that the answer is as a whole: hedge, number, unit, at most one noun."""
    parts = [p for p in _EQUALS.split(text) if p.strip()]
    if len(parts) > 1:
        # "x = 42", "0.5 = 1/2 = 50 %": the last side, if it is a number.
        return whole_number_class(parts[-1], alone)
    for korean in (False, True):
        start, end = bare_range(text, korean=korean)
        if start == end or end - start > 160:
            return None
        piece = plain(text[start:end]).text.strip()
        if month := MONTHS.get(piece.lower()) if piece[:1].isupper() else None:
            return quantity_class(Quantity(Fraction(month), "month-of-year", 0, 0))
        by_itself = alone if alone is not None else not _HANGUL.search(piece) or piece == "하나"
        found = figures(piece, alone=by_itself)
        if found.quantities and not found.unread and (answer := _whole(piece, found)):
            return answer
    return None


def _whole(piece: str, held: Figures) -> Canonical | None:
    at = 0
    while lead := _LEAD.match(piece, at):
        at = lead.end()
    found = held.quantities
    bound = "" if _DENIED.search(piece) else _bound(piece)
    first, last = found[0], found[-1]
    if first.start > at and not (bound and _BOUND_WORDS.fullmatch(piece, 0, first.start)):
        return None
    if not _TRAIL.fullmatch(piece, last.end) and not (bound and len(piece) - last.end <= 12):
        return None
    if len(found) == 1:
        amount = None if held.operands else quantity_class(first)
        if amount is None or not bound or first.unit in ("date", "ordinal"):
            return amount
        return Canonical(bound + amount.key, f"{bound} {amount.reason}")
    joins = [piece[a.end : b.start] for a, b in pairwise(found)]
    ranged = len(found) == 2 and _RANGE.fullmatch(joins[0])
    if ranged and ("and" not in joins[0] or _BETWEEN.search(piece, 0, first.start)):
        one, other = quantity_class(first), quantity_class(last)
        # From more to less is no range: a difference, a score.
        if one and other and not (first.unit == last.unit and first.value >= last.value):
            return Canonical(
                f"range:{one.key}..{other.key}", f"from {one.reason} to {other.reason}"
            )
    if all(_SUM.fullmatch(j) for j in joins) and (total := _sum(found)):
        return total
    return None


def _bound(piece: str) -> str:
    return next((sign for sign, said in _BOUND_PATTERNS if said.search(piece)), "")


def _sum(found: Sequence[Quantity]) -> Canonical | None:
    """ "1시간 30분", "5 feet 3 inches": falling units of one dimension."""
    sizes = [dimension(q.unit) for q in found]
    falling = all(a[1] > b[1] for a, b in pairwise(sizes))
    if is_count(found[0].unit) or len({d for d, _ in sizes}) > 1 or not falling:
        return None
    total = sum((q.value * size for q, (_, size) in zip(found, sizes, strict=True)), Fraction(0))
    unit = found[0].unit
    return quantity_class(Quantity(total / sizes[0][1], unit, 0, 0))


def quantity_class(q: Quantity) -> Canonical | None:
    """The class of one quantity."""
    value, unit = q.value, q.unit
    if unit == "date":
        if value < 10000:
            return Canonical(f"n:{value}", f"the year {value}", value, "")
        digits = str(value)
        written = "-".join(p for p in (digits[:4], digits[4:6], digits[6:]) if p)
        return Canonical(f"date:{written}", f"the date {written}", value, unit)
    if unit in ("clock", "ordinal", "decade", "month-of-year", "month-day", "ratio-of"):
        said = {
            "clock": f"the time {int(value) // 3600:02d}:{int(value) // 60 % 60:02d}",
            "ordinal": f"number {value} in order",
            "decade": f"the {value}s",
            "month-of-year": f"month {value}",
            "month-day": f"month and day {int(value):04d}",
            "ratio-of": f"the ratio {value.numerator}:{value.denominator}",
        }[unit]
        return Canonical(f"{unit}:{value}", said, value, unit)
    if unit == "%":
        part = value / 100
        return Canonical(f"n:{part}", f"the number {_plain(part)}", value, unit)
    if is_count(unit):
        return Canonical(f"n:{value}", f"the number {_plain(value)}", value, "")
    name, size = dimension(unit)
    return Canonical(f"q:{value * size} {name}", f"{_plain(value)} {unit}", value, unit)


def _plain(value: Fraction) -> str:
    """A fraction as people write it, exact."""
    if value.denominator == 1:
        return (
            str(value) if abs(value) < 10**30 else f"{len(str(abs(value.numerator)))}-digit number"
        )
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest != 1 or value.denominator > 10**18:
        return str(value)
    places = 0
    while value.denominator != 1:
        value, places = value * 10, places + 1
    digits = str(abs(value.numerator)).rjust(places + 1, "0")
    return f"{'-' if value < 0 else ''}{digits[:-places]}.{digits[-places:]}"


def date_class(text: str) -> Canonical | None:
    kinds = ("date", "month-of-year", "month-day", "decade")
    found = quantities(text, alone=True)
    dated = [q for q in found if q.unit in kinds] or [
        q for q in found if q.unit == "" and 1000 <= q.value < 3000 and q.value.denominator == 1
    ]
    classes = {c.key: c for q in dated if (c := quantity_class(q))}
    return next(iter(classes.values())) if len(classes) == 1 else None
