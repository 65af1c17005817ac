"""Finds where a question says that its answer stands: a time, or something with a number.

"At about 12 minutes", "12분 30초쯤", "slide 4", "3쪽", "the second lab". Units of time, the words
for slide, page and cell, and what stands around a time are closed classes; any other word before
or after a number ("lab 2", "2주차") may be the name of a part, which is for the notes to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.text.numbers.quantities import Quantity, quantities

__all__ = ["UNITS", "Reference", "references"]

UNITS = {
    "slide": ("slide", "슬라이드"),
    "page": ("page", "p", "pp", "쪽", "페이지", "면"),
    "cell": ("cell", "셀"),
}
"""What the numbered parts of a file are called."""
_SECONDS = {"h": 3600, "min": 60, "s": 1}
_CLOCK = re.compile(r"(?<![\d:.])(?:(\d{1,2}):)?(\d{1,3}):([0-5]\d)(?![\d:])")
_MINUTE = re.compile(r"(?<!\d)(?<!\d\s)\bminute\s+(\d{1,3})\b", re.I)
_BEFORE = re.compile(
    r"(?:\b(?:in|on|from)\s+)?(?:\b(?:at|around|near|by|after)\s+)(?:about\s+|around\s+)?(?:the\s+)?$",
    re.I,
)
_AFTER = re.compile(
    r"\s*(?:mark\b|in\b|into\b)|\s?(?:쯤|경|무렵|께|즈음|에|대|부터|지점|지난)", re.I
)
_DIGITS = re.compile(r"(?<![\w.,:-])(?:[A-Za-z]+\.)?(\d{1,4})(?![\d.,:]*\d)")
_WORD_BEFORE = re.compile(r"([^\W\d_]+)[\s.#-]*$")
_WORD_AFTER = re.compile(r"(?:st|nd|rd|th)?\s?(?:번째|번|째)?\s*([^\W\d_]+)")
_PREPOSITION = re.compile(r"\b(?:in|on|of|at|from)\s+(?:the\s+)?$", re.I)


@dataclass(frozen=True, slots=True)
class Reference:
    """`question[start:end]` names a place: the seconds `first` to `last`, where `word` is empty, or
    what is called `word` and has a `number`."""

    start: int
    end: int
    first: float = 0.0
    last: float = 0.0
    number: int = 0
    word: str = ""

    @property
    def key(self) -> str:
        """What is meant, as a text that `from_key` reads."""
        return f"{self.number} {self.word}" if self.word else f"{self.first:g}-{self.last:g}"

    @staticmethod
    def from_key(key: str) -> Reference:
        """The place that a key means."""
        number, _, word = key.partition(" ")
        if word:
            return Reference(0, 0, number=int(number), word=word)
        first, _, last = key.partition("-")
        return Reference(0, 0, float(first), float(last))

    def without(self, question: str) -> str:
        """The question less the reference."""
        after = re.sub(r"^[가-힣]+", "", question[self.end :])  # particles
        return " ".join(f"{question[: self.start]} {after}".split()).lstrip(" ,.:;-")

    def calls(self, name: str) -> bool:
        """Whether its word is a name; a Korean one may have particles here."""
        name, word = name.casefold(), self.word
        hangul = "가" <= name[:1] <= "힣"
        return bool(word) and (word in (name, f"{name}s") or (hangul and word.startswith(name)))


def references(question: str) -> list[Reference]:
    """The places that a question names, times first.

    >>> [(r.first, r.last) for r in references("What was said at about 12 minutes?")]
    [(720.0, 779.0)]
    >>> references("What is on slide 4?")[0].key
    '4 slide'
    """
    found = quantities(question)
    times = [*_clocks(question), *_minutes(question), *_durations(question, found)]
    taken = [(time.start, time.end) for time in times]
    numbered = [
        one
        for one in _numbered(question, found)
        if not any(low < one.end and one.start < high for low, high in taken)
    ]
    return [*times, *numbered]


def _clocks(question: str) -> Iterator[Reference]:
    for match in _CLOCK.finditer(question):
        hours, minutes, seconds = (int(part or 0) for part in match.groups())
        yield _time(question, match.start(), match.end(), 3600 * hours + 60 * minutes + seconds, 1)


def _minutes(question: str) -> Iterator[Reference]:
    for match in _MINUTE.finditer(question):
        yield _time(question, match.start(), match.end(), 60 * int(match[1]), 60)


def _durations(question: str, found: list[Quantity]) -> Iterator[Reference]:
    """Amounts of time that a place in time is told by."""
    at = 0
    while at < len(found):
        run = [found[at]] if found[at].unit in _SECONDS else []
        while run and at + 1 < len(found) and found[at + 1].unit in _SECONDS:
            if question[run[-1].end : found[at + 1].start].strip(" ,"):
                break
            at += 1
            run.append(found[at])
        at += 1
        if not run:
            continue
        start, end = run[0].start, run[-1].end
        if _BEFORE.search(question[:start]) or _AFTER.match(question, end):
            seconds = sum(float(one.value) * _SECONDS[one.unit] for one in run)
            fine = run[-1].unit == "s" or run[-1].value.denominator > 1
            yield _time(question, start, end, seconds, 1 if fine else 60)


def _time(question: str, start: int, end: int, seconds: float, exact: int) -> Reference:
    """`exact` is how many seconds long the moment named is."""
    before, after = _BEFORE.search(question[:start]), _AFTER.match(question, end)
    start = before.start() if before else start
    return Reference(start, after.end() if after else end, seconds, seconds + exact - 1)


def _numbered(question: str, found: list[Quantity]) -> Iterator[Reference]:
    spans = [(match.start(1), match.end(1), int(match[1])) for match in _DIGITS.finditer(question)]
    spans += [
        (one.start, one.end, int(one.value))
        for one in found
        if one.unit in ("", "ordinal")
        and one.value.denominator == 1
        and not re.search(r"\d", question[one.start : one.end])
    ]
    for start, end, number in spans:
        before, after = _WORD_BEFORE.search(question[:start]), _WORD_AFTER.match(question, end)
        if before:
            led = _PREPOSITION.search(question[: before.start()])
            low = led.start() if led else before.start()
            yield Reference(low, end, number=number, word=before[1].casefold())
        if after:
            led = _PREPOSITION.search(question[:start])
            low = led.start() if led else start
            yield Reference(low, after.end(), number=number, word=after[1].casefold())
