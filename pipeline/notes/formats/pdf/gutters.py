"""Gutters: upright strips of white with text on both sides, between columns or between cells.

Columns hold running text: long lines, wrapped where the next word had no room. Cells do not, and
they stand on the baselines of their rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from pipeline.notes.formats.pdf.lines import BESIDE, WORD_SPACE, TextLine, bands_of

__all__ = ["Gutter", "Gutters"]

_LONG = 8.0
"""Half the lines of a column are at least this wide, in units of the text's size."""
_WRAPPED = 0.6
"""Share of the lines of a column that end where the next word had no room,"""
_SLACK = 0.08
"""give or take this share of its width."""
_GOING_ON = 0.3
"""Share of the lines of a column that begin with a small letter, where letters have case."""
_LEVEL = 0.1
"""Cells of a row differ by no more in height."""
_STEP = 2.0
"""Lines no further apart than this are of one column,"""
_CELL_STEP = 1.6
"""and cells that go on below do so within this."""
_MOST = 64


@dataclass(slots=True)
class Gutter:
    """White between `left` and `right`, from the baseline `top` to `bottom`; text stands on both
    sides of it in the bands `both`. `column` says that it parts columns, not cells."""

    left: float
    right: float
    last: int
    both: list[int] = field(default_factory=list)
    column: bool = False
    top: float = 0.0
    bottom: float = 0.0

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2

    def is_beside(self, base: float) -> bool:
        return self.top <= base <= self.bottom


class Gutters:
    """The gutters in the text of a page, and what they part."""

    def __init__(self, segments: Sequence[TextLine], size: float) -> None:
        self._bands = bands_of(segments, size)
        self._size = size
        self.all = _strips(self._bands, BESIDE * size)
        self.columns: list[Gutter] = []
        for gutter in self.all:
            self._end(gutter, gutter.both[0], gutter.both[-1])

    def mark_columns(self) -> list[Gutter]:
        """Marks and returns those that part columns, as far as their own text tells."""
        for gutter in sorted(self.all, key=lambda g: -len(g.both)):
            left, right = self.sides(gutter)
            running = self._is_running(left), self._is_running(right)
            # A note in the margin has lines of its own height; cells stand on those of their row.
            if all(running) or (any(running) and not self._is_level(gutter)):
                self._mark(gutter)
        return self.columns

    def inherit_columns(self, known: Sequence[Gutter]) -> None:
        """Marks gutters beside too few lines to tell where the same document has columns."""
        for gutter in self.all:
            if gutter.column or not any(
                min(gutter.right, g.right) - max(gutter.left, g.left) >= BESIDE * self._size
                for g in known
            ):
                continue
            if all(self._is_long(side) for side in self.sides(gutter)):
                self._mark(gutter)

    def sides(self, gutter: Gutter) -> tuple[list[TextLine], list[TextLine]]:
        """The segments next to a gutter, from the first band with both to the last."""
        left, right = [], []
        for index in range(gutter.both[0], gutter.both[-1] + 1):
            before, after = self._beside(gutter, index)
            left += sorted(before, key=lambda segment: segment.right)[-1:]
            right += sorted(after, key=lambda segment: segment.left)[:1]
        return left, right

    def _beside(self, gutter: Gutter, index: int) -> tuple[list[TextLine], list[TextLine]]:
        """What stands left and right of a gutter in a band, as far as the next columns."""
        band = self._bands[index]
        around = [g.middle for g in self.columns if g.is_beside(band[0].base)]
        low = max((m for m in around if m < gutter.middle), default=float("-inf"))
        high = min((m for m in around if m > gutter.middle), default=float("inf"))
        before = [s for s in band if s.left > low and s.right <= gutter.middle]
        return before, [s for s in band if s.right < high and s.left >= gutter.middle]

    def _is_level(self, gutter: Gutter) -> bool:
        """Does most of what stands on both sides stand on one baseline?"""
        level = both = 0
        for index in gutter.both:
            before, after = self._beside(gutter, index)
            bases = sorted([(s.base, 0) for s in before] + [(s.base, 1) for s in after])
            steps = [b - a for (a, one), (b, two) in pairwise(bases) if one != two]
            if steps:
                both += 1
                level += min(steps) < _LEVEL * self._size
        return level >= 0.5 * both

    def _is_long(self, side: Sequence[TextLine]) -> bool:
        return bool(side) and median(s.right - s.left for s in side) >= _LONG * self._size

    def _is_running(self, side: Sequence[TextLine]) -> bool:
        """Is it running text?"""
        if len(side) < 3:
            return False
        low, high = min(s.left for s in side), max(s.right for s in side)
        edge = high - _SLACK * (high - low)
        wrapped = sum(
            above.right + WORD_SPACE * above.size + below.first_word > edge
            for above, below in pairwise(side)
        )
        cased = [s.text[0] for s in side if s.text[0].islower() or s.text[0].isupper()]
        going_on = sum(letter.islower() for letter in cased)
        return (
            self._is_long(side)
            and wrapped >= _WRAPPED * (len(side) - 1)
            and going_on >= _GOING_ON * len(cased)
        )

    def _mark(self, gutter: Gutter) -> None:
        """Columns begin above the first band with text on both sides where one of them is longer,
        and end below the last."""
        first, last = gutter.both[0], gutter.both[-1]
        while (
            first > 0
            and self._step(first - 1) < _STEP * self._size
            and not any(
                s.left < gutter.right and s.right > gutter.left for s in self._bands[first - 1]
            )
        ):
            first -= 1
        while last < gutter.last and self._step(last) < _STEP * self._size:
            last += 1
        gutter.column = True
        self.columns.append(gutter)
        self._end(gutter, first, last)

    def _end(self, gutter: Gutter, first: int, last: int) -> None:
        while (
            not gutter.column
            and last < gutter.last
            and self._step(last) < _CELL_STEP * self._size
            and min(segment.left for segment in self._bands[last + 1]) > gutter.middle
        ):
            last += 1
        gutter.top = min(segment.base for segment in self._bands[first])
        gutter.bottom = max(segment.base for segment in self._bands[last])

    def _step(self, index: int) -> float:
        """From the lowest line of a band to the highest of the next."""
        above = max(segment.base for segment in self._bands[index])
        return min(segment.base for segment in self._bands[index + 1]) - above


def _strips(bands: Sequence[Sequence[TextLine]], least: float) -> list[Gutter]:
    """Every strip of white, from the top."""
    done: list[Gutter] = []
    going: list[Gutter] = []
    for index, band in enumerate(bands):
        inner = [gap for gap in _gaps(band) if gap[1] - gap[0] >= least]
        start, end = band[0].left, max(segment.right for segment in band)
        free = [(float("-inf"), start), *inner, (end, float("inf"))]
        still = []
        for gutter in going:
            left, right = max(
                ((max(a, gutter.left), min(b, gutter.right)) for a, b in free),
                key=lambda strip: strip[1] - strip[0],
            )
            if right - left < least:
                done.append(gutter)
                continue
            gutter.left, gutter.right, gutter.last = left, right, index
            if start < left and right < end:
                gutter.both.append(index)
            still.append(gutter)
        for a, b in inner:
            if len(still) < _MOST and not any(a <= g.left and g.right <= b for g in still):
                still.append(Gutter(a, b, index, [index]))
        going = still
    return done + going


def _gaps(band: Sequence[TextLine]) -> Iterator[tuple[float, float]]:
    edge = band[0].right
    for segment in band[1:]:
        if segment.left > edge:
            yield edge, segment.left
        edge = max(edge, segment.right)
