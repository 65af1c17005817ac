"""The figures of a text, in Korean and English: exact values, units, and where they stand.

The rules that matter: a figure in a name is none ("GPT-3.5", "Llama-3-8B"), a figure before a name
is one ("a 7B model"); vague plurals are none ("millions of", "수십억"); enumerators and reference
marks are none; a hedge ("about", "약", "이상") marks a figure and never changes it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from itertools import pairwise

from pipeline.text.entities import Name, names, numbered_names
from pipeline.text.numbers import numerals
from pipeline.text.numbers.dates import dates
from pipeline.text.numbers.digits import ParsedNumber, read_digits
from pipeline.text.numbers.measurement_units import CURRENCY_SIGNS, dimension, is_count, match_unit
from pipeline.text.numbers.notation import NumberContext, standings
from pipeline.text.numbers.spelled import read_english, read_korean
from pipeline.text.patterns import pattern
from pipeline.text.plain import plain as plain_form

__all__ = [
    "Figures",
    "Name",
    "Quantity",
    "equal_quantities",
    "figures",
    "names",
    "quantities",
    "stands_in",
]


@dataclass(frozen=True, slots=True)
class Quantity:
    """One figure: `text[start:end]` with its unit. `value` is exact and counts in `unit` ("50 %" is
    50 of "%"), which is "" for a bare number or a mere counter (개). Calendar dates have the unit
    "date" and the digits of ISO basic form as value: 2023, 202303, 20230314. Ordinals have
    "ordinal", times of day "clock" (seconds since midnight). `approximate`: hedged, or a bound."""

    value: Fraction
    unit: str
    start: int
    end: int
    approximate: bool = False


@dataclass(frozen=True, slots=True)
class Figures:
    """All figures of a text. Those of `operands` (positions in `quantities`) are parts of something
    larger, "3" in "3 + 5" and "5" in "5 to 6"; `unread` are ranges of the text that hold figures
    whose value is not known ("2√3", "x^2")."""

    quantities: tuple[Quantity, ...]
    operands: frozenset[int]
    unread: tuple[tuple[int, int], ...]

    @property
    def values(self) -> list[Quantity]:
        """Those whose value is all that is said of them."""
        return [q for n, q in enumerate(self.quantities) if n not in self.operands]


_SKIP = pattern(
    r"https?://\S+|www\.\S+|[\w.+-]{1,64}@[\w-]+\.\S+"  # addresses
    r"|arXiv[:\s]*\d{4}\.\d{4,5}(?:v\d+)?"
    # versions and addresses of machines; "1.234.567,8" is neither
    r"|(?<!\d)(?!\d{1,3}(?:\.\d{3})+,\d)\d+\.\d+\.\d+(?:\.\d+)*(?!\d)"
    r"|(?<=[^\s\[(=:,])\[\d{1,3}(?:\s?[,-]\s?\d{1,3})*\]|\[ref_?id:?[^\]]*\]",  # reference marks
    re.IGNORECASE,
)
_ENUMERATOR = pattern(r"^[ \t#>*]*(\d{1,2})[.)]\s+(?=\S)", re.MULTILINE)
_SIGN = pattern(
    r"(?:(?<=[\s(\[{=:,≈~<>\"'$])|(?<![^\s]))[-+]$|(?:minus|negative|마이너스|영하)\s?$",
    re.IGNORECASE,
)
_CURRENCY = pattern(r"(?:US)?[$€£¥₩￦]\s?$")
_CURRENCIES = frozenset(CURRENCY_SIGNS.values())
_MORE = pattern(r"여(?=\s?[가-힣])")  # "100여 개"
_GAP = pattern(r"\s|-(?=[A-Za-z])")
_AND_A_HALF = pattern(r"\s?반(?![가-힣](?<![은이을의에쯤정입가만]))")  # "2시간 반"
_SPACED_SIGN = pattern(r"(?:^|[=(\[{≈]|\b(?:is|are|was|be|equals)|[가-힣][은는])\s?[-+]\s$")
_STRAY = pattern(r"\d[\d.,]*|[½⅓⅔¼¾⅕-⅞√∛∜π∞]")
_LINK = pattern(r"의?\s")
_HALF_OF_DAY = pattern(r"(?:오전|오후)\s?$")
_TEMPERATURE = pattern(r"(섭씨|화씨)\s?$")
_JOINS = pattern(r"\s?(?:-|~)\s?|\s+to\s+|\s?에서\s?|\s+and\s+")
_BETWEEN = pattern(r"between\s[$€£₩]?$", re.IGNORECASE)
_PASSED = pattern(r"\d[\d.,]*[A-Za-z]*|[A-Za-z]+|.", re.DOTALL)
_NO_SHARING = frozenset(
    {"date", "clock", "ordinal", "month-of-year", "month-day", "decade", "ratio-of"}
)


@cache
def _starts() -> re.Pattern[str]:
    """Where a number may begin: cheap, and wider than what is one."""
    return re.compile(
        r"\.?\d|\\[dtc]?frac|[½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞]"
        r"|(?<![가-힣])[영공일이삼사오육륙칠팔구십백천만억열스서마쉰예여아둘셋넷다한두세네석넉첫절제유시하]"
        r"|(?<![A-Za-z'’])(?:an?|per|for|zero|one|two|twice|three|four|five|six|seven|eight|nine|ten|eleven"
        r"|twel|thir|fif|eigh|nin|twen|half|hundred|thousand|first|second)[a-z]*(?![a-z])",
        re.IGNORECASE,
    )


@cache
def _hedges() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Words that make a figure approximate or a bound: before it, behind it."""
    return (
        re.compile(
            r"(?:(?<![A-Za-z])(?:about|around|approximately|approx\.?|roughly|nearly|almost|circa"
            r"|ca\.|over|under|some|more than|less than|fewer than|up to|at least|at most"
            r"|an estimated)\s+(?:the\s|an?\s)?|(?<![\d%만억])\s?[~≈≒<>≤≥]\s?"
            r"|(?:^|[^가-힣])(?:약|대략|거의|대충|최소|최대|줄잡아|어림잡아)\s?)(?:US)?[$€£¥₩]?\s?$",
            re.IGNORECASE,
        ),
        re.compile(
            r"\+(?!\s?\d)|\s?(?:정도|쯤|가량|남짓|안팎|내외|이상|이하|미만|초과|여\s"
            r"|(?:을|를)?\s?(?:넘|웃도|밑도))|\s(?:or so|or more|or less)"
        ),
    )


def quantities(text: str, *, alone: bool = False) -> list[Quantity]:
    """The quantities of `text` in order, without overlap; none that is part of an expression which
    could not be read. `alone`: the text is an answer by itself, so short numerals that could be
    everyday words ("오", "one", "십") are read as numbers."""
    return list(_read(text, alone, answer=False).quantities)


def figures(text: str, *, alone: bool = False) -> Figures:
    """All that stands in figures in an answer, or in a sentence that may hold one. Here a space may
    part thousands ("1 234"), and a sign may stand apart from its number at the start ("- 5")."""
    return _read(text, alone, answer=True)


def _read(text: str, alone: bool, *, answer: bool) -> Figures:
    form = plain_form(text)
    plain = form.text
    named = numbered_names(plain)
    dated = [
        Quantity(Fraction(value), unit, start, end)
        for value, unit, start, end in dates(plain)
        if not any(s <= start < e for s, e in named)
    ]
    blocked = sorted(
        named
        + [(q.start, q.end) for q in dated]
        + [m.span() for m in _SKIP.finditer(plain)]
        + _enumerators(plain)
    )
    found: list[Quantity] = []
    at = 0
    while match := _starts().search(plain, at):
        start = match.start()
        hit = next((b for b in blocked if b[0] <= start < b[1]), None)
        if hit:
            at = hit[1]
            continue
        quantity = _quantity(plain, start, found[-1].end if found else 0, alone, answer)
        if quantity is None:
            passed = _PASSED.match(plain, start)
            at = passed.end() if passed else start + 1
            continue
        cut = next((b[0] for b in blocked if quantity.start < b[0] < quantity.end), None)
        if cut is None:
            found.append(quantity)
        at = quantity.end if cut is None else cut
    found = sorted(found + dated, key=lambda q: q.start)
    found = [_hedged(plain, q) for q in _share_units(plain, found)]
    how = standings(plain, [(q.start, q.end) for q in found], _one_amount(found))
    unread = [(q.start, q.end) for q, stands in zip(found, how, strict=True) if stands == 2]
    if answer:
        covered = sorted([(q.start, q.end) for q in found] + blocked)
        unread = sorted(unread + _strays(plain, covered))
    kept = [
        (q, stands) for q, stands in zip(found, how, strict=True) if stands < NumberContext.UNREAD
    ]
    return Figures(
        tuple(_placed(q, *form.span(q.start, q.end)) for q, _ in kept),
        frozenset(n for n, (_, stands) in enumerate(kept) if stands is NumberContext.OPERAND),
        tuple(form.span(*span) for span in unread),
    )


def _placed(quantity: Quantity, start: int, end: int) -> Quantity:
    if (start, end) == (quantity.start, quantity.end):
        return quantity
    return replace(quantity, start=start, end=end)


_OWN_KINDS = frozenset({"date", "month-of-year", "month-day", "decade", "clock", "ordinal"})


def _one_amount(found: Sequence[Quantity]) -> list[bool]:
    """For each figure and the next, whether side by side they are no list of two: falling units of
    one dimension ("1 hour 30 minutes"), a date or a place in an order before a figure."""
    sums = []
    for one, two in pairwise(found):
        (first, size), (second, less) = dimension(one.unit), dimension(two.unit)
        falling = first == second and size > less and not is_count(one.unit)
        sums.append(falling or bool({one.unit, two.unit} & _OWN_KINDS))
    return [*sums, False]


def _strays(text: str, covered: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Figures and signs of mathematics that belong to nothing that was read."""
    strays: list[tuple[int, int]] = []
    at = 0
    for start, end in (*covered, (len(text), len(text))):
        strays += [m.span() for m in _STRAY.finditer(text, at, max(at, start))]
        at = max(at, end)
    return strays


def equal_quantities(a: Quantity, b: Quantity) -> bool:
    """Exactly the same amount of the same thing, units of one dimension converted. A percentage
    equals the bare fraction it is (50 % and 0.5)."""
    (one, size), (other, peer) = dimension(a.unit), dimension(b.unit)
    one, other = ("ratio" if d == "" else d for d in (one, other))
    return one == other and a.value * size == b.value * peer


def stands_in(figure: Quantity, evidence: Sequence[Quantity]) -> bool:
    """Whether the figure stands among the evidence: an equal quantity; the same number where one
    of the two leaves its unit out; a date that the evidence gives more exactly (2023, 2023-03)."""
    for other in evidence:
        if equal_quantities(figure, other):
            return True
        if "ordinal" in (figure.unit, other.unit):
            continue
        if figure.value == other.value and "" in (figure.unit, other.unit):
            return True
        if other.unit == "date" and figure.unit in ("date", "") and figure.value >= 1000:
            written = str(figure.value)
            if len(written) in (4, 6) and str(other.value).startswith(written):
                return True
    return False


def _enumerators(text: str) -> list[tuple[int, int]]:
    """ "1. ..." and "2) ..." at line starts, where they count on from one another."""
    marks = [(int(m.group(1)), m.span(1)) for m in _ENUMERATOR.finditer(text)]
    counted = {n for n, _ in marks}
    return [span for n, span in marks if n - 1 in counted or n + 1 in counted]


def _quantity(text: str, start: int, floor: int, alone: bool, answer: bool) -> Quantity | None:
    character = text[start]
    if "가" <= character <= "힣":
        reading = read_korean(text, start, alone)
    elif character.isascii() and character.isalpha():
        reading = read_english(text, start, alone)
    else:
        before = text[start - 1] if start else " "
        if before.isascii() and (before.isalnum() or before == "_"):
            return None
        reading = read_digits(text, start, spaced=answer)
    if reading is None:
        return None
    quantity = _with_unit(text, start, floor, reading)
    if answer and quantity and (sign := _SPACED_SIGN.search(text, floor, quantity.start)):
        value = -quantity.value if "-" in sign.group() else quantity.value
        return replace(quantity, value=value, start=sign.end() - 2)
    return quantity


def _with_unit(text: str, start: int, floor: int, reading: ParsedNumber) -> Quantity | None:
    """Adds what surrounds a number: unit, sign, currency sign. None where a letter follows that is
    no unit, for then the figure belongs to a name ("3D"). Nothing before `floor` is taken."""
    end = reading.end
    if reading.unit is not None:
        return _signed(text, floor, Quantity(reading.value, reading.unit, start, end))
    unit = ""
    more = _MORE.match(text, end)
    at = more.end() if more else end
    gap = _GAP.match(text, at)
    if attached := match_unit(text, at, attached=True):
        unit, end = attached
    elif gap and (spaced := match_unit(text, gap.end(), attached=False)):
        unit, end = spaced
    elif end < len(text) and text[end].isascii() and text[end].isalpha():
        return None
    if unit == "" and end > reading.end:
        # "1,750억 개의 파라미터": the noun behind a mere counter is the unit.
        link = _LINK.match(text, end)
        noun = match_unit(text, link.end(), attached=False) if link else None
        if noun and noun[0] and is_count(noun[0]):
            unit, end = noun
    value = reading.value
    if end > reading.end and (half := _AND_A_HALF.match(text, end)):
        value, end = value + Fraction(1, 2), half.end()
    return _signed(text, floor, Quantity(value, unit, start, end, approximate=bool(more)))


def _signed(text: str, floor: int, quantity: Quantity) -> Quantity:
    start, value, unit = quantity.start, quantity.value, quantity.unit
    if currency := _CURRENCY.search(text, max(floor, start - 4), start):
        start = currency.start()
        unit = CURRENCY_SIGNS[currency.group().strip().removeprefix("US")]
    if sign := _SIGN.search(text, max(floor, start - 10), start):
        if sign.group() in "-+" and re.search(r"[\d)%]\s?$", text[: sign.start()][-2:]):
            return replace(quantity, start=start, unit=unit)  # a sum, a difference or a range
        start = sign.start()
        value = value if sign.group() == "+" else -value
        if not currency and (before := _CURRENCY.search(text, max(floor, start - 4), start)):
            start = before.start()
            unit = CURRENCY_SIGNS[before.group().strip().removeprefix("US")]
    if unit == "°" and (scale := _TEMPERATURE.search(text, max(floor, start - 4), start)):
        start, unit = scale.start(), "°C" if scale.group(1) == "섭씨" else "°F"
    if unit == "clock" and (half := _HALF_OF_DAY.search(text, max(floor, start - 4), start)):
        start = half.start()
    return replace(quantity, value=value, unit=unit, start=start)


def _share_units(text: str, found: list[Quantity]) -> list[Quantity]:
    """In a range one figure's unit and magnitude hold for both ("10-20 %", "20~30만", "$5-10m")."""
    shared = list(found)
    for n in range(len(found) - 1):
        one, two = shared[n], shared[n + 1]
        join = text[one.end : two.start]
        bare = text[one.start : one.end].strip("$€£₩").replace(".", "").isdigit()
        if not bare or not _JOINS.fullmatch(join) or two.unit in _NO_SHARING:
            continue
        if join.strip() == "and" and not _BETWEEN.search(text, max(0, one.start - 9), one.start):
            continue
        if one.unit and (one.unit not in _CURRENCIES or two.unit not in ("", one.unit)):
            continue
        unit, value = one.unit or two.unit, one.value
        second = numerals.DIGITS.match(text, two.start)
        if second and join.strip() != "에서":
            written = numerals.digits_value(second.group())
            if written and two.value >= written * 1000 and value < written:
                value *= two.value / written
        shared[n] = replace(one, unit=unit, value=value)
        shared[n + 1] = replace(two, unit=unit)
    return shared


def _hedged(text: str, quantity: Quantity) -> Quantity:
    before, behind = _hedges()
    if before.search(text, max(0, quantity.start - 24), quantity.start) or behind.match(
        text, quantity.end
    ):
        return replace(quantity, approximate=True)
    return quantity
