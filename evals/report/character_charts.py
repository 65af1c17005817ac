"""Charts out of characters, for a terminal and for text that cannot hold a picture."""

from __future__ import annotations

from collections.abc import Sequence

from evals.report.point_labels import text_width
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

__all__ = ["characters", "columns_of", "padded"]

_SIGNS = "abcdefghijklmnopqrstuvwxyz"
_BLOCKS = "█▓▒░▚▞▤▦"
_HIGH = 12


def characters(chart: Chart, width: int = 78) -> str:
    """The chart in at most `width` columns, without a line end at its end."""
    if isinstance(chart, LineChart):
        lines = _lines(chart, width)
    elif isinstance(chart, Forest):
        lines = _forest(chart, width)
    else:
        lines = _bars(chart, width)
    return "\n".join(clean(" ".join(line.splitlines())) for line in lines)


def columns_of(text: str) -> int:
    """How many columns a text takes on a terminal; a Korean character takes two."""
    return sum(2 if text_width(c, 1) > 1 else 1 for c in text)


def padded(text: str, width: int, right: bool = False) -> str:
    """A text with spaces up to a width, before it where `right`."""
    gap = " " * max(0, width - columns_of(text))
    return gap + text if right else text + gap


def _lines(chart: LineChart, width: int) -> list[str]:
    xs = [x for s in chart.series for x in s.x] + [m.x for m in chart.marks]
    ys = [y for s in chart.series for y in s.y] + [m.y for m in chart.marks]
    x_scale = doubling(xs) if chart.doubling else logarithmic(xs) if chart.log_x else linear(xs)
    y_scale = shares(ys) if chart.percent else linear(ys)
    room = width - 9
    grid = [[" "] * room for _ in range(_HIGH)]

    def put(x: float, y: float, sign: str) -> None:
        row = _HIGH - 1 - round(y_scale(y) * (_HIGH - 1))
        column = round(x_scale(x) * (room - 1))
        grid[row][column] = "*" if grid[row][column] not in (" ", ".", sign) else sign

    for at, series in enumerate(chart.series):
        for x, y in _between(series.x, series.y, x_scale, room):
            row = _HIGH - 1 - round(y_scale(y) * (_HIGH - 1))
            column = round(x_scale(x) * (room - 1))
            if grid[row][column] == " ":
                grid[row][column] = "."
        for x, y in zip(series.x, series.y, strict=True):
            put(x, y, _SIGNS[at % 26])
    first = len(chart.series)
    for at, mark in enumerate(chart.marks):
        put(mark.x, mark.y, _SIGNS[(first + at) % 26].upper())
    said = [chart.title]
    for row, cells in enumerate(grid):
        value = y_scale.low + (y_scale.high - y_scale.low) * (_HIGH - 1 - row) / (_HIGH - 1)
        label = f"{100 * value:.0f} %" if chart.percent else short(round(value, 3))
        shown = label if row in (0, _HIGH // 2, _HIGH - 1) else ""
        said.append(f"{shown:>7} |{''.join(cells).rstrip()}")
    said.append(" " * 8 + "+" + "-" * room)
    said.append(_ticks(x_scale, room))
    said.append(" " * 9 + chart.x_label)
    names = [f"{_SIGNS[i % 26]} {s.name}" for i, s in enumerate(chart.series)]
    for at, mark in enumerate(chart.marks):  # with its place: another may lie upon it
        height = f"{100 * mark.y:.1f} %" if chart.percent else short(round(mark.y, 3))
        place = f"({short(float(f'{mark.x:.3g}'))}, {height})"
        names.append(f"{_SIGNS[(first + at) % 26].upper()} {mark.name} {place}")
    return [*said, *_wrapped(names, width)]


def _between(
    xs: Sequence[float], ys: Sequence[float], scale: Scale, room: int
) -> list[tuple[float, float]]:
    """Points on the lines between points, about one a column."""
    found = []
    for x0, x1, y0, y1 in zip(xs, xs[1:], ys, ys[1:], strict=False):
        steps = max(1, round((scale(x1) - scale(x0)) * room))
        for step in range(1, steps):
            part = step / steps
            x = x0 * (x1 / x0) ** part if scale.log and x0 > 0 else x0 + part * (x1 - x0)
            found.append((x, y0 + part * (y1 - y0)))
    return found


def _ticks(scale: Scale, room: int) -> str:
    line = [" "] * (room + 9)
    for tick in scale.ticks:
        label = short(tick)
        start = min(9 + round(scale(tick) * (room - 1)), len(line) - len(label))
        if all(c == " " for c in line[max(0, start - 1) : start + len(label)]):
            line[start : start + len(label)] = label
    return "".join(line).rstrip()


def _forest(chart: Forest, width: int) -> list[str]:
    names = min(32, max((columns_of(row.name) for row in chart.rows), default=0))
    room = max(20, width - names - 12)
    edges = [v for row in chart.rows for v in (row.low, row.high)]
    scale = differences(edges) if chart.zero else shares(edges)
    said = [f"{chart.title} ({chart.x_label})"]
    for row in chart.rows:
        cells = [" "] * room
        low, high = (round(scale(v) * (room - 1)) for v in (row.low, row.high))
        cells[low : high + 1] = "-" * (high + 1 - low)
        if chart.zero:
            cells[round(scale(0.0) * (room - 1))] = ":"
        cells[low], cells[high] = "[", "]"
        cells[round(scale(row.value) * (room - 1))] = "o"
        value = f"{100 * row.value:+.1f}" if chart.zero else f"{100 * row.value:.1f}"
        said.append(f"{padded(row.name, names)} {''.join(cells)} {value:>6}")
    ends = f"{100 * scale.low:g}", f"{100 * scale.high:g}"
    said.append(" " * (names + 1) + ends[0] + ends[1].rjust(room - len(ends[0])))
    return said


def _bars(chart: Bars, width: int) -> list[str]:
    names = min(32, max((columns_of(row.name) for row in chart.rows), default=0))
    room = max(20, width - names - 10)
    total = max((sum(row.values) for row in chart.rows), default=0.0) or 1.0
    said = [f"{chart.title} ({chart.x_label})"]
    for row in chart.rows:
        line, done = "", 0.0
        for at, value in enumerate(row.values):
            done += value
            line += _BLOCKS[at % len(_BLOCKS)] * (round(done / total * room) - len(line))
        said.append(f"{padded(row.name, names)} {line} {short(round(done, 6))}")
    used = [i for i in range(len(chart.parts)) if any(row.values[i] for row in chart.rows)]
    named = [f"{_BLOCKS[i % len(_BLOCKS)]} {chart.parts[i]}" for i in used]
    return [*said, *_wrapped(named, width)]


def _wrapped(names: Sequence[str], width: int) -> list[str]:
    lines = [""]
    for name in names:
        if lines[-1] and columns_of(lines[-1]) + columns_of(name) + 3 > width:
            lines.append("")
        lines[-1] += ("   " if lines[-1] else "") + name
    return [line for line in lines if line]
