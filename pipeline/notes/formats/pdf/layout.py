"""The text runs of a page put into lines, and the lines into the order in which they are read.

A PDF says where its letters stand and nothing about what belongs together. What stands beside a
piece of text is either another column or another cell of its row; that is decided for every gutter,
once for all rows beside it. The page is then read column by column between what crosses the
gutters, and row by row within a column.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from pipeline.notes.formats.pdf.furniture import take_furniture
from pipeline.notes.formats.pdf.gutters import Gutter, Gutters
from pipeline.notes.formats.pdf.lines import (
    MOST_RUNS,
    TextLine,
    TextRun,
    body_size,
    rows_of,
    segments_of,
)

__all__ = ["CELL", "Region", "layout"]

CELL = " | "
"""Stands between the cells of a row."""
_MARKER = re.compile(r"(?:[^\w\s]|[①-⑳]|\(?(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,4})[.)])$")
"""A bullet or a number that stands before the text of a list item."""
_CELL_GAP = 1.0
"""A gap this wide (in units of the text's size) parts cells where other rows have it as well,"""
_LONE_GAP = 2.0
"""and one this wide where none has."""
_ROW_STEP = 1.6
"""Cells that go on below do so within this height."""


@dataclass(slots=True)
class Region:
    """Lines read one after the other: a column, or a part of the page without columns. `left` and
    `right` are the edges of its text. `furniture` is what stands on every page, `turned` what runs
    in another direction than most of the page."""

    lines: list[TextLine]
    left: float = 0.0
    right: float = 0.0
    furniture: bool = False
    turned: bool = False


@dataclass(slots=True)
class _Frame:
    """The text of a page that runs in one direction, in rows of segments."""

    rows: list[list[TextLine]]
    size: float
    gutters: Gutters | None = None


def layout(pages: Sequence[Sequence[TextRun]]) -> list[list[Region]]:
    """The regions of each page in reading order. What runs in another direction than most of a
    page comes after it."""
    frames = [list(_frames(page)) for page in pages]
    furniture = take_furniture([page[0].rows if page else [] for page in frames])
    known: list[Gutter] = []
    for frame in (frame for page in frames for frame in page):
        segments = [segment for row in frame.rows for segment in row]
        if 0 < len(segments) <= MOST_RUNS:
            frame.gutters = Gutters(segments, frame.size)
            known += frame.gutters.mark_columns()
    found = []
    for page, (above, below) in zip(frames, furniture, strict=True):
        inside = []
        for number, frame in enumerate(page):
            if frame.gutters:
                frame.gutters.inherit_columns(known)
            for region in _read(frame):
                region.turned = number > 0
                inside.append(region)
        found.append([*map(_furniture, above), *inside, *map(_furniture, below)])
    return found


def _furniture(row: list[TextLine]) -> Region:
    return Region([_line(row, [], row[0].size)], furniture=True)


def _frames(runs: Sequence[TextRun]) -> Iterator[_Frame]:
    letters: Counter[int] = Counter()
    for run in runs:
        letters[run.angle] += len(run.text)
    for angle, _ in letters.most_common():
        segments = segments_of([run for run in runs if run.angle == angle])
        size = body_size(segments)
        if segments:
            yield _Frame(rows_of(segments, size), size)


def _read(frame: _Frame) -> Iterator[Region]:
    """The regions of a frame in reading order."""
    columns, tables = [], []
    if frame.gutters:
        columns = frame.gutters.columns
        tables = [
            gutter
            for gutter in frame.gutters.all
            if not gutter.column
            and len(gutter.both) > 1
            and not all(_MARKER.match(s.text) for s in frame.gutters.sides(gutter)[0])
        ]
    lines: list[TextLine] = []
    for row in frame.rows:
        base = row[0].base
        parts = [g.middle for g in columns if g.is_beside(base)]
        cells = [g.middle for g in tables if g.is_beside(base)]
        placed = [(_place(segment, parts), segment) for segment in row]
        for _, part in groupby(placed, key=lambda pair: pair[0]):
            lines.append(_line([segment for _, segment in part], cells, frame.size))
    for group in _ordered(lines, columns):
        yield _region(group, frame.size)


def _place(segment: TextLine, middles: Sequence[float]) -> int:
    """How many of the gutters stand left of a segment."""
    return sum(middle < segment.left for middle in middles)


def _line(part: list[TextLine], middles: Sequence[float], size: float) -> TextLine:
    """The segments of one row, in one column, as a line; cells apart where they are some."""
    held = part[0]
    cells = [""] * _place(held, middles) + [held.text]
    table = False
    for segment in part[1:]:
        gap, place = segment.left - held.right, _place(segment, middles)
        shared = place >= len(cells)
        if gap < (_CELL_GAP if shared else _LONE_GAP) * size or _MARKER.match(cells[-1]):
            cells[-1] += f" {segment.text}"
        else:
            table |= shared
            cells += [""] * (place - len(cells)) + [segment.text]
        held = segment
    longest = max(part, key=lambda segment: len(segment.text))
    return TextLine(
        CELL.join(cells if table else filter(None, cells)).strip(),
        min(segment.left for segment in part),
        max(segment.right for segment in part),
        longest.base,
        longest.size,
        table,
        cells if middles else [],
    )


def _ordered(lines: list[TextLine], gutters: Sequence[Gutter]) -> Iterator[list[TextLine]]:
    """Above the columns, the columns from left to right, below the columns."""
    dividing = [
        g for g in gutters
        if len({line.left > g.middle for line in lines if g.is_beside(line.base)}) > 1
    ]  # fmt: skip
    if not dividing:
        if lines:
            yield lines
        return
    gutter = max(dividing, key=lambda g: (g.bottom - g.top, g.right - g.left))
    rest = [g for g in dividing if g is not gutter]
    beside = [line for line in lines if gutter.is_beside(line.base)]
    for part in (
        [line for line in lines if line.base < gutter.top],
        [line for line in beside if line.left <= gutter.middle],
        [line for line in beside if line.left > gutter.middle],
        [line for line in lines if line.base > gutter.bottom],
    ):
        yield from _ordered(part, rest)


def _region(lines: Sequence[TextLine], size: float) -> Region:
    steps = [
        below.base - above.base
        for above, below in pairwise(lines)
        if above.table and below.table and above.cells[0] and below.cells[0]
    ]
    least = min(steps, default=0.0)
    kept: list[TextLine] = []
    base = 0.0  # of the line before
    for line in lines:
        step, base = line.base - base, line.base
        if (
            kept
            and kept[-1].table
            and line.cells
            and (
                # Under the last cells, or nearer to the row than the next row would be.
                (not line.cells[0] and step < _ROW_STEP * size)
                or (not line.table and step < 0.97 * least)
            )
        ):
            _continue(kept[-1], line)
        else:
            kept.append(line)
    edges = sorted((line.right for line in kept if not line.table), reverse=True) or [0.0]
    # The right edge is where text was wrapped, not where one line too long ends.
    return Region(kept, min(line.left for line in kept), edges[len(edges) // 10])


def _continue(held: TextLine, line: TextLine) -> None:
    """The cells of a row go on in the line below."""
    cells = held.cells + [""] * (len(line.cells) - len(held.cells))
    for place, text in enumerate(line.cells):
        cells[place] = f"{cells[place]} {text}".strip()
    held.cells, held.text = cells, CELL.join(cells).strip()
