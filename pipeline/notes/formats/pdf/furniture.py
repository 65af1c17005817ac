"""Running heads and page numbers: what stands at the top or the bottom of page after page."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from pipeline.notes.formats.pdf.lines import TextLine

__all__ = ["take_furniture"]

_EDGE = 2
"""Rows at the top and at the bottom of a page that are looked at."""
_LEAST = 3
_SHARE = 0.6
"""What stands on so many pages, and on such a share of them, stands on every page."""
_NEAR = 2
"""What stands at about the same height so few pages before is a running head as well,"""
_APART = 1.7
"""where it is so far from the text, in units of its size and nearly of the lines' distance."""
_NUMBER = re.compile(r"\d+")
_PAGE = re.compile(
    r"[\s\-–—|/]*(?P<word>page|p\.|쪽)?\s*(?P<page>\d{1,4})(?P<of>\s*(?:/|of|쪽)\s*\d{0,4})?[\s\-–—|]*",
    re.IGNORECASE,
)

_Row = list[TextLine]
_Found = tuple[int, int, str, tuple[int, ...]]
"""Page, row (from the end where below 0), text without its numbers, its numbers."""


def take_furniture(pages: Sequence[list[_Row]]) -> list[tuple[list[_Row], list[_Row]]]:
    """Takes the rows that stand on every page out of `pages`; those of the top and of the bottom.

    Two rows are the same where they differ in nothing but numbers that stay or count pages, so
    that "Room 3: 120 seats" at the top of every page is no running head.
    """
    found = [
        _row(page, index, rows[index])
        for page, rows in enumerate(pages)
        for index in _edges(len(rows))
    ]
    gone = _everywhere(found, pages) | _running(found, pages) | _numbers(found, pages)
    taken = []
    for page, rows in enumerate(pages):
        indices = sorted(index % len(rows) for of, index in gone if of == page)
        half = len(rows) / 2
        above = [rows[index] for index in indices if index < half]
        below = [rows[index] for index in indices if index >= half]
        for index in reversed(indices):
            del rows[index]
        taken.append((above, below))
    return taken


def _edges(count: int) -> list[int]:
    """The first rows, and the last from the end; no row twice."""
    top = min(_EDGE, count)
    return [*range(top), *range(-min(_EDGE, count - top), 0)]


def _row(page: int, index: int, row: _Row) -> _Found:
    text = " ".join(segment.text for segment in row)
    numbers = tuple(int(number) for number in _NUMBER.findall(text)[:20] if len(number) < 10)
    return page, index, _NUMBER.sub("0", " ".join(text.split())), numbers


def _everywhere(found: Sequence[_Found], pages: Sequence[list[_Row]]) -> set[tuple[int, int]]:
    """Rows that most pages have. Where nothing but its place tells that it is no text, the first
    of them stays."""
    same: defaultdict[str, list[_Found]] = defaultdict(list)
    for row in found:
        same[row[2]].append(row)
    gone = set()
    for rows in same.values():
        on = {page for page, *_ in rows}
        if len(on) < max(_LEAST, _SHARE * len(pages)):
            continue
        numbers = _numbering(rows)
        if numbers is None:
            continue
        apart = sum(_is_apart(pages[page], index) for page, index, *_ in rows)
        sure = "counts" in numbers or apart >= 0.5 * len(rows)
        gone |= {(page, index) for page, index, *_ in (rows if sure else rows[1:])}
    return gone


def _numbering(rows: Sequence[_Found]) -> set[str] | None:
    """Whether the numbers of such rows stay the same or count the pages; None where they do
    neither."""
    kinds = set()
    for place in range(max(len(numbers) for *_, numbers in rows)):
        values = [(page, numbers[place]) for page, _, _, numbers in rows if place < len(numbers)]
        stays = Counter(value for _, value in values).most_common(1)[0][1]
        counts = Counter(value - page for page, value in values).most_common(1)[0][1]
        if max(stays, counts) < _SHARE * len(values):
            return None
        kinds.add("stays" if stays >= counts else "counts")
    return kinds


def _running(found: Sequence[_Found], pages: Sequence[list[_Row]]) -> set[tuple[int, int]]:
    """Rows that say what a row of the same height said shortly before: the heads of a chapter. The
    first of them stays, because it may be the chapter's own title."""
    gone = set()
    seen: dict[str, tuple[int, float, tuple[int, ...]]] = {}
    for page, index, text, numbers in found:
        base, size = pages[page][index][0].base, pages[page][index][0].size
        if not _is_apart(pages[page], index):
            continue
        before = seen.get(text)
        seen[text] = (page, base, numbers)
        if before is None or not 0 < page - before[0] <= _NEAR or abs(base - before[1]) > size:
            continue
        step = page - before[0]
        if len(numbers) == len(before[2]) and all(
            now in (then, then + step) for now, then in zip(numbers, before[2], strict=True)
        ):
            gone.add((page, index))
    return gone


def _is_apart(rows: list[_Row], index: int) -> bool:
    """Is there white between a row at the edge, or the rows at this edge, and the text?"""
    steps = [below[0].base - above[0].base for above, below in pairwise(rows)]
    inner = steps[index:_EDGE] if index >= 0 else steps[len(steps) - _EDGE : len(steps) + index + 1]
    least = _APART * max(rows[index][0].size, 0.8 * median(steps or [0.0]))
    return any(step > least for step in inner)


def _numbers(found: Sequence[_Found], pages: Sequence[list[_Row]]) -> set[tuple[int, int]]:
    """Rows that are a page's number: marked as one, or counting the pages."""
    rows = []
    for page, index, *_ in found:
        text = " ".join(segment.text for segment in pages[page][index])
        match = _PAGE.fullmatch(text) if len(text) <= 40 else None
        if match:
            marked = bool(match["word"] or match["of"])
            rows.append((page, index, int(match["page"]) - page, marked))
    offsets = Counter(offset for *_, offset, _ in rows)
    return {(page, index) for page, index, offset, marked in rows if marked or offsets[offset] > 1}
