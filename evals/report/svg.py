"""Charts as SVG: small, without scripts, in the colours of the page they stand in.

Every number is written with one decimal, so that the same chart is always the same bytes. Words
are escaped here and nowhere else.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path

from evals.report.point_labels import place_labels, text_width
from evals.report.report_blocks import Bars, Chart, Forest, LineChart
from evals.report.scale import (
    Scale,
    differences,
    doubling,
    linear,
    logarithmic,
    shares,
    short,
)
from pipeline.shown import clean

__all__ = ["PALETTE", "escape", "standalone", "svg"]

PALETTE = 8
_WIDTH = 460.0
_HEIGHT = 250.0  # of the plot itself, without title and legend
_LINE = 16.0


def svg(chart: Chart) -> str:
    """One `<svg>` element; its colours are those of `plot.css`."""
    if isinstance(chart, LineChart):
        return _Lines(chart).draw()
    if isinstance(chart, Forest):
        return _forest(chart)
    return _bars(chart)


def standalone(chart: Chart) -> str:
    """A whole SVG file, which follows the reader's light or dark setting by itself."""
    style = (Path(__file__).parent / "plot.css").read_text(encoding="utf-8")
    head, rest = svg(chart).split(">", 1)
    paper = '<rect class="paper" width="100%" height="100%"/>'
    head = head.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ')
    return f"{head}><style>{style}</style>{paper}{rest}\n"


def escape(text: str) -> str:
    """Text for HTML or an attribute: no character of it is markup, and none is a control."""
    return html.escape(clean(text), quote=True)


class _Lines:
    """Lines, bands and points over two axes."""

    def __init__(self, chart: LineChart) -> None:
        self.chart = chart
        xs = [x for s in chart.series for x in s.x] + [m.x for m in chart.marks]
        ys = [y for s in chart.series for part in (s.y, s.low, s.high) for y in part]
        ys += [y for m in chart.marks for y in (m.y, m.low, m.high) if y is not None]
        self.x = _x_scale(chart, xs)
        self.y = shares(ys) if chart.percent else linear(ys)
        self.top = 46.0
        self.left, self.right = 46.0, _WIDTH - 14
        self.bottom = self.top + _HEIGHT

    def at(self, x: float, y: float) -> tuple[float, float]:
        px = self.left + 8 + self.x(x) * (self.right - self.left - 16)
        return px, self.bottom - 4 - self.y(y) * (self.bottom - self.top - 8)

    def draw(self) -> str:
        chart = self.chart
        parts = [_title(chart.title, chart.y_label), self._grid()]
        if chart.frontier:
            parts.append(self._stairs())
        for at, series in enumerate(chart.series):
            colour = (series.colour if series.colour is not None else at) % PALETTE
            points = [self.at(x, y) for x, y in zip(series.x, series.y, strict=True)]
            if series.low and series.high:
                edge = [self.at(x, y) for x, y in zip(series.x, series.high, strict=True)]
                edge += [self.at(x, y) for x, y in zip(series.x, series.low, strict=True)][::-1]
                parts.append(f'<polygon class="band c{colour}" points="{_points(edge)}"/>')
            dashed = " dash" if series.dashed else ""
            parts.append(f'<polyline class="line{dashed} c{colour}" points="{_points(points)}"/>')
        parts.append(self._marks())
        height = self.bottom + 40
        legend, height = _legend(
            [(s.name, s.colour if s.colour is not None else i, s.dashed)
             for i, s in enumerate(chart.series)], height,
        )  # fmt: skip
        return _whole(chart.title, chart.caption, height, [*parts, legend])

    def _grid(self) -> str:
        parts = []
        for tick in self.y.ticks:
            _, y = self.at(self.x.low, tick)
            parts.append(_path("grid", (self.left, y), (self.right, y)))
            said = f"{100 * tick:g} %" if self.chart.percent else short(tick)
            parts.append(_text(self.left - 6, y + 4, said, "soft", "end"))
        for tick in self.x.ticks:
            x, _ = self.at(tick, self.y.low)
            parts.append(_path("axis", (x, self.bottom), (x, self.bottom + 4)))
            parts.append(_text(x, self.bottom + 17, short(tick), "soft", "middle"))
        parts.append(_path("axis", (self.left, self.bottom), (self.right, self.bottom)))
        middle = (self.left + self.right) / 2
        parts.append(_text(middle, self.bottom + 33, self.chart.x_label, "soft", "middle"))
        return "".join(parts)

    def _stairs(self) -> str:
        best = sorted((m.x, m.y) for m in self.chart.marks if m.strong)
        points = []
        for at, (x, y) in enumerate(best):
            points.append(self.at(x, y))
            ahead = best[at + 1][0] if at + 1 < len(best) else self.x.high
            points.append(self.at(ahead, y))
        return f'<polyline class="stairs" points="{_points(points)}"/>' if points else ""

    def _marks(self) -> str:
        parts = []
        marks = self.chart.marks
        spots = [self.at(m.x, m.y) for m in marks]
        for at, (mark, (x, y)) in enumerate(zip(marks, spots, strict=True)):
            weak = "" if mark.strong or not self.chart.frontier else " weak"
            colour = f"c{(at if mark.colour is None else mark.colour) % PALETTE}{weak}"
            if mark.low is not None and mark.high is not None:
                ends = (self.at(mark.x, mark.low), self.at(mark.x, mark.high))
                parts.append(_path(f"whisker {colour}", *ends))
            parts.append(f'<circle class="dot {colour}" cx="{x:.1f}" cy="{y:.1f}" r="5"/>')
        box = (self.left, self.top, self.right, self.bottom)
        for mark, (x, y, anchor) in zip(
            marks, place_labels(spots, [m.name for m in marks], box), strict=True
        ):
            soft = "halo" if mark.strong or not self.chart.frontier else "halo soft"
            parts.append(_text(x, y, mark.name, soft, anchor))
        return "".join(parts)


def _forest(chart: Forest) -> str:
    edges = [v for row in chart.rows for v in (row.low, row.high, row.value)]
    scale = differences(edges) if chart.zero else shares(edges)
    names = max((text_width(row.name) for row in chart.rows), default=0.0)
    left, right, top = min(190.0, 20 + names), _WIDTH - 14, 46.0
    gap = 26.0
    bottom = top + gap * max(1, len(chart.rows)) + 6

    def at(value: float) -> float:
        return left + 8 + scale(value) * (right - left - 16)

    parts = [_title(chart.title, chart.x_label)]
    for tick in scale.ticks:
        parts.append(_path("grid", (at(tick), top), (at(tick), bottom)))
        said = f"{100 * tick:+g}" if chart.zero and tick else f"{100 * tick:g}"
        parts.append(_text(at(tick), bottom + 16, said, "soft", "middle"))
    if chart.zero:
        parts.append(_path("axis", (at(0.0), top), (at(0.0), bottom)))
    for number, row in enumerate(chart.rows):
        y = top + gap * (number + 0.5) + 3
        colour = row.tone if chart.zero else f"c{number % PALETTE}"
        parts.append(_text(left - 6, y + 4, _cut(row.name, left - 12), "", "end"))
        parts.append(_path(f"whisker {colour}", (at(row.low), y), (at(row.high), y)))
        parts += [
            _path(f"whisker {colour}", (at(end), y - 4), (at(end), y + 4))
            for end in (row.low, row.high)
        ]
        parts.append(f'<circle class="dot {colour}" cx="{at(row.value):.1f}" cy="{y:.1f}" r="5"/>')
    return _whole(chart.title, chart.caption, bottom + 26, parts)


def _bars(chart: Bars) -> str:
    total = max((sum(row.values) for row in chart.rows), default=0.0)
    scale = Scale(0.0, max(total, 1e-9), ())
    names = max((text_width(row.name) for row in chart.rows), default=0.0)
    left, right, top = min(190.0, 20 + names), _WIDTH - 40, 46.0
    gap = 26.0
    parts = [_title(chart.title, chart.x_label)]
    for number, row in enumerate(chart.rows):
        y = top + gap * number
        parts.append(_text(left - 6, y + 14, _cut(row.name, left - 12), "", "end"))
        x = left
        for part, value in enumerate(row.values):
            width = scale(value) * (right - left)
            if width > 0:
                parts.append(
                    f'<rect class="bar c{part % PALETTE}" x="{x:.1f}" y="{y:.1f}" '
                    f'width="{width:.1f}" height="18"/>'
                )
            x += width
        parts.append(_text(x + 5, y + 14, short(round(sum(row.values), 6)), "soft", "start"))
    height = top + gap * max(1, len(chart.rows)) + 4
    used = [i for i in range(len(chart.parts)) if any(row.values[i] for row in chart.rows)]
    legend, height = _legend([(chart.parts[i], i, False) for i in used], height, square=True)
    return _whole(chart.title, chart.caption, height, [*parts, legend])


def _x_scale(chart: LineChart, values: Sequence[float]) -> Scale:
    if chart.doubling:
        return doubling(values)
    return logarithmic(values) if chart.log_x else linear(values)


def _legend(
    entries: Sequence[tuple[str, int, bool]], top: float, *, square: bool = False
) -> tuple[str, float]:
    """Names with their colours in as many lines as they need; and where they end."""
    if not entries:
        return "", top + 4
    parts = []
    x, y = 12.0, top + 12
    for name, colour, dashed in entries:
        shown = _cut(name, _WIDTH - 50)
        width = 28 + text_width(shown) + 14
        if x > 12 and x + width > _WIDTH:
            x, y = 12.0, y + _LINE + 2
        kind = f"c{colour % PALETTE}"
        if square:
            parts.append(f'<rect class="bar {kind}" x="{x + 6:.1f}" y="{y - 10:.1f}" '
                         'width="12" height="12"/>')  # fmt: skip
        else:
            line = "line dash" if dashed else "line"
            parts.append(_path(f"{line} {kind}", (x, y - 4), (x + 20, y - 4)))
        parts.append(_text(x + 26, y, shown, "", "start"))
        x += width
    return "".join(parts), y + 10


def _title(title: str, axis: str) -> str:
    words = _text(12, 18, _cut(title, _WIDTH - 24, 7.2), "title", "start")
    return words + (_text(12, 35, axis, "soft", "start") if axis else "")


def _whole(title: str, caption: str, height: float, parts: Sequence[str]) -> str:
    label = escape(f"{title}. {caption}".strip())
    return (
        f'<svg class="plot" viewBox="0 0 {_WIDTH:.0f} {height:.0f}" role="img" '
        f'aria-label="{label}">{"".join(parts)}</svg>'
    )


def _text(x: float, y: float, said: str, kind: str, anchor: str) -> str:
    style = f' class="{kind}"' if kind else ""
    place = f' text-anchor="{anchor}"' if anchor != "start" else ""
    return f'<text{style} x="{x:.1f}" y="{y:.1f}"{place}>{escape(said)}</text>'


def _path(kind: str, start: tuple[float, float], end: tuple[float, float]) -> str:
    return (
        f'<line class="{kind}" x1="{start[0]:.1f}" y1="{start[1]:.1f}" '
        f'x2="{end[0]:.1f}" y2="{end[1]:.1f}"/>'
    )


def _points(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _cut(text: str, width: float, size: float = 6.6) -> str:
    """As much of a text as fits."""
    if text_width(text, size) <= width:
        return text
    while text and text_width(text + "…", size) > width:
        text = text[:-1]
    return text + "…"
