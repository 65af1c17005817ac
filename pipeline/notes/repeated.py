"""Lines that most notes of a folder begin or end with: links to other notes, who wrote them, the
settings of a site. One place of each is enough."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from pipeline.notes.passage_units import is_property, leads_on
from pipeline.notes.passages import passage_id
from pipeline.text.language import language_of
from pipeline.text.tokens import fold
from pipeline.types import Passage, Place, Span

__all__ = ["said_once"]

_LEAST = 4
"""Notes a folder must have, and"""
_SHARE = 0.5
"""the share of them that a line must stand in, to be no part of any of them."""
_ENDS = 4
"""Lines of a note, from either end, that are looked at."""

_Line = tuple[int, int, int]
"""The number of its passage, and where it stands in that."""


def said_once(passages: Sequence[Passage]) -> list[Passage]:
    """The passages of a folder (`fold`) in order, without the lines that most of its notes begin or
    end with, each of which is left where it stands first. No line that leads to others is one."""
    by_source: dict[str, list[int]] = {}
    for number, passage in enumerate(passages):
        by_source.setdefault(passage.source, []).append(number)
    if len(by_source) < _LEAST:
        return list(passages)
    found: dict[str, list[_Line]] = {}
    for numbers in by_source.values():
        for line in _ends(passages, numbers):
            key = _key(passages[line[0]].text[line[1] : line[2]])
            found.setdefault(key, []).append(line)
    all_ = {place.source for one in passages for place in (one.place, *one.also)}
    gone: dict[int, list[_Line]] = {}
    for lines in found.values():
        places = (place for n, *_ in lines for place in (passages[n].place, *passages[n].also))
        if len({place.source for place in places}) >= max(_LEAST, _SHARE * len(all_)):
            for line in lines[1:]:
                gone.setdefault(line[0], []).append(line)
    left = (_without(one, gone.get(number, [])) for number, one in enumerate(passages))
    return [one for one in left if one is not None]


def _ends(passages: Sequence[Passage], numbers: Sequence[int]) -> Iterator[_Line]:
    """The first and the last lines of one note, and its properties, without those that lead to the
    line below them, and items and rows."""
    body: list[_Line] = []
    for number in numbers:
        lines = list(_lines(number, passages[number].text))
        if is_property(passages[number]):
            yield from lines[1:]  # the first tells where it stands, and so what it is
        else:
            body += lines
    said = [passages[number].text[low:high] for number, low, high in body]
    led = {at for at, (line, after) in enumerate(pairwise([*said, ""])) if leads_on(line, after)}
    for at in sorted({*range(min(_ENDS, len(body))), *range(max(len(body) - _ENDS, 0), len(body))}):
        listed = leads_on("", said[at])
        if at not in led and not listed and any(char.isalpha() for char in said[at]):
            yield body[at]


def _lines(number: int, text: str) -> Iterator[_Line]:
    start = 0
    for line in text.split("\n"):
        yield number, start, start + len(line)
        start += len(line) + 1


def _key(line: str) -> str:
    return " ".join(fold(line).split())


def _without(passage: Passage, gone: Iterable[_Line]) -> Passage | None:
    """A passage without some of its lines; None where it has no others."""
    cut = {start for _, start, _ in gone}
    if not cut:
        return passage
    text = ""
    spans: list[Span] = []
    for _, low, high in _lines(0, passage.text):
        if low in cut:
            continue
        text += "\n" if text else ""
        spans += _moved(passage, low, high, len(text) - low)
        text += passage.text[low:high]
    if not text.strip() or not spans:
        return None
    place = passage.place
    if place.unit == "line":
        first, last = min(span.line for span in spans), max(span.end_line for span in spans)
        place = Place(place.source, first, last, "line", float(first), float(last))
    return replace(
        passage,
        id=passage_id(passage.source, text),
        text=text,
        place=place,
        language=language_of(text),
        spans=tuple(spans),
    )


def _moved(passage: Passage, low: int, high: int, by: int) -> Iterator[Span]:
    """The spans of `text[low:high]`, moved."""
    for span in passage.spans:
        start, end = max(span.start, low), min(span.end, high)
        if start >= end:
            continue
        if not span.verbatim:
            yield replace(span, start=start + by, end=end + by)
            continue
        first = span.line + passage.text.count("\n", span.start, start)
        yield replace(
            span,
            start=start + by,
            end=end + by,
            raw_start=span.raw_start + start - span.start,
            raw_end=span.raw_end - (span.end - end),
            line=first,
            end_line=first + passage.text.count("\n", start, end),
        )
