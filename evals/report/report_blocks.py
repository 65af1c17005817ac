"""The blocks of a report, before it is a page, a Markdown file or lines on a terminal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from evals.stats.verdict import Verdict

__all__ = [
    "Bars",
    "Chart",
    "Forest",
    "ForestRow",
    "Heading",
    "HeadlineBlock",
    "LabelledPoint",
    "LineChart",
    "ReportBlock",
    "Series",
    "StackedBar",
    "Table",
    "Text",
    "Tone",
    "tone_of",
]

Tone: TypeAlias = Literal["gain", "loss", "none"]
"""The colour of what a verdict is about."""


def tone_of(verdict: Verdict | None) -> Tone:
    """Green for a gain, red for a loss, grey for anything else."""
    return "gain" if verdict is Verdict.GAIN else "loss" if verdict is Verdict.LOSS else "none"


@dataclass(frozen=True, slots=True)
class Heading:
    """`level` 1 to 3; `anchor` is unique within a report."""

    level: int
    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph. `quiet`: said, but not the point."""

    text: str
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class HeadlineBlock:
    """The one sentence to be read first; `verdict` is what it rests on."""

    verdict: Verdict
    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """`columns` are headers, those in `numeric` hold numbers; every cell is text already.

    `strong`: rows to be seen first, by position. `caption` says how to read it.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[int] = frozenset()
    caption: str = ""
    strong: frozenset[int] = frozenset()
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Series:
    """A line with a band: points of equal length, in order of x. `low` and `high` may be empty."""

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    dashed: bool = False
    colour: int | None = None
    """Which colour of the palette; None: by position."""


@dataclass(frozen=True, slots=True)
class LabelledPoint:
    """A point with a name and its interval. `strong`: on the frontier. `colour`: which of the
    palette; None: by position."""

    name: str
    x: float
    y: float
    low: float | None = None
    high: float | None = None
    strong: bool = False
    colour: int | None = None


@dataclass(frozen=True, slots=True)
class LineChart:
    """Series and points over two axes. Values of y are shares where `percent`."""

    title: str
    x_label: str
    y_label: str
    series: tuple[Series, ...] = ()
    marks: tuple[LabelledPoint, ...] = ()
    log_x: bool = False
    doubling: bool = False
    """Logarithmic with ticks at powers of two."""
    percent: bool = True
    caption: str = ""
    frontier: bool = False
    """Draw the stairs of the strong points."""


@dataclass(frozen=True, slots=True)
class ForestRow:
    """A value with its interval, in shares."""

    name: str
    value: float
    low: float
    high: float
    tone: Tone = "none"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Forest:
    """Values with intervals, a row each. `zero`: differences, with a line at none."""

    title: str
    x_label: str
    rows: tuple[ForestRow, ...]
    zero: bool = False
    caption: str = ""


@dataclass(frozen=True, slots=True)
class StackedBar:
    """One bar: a name and the size of each part, in the order of `Bars.parts`."""

    name: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Bars:
    """Stacked bars; `parts` name the colours."""

    title: str
    x_label: str
    parts: tuple[str, ...]
    rows: tuple[StackedBar, ...]
    caption: str = ""


Chart: TypeAlias = LineChart | Forest | Bars
ReportBlock: TypeAlias = Heading | Text | HeadlineBlock | Table | Chart
