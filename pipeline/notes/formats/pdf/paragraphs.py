"""Lines in reading order put together into paragraphs, list items, tables and headings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Literal

from pipeline.notes.formats.pdf.layout import Region
from pipeline.notes.formats.pdf.lines import WORD_SPACE, TextLine, body_size

__all__ = ["Paragraph", "paragraphs_of"]

_ITEM = re.compile(r"(?:[-–*•·▪◦‣○●]|\(?\d{1,3}[.)]|[①-⑳])\s")
_ENDED = ".!?。:：;…"
_HYPHEN = re.compile(r"\w[-‐]$")
# Widths and heights are in units of the text's size.
_OTHER_SIZE = 0.12
"""Lines whose sizes differ by this share are of different paragraphs."""
_APART = 1.35
"""Lines this much further apart than usual are of different paragraphs."""
_INDENT = 0.8
_NARROW = 8.0
"""Text in a narrower region is not wrapped."""
_BY_CHANCE = 3.0
"""A wrapped line is hardly ever shorter than this."""
_LEADER = re.compile(r"(?:[.·…] ?){4}")
"""Leads to the page number in a table of contents."""
_NAMED = re.compile(r"[^\W\d_]{2}|[가-힣一-鿿]")
_LARGE = 1.15
"""Text this much larger than most is a heading,"""
_HEADING = 150
"""unless it is longer (in characters),"""
_HEADINGS = 0.4
"""or more than this share of the text would be one."""

ParagraphKind = Literal["text", "item", "table", "heading", "furniture"]


@dataclass(slots=True)
class Paragraph:
    """`wrapped[i]` says that the line break after `lines[i]` is only where the paper ended. `rooms`
    are the widths that were left free there, in units of the text's size."""

    kind: ParagraphKind
    page: int
    size: float
    lines: list[str]
    wrapped: list[bool]
    rooms: list[float]
    level: int = 0
    turned: bool = False

    def add(self, line: str, wrapped: bool, room: float) -> None:
        self.lines.append(line)
        self.wrapped.append(wrapped)
        self.rooms.append(room)


def paragraphs_of(pages: Sequence[Sequence[Region]]) -> list[Paragraph]:
    """The paragraphs of all pages (from 1) in reading order."""
    leading = _leading(pages)
    found: list[Paragraph] = []
    for number, regions in enumerate(pages, 1):
        before: tuple[Region, Paragraph] | None = None
        for region in regions:
            if region.furniture:
                text = " ".join(line.text for line in region.lines)
                found.append(Paragraph("furniture", number, 0, [text], [], []))
                continue
            own = list(_of_region(region, number, leading))
            for paragraph in own:
                paragraph.turned = region.turned
            if before and _goes_on(before[0], before[1], region, own[0]):
                before[1].add(own[0].lines[0], True, 0.0)
                before[1].lines += own[0].lines[1:]
                before[1].wrapped += own[0].wrapped
                before[1].rooms += own[0].rooms
                own = [before[1], *own[1:]]
                found.pop()
            found += own
            before = (region, found[-1])
    _mark_headings(found, pages)
    return found


def _leading(pages: Sequence[Sequence[Region]]) -> float:
    """The usual distance of lines."""
    steps = [
        (below.base - above.base) / below.size
        for regions in pages
        for region in regions
        for above, below in pairwise(region.lines)
        if 0 < below.base - above.base < 3 * below.size and _same_size(above, below)
    ]
    return median(steps) if steps else 1.2


def _same_size(one: TextLine, two: TextLine) -> bool:
    return abs(one.size - two.size) <= _OTHER_SIZE * max(one.size, two.size)


def _of_region(region: Region, page: int, leading: float) -> Iterator[Paragraph]:
    held: Paragraph | None = None
    before: TextLine | None = None
    for line in region.lines:
        kind: ParagraphKind = (
            "table" if line.table else "item" if _ITEM.match(line.text) else "text"
        )
        if held is None or before is None or _begins(held, before, line, kind, region, leading):
            if held is not None:
                yield _settled(held)
            held = Paragraph(kind, page, line.size, [line.text], [], [])
        else:
            room = (region.right - before.right) / max(before.size, 1.0)
            held.add(line.text, kind != "table" and _is_wrapped(before, line, region), room)
        before = line
    if held is not None:
        yield _settled(held)


def _settled(paragraph: Paragraph) -> Paragraph:
    """Where most lines were wrapped, so was one that is short by chance."""
    if paragraph.kind != "table" and sum(paragraph.wrapped) >= 0.5 * len(paragraph.wrapped):
        breaks = zip(paragraph.lines, paragraph.wrapped, paragraph.rooms, strict=False)
        paragraph.wrapped = [
            was or (line[-1] not in _ENDED and room < _BY_CHANCE) for line, was, room in breaks
        ]
    return paragraph


def _begins(
    held: Paragraph,
    before: TextLine,
    line: TextLine,
    kind: ParagraphKind,
    region: Region,
    leading: float,
) -> bool:
    """Does a new paragraph begin with this line?"""
    if kind == "item" or (kind == "table") != (held.kind == "table"):
        return True
    if kind == "table":
        return False
    step = line.base - before.base
    if not 0 < step <= _APART * leading * line.size or not _same_size(before, line):
        return True
    indented = line.left - before.left > _INDENT * line.size and len(held.lines) > 1
    return indented and not _is_wrapped(before, line, region)


def _is_wrapped(before: TextLine, line: TextLine, region: Region) -> bool:
    """Was the line broken because its next word had no room?"""
    if _HYPHEN.search(before.text):
        return True
    if before.text[-1] in _ENDED or region.right - region.left < _NARROW * before.size:
        return False
    edge = region.right - 0.5 * before.size
    return before.right + WORD_SPACE * before.size + line.first_word > edge


def _goes_on(region: Region, last: Paragraph, after: Region, first: Paragraph) -> bool:
    """Does the last paragraph of a column go on in the next?"""
    line, begun = region.lines[-1], after.lines[0]
    return (
        last.kind in ("text", "item")
        and first.kind == "text"
        and last.page == first.page
        and _same_size(line, begun)
        and begun.base < line.base
        and begun.left - after.left < _INDENT * begun.size
        and line.text[-1] not in _ENDED
        and (
            bool(_HYPHEN.search(line.text))
            or line.right > region.right - 2 * line.size
        )
    )  # fmt: skip


def _mark_headings(found: Sequence[Paragraph], pages: Sequence[Sequence[Region]]) -> None:
    """Makes headings of short paragraphs in larger letters; the largest are of level 1."""
    lines = [line for regions in pages for r in regions if not r.furniture for line in r.lines]
    least = _LARGE * body_size(lines)
    large = [
        paragraph
        for paragraph in found
        if paragraph.kind in ("text", "item")
        and not paragraph.turned
        and paragraph.size >= least
        and sum(map(len, paragraph.lines)) <= _HEADING
        and not any(map(_LEADER.search, paragraph.lines))
        and any(map(_NAMED.search, paragraph.lines))
    ]
    letters = sum(len(line.text) for line in lines)
    if sum(len(line) for p in large for line in p.lines) > _HEADINGS * letters:
        return
    sizes = sorted({round(paragraph.size) for paragraph in large}, reverse=True)
    for paragraph in large:
        paragraph.kind, paragraph.level = "heading", sizes.index(round(paragraph.size)) + 1
        paragraph.wrapped = [True] * len(paragraph.wrapped)
