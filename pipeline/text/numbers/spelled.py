"""Finds the words of running text that are numbers.

Many numerals are everyday words first: 이 "this", 구조 "structure", 만일 "if", 세대 "generation",
"one of them", "first half", "second". A word counts as a number where its neighbours make it one,
such as a counter behind it; in doubt it does not, because a figure that nobody wrote would be
checked against the notes in vain.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import cache

from pipeline.text.numbers import numerals
from pipeline.text.numbers.digits import ParsedNumber, read_part
from pipeline.text.numbers.measurement_units import match_unit
from pipeline.text.patterns import pattern

__all__ = ["read_english", "read_korean"]

_EVERYDAY = frozenset(
    (
        "구조 일조 이조 사조 오조 만일 천만에 이만 오만 사만 일만 이천 사천 삼천리 일천 구만 구천 "
        "천일 백일 천사 만사 일구 오일 이십사 사사 만조 천조 공사 공구 공일"
    ).split(" ")
)
_SINO_RUN = pattern("[영공일이삼사오육륙칠팔구십백천만억조경점]+")
_VAGUE_BEFORE = pattern(r"(?:수|몇|여러)\s?$")
# A single digit word needs one of these behind it; the other units make too many other words.
_UNITS_OF_LONE = frozenset({"%", "months", "kg", "km", "m", "cm", "USD", "g", "years"})
_COUNTED_THINGS = frozenset({"USD", "KRW", "people", "parameters", "tokens"})
_DETERMINER = pattern("[한두세네석넉]|열|스무|(?:열|스물)[한두세네]")
_ATTACHED = pattern("개|명|번|배|가지|시간|달|살|마리|권|군데")
_IDIOM_OF_ONE = pattern("번|가지|편|때|층|쪽|분|곳|줄|판|장|대|점|회|도|등|일|주|세|원|인|년")
_MONTH = pattern("(십일|십이|[일이삼사오유칠팔구시])월(?![가-힣])")
_MONTHS = {
    "일": 1, "이": 2, "삼": 3, "사": 4, "오": 5, "유": 6, "칠": 7, "팔": 8, "구": 9, "시": 10,
    "십일": 11, "십이": 12,
}  # fmt: skip
_ORDINAL = pattern(
    r"(?:첫|한|두|세|네|다섯|여섯|일곱|여덟|아홉|열|열한|열두|스무)\s?번째"
    r"|(?:첫|둘|셋|넷|다섯|여섯|일곱|여덟|아홉|열)째|제\s?(\d{1,9})"
)


@cache
def _follows() -> re.Pattern[str]:
    """What may stand behind a numeral that has no counter: no Hangul, a particle or an ending."""
    return re.compile(
        "(?![가-힣])|은|는|이|가|을|를|의|에|도|로|으로|와|과|까지|부터|보다|정도|쯤|입니|이다|이며|이고|였|이었|예요|인|씩|여"
    )


def read_korean(text: str, start: int, alone: bool) -> ParsedNumber | None:
    """The numeral in Hangul at `start`. `alone`: the text is an answer by itself, nothing else."""
    before = text[start - 1] if start else " "
    if "가" <= before <= "힣" or _VAGUE_BEFORE.search(text, max(0, start - 3), start):
        return None
    if ordinal := _ORDINAL.match(text, start):
        if ordinal.group(1):
            return ParsedNumber(Fraction(int(ordinal.group(1))), ordinal.end(), "ordinal")
        if text.startswith(",", ordinal.end()):
            return None  # "첫째, ...": a word of order in an argument
        number = numerals.korean_native(text, start)
        return ParsedNumber(number[0] if number else Fraction(1), ordinal.end(), "ordinal")
    if text.startswith("일주일", start):
        return ParsedNumber(Fraction(1), start + 3, "weeks")
    if text.startswith("절반", start):
        return ParsedNumber(Fraction(1, 2), start + 2, "")
    if part := read_part(text, start):
        return part
    if month := _MONTH.match(text, start):
        return ParsedNumber(Fraction(_MONTHS[month.group(1)]), month.end(), "month-of-year")
    native = numerals.korean_native(text, start)
    return _native(text, native, alone) if native else _sino(text, start, alone)


def _unit_behind(text: str, end: int) -> tuple[str, int, bool] | None:
    """The unit behind a numeral, where it ends, and whether it is attached."""
    if attached := match_unit(text, end, attached=True):
        return *attached, True
    spaced = match_unit(text, end + 1, attached=False) if text.startswith(" ", end) else None
    return (*spaced, False) if spaced else None


def _native(text: str, native: tuple[Fraction, int, str], alone: bool) -> ParsedNumber | None:
    value, end, form = native
    unit = _unit_behind(text, end)
    if alone and not text[end:].strip():
        return ParsedNumber(value, end)
    if _DETERMINER.fullmatch(form):
        if unit is None:
            return None
        counted = text[end : end + 4].lstrip()
        if form == "한" and _IDIOM_OF_ONE.match(counted):
            return None
        if unit[2] and len(form) == 1 and not _ATTACHED.match(counted):
            return None
        return ParsedNumber(value, end)
    if form == "하나" and not alone and unit is None:
        return None
    return ParsedNumber(value, end) if unit or _follows().match(text, end) else None


def _sino(text: str, start: int, alone: bool) -> ParsedNumber | None:
    number = numerals.korean(text, start)
    if not number:
        return None
    value, end = number
    if alone:
        return ParsedNumber(value, end)
    word = text[start:end]
    run = _SINO_RUN.match(text, start)
    unit = _unit_behind(text, end)
    if len(word) == 1:
        if unit is None or (word not in "십백천만" and unit[0] not in _UNITS_OF_LONE):
            return None
        if word in "이일" and not unit[2]:
            return None
    elif word in _EVERYDAY or (run and run.group() in _EVERYDAY):
        if unit is None:
            return None
        if text[end] not in "개명원" if unit[2] else unit[0] not in _COUNTED_THINGS:
            return None
    elif not re.search("[십백천만억조점]", word):
        return None
    return ParsedNumber(value, end) if unit or _follows().match(text, end) else None


_PER_SCALE = pattern(r"per\s(thousand|million|billion|trillion)(?![a-z])", re.IGNORECASE)
_A_UNIT = pattern(r"\san?(?=\s[a-z])")
_NOT_A_SECOND = pattern(r"(?:\d|per|a|each|every|/)\s?$", re.IGNORECASE)
_PART_OF_A_GAME = pattern(r"(?:first|second|latter|other|better)\s$", re.IGNORECASE)


def read_english(text: str, start: int, alone: bool) -> ParsedNumber | None:
    """The numeral in English words at `start`."""
    if text[start : start + 5].lower() == "twice":
        return ParsedNumber(Fraction(2), start + 5, "times")
    if bare := _PER_SCALE.match(text, start):
        scale = numerals.english_scale(text, bare.start(1))
        return ParsedNumber(Fraction(scale[0]), bare.end(), "") if scale else None
    number = numerals.english(text, start)
    if not number:
        return None
    value, end, ordinal = number
    word = text[start:end].lower()
    if ordinal:
        opens = start == 0 or text[start - 1] in "\n ."
        if text.startswith(",", end) and opens and text[start].isupper():
            return None  # "First, ...": a word of order in an argument
        if word == "second" and _NOT_A_SECOND.search(text, max(0, start - 6), start):
            return None
        return ParsedNumber(value, end, "ordinal")
    if word == "half" and _PART_OF_A_GAME.search(text, max(0, start - 8), start):
        return None
    if word == "half" and (of_unit := _A_UNIT.match(text, end)):
        return ParsedNumber(value, of_unit.end())  # "half a year"
    if word == "one" and not alone:
        behind = text[end : end + 1]
        unit = match_unit(text, end + 1, attached=False) if behind and behind in " -" else None
        if unit is None or unit[0] == "":
            return None  # the pronoun
    return ParsedNumber(value, end)
