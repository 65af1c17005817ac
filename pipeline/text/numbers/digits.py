"""Numbers written in figures, and what is written into them: fractions, exponents, magnitude
letters and words, ordinal endings, times of day, ratios."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction

from pipeline.text.numbers import numerals
from pipeline.text.patterns import pattern

__all__ = ["ParsedNumber", "read_digits", "read_part"]


@dataclass(frozen=True, slots=True)
class ParsedNumber:
    """A number that starts at a known place and ends before `end`. `unit` None: none read yet."""

    value: Fraction
    end: int
    unit: str | None = None


_SUPER = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_RAISED_DIGITS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_SUPERSCRIPT = "[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3}"
_VULGAR = "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"
_CLOCK = pattern(
    r"(?<![\d:])(\d{1,2}):([0-5]\d)(?::([0-5]\d))?(?:\.\d{1,6})?(?![\d:])(?:\s?([apAP])\.?[mM](?![A-Za-z])\.?)?"
)
_HOUR = pattern(r"(\d{1,2})()()\s?([apAP])\.?[mM](?![A-Za-z])\.?")
_KOREAN_HOUR = pattern(
    r"(\d{1,2})\s?시(?!간|[가-힣](?<![은는이가에의까부로쯤경정반]))(?:\s?(?:(\d{1,2})분|(반)))?"
)
_AFTERNOON = pattern(r"(오전|오후)\s?$")
_RATIO = pattern(r"(?<![\d:.])(\d{1,9})\s?:\s?(\d{1,9})(?![\d:]|\.\d)")
_SIDE = r"(?:\{\s?(-?\d{1,18}(?:\.\d{1,18})?)\s?\}|(\d))"
_FRAC = rf"\\[dtc]?frac\s?{_SIDE}\s?{_SIDE}"
_LATEX = pattern(_FRAC)
_KOREAN_PART = pattern(
    r"(\d{1,18}|[이삼사오육칠팔구십백]+)\s?분의\s?(\d{1,18}|[일이삼사오육칠팔구십]+)"
)
_SLASH = pattern(r"\s?/\s?(\d{1,18})(?![\d/]|[.,]\d)")
_MIXED = pattern(r"\s(?:and\s)?(\d{1,9})/(\d{1,9})(?![\d/])")
_MIXED_LATEX = pattern(rf"\s?{_FRAC}")
_MIXED_VULGAR = pattern(rf"\s?([{_VULGAR}])")
_RAISED = (
    r"\s?\^\s?(?:\{\s?(?P<p>[+-]?\d{1,3})\s?\}|\((?P<r>[+-]?\d{1,3})\)|(?P<b>[+-]?\d{1,3}))"
    r"(?!\d|\.\d)"
    rf"|\*\*(?P<d>[+-]?\d{{1,3}})(?!\d|\.\d)|(?P<s>{_SUPERSCRIPT})"
)
_POWER = pattern(_RAISED)
_EXPONENT = pattern(rf"[eE](?P<e>[+-]?\d{{1,3}})(?![A-Za-z0-9]|\.\d)|\s?[×x*·]\s?10(?:{_RAISED})")
_SUFFIX = pattern(
    r"(?:([KkMBTb])|(bn|mn|tn))(?![A-Za-z0-9])"
    r"|\s([MBT])(?=\s(?:param|token|weight|model|파라|매개|토큰|모델))"
)
_MAGNITUDE = {
    "k": 10**3, "m": 10**6, "b": 10**9, "t": 10**12, "mn": 10**6, "bn": 10**9, "tn": 10**12,
}  # fmt: skip
_ORDINAL = pattern(r"(?:st|nd|rd|th)(?![A-Za-z])", re.IGNORECASE)
_DECADE = pattern(r"['’]?s(?![A-Za-z])|\s?년대")
_TIMES = pattern(r"[x×](?![A-Za-z0-9])(?!\s?\d)")
_AND_A_PART = pattern(rf"\sand\s(?:an?|one)\s({'|'.join(numerals.PARTS)})(?![a-z])")
_PARTS = pattern(  # "3 quarters" may be of a year
    rf"[\s-]({'|'.join(part for part in numerals.PARTS if part != 'quarter')})(s?)(?![a-z])"
)
_TENTHS = pattern(
    r"(\d)할(?:\s?(\d)푼)?(?:\s?(\d)리)?(?![가-힣](?<![은는이가을를의에로와과정입였]))"
)
_DOZENS = pattern(r"\s?다스(?![가-힣](?<![은는이가을를의에로와과정입였]))")


def read_digits(text: str, start: int, spaced: bool = False) -> ParsedNumber | None:
    """The number in figures at `start`, with all that belongs to its value; the unit only where it
    is part of the writing ("3rd", "10x", "12:30", "1990s"). `spaced`: a space may part thousands
    wherever it can."""
    for way, read in (
        (_CLOCK, _clock),
        (_HOUR, _clock),
        (_KOREAN_HOUR, _hour),
        (_RATIO, _ratio),
        (_LATEX, _latex),
        (_TENTHS, _tenths),
    ):
        special = way.match(text, start)
        if special and (reading := read(special)):
            return reading
    if part := read_part(text, start):
        return part
    if text[start] in _VULGAR:
        return ParsedNumber(_vulgar(text[start]), start + 1)
    if magnitude := numerals.korean(text, start):
        return ParsedNumber(*magnitude)
    number = (numerals.SPACED_DIGITS if spaced else numerals.DIGITS).match(text, start)
    if not number:
        return None
    value, end = _grown(text, numerals.digits_value(number.group()), number.end())
    if suffix := _SUFFIX.match(text, end):
        letters = next(g for g in suffix.groups() if g).lower()
        return ParsedNumber(value * _MAGNITUDE[letters], suffix.end())
    if scale := numerals.english_scale(text, end):
        return ParsedNumber(value * scale[0], scale[1])
    if more := _AND_A_PART.match(text, end):
        scale = numerals.english_scale(text, more.end()) or (1, more.end())
        return ParsedNumber(
            (value + Fraction(1, numerals.PARTS[more.group(1)])) * scale[0], scale[1]
        )
    if (named := _PARTS.match(text, end)) and (named.group(2) or value == 1):
        return ParsedNumber(value / numerals.PARTS[named.group(1)], named.end(), "")
    if dozens := _DOZENS.match(text, end):
        return ParsedNumber(value * 12, dozens.end(), "")
    if ordinal := _ORDINAL.match(text, end):
        return ParsedNumber(value, ordinal.end(), "ordinal")
    if (decade := _DECADE.match(text, end)) and value.denominator == 1 and value % 10 == 0:
        if 1000 <= value < 3000:
            return ParsedNumber(value, decade.end(), "decade")
        if value < 100 and "년" in decade.group():
            return ParsedNumber(value + 1900, decade.end(), "decade")
    if text[end - 1] not in _RAISED_DIGITS and (times := _TIMES.match(text, end)):
        return ParsedNumber(value, times.end(), "times")
    return ParsedNumber(value, end)


def read_part(text: str, start: int) -> ParsedNumber | None:
    """ "3분의 2", "삼분의 일"."""
    found = _KOREAN_PART.match(text, start)
    if not found:
        return None
    bottom, top = [
        Fraction(int(g)) if g.isdigit() else (numerals.korean(g, 0) or (Fraction(0), 0))[0]
        for g in found.groups()
    ]
    return ParsedNumber(top / bottom, found.end()) if bottom else None


def _grown(text: str, value: Fraction, end: int) -> tuple[Fraction, int]:
    """A number with what follows in figures: "2½", "3 1/2", "1/2", "1.5e9", "10^9"."""
    if value.denominator == 1:
        if vulgar := _MIXED_VULGAR.match(text, end):
            return value + _vulgar(vulgar.group(1)), vulgar.end()
        for way in (_MIXED, _MIXED_LATEX):
            part = way.match(text, end)
            added = _ratio_of(part) if part else None
            if part and added and 0 < added < 1:  # "3 5/2" is no way to write a number
                return value + added, part.end()
    if (slash := _SLASH.match(text, end)) and int(slash.group(1)):
        return value / int(slash.group(1)), slash.end()
    if exponent := _EXPONENT.match(text, end):
        return value * Fraction(10) ** _power(exponent), exponent.end()
    if (raised := _POWER.match(text, end)) and value:
        power = _power(raised)
        if value == 10 or (abs(power) <= 64 and value < 10**9):
            return value**power, raised.end()
    return value, end


def _power(found: re.Match[str]) -> int:
    return int(next(g for g in found.groups() if g).translate(_SUPER))


def _vulgar(character: str) -> Fraction:
    return Fraction(unicodedata.numeric(character)).limit_denominator(100)


def _clock(found: re.Match[str]) -> ParsedNumber | None:
    hour, minute, second = (int(found.group(n) or 0) for n in (1, 2, 3))
    if found.group(4):
        hour = hour % 12 + (12 if found.group(4) in "pP" else 0)
    if hour > 24:
        return None
    return ParsedNumber(Fraction(hour * 3600 + minute * 60 + second), found.end(), "clock")


def _hour(found: re.Match[str]) -> ParsedNumber | None:
    """ "3시 30분", "오후 3시 반"."""
    hour, minute = int(found.group(1)), 30 if found.group(3) else int(found.group(2) or 0)
    half = _AFTERNOON.search(found.string, max(0, found.start() - 4), found.start())
    if half:
        hour = hour % 12 + (12 if half.group(1) == "오후" else 0)
    if hour > 24 or minute > 59:
        return None
    return ParsedNumber(Fraction(hour * 3600 + minute * 60), found.end(), "clock")


def _ratio(found: re.Match[str]) -> ParsedNumber | None:
    one, other = int(found.group(1)), int(found.group(2))
    return ParsedNumber(Fraction(one, other), found.end(), "ratio-of") if other else None


def _latex(found: re.Match[str]) -> ParsedNumber | None:
    value = _ratio_of(found)
    return None if value is None else ParsedNumber(value, found.end())


def _ratio_of(found: re.Match[str]) -> Fraction | None:
    """The first of two numbers divided by the second; None where that is nought."""
    top, bottom = [Fraction(g) for g in found.groups() if g]
    return top / bottom if bottom else None


def _tenths(found: re.Match[str]) -> ParsedNumber:
    """ "3할 5푼", as batting averages are told in Korean: 0.35."""
    tenths, hundredths, thousandths = (int(g or 0) for g in found.groups())
    return ParsedNumber(
        Fraction(100 * tenths + 10 * hundredths + thousandths, 1000), found.end(), ""
    )
