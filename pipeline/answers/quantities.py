"""The figures of a text, in Korean and English: exact values, units, and where they stand.

The rules that matter: a figure in a name is none ("GPT-3.5", "Llama-3-8B"), a figure before a name is
("a 7B model"); vague plurals are none ("millions of", "수십억"); enumerators and reference marks are
none; a hedge ("about", "약", "이상") marks a figure and never changes it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from pipeline.answers import numerals
from pipeline.answers.names import Name, names, numbered_names
from pipeline.answers.units import CURRENCY_SIGNS, dimension, is_count, match_unit

__all__ = ["Name", "Quantity", "equal_quantities", "names", "quantities", "stands_in"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """One figure: `text[start:end]` with its unit. `value` is exact and counts in `unit` ("50 %" is 50
    of "%"), which is "" for a bare number or a mere counter (개). Calendar dates have unit "date" and
    the digits of ISO basic form as value: 2023, 202303, 20230314. Ordinals have "ordinal", times of
    day "clock" (seconds since midnight). `approximate`: hedged or given as a bound."""

    value: Fraction
    unit: str
    start: int
    end: int
    approximate: bool = False


# One character for one, so that offsets hold.
_PLAIN = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    ord("−"): "-", ord("–"): "-", ord("—"): "-", ord("‑"): "-", ord("〜"): "~", ord("∼"): "~",
    ord("～"): "~", 0x3000: " ", 0xA0: " ", ord("∙"): "·",
}  # fmt: skip
_SUPER = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")

_MONTHS = {
    m: n
    for n, forms in enumerate(
        "january jan|february feb|march mar|april apr|may|june jun|july jul|august aug"
        "|september sept sep|october oct|november nov|december dec".split("|"),
        start=1,
    )
    for m in forms.split()
}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DATES = re.compile(
    rf"(?P<iso>(?<![\d.])(?P<y1>[12]\d{{3}})(?P<sep>[-/.])\s?(?P<m1>0?[1-9]|1[0-2])(?P=sep)\s?(?P<d1>0?[1-9]|[12]\d|3[01])(?!\d|[.,]\d)\.?)"
    rf"|(?P<ko>(?<!\d)(?P<y2>[12]\d{{3}})\s?년\s?(?P<m2>0?[1-9]|1[0-2])\s?월(?!간)(?:\s?(?P<d2>0?[1-9]|[12]\d|3[01])\s?일(?!간))?)"
    rf"|(?P<year>(?<![\d,.])(?P<y3>[12]\d{{3}})\s?(?:년도?|학년도|AD|CE)(?!\s?(?:간|동안|전|후|치))(?![A-Za-z]))"
    rf"|(?P<us>(?<![A-Za-z])(?:{_MONTH})\.?\s+(?P<d3>0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?,?\s+(?P<y4>[12]\d{{3}})(?!\d|[.,]\d))"
    rf"|(?P<uk>(?<![\d.,])(?P<d4>0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?\s+(?:of\s+)?(?:{_MONTH})\.?,?\s+(?P<y5>[12]\d{{3}})(?!\d))"
    rf"|(?P<my>(?<![A-Za-z])(?:{_MONTH})\.?,?\s+(?:of\s+)?(?P<y6>[12]\d{{3}})(?!\d|[.,]\d))"
    rf"|(?P<kmd>(?<!\d)(?P<m7>0?[1-9]|1[0-2])\s?월\s?(?P<d7>0?[1-9]|[12]\d|3[01])\s?일(?!간))"
    rf"|(?P<umd>(?<![A-Za-z])(?:{_MONTH})\.?\s+(?P<d8>0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?(?!\d|[.,]\d|\s?%))"
    rf"|(?P<km>(?<![\d개])(?P<m9>0?[1-9]|1[0-2])\s?월(?!간)(?=[^가-힣]|$|에|의|은|이|과|까|부|말|초|중|호))"
    rf"|(?P<mdy>(?<![\d/.])(?P<m10>0?[1-9]|1[0-2])/(?P<d10>0?[1-9]|[12]\d|3[01])/(?P<y10>[12]\d{{3}})(?![\d/]))",
    re.IGNORECASE,
)
_SKIP = re.compile(
    r"https?://\S+|www\.\S+|\S+@\S+\.\S+|arXiv[:\s]*\d{4}\.\d{4,5}(?:v\d+)?"  # addresses
    r"|\d+\.\d+\.\d+(?:\.\d+)*(?!\d)"  # versions and addresses of machines
    r"|(?<=[^\s\[(=:,])\[\d{1,3}(?:\s?[,-]\s?\d{1,3})*\]|\[ref_?id:?[^\]]*\]",  # reference marks
    re.IGNORECASE,
)
_CLOCK = re.compile(
    r"(?<![\d:])(\d{1,2}):([0-5]\d)(?::([0-5]\d)(?:\.\d+)?)?(?![\d:])(?:\s?([ap])\.?m\b\.?)?", re.I
)
_KO_CLOCK = re.compile(r"(?:(오전|오후)\s?)(\d{1,2})시(?:\s?(\d{1,2})분)?")
_RATIO = re.compile(r"(?<![\d:.])(\d+)\s?:\s?(\d+)(?![\d:]|\.\d)")
_LATEX_FRACTION = re.compile(r"\\[dt]?frac\s?(?:\{\s*(-?\d+)\s*\}\{\s*(\d+)\s*\}|(\d)(\d))")
_KO_FRACTION = re.compile(r"(\d+|[이삼사오육칠팔구십백]+)\s?분의\s?(\d+|[일이삼사오육칠팔구십]+)")
_SLASH = re.compile(r"\s?/\s?(\d+)(?![\d/]|[.,]\d)")
_MIXED = re.compile(r"\s(\d+)/(\d+)(?![\d/])")
_EXPONENT = re.compile(
    r"[eE](?P<e>[+-]?\d{1,3})(?![A-Za-z0-9.])"
    r"|\s?(?:[×x*·]|\\times|\\cdot)\s?10\s?(?:(?:\^|\*\*)\s?\{?(?P<p>[+-]?\d{1,3})\}?|(?P<s>[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3}))"
)
_POWER = re.compile(r"(?:\^|\*\*)\s?\{?([+-]?\d{1,3})\}?(?![\d.])|([⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3})")
_SUFFIX = re.compile(
    r"(?:([KkMBTb])|(bn|mn|tn))(?![A-Za-z0-9])|\s([MBT])(?=\s(?:param|token|weight|model|파라|매개|토큰|모델))"
)
_MAGNITUDE = {
    "k": 10**3,
    "m": 10**6,
    "b": 10**9,
    "t": 10**12,
    "bn": 10**9,
    "mn": 10**6,
    "tn": 10**12,
}
_SIGN = re.compile(
    r"(?:(?<=[\s(\[{=:,≈~<>\"'$])|(?<![^\s]))[-+]$|(?:minus|negative|마이너스|영하)\s?$",
    re.IGNORECASE,
)
_CURRENCY = re.compile(r"(?:US)?[$€£¥₩￦]\s?$")
_BEFORE = re.compile(
    r"(?:(?<![A-Za-z])(?:about|around|approximately|approx\.?|roughly|nearly|almost|circa|ca\.|over|under"
    r"|some|more than|less than|fewer than|up to|at least|at most|an estimated)\s+(?:the\s|an?\s)?|(?<![\d%만억])\s?[~≈≒<>≤≥]\s?"
    r"|(?:^|[^가-힣])(?:약|대략|거의|대충|최소|최대|줄잡아|어림잡아)\s?)(?:US)?[$€£¥₩]?\s?$",
    re.IGNORECASE,
)
_HEDGE_AFTER = re.compile(
    r"\+(?!\d)|\s?(?:정도|쯤|가량|남짓|안팎|내외|이상|이하|미만|초과|여\s|(?:을|를)?\s?(?:넘|웃도|밑도))|\s(?:or so|or more|or less)"
)
_CURRENCIES = frozenset(CURRENCY_SIGNS.values())
_VAGUE_BEFORE = re.compile(r"(?:수|몇|여러)\s?$")
_JOINS = re.compile(r"\s?(?:-|~)\s?|\s+to\s+|\s?에서\s?|\s+and\s+")
_ENUMERATOR = re.compile(r"^[ \t#>*]*(?:\*\*)?(\d{1,2})[.)]\s+(?=\S)", re.MULTILINE)
_START = re.compile(
    r"\.?\d|\\[dt]?frac|[½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞]|(?<![가-힣])[영공일이삼사오육륙칠팔구십백천만억열스서마쉰예여아둘셋넷다한두세네석넉첫절제]"
    r"|(?<![A-Za-z'’])(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thir|four|fif|six|seven|eigh|nine|twen|for|half|hundred|a|an|first|second|twice|per|thousand)[a-z]*(?![a-z])",
    re.IGNORECASE,
)


def quantities(text: str, *, alone: bool = False) -> list[Quantity]:
    """The quantities of `text` in order, without overlap. `alone`: the text is an answer by itself,
    so short numerals that could be everyday words ("오", "one", "십") are read as numbers."""
    plain = text.translate(_PLAIN)
    named = numbered_names(plain)
    dates = [q for m in _DATES.finditer(plain) if (q := _date(m)) and not _inside(q.start, named)]
    dated = [(q.start, q.end) for q in dates]
    skipped = [m.span() for m in _SKIP.finditer(plain)]
    blocked = sorted(named + dated + skipped + _enumerators(plain))
    found: list[Quantity] = []
    at = 0
    while match := _START.search(plain, at):
        start = match.start()
        hit = next((b for b in blocked if b[0] <= start < b[1]), None)
        if hit:
            at = hit[1]
            continue
        quantity = _quantity(plain, start, alone)
        if quantity is None:
            at = _past(plain, start)
            continue
        cut = next((b[0] for b in blocked if quantity.start < b[0] < quantity.end), None)
        if cut is not None:
            at = cut
            continue
        found.append(quantity)
        at = quantity.end
    found = sorted(found + dates, key=lambda q: q.start)
    return [_hedged(plain, q) for q in _share_units(plain, found)]


def equal_quantities(a: Quantity, b: Quantity) -> bool:
    """Exactly the same amount of the same thing, units of one dimension converted. A percentage
    equals the bare fraction it is (50 % and 0.5)."""
    if _ratio(a.unit) and _ratio(b.unit):
        return a.value * dimension(a.unit)[1] == b.value * dimension(b.unit)[1]
    (one, size), (other, peer) = dimension(a.unit), dimension(b.unit)
    return one == other and a.value * size == b.value * peer


def stands_in(figure: Quantity, evidence: Sequence[Quantity]) -> bool:
    """Whether the figure stands among the evidence: an equal quantity; the same number where one of
    the two leaves its unit out; or a date that the evidence gives more exactly (2023 for 2023-03)."""
    for other in evidence:
        if equal_quantities(figure, other):
            return True
        bare = not figure.unit or not other.unit
        if bare and figure.value == other.value and "ordinal" not in (figure.unit, other.unit):
            return True
        if other.unit == "date" and figure.unit in ("date", "") and figure.value >= 1000:
            if str(other.value).startswith(str(figure.value)) and len(str(figure.value)) in (
                4,
                6,
                8,
            ):
                return True
    return False


def _ratio(unit: str) -> bool:
    return unit in ("", "%")


def _inside(at: int, spans: list[tuple[int, int]]) -> bool:
    return any(start <= at < end for start, end in spans)


def _past(text: str, start: int) -> int:
    """Where to look on after a start that was no quantity: behind the whole figure or word."""
    run = re.compile(r"\d[\d.,]*[A-Za-z]*|[A-Za-z]+|.", re.DOTALL).match(text, start)
    return run.end() if run else start + 1


def _enumerators(text: str) -> list[tuple[int, int]]:
    """ "1. ..." and "2) ..." at line starts, where they count on from one another."""
    marks = [(int(m.group(1)), m.span(1)) for m in _ENUMERATOR.finditer(text)]
    counted = {n for n, _ in marks}
    return [span for n, span in marks if n - 1 in counted or n + 1 in counted]


def _date(match: re.Match[str]) -> Quantity | None:
    part = {k: v for k, v in match.groupdict().items() if v}
    year = next((int(v) for k, v in part.items() if re.fullmatch(r"y\d+", k)), 0)
    month = next((int(v) for k, v in part.items() if re.fullmatch(r"m\d+", k)), 0)
    day = next((int(v) for k, v in part.items() if re.fullmatch(r"d\d+", k)), 0)
    if not month and (named := re.search(_MONTH, match.group(), re.IGNORECASE)):
        month = _MONTHS[named.group().lower()]
    if day > (29, 31)[month != 2] - (month in (4, 6, 9, 11)) and month:
        return None
    if (
        "umd" in part
        and match.group().lower().startswith("may ")
        and not match.group()[0].isupper()
    ):
        return None  # "may 3" is no date
    if year:
        value, unit = year, "date"
        for further in (month, day):
            if not further:
                break
            value = value * 100 + further
    elif month and day:
        value, unit = month * 100 + day, "month-day"
    else:
        value, unit = month, "month-of-year"
    return Quantity(Fraction(value), unit, *match.span())


def _quantity(text: str, start: int, alone: bool) -> Quantity | None:
    character = text[start]
    if character.isascii() and character.isalpha():
        return _english(text, start, alone)
    if "가" <= character <= "힣":
        return _hangul(text, start, alone)
    return _digits(text, start)


def _digits(text: str, start: int) -> Quantity | None:
    before = text[start - 1] if start else " "
    if before.isascii() and (before.isalnum() or before == "_"):
        return None
    for pattern, read in (
        (_CLOCK, _clock),
        (_RATIO, _ratio_of),
        (_LATEX_FRACTION, _fraction),
        (_KO_FRACTION, _part_of),
    ):
        special = pattern.match(text, start)
        if special and (quantity := read(special)):
            return _signed(text, quantity)
    if unicodedata.category(text[start]) == "No":
        return _with_unit(
            text,
            start,
            Fraction(unicodedata.numeric(text[start])).limit_denominator(100),
            start + 1,
        )
    magnitude = numerals.korean(text, start)
    if magnitude:
        return _with_unit(text, start, *magnitude)
    number = numerals.DIGITS.match(text, start)
    if not number:
        return None
    value, end = numerals.digits_value(number.group()), number.end()
    if text[end : end + 1] and unicodedata.category(text[end]) == "No" and text[end] in "½⅓⅔¼¾":
        value, end = (
            value + Fraction(unicodedata.numeric(text[end])).limit_denominator(100),
            end + 1,
        )
    elif (mixed := _MIXED.match(text, end)) and int(mixed.group(2)) and "." not in number.group():
        value, end = value + Fraction(int(mixed.group(1)), int(mixed.group(2))), mixed.end()
    elif (slash := _SLASH.match(text, end)) and int(slash.group(1)):
        value, end = value / int(slash.group(1)), slash.end()
    elif exponent := _EXPONENT.match(text, end):
        power = int(exponent["e"] or exponent["p"] or exponent["s"].translate(_SUPER))
        value, end = value * Fraction(10) ** power, exponent.end()
    elif (power_of := _POWER.match(text, end)) and value:
        power = int(power_of.group(1) or power_of.group(2).translate(_SUPER))
        if abs(power) <= 64 or value == 10:
            value, end = value**power, power_of.end()
    if suffix := _SUFFIX.match(text, end):
        letters = next(g for g in suffix.groups() if g).lower()
        value, end = value * _MAGNITUDE[letters], suffix.end()
    elif scale := numerals.english_scale(text, end):
        value, end = value * scale[0], scale[1]
    elif ordinal := re.compile(r"(?:st|nd|rd|th)(?![A-Za-z])", re.I).match(text, end):
        return Quantity(value, "ordinal", start, ordinal.end())
    elif decade := re.compile(r"['’]?s(?![A-Za-z])").match(text, end):
        if value.denominator == 1 and 1000 <= value < 3000 and value % 10 == 0:
            return Quantity(value, "decade", start, decade.end())
    elif (decade := re.compile(r"\s?년대").match(text, end)) and value.denominator == 1:
        return Quantity(value + (1900 if value < 100 else 0), "decade", start, decade.end())
    elif times := re.compile(r"[x×](?![A-Za-z0-9])(?!\s?\d)").match(text, end):
        return Quantity(value, "times", start, times.end())
    if half := re.compile(r"\sand\sa\shalf(?![a-z])").match(text, end):
        value, end = value + Fraction(1, 2), half.end()
        if scale := numerals.english_scale(text, end):
            value, end = value * scale[0], scale[1]
    return _with_unit(text, start, value, end)


def _with_unit(text: str, start: int, value: Fraction, end: int) -> Quantity | None:
    """Adds what surrounds a number: sign, currency sign, unit. None where a letter follows that is
    no unit, for then the figure belongs to a name ("3D")."""
    unit = ""
    end_of_number = end
    more = re.compile(r"여(?=\s?[가-힣])").match(text, end)  # "100여 개"
    at = more.end() if more else end
    attached = match_unit(text, at, attached=True)
    gap = re.compile(r"\s|-(?=[A-Za-z])|\s?\\(?=%)|\\,").match(text, at)
    if attached:
        unit, end = attached
    elif gap and (spaced := match_unit(text, gap.end(), attached=False)):
        unit, end = spaced
    elif end < len(text) and text[end].isascii() and text[end].isalpha():
        return None
    if unit == "" and end > end_of_number:
        # "1,750억 개의 파라미터": the noun behind a mere counter is the unit.
        linked = re.compile(r"의?\s").match(text, end)
        noun = match_unit(text, linked.end(), attached=False) if linked else None
        if noun and noun[0] and is_count(noun[0]):
            unit, end = noun
    if more:
        return _signed(text, Quantity(value, unit, start, end, approximate=True))
    return _signed(text, Quantity(value, unit, start, end))


def _signed(text: str, quantity: Quantity) -> Quantity:
    start, value, unit = quantity.start, quantity.value, quantity.unit
    if currency := _CURRENCY.search(text, max(0, start - 4), start):
        start = currency.start()
        unit = CURRENCY_SIGNS[currency.group().strip().removeprefix("US")]
    if sign := _SIGN.search(text, max(0, start - 10), start):
        if sign.group() == "-" and re.search(r"[\d)]\s?$", text[: sign.start()]):
            return replace(quantity, start=start, unit=unit)  # a subtraction or a range
        start = sign.start()
        value = value if sign.group() == "+" else -value
        if (currency := _CURRENCY.search(text, max(0, start - 4), start)) and unit == quantity.unit:
            start = currency.start()
            unit = CURRENCY_SIGNS[currency.group().strip().removeprefix("US")]
    if unit == "°" and (
        scale := re.compile(r"(섭씨|화씨)\s?(?:영하\s?)?$").search(text, max(0, start - 8), start)
    ):
        start, unit = scale.start(), "°C" if scale.group(1) == "섭씨" else "°F"
    return replace(quantity, value=value, unit=unit, start=start)


def _clock(found: re.Match[str]) -> Quantity | None:
    hour, minute, second = int(found.group(1)), int(found.group(2)), int(found.group(3) or 0)
    if found.group(4):
        hour = hour % 12 + (12 if found.group(4).lower() == "p" else 0)
    if hour > 24:
        return None
    return Quantity(Fraction(hour * 3600 + minute * 60 + second), "clock", *found.span())


def _ratio_of(found: re.Match[str]) -> Quantity | None:
    if not int(found.group(2)):
        return None
    return Quantity(Fraction(int(found.group(1)), int(found.group(2))), "ratio-of", *found.span())


def _fraction(found: re.Match[str]) -> Quantity | None:
    top, bottom = [int(g) for g in found.groups() if g]
    return Quantity(Fraction(top, bottom), "", *found.span()) if bottom else None


def _part_of(found: re.Match[str]) -> Quantity | None:
    """ "3분의 2", "삼분의 일"."""
    bottom, top = [
        Fraction(int(g)) if g.isdigit() else (numerals.korean(g, 0) or (Fraction(0), 0))[0]
        for g in found.groups()
    ]
    return Quantity(top / bottom, "", *found.span()) if bottom else None


# Sino-Korean numerals that are everyday words before they are numbers.
_EVERYDAY = re.compile(
    r"(?:구조|일조|이조|사조|오조|만일|천만에|이만|오만|사만|일만|이천|사천|삼천리|일천|구만|구천|천일|백일|천사|만사|일구|오일|이십사|사사|만조|천조)$"
)
_SINO_RUN = re.compile(r"[영공일이삼사오육륙칠팔구십백천만억조경점]+")
_LONE_DIGIT_UNITS = {"%", "months", "kg", "km", "m", "cm", "USD", "g", "years"}
_NATIVE_ALONE = re.compile(r"둘|셋|넷|다섯|여섯|일곱|여덟|아홉|하나")
_DETERMINERS = re.compile(r"[한두세네석넉]|열|스무|열[한두세네]|스물[한두세네]")
_FOLLOWS = re.compile(
    r"(?![가-힣])|(?=은|는|이|가|을|를|의|에|도|로|으로|와|과|까지|부터|보다|정도|쯤|입니|이다|이며|이고|였|이었|예요|이에|이라|인|씩|여)"
)
_ORDINAL_KO = re.compile(
    r"(첫|한|두|세|네|다섯|여섯|일곱|여덟|아홉|열|열한|열두|스무)\s?번째|(첫|둘|셋|넷|다섯|여섯|일곱|여덟|아홉|열)째|제\s?(\d+)"
)


def _hangul(text: str, start: int, alone: bool) -> Quantity | None:
    before = text[start - 1] if start else " "
    if _VAGUE_BEFORE.search(text, max(0, start - 3), start) or "가" <= before <= "힣":
        return None
    if ordinal := _ORDINAL_KO.match(text, start):
        word = ordinal.group(1) or ordinal.group(2)
        if word is None:
            return Quantity(Fraction(int(ordinal.group(3))), "ordinal", *ordinal.span())
        if text[ordinal.end() : ordinal.end() + 1] == ",":
            return None  # "첫째, ...": a word of order in an argument
        number = numerals.korean_native(text, start)
        return Quantity(number[0] if number else Fraction(1), "ordinal", *ordinal.span())
    if text.startswith("절반", start):
        return Quantity(Fraction(1, 2), "", start, start + 2)
    if part := _KO_FRACTION.match(text, start):
        return _part_of(part)
    native = numerals.korean_native(text, start)
    if native and not (native[2] in "이일" and not alone):
        return _native(text, start, native, alone)
    if month := re.compile(r"(일|이|삼|사|오|유|칠|팔|구|시|십일|십이)월(?![가-힣])").match(
        text, start
    ):
        value = {"유": 6, "시": 10, "십일": 11, "십이": 12}.get(month.group(1))
        value = value or "일이삼사오_칠팔구".index(month.group(1)) + 1
        return Quantity(Fraction(value), "month-of-year", *month.span())
    return _sino(text, start, alone)


def _native(
    text: str, start: int, native: tuple[Fraction, int, str], alone: bool
) -> Quantity | None:
    value, end, form = native
    attached = match_unit(text, end, attached=True)
    spaced = match_unit(text, end + 1, attached=False) if text[end : end + 1] == " " else None
    unit = attached or spaced
    if _DETERMINERS.fullmatch(form):
        counted = text[end:].lstrip()[:2]
        if alone and end == len(text.rstrip()):
            return Quantity(value, "", start, end)
        if unit is None or not unit[1] > end:
            return None
        if form == "한" and re.match(
            r"번|가지|편|때|층|쪽|분|곳|줄|판|장|대|점|회|도|등|일|주|세|원|인|년", counted
        ):
            return None
        if (
            attached
            and len(form) == 1
            and not re.match(r"개|명|번|배|가지|시간|달|살|마리|권|군데", counted)
        ):
            return None  # "세대", "네트": other words
        if unit[0] == "ordinal":
            return Quantity(value, "ordinal", start, unit[1])
        return _with_unit(text, start, value, end)
    if form == "하나" and not alone and unit is None:
        return None
    if not _FOLLOWS.match(text, end) and not attached:
        return None
    return _with_unit(text, start, value, end)


def _sino(text: str, start: int, alone: bool) -> Quantity | None:
    number = numerals.korean(text, start)
    if not number:
        return None
    value, end = number
    run = _SINO_RUN.match(text, start)
    word = run.group() if run else ""
    attached = match_unit(text, end, attached=True)
    spaced = match_unit(text, end + 1, attached=False) if text[end : end + 1] == " " else None
    unit = attached or spaced
    if alone:
        return _with_unit(text, start, value, end)
    length = end - start
    if length == 1:
        magnitude = word[:1] in "십백천만"
        if unit is None or (not magnitude and unit[0] not in _LONE_DIGIT_UNITS):
            return None
        if word in "이일" and spaced:
            return None
    elif _EVERYDAY.match(text[start:end]) or _EVERYDAY.match(word):
        if not (spaced and spaced[0] in ("USD", "KRW", "people", "parameters", "tokens")):
            return None
    elif not re.search("[십백천만억조]", text[start:end]) and "점" not in text[start:end]:
        return None  # digits in a row without a magnitude: some other word
    if not attached and not _FOLLOWS.match(text, end):
        return None
    return _with_unit(text, start, value, end)


def _english(text: str, start: int, alone: bool) -> Quantity | None:
    lowered = text[start : start + 6].lower()
    if lowered.startswith("twice"):
        return Quantity(Fraction(2), "times", start, start + 5)
    if bare := re.compile(r"per\s(thousand|million|billion|trillion)(?![a-z])", re.I).match(
        text, start
    ):
        scale = numerals.english_scale(text, bare.start(1))
        return Quantity(Fraction(scale[0]), "", bare.start(1), bare.end()) if scale else None
    number = numerals.english(text, start)
    if not number:
        return None
    value, end, ordinal = number
    word = text[start:end].lower()
    if ordinal:
        if (
            text[end : end + 1] == ","
            and (start == 0 or text[start - 1] in "\n .")
            and text[start].isupper()
        ):
            return None  # "First, ...": a word of order in an argument
        if word == "second" and re.search(r"(?:\d|per|a|each|every|/)\s?$", text[:start][-8:]):
            return None
        return Quantity(value, "ordinal", start, end)
    if word == "half" and re.search(
        r"(?:first|second|latter|other|better)\s$", text[:start][-8:], re.I
    ):
        return None
    if word == "one" and not alone:
        unit = match_unit(text, end + 1, attached=False) if text[end : end + 1] in " -" else None
        if unit is None or unit[0] == "":
            return None
    return _with_unit(text, start, value, end)


def _share_units(text: str, found: list[Quantity]) -> list[Quantity]:
    """In a range the second figure's unit and magnitude hold for the first ("10-20 %", "20~30만")."""
    shared = list(found)
    for n in range(len(found) - 1):
        one, two = shared[n], shared[n + 1]
        join = text[one.end : two.start]
        if (
            not _JOINS.fullmatch(join)
            or one.unit not in ("", *_CURRENCIES)
            or not text[one.start : one.end].strip("$€£₩").replace(".", "").isdigit()
        ):
            continue
        unit = one.unit or two.unit
        if one.unit and two.unit not in ("", one.unit):
            continue
        if join.strip() == "and" and not re.search(r"between\s$", text[: one.start], re.I):
            continue
        if unit in ("date", "clock", "ordinal", "month-of-year", "month-day", "decade", "ratio-of"):
            continue
        second = numerals.DIGITS.match(text, two.start)
        value = one.value
        if second and join.strip() != "에서":
            written = numerals.digits_value(second.group())
            if written and two.value >= written * 1000 and one.value < written:
                value = one.value * (two.value / written)
        shared[n] = replace(one, unit=unit, value=value)
        if one.unit:
            shared[n + 1] = replace(two, unit=unit)
    return shared


def _hedged(text: str, quantity: Quantity) -> Quantity:
    if quantity.approximate:
        return quantity
    hedged = _BEFORE.search(
        text, max(0, quantity.start - 24), quantity.start
    ) or _HEDGE_AFTER.match(text, quantity.end)
    return replace(quantity, approximate=True) if hedged else quantity
