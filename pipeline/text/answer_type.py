"""Tells what kind of answer a question wants: a figure, a time, a name, or words.

"How many experts" wants a figure counted in experts, so a percentage or a year cannot answer it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from pipeline.text.numbers.measurement_units import dimension, match_unit
from pipeline.text.numbers.quantities import Quantity
from pipeline.text.terms import terms

__all__ = ["Wanted", "is_time", "wanted"]

WantedKind = Literal["figure", "time", "name", "text"]

_TIME = re.compile(
    r"^(?:\W*\w+\W+){0,2}when (?:is|are|was|were|do|does|did|will|can|should|has|have|had)\b"
    r"|\b(what|which) (year|date|month|day)\b|언제|몇 ?년(에|도)|어느 해|무슨 해|연도",
    re.I,
)
_COUNT = re.compile(
    r"\bhow many (?P<noun>(?:[\w-]+ ){0,3}[\w-]+)|\b(?:number|count) of (?P<noun2>[\w-]+)"
    r"|(?P<noun3>[\w-]+) (?:count|number)\b|\bin terms of (?P<noun4>[\w-]+)",
    re.I,
)
_FIGURE = re.compile(
    r"\bhow (much|large|big|long|fast|small|far|few|often|wide|deep|high|low|tall|heavy|old|many)\b"
    r"|\b(what|which)(?: [\w'-]+){0,4} (size|number|percentage|percent|fraction|share|ratio|rank|"
    r"factor|count|bandwidth|price|score|accuracy|rate|cost|capacity|figure|proportion|exponent|"
    r"p-value|value|"
    r"dimension|width|depth|length|limit|threshold|margin|gain|speed|throughput|latency|memory|power)\b"
    r"|\b(count|size|number|percentage|share|score|ratio) of\b"
    r"|몇|얼마|개수|비율은|퍼센트|점수는|크기는|용량은|(?<![가-힣])수는",
    re.I,
)
_SIZE = re.compile(r"\bhow (?:big|large)\b|\bsize\b|얼마나 큰|크기", re.I)
_NAME = re.compile(
    r"\b(who(?:se|m)?)\b|\b(what|which) (company|lab|team|group|person|author|researcher|"
    r"university|organi[sz]ation|model|paper|dataset|benchmark|library|country)\b"
    r"|누가|누구|(어느|어떤) (회사|팀|모델|논문)",
    re.I,
)
# The first of them is what is asked; one after it ("the people who") asks nothing.
_ASKS = re.compile(
    r"\b(?:(?P<text>why|how(?! (?:much|many|large|big|long|fast|small|far|few|often|wide|deep|high"
    r"|low|tall|heavy|old)\b))|(?P<name>who(?:se|m)?)|what|which|when|where|how)\b"
    r"|(?<![가-힣])(?:(?P<reason>왜)(?![가-힣])|누가|누구|언제|어디|몇|얼마)",
    re.I,
)
# Korean counters by what they count; 개 and a bare number fit each other.
_KOREAN_COUNTERS = {
    "배": "times",
    "퍼센트": "%",
    "%": "%",
    "년": "years",
    "개월": "months",
    "일": "days",
}
_PER = re.compile(
    r"\bper\b|\beach\b|\bevery\b|\b(?:for|by|in|process(?:es)?) (?:a|an|one)\b"
    r"|당\b|당 |하나에|마다",
    re.I,
)
_RATE_AFTER = re.compile(r"\s*(?:[\w-]+\s+){0,2}(?:per|for each|for every)\b", re.I)
_RATE_BEFORE = re.compile(r"(?:당|하나에|마다)\s*(?:[가-힣]+\s+){0,2}(?:약\s*)?$")
_OPERATOR = re.compile(r"[×*/+=^²-]\s*$")
_OPERATED = re.compile(r"\s*[×*/+=^²]")
_BEFORE_YEAR = re.compile(
    r"\b(?:in|since|until|till|from|(?:the )?year|early|late|circa|"
    r"(?:from|between) \d{4} (?:to|and)|"
    r"(?:(?:jan|febr)uary|march|april|may|june|july|august|(?:sept|nov|dec)ember|october)"
    r"(?: \d{1,2},)?) *$",
    re.I,
)
_DURATION = dimension("months")[0]
_TIMES = ("date", "month-day", "month-of-year", "decade", "clock")
_NEXT_WORDS = re.compile(r"(?: [A-Za-z][A-Za-z-]*){0,4}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """`counted`: terms of what is counted ("parameters"), empty where any unit may answer.
    `per`: the question asks for a rate, so rates may answer."""

    kind: WantedKind
    counted: frozenset[str] = frozenset()
    unit: str = ""
    per: bool = False
    size: bool = False
    """How large a thing is: of a model, its parameters rather than its other figures."""

    def admits(self, quantity: Quantity, text: str, column: str = "") -> float:
        """Could this figure of `text` be the answer? 1: it is counted in what was asked, or any
        unit may answer; 0.6: a bare number; 0: no. `column` is the heading above it in a table."""
        if self.kind == "time":
            since = quantity.unit and dimension(quantity.unit)[0] == _DURATION  # "at six months"
            return 1.0 if is_time(quantity, text) else 0.6 * bool(since)
        if quantity.unit in ("ordinal", "clock"):
            return 0.0
        per = _RATE_AFTER.match(text, quantity.end) or _RATE_BEFORE.search(text[: quantity.start])
        if (per or _PER.search(column)) and not self.per:
            return 0.0
        counts = _counts(quantity, text) or terms(column)
        measured = quantity.unit and _measure(quantity.unit) == _measure(self.unit) != ""
        if measured or counts & self.counted:
            # "2000 datasets", where datasets are asked for: not a year
            return 1.0 if per or not self.per else 0.8
        if is_time(quantity, text):
            return 0.0
        if self.unit:
            return 1.0 if quantity.unit == self.unit else 0.6 * (not _counts(quantity, text))
        in_sum = _OPERATOR.search(text[: quantity.start]) or _OPERATED.match(text, quantity.end)
        if self.counted:
            return 0.6 * (not counts and not in_sum)
        return 0.8 if self.size and "parameter" not in counts else 1.0


def wanted(question: str) -> Wanted:
    """Read the kind of answer from the words of a question, Korean or English."""
    per = bool(_PER.search(question))
    first = _ASKS.search(question)
    if first and first.lastgroup in ("text", "reason"):
        return Wanted("text")
    if _TIME.search(question):
        return Wanted("time")
    count = _COUNT.search(question)
    if count:
        noun = count[count.lastgroup or 0]
        return Wanted("figure", _noun(noun), _unit(noun), per)
    if re.search(r"몇\s*[가-힣]*바이트", question):
        return Wanted("figure", per=per, size=True)
    korean = re.search(r"몇\s*(개월|퍼센트|[가-힣%])", question)
    if korean:
        if unit := _KOREAN_COUNTERS.get(korean[1], ""):
            return Wanted("figure", unit=unit, per=per)
        counted = frozenset({"개", "parameter", "token", "person"})
        return Wanted("figure", counted, _unit(question[korean.start(1) :]), per)
    if _FIGURE.search(question):
        return Wanted("figure", per=per, size=bool(_SIZE.search(question)))
    named = _NAME.search(question)
    asks = named and (not named[1] or first is None or first.lastgroup == "name")
    return Wanted("name") if asks else Wanted("text")


def _unit(words: str) -> str:
    """The unit of a measure that some words begin with ("hours", "킬로그램"); empty for others."""
    found = match_unit(words, 0, attached=True)
    return found[0] if found and _measure(found[0]) else ""


def _measure(unit: str) -> str:
    """What is measured in a unit: mass, time, ...; empty for what is counted or has no scale."""
    name = dimension(unit)[0]
    return "" if name == unit else name


def _counts(quantity: Quantity, text: str) -> frozenset[str]:
    """Terms of what a figure counts: its unit, or the words right after it up to a function word
    ("96 layers", "1,000 carefully chosen examples"). Empty for a bare number."""
    if quantity.unit:
        return terms(quantity.unit)
    following = _NEXT_WORDS.match(text, quantity.end)
    return _noun(following[0]) if following else frozenset()


def _noun(words: str) -> frozenset[str]:
    """Terms of a run of words up to its first function word."""
    found: set[str] = set()
    for word in words.split():
        new = terms(word)
        if not new:
            break
        found |= new
    return frozenset(found)


def is_time(quantity: Quantity, text: str) -> bool:
    """A date, a month, a decade or a time of day, or a bare number from 1900 to 2100 written as a
    year is ("2048", not "2,048"). One from 1000 on, where the word before is one that stands before
    years and nothing is counted."""
    if quantity.unit:
        return quantity.unit in _TIMES
    if "," in text[quantity.start : quantity.end]:
        return False
    if quantity.value.denominator != 1 or not 1000 <= quantity.value <= 2100:
        return False
    if quantity.value >= 1900:
        return True
    dated = _BEFORE_YEAR.search(text[: quantity.start])
    return dated is not None and not _counts(quantity, text)
