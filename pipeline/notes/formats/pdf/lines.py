"""Runs of text put together into lines: what was set in one go, and what stands on one baseline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

__all__ = [
    "BESIDE",
    "MOST_RUNS",
    "WORD_SPACE",
    "TextLine",
    "TextRun",
    "bands_of",
    "body_size",
    "rows_of",
    "segments_of",
]

MOST_RUNS = 20_000
"""Of a page; one with more is a drawing made of letters, and is taken as it comes."""
BESIDE = 0.5
"""The narrowest gutter. Widths and heights are in units of the text's size."""
_JOIN = 0.9
"""Runs set one after the other and no further apart belong together; others on their line must be
nearer, because a gutter may be as narrow."""
_WORD_GAP = 0.2
"""A gap this wide parts words."""
_LEVEL = 0.35
"""Baselines no further apart are of one row,"""
_BAND = 0.9
"""and those no further apart of one band: each column may have heights of its own."""
WORD_SPACE = 0.25
"""The width of a space."""


class TextRun(NamedTuple):
    """Text on one baseline; `base` counts downwards. See `pdf_worker`."""

    text: str
    left: float
    right: float
    base: float
    size: float
    angle: int = 0


@dataclass(slots=True)
class TextLine:
    """One line of text, or one row of a table with its cells in `text`."""

    text: str
    left: float
    right: float
    base: float
    size: float
    table: bool = False
    cells: list[str] = field(default_factory=list)
    """By column, in the rows beside the gutters of a table."""

    @property
    def first_word(self) -> float:
        """About the width of its first word."""
        return (self.right - self.left) * len(self.text.split(" ", 1)[0]) / len(self.text)


def body_size(lines: Iterable[TextLine]) -> float:
    """The size most letters have."""
    seen: Counter[float] = Counter()
    for line in lines:
        seen[round(line.size * 2) / 2] += len(line.text)
    return max(seen, key=lambda size: (seen[size], -size), default=0.0) or 10.0


def segments_of(runs: Sequence[TextRun]) -> list[TextLine]:
    """Runs joined that were set one after the other and stand so, raised and lowered ones too."""
    found: list[TextLine] = []
    for run in runs:
        text = run.text.strip()
        if not text:
            continue
        held = found[-1] if found else None
        if held is None or not _follows(held, run):
            found.append(TextLine(text, run.left, run.right, run.base, run.size))
            continue
        gap = run.left - held.right
        wide = run.text.startswith(" ") or gap > _WORD_GAP * max(held.size, run.size)
        raised = held.base - run.base > 0.2 * held.size and run.size < 0.85 * held.size
        if raised and text[0].isdigit() and held.text[-1].isalnum():
            held.text += f"^{text}"  # 10 to the sixth is not 106, nor a footnote part of a figure
        else:
            held.text += f" {text}" if wide else text
        held.right = max(held.right, run.right)
        if run.size > held.size:  # the line began with a raised or lowered letter
            held.base, held.size = run.base, run.size
    return found


def _follows(held: TextLine, run: TextRun) -> bool:
    large, small = max(held.size, run.size), min(held.size, run.size)
    gap, step = run.left - held.right, abs(run.base - held.base)
    if step < 0.1 * large:
        return -0.5 * large < gap < _JOIN * large
    return step < 0.65 * large and small < 0.85 * large and -0.3 * large < gap < 0.3 * large


def rows_of(segments: Sequence[TextLine], size: float) -> list[list[TextLine]]:
    """Segments of one baseline, from left to right; rows from the top."""
    rows: list[list[TextLine]] = []
    if len(segments) > MOST_RUNS:
        return [[segment] for segment in segments]
    for segment in sorted(segments, key=lambda s: (s.base, s.left)):
        if rows and segment.base - rows[-1][0].base < _LEVEL * size:
            rows[-1].append(segment)
        else:
            rows.append([segment])
    return [_touching(sorted(row, key=lambda s: s.left)) for row in rows]


def bands_of(segments: Sequence[TextLine], size: float) -> list[list[TextLine]]:
    """Segments at about one height, from left to right; bands from the top."""
    bands: list[list[TextLine]] = []
    for segment in sorted(segments, key=lambda s: (s.base, s.left)):
        if bands and segment.base - bands[-1][0].base < _BAND * size:
            bands[-1].append(segment)
        else:
            bands.append([segment])
    for band in bands:
        band.sort(key=lambda s: s.left)
    return bands


def _touching(row: list[TextLine]) -> list[TextLine]:
    kept = row[:1]
    for segment in row[1:]:
        held = kept[-1]
        gap, large = segment.left - held.right, max(held.size, segment.size)
        if segment.text == held.text and abs(segment.left - held.left) < 0.3 * large:
            continue  # set twice, for a shadow or bold letters
        if abs(segment.base - held.base) < 0.1 * large and -0.5 * large < gap < BESIDE * large:
            held.text += ("" if gap < _WORD_GAP * large else " ") + segment.text
            held.right = max(held.right, segment.right)
        else:
            kept.append(segment)
    return kept
