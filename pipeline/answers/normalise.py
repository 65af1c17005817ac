"""Equal answers, however they are written: the equivalence classes that votes are counted in.

Every answer gets a key and the reason for it in words. Two answers are one class exactly when their
keys are equal, and a key is made so that it cannot join different numbers: values are exact
fractions, and figures inside of text are part of the key too. What is joined on purpose:

- ways of writing one number ("1,750억", "175B", "one hundred seventy-five billion", "50 %"), units
  of one dimension where they convert exactly, a hedge ("약"), the noun of what is counted;
- dates, times of day, yes and no, list items in any order, choices, in either language;
- text up to case, punctuation, articles, particles, the spacing of Korean, the spelling of names.

A bound ("over 100", "100 이상") is not the number itself, and a name never loses its version.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Literal

from pipeline.answers.choices import choice_label, is_marked_choice
from pipeline.answers.symbols import MARKS, folded, spelled_out
from pipeline.text.entities import name_key, numbered_names
from pipeline.text.numbers.dates import MONTHS
from pipeline.text.numbers.quantities import Figures, Quantity, figures, quantities
from pipeline.text.numbers.units import dimension, is_count
from pipeline.text.patterns import pattern
from pipeline.text.plain import plain
from pipeline.text.polarity import polarity
from pipeline.text.wrapping import bare_range, is_placeholder

__all__ = ["Canonical", "Equivalence", "Kind", "canonical", "is_same", "leaves_unit_out", "same"]

Kind = Literal["auto", "number", "choice", "yesno", "date", "list", "text"]


@dataclass(frozen=True, slots=True)
class Canonical:
    """The class of an answer. `key` is what is compared and `reason` says it in words. For a number
    `value` is what was written, in `unit` ("" where none was)."""

    key: str
    reason: str
    value: Fraction | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Equivalence:
    """Whether two answers are the same, and why. True in a condition when they are."""

    same: bool
    reason: str

    def __bool__(self) -> bool:
        return self.same


def canonical(answer: str, kind: Kind = "auto", language: str = "") -> Canonical | None:
    """The class of `answer`, or None where it is no answer of this kind (empty, a placeholder, "I
    don't know", a text where a number is asked for). `language` is "ko", "en" or "" for either; it
    decides only what cannot be told from the answer itself."""
    text = unicodedata.normalize("NFC", answer)
    # Spaces are told apart from line breaks and not counted: a run of them costs nothing below.
    text = "\n".join(" ".join(line.split()) for line in text.splitlines() if line.strip())
    if is_placeholder(text):
        return None
    readers = {
        "number": (_number,),
        "choice": (_choice,),
        "yesno": (_yes_no,),
        "date": (_date,),
        "list": (_list,),
        "text": (_text,),
        "auto": (_marked_choice, _strict_yes_no, _strict_number, _tuple, _auto_list, _text),
    }
    for reader in readers[kind]:
        if found := reader(text):
            return found
    return None


def same(a: str, b: str, kind: Kind = "auto", language: str = "") -> Equivalence:
    """Whether two answers to one question are the same. Beyond equal classes, a number that leaves
    its unit out is the same as that number with one ("18" and "$18"), but "50" is not "50 %"."""
    one, other = canonical(a, kind, language), canonical(b, kind, language)
    if one is None or other is None:
        return Equivalence(False, f"{(a if one is None else b)!r} is no answer of this kind")
    if one.key == other.key:
        return Equivalence(True, f"both are {one.reason}")
    if is_same(one, other):
        return Equivalence(True, f"{one.reason} and {other.reason}: one leaves the unit out")
    return Equivalence(False, f"{one.reason} is not {other.reason}")


def is_same(one: Canonical, other: Canonical) -> bool:
    """Whether two answers are the same, by their classes; as `same`, without the words."""
    return one.key == other.key or leaves_unit_out(one, other) or leaves_unit_out(other, one)


def leaves_unit_out(bare: Canonical, full: Canonical) -> bool:
    """Whether `bare` is the number of `full` without its unit. Not transitive (1 is 1 GB and 1 MB),
    so it makes no classes: votes apply it only where one such class is there."""
    return (
        bare.value is not None
        and bare.value == full.value
        and bare.unit == ""
        and full.unit not in ("", "%", "‰", "date", "decade", "clock", "ratio-of", "month-day")
        and bare.key.startswith("n:")
        and full.key[:2] in ("q:", "or", "mo")
    )


# --- numbers --------------------------------------------------------------------------------------

_LEAD = pattern(
    r"(?:about|around|approximately|approx\.?|roughly|nearly|almost|circa|ca\.|a total of|an?|the"
    r"|in|on|at|between|from|only|just|exactly|some|총|약|대략|거의|대충|모두|정확히|단|[~≈≒+])\s*",
    re.IGNORECASE,
)
_TRAIL = pattern(
    r"\s*(?:정도|쯤|가량|남짓|내외|안팎|입니다|이다|의|짜리|or so|approximately|(?:in )?total)?"
    r"[\s.]*"
    r"(?:(?:of\s+)?[a-z]{2,}|[가-힣]{1,6})?",
)
# Bounds: in words wherever they stand, in signs before a number. The first that is found counts.
_BOUNDS = (
    (">=", r"\b(?:at least|minimum|or more|no(?:t|) less than)\b|이상|최소|\d\+$|^[^\d]*?(?:≥|>=)"),
    ("<=", r"\b(?:at most|up to|maximum|or less|or fewer|no(?:t|) more than)\b|이하|최대"
     r"|^[^\d]*?(?:≤|<=)"),
    (">", r"\b(?:over|more than|above)\b|초과|넘|^[^\d]*?>"),
    ("<", r"\b(?:under|less than|fewer than|below)\b|미만|^[^\d]*?<"),
)  # fmt: skip
_BOUND_PATTERNS = tuple((sign, pattern(said, re.IGNORECASE)) for sign, said in _BOUNDS)
_DENIED = pattern(
    r"\b(?:not|no|never)\b(?! (?:more|less) than)|n['’]t\b|않|아니|아닌|아닙|없", re.IGNORECASE
)
_RANGE = pattern(r"\s?[-~–—〜∼]\s?|\s+to\s+|\s?에서\s?|\s+and\s+|\s?부터\s?")
_BETWEEN = pattern(r"\bbetween\b", re.IGNORECASE)
_BOUND_WORDS = pattern(r"[\w\s≥≤<>=]{1,20}")
_SUM = pattern(r"\s*(?:,|and|그리고)?\s*")
_EQUALS = pattern(r"\s*(?:(?<![!<>=/])=(?![=<>])|=>|⇒|≈|≒|is equal to|equals)\s*")
_HANGUL = pattern("[가-힣]")


def _number(text: str) -> Canonical | None:
    """The number an answer is, or the one number that it holds. None where a part of it is not
    understood: that could change the value."""
    for by_itself in (None, True):
        if found := _strict_number(text, by_itself):
            return found
    held = figures(text, alone=len(text) < 12)
    if held.unread or held.operands:
        return None
    amounts = [q for q in held.quantities if q.unit != "ordinal"]
    classes = {c.key: c for q in amounts if (c := _amount(q))}
    return next(iter(classes.values())) if len(classes) == 1 else None


def _strict_number(text: str, alone: bool | None = None) -> Canonical | None:
    """The number that the answer is as a whole: hedge, number, unit, at most one noun."""
    parts = [p for p in _EQUALS.split(text) if p.strip()]
    if len(parts) > 1:
        # "x = 42", "0.5 = 1/2 = 50 %": the last side, if it is a number.
        return _strict_number(parts[-1], alone)
    for korean in (False, True):
        start, end = bare_range(text, korean=korean)
        if start == end or end - start > 160:
            return None
        piece = plain(text[start:end]).text.strip()
        if month := MONTHS.get(piece.lower()) if piece[:1].isupper() else None:
            return _amount(Quantity(Fraction(month), "month-of-year", 0, 0))
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
        amount = None if held.operands else _amount(first)
        if amount is None or not bound or first.unit in ("date", "ordinal"):
            return amount
        return Canonical(bound + amount.key, f"{bound} {amount.reason}")
    joins = [piece[a.end : b.start] for a, b in pairwise(found)]
    ranged = len(found) == 2 and _RANGE.fullmatch(joins[0])
    if ranged and ("and" not in joins[0] or _BETWEEN.search(piece, 0, first.start)):
        one, other = _amount(first), _amount(last)
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
    return _amount(Quantity(total / sizes[0][1], unit, 0, 0))


def _amount(q: Quantity) -> Canonical | None:
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


def _date(text: str) -> Canonical | None:
    kinds = ("date", "month-of-year", "month-day", "decade")
    found = quantities(text, alone=True)
    dated = [q for q in found if q.unit in kinds] or [
        q for q in found if q.unit == "" and 1000 <= q.value < 3000 and q.value.denominator == 1
    ]
    classes = {c.key: c for q in dated if (c := _amount(q))}
    return next(iter(classes.values())) if len(classes) == 1 else None


# --- choices, yes and no --------------------------------------------------------------------------


def _choice(text: str) -> Canonical | None:
    label = choice_label(text)
    if label is None:
        return None
    if label.isdigit():
        return Canonical(f"n:{label}", f"the number {label}", Fraction(int(label)))
    return Canonical(f"choice:{label}", f"choice {label}")


def _marked_choice(text: str) -> Canonical | None:
    """In an answer of unknown kind, only what is marked as a choice is one: "③", "(B)", "B."."""
    return _choice(text) if is_marked_choice(text) else None


def _yes_no(text: str) -> Canonical | None:
    return _said(polarity(text, letters=True))


def _strict_yes_no(text: str) -> Canonical | None:
    return _said(polarity(text, strict=True))


def _said(yes: bool | None) -> Canonical | None:
    return None if yes is None else Canonical(*(("yes", "yes") if yes else ("no", "no")))


# --- lists and text -------------------------------------------------------------------------------

_BULLETS = pattern(r"(?:^|\n)\s*(?:[-*•·]|\d{1,2}[.)]|[①-⑳])\s+")
_COMMAS = pattern(
    r"\s*[;；、\n]\s*|,(?!\d{3}(?!\d))\s*(?:and\s+|or\s+|및\s+|그리고\s+)?|，\s*|\s+(?:and|및|그리고|&)\s+"
)
_KO_AND = pattern(r"(?<=[가-힣A-Za-z0-9])(?:와|과|하고|이랑)\s+")


def _items(text: str) -> list[str]:
    start, end = bare_range(text)
    piece = text[start:end]
    separator = _BULLETS if len(_BULLETS.findall(text)) > 1 else _COMMAS
    source = text if separator is _BULLETS else piece
    return [item for item in separator.split(source) if re.search(r"\w", item)]


def _list(text: str) -> Canonical | None:
    items = _items(text)
    items = [part for item in items for part in _KO_AND.split(item) if part.strip()]
    classes = sorted((c for item in items if (c := canonical(item))), key=lambda c: c.key)
    if not classes:
        return None
    if len(classes) == 1:
        return classes[0]
    key = "".join(f"[{len(c.key)}:{c.key}]" for c in classes)
    return Canonical(f"list:{key}", "the list " + ", ".join(c.reason for c in classes))


_BRACKETED = pattern(r"(\(|\[)([^()\[\]]+)(\)|\])")


def _tuple(text: str) -> Canonical | None:
    """A point or an interval: "(3, 4)" is not "(4, 3)", nor "[5, 6)" the same as "(5, 6]"."""
    found = _BRACKETED.fullmatch(text.strip(" \t\n.$"))
    if not found or found[1] + found[3] == "[]":
        return None
    items = [canonical(item) for item in found[2].split(",")]
    if len(items) < 2 or any(item is None or item.value is None for item in items):
        return None
    inside = "".join(f"[{len(c.key)}:{c.key}]" for c in items if c)
    said = ", ".join(c.reason for c in items if c)
    return Canonical(f"tuple:{found[1]}{inside}{found[3]}", f"{found[1]}{said}{found[3]}")


def _auto_list(text: str) -> Canonical | None:
    """A list if it plainly is one: short items with separators, or bullets."""
    items = _items(text)
    if len(items) < 2 or any(len(i.split()) > 5 for i in items):
        return None
    return _list(text)


_GLOSS = pattern(r"\s*[(（]([^()（）]{1,60})[)）]")
_SIZE = pattern(r"\d+(?:\.\d+)?[BbMm]")
_ATTACHED = pattern(
    rf"(?<=[{MARKS}])(?=[^\W_])|(?<=[^\W_])(?=[{MARKS}])|(?<=[{MARKS}])(?=[{MARKS}])"
)
_MOST_MARKS = 6_000  # there are so many characters to stand for them
_HANGUL_GAP = pattern(r"(?<=[가-힣]) (?=[가-힣])")


def _text(text: str) -> Canonical | None:
    start, end = bare_range(text)
    piece = text[start:end]
    if not piece:
        return None
    without = _without_gloss(piece)
    key = _folded(without)
    if not key:
        return None
    return Canonical(f"t:{key}", f"the text {key!r}")


def _without_gloss(piece: str) -> str:
    """ "서울(Seoul)" without the bracket: the same name in the other script, no figure in it."""
    found = _GLOSS.search(piece)
    if not found or re.search(r"\d", found.group(1)) or found.end() != len(piece):
        return piece
    inside, outside = found.group(1), piece[: found.start()]
    hangul = bool(re.search("[가-힣]", inside)), bool(re.search("[가-힣]", outside))
    return outside if hangul[0] is not hangul[1] else piece


def _folded(piece: str) -> str:
    """Text as a key: names and quantities by their own keys, the rest folded."""
    piece = spelled_out(piece)
    keys: list[str] = []
    out: list[str] = []
    at = 0
    for start, end, key in _marks(piece)[:_MOST_MARKS]:
        out += [piece[at:start], chr(ord(MARKS[0]) + len(keys))]
        keys.append(key)
        at = end
    out.append(piece[at:])
    text = folded(_ATTACHED.sub(" ", "".join(out)))
    for n, key in enumerate(keys):
        text = text.replace(chr(ord(MARKS[0]) + n), key)
    return _HANGUL_GAP.sub("", text)


def _marks(piece: str) -> list[tuple[int, int, str]]:
    """The names and quantities of a text with their keys, in order, without overlap."""
    named = [(s, e, name_key(piece[s:e])) for s, e in numbered_names(piece)]
    found = []
    for q in quantities(piece):
        written = piece[q.start : q.end]
        before = next((n for n in named if n[1] + 1 == q.start), None)
        if before and piece[before[1]] == " " and _SIZE.fullmatch(written):
            named.remove(before)  # "Llama 3 8B": the size of a model is part of its name
            named.append((before[0], q.end, f"{before[2]}-{written.casefold()}"))
        elif amount := _amount(q):
            found.append((q.start, q.end, amount.key))
    marks: list[tuple[int, int, str]] = []
    for start, end, key in sorted(named + found):
        if not marks or start >= marks[-1][1]:
            marks.append((start, end, f"⟪{key}⟫"))
    return marks
