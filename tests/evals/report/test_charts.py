"""Charts: every value in its place, every word in the picture, the same bytes every time."""

from __future__ import annotations

import re
import xml.etree.ElementTree as Tree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.report.character_charts import characters, columns_of
from evals.report.point_labels import place_labels, text_width
from evals.report.report_blocks import (
    Bars,
    Chart,
    Forest,
    ForestRow,
    LabelledPoint,
    LineChart,
    Series,
    StackedBar,
)
from evals.report.scale import differences, doubling, linear, logarithmic, shares, short
from evals.report.svg import standalone, svg

LINES = LineChart(
    "Accuracy",
    "draws k",
    "percent right",
    (Series("가나다", (1, 2, 4), (0.2, 0.4, 0.6), (0.1, 0.3, 0.5), (0.3, 0.5, 0.7)),),
    (LabelledPoint("direct", 1.0, 0.2, 0.1, 0.3, strong=True), LabelledPoint("cot", 2.0, 0.1)),
    doubling=True,
    frontier=True,
)
FOREST = Forest("Gain", "points", (ForestRow("plan", 0.1, -0.05, 0.25, "gain"),), zero=True)
BARS = Bars(
    "Why",
    "questions",
    ("cut off", "reasoning"),
    (StackedBar("cot", (3, 5)), StackedBar("b", (0, 0))),
)
CHARTS = [LINES, FOREST, BARS]


def tree(chart: Chart) -> Tree.Element:
    return Tree.fromstring(standalone(chart))


@pytest.mark.parametrize("chart", CHARTS, ids=["lines", "forest", "bars"])
def test_a_chart_is_a_whole_picture(chart: Chart) -> None:
    root = tree(chart)
    _, _, width, height = (float(v) for v in root.attrib["viewBox"].split())
    words = [e.text or "" for e in root.iter() if e.tag.endswith("text")]
    assert chart.title in words
    for node in root.iter():
        for name in ("x", "x1", "x2", "cx"):
            if name in node.attrib:
                assert -1 <= float(node.attrib[name]) <= width + 1
        for name in ("y", "y1", "y2", "cy"):
            if name in node.attrib:
                assert -1 <= float(node.attrib[name]) <= height + 1
    assert svg(chart) == svg(chart)
    assert "prefers-color-scheme: dark" in standalone(chart)


def test_higher_is_higher() -> None:
    line = next(e for e in tree(LINES).iter() if "line" in e.attrib.get("class", "").split())
    found = [tuple(map(float, p.split(","))) for p in line.attrib["points"].split()]
    assert [x for x, _ in found] == sorted(x for x, _ in found)
    assert [y for _, y in found] == sorted((y for _, y in found), reverse=True)
    one, two, four = (x for x, _ in found)
    assert two - one == pytest.approx(four - two, abs=0.2)  # doublings are evenly spaced


def test_the_length_of_a_bar_is_its_value() -> None:
    bars = [e for e in tree(BARS).iter() if e.attrib.get("class", "").startswith("bar c")]
    widths = [float(e.attrib["width"]) for e in bars if e.attrib["height"] == "18"]
    assert widths[0] / widths[1] == pytest.approx(3 / 5, rel=0.01)


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20),
    st.sampled_from([linear, logarithmic, doubling]),
)
def test_every_value_is_on_its_scale(values: list[float], scale_of: object) -> None:
    assert callable(scale_of)
    if scale_of is not linear:
        values = [abs(v) + 0.001 for v in values]
    scale = scale_of(values)
    assert scale.ticks
    assert all(0 <= scale(v) <= 1 for v in values)
    low, high = min(values), max(values)
    assert scale(low) <= scale(high)
    near = 1e-6 * (scale.high - scale.low)
    assert scale.low <= low + near
    assert scale.high >= high - near


@given(st.lists(st.floats(-2, 2), max_size=12))
def test_no_axis_leaves_what_can_happen(values: list[float]) -> None:
    """Widening an axis to round ends once led to ticks of -6 % and 106 %."""
    for scale, least in ((shares(values), 0.0), (differences(values), -1.0)):
        assert least <= scale.low < scale.high <= 1
        assert scale.ticks
        assert all(scale.low - 1e-9 <= tick <= scale.high + 1e-9 for tick in scale.ticks)
        possible = [v for v in values if least <= v <= 1]
        assert all(scale.low - 1e-9 <= v <= scale.high + 1e-9 for v in possible)


@pytest.mark.parametrize("high", [0.02, 0.97, 1.0])
def test_no_tick_is_above_all_or_below_none(high: float) -> None:
    low = max(0.0, high - 0.04)
    marks = (LabelledPoint("a", 1, low, 0.0, low), LabelledPoint("b", 2, high, low, high))
    shown: list[Chart] = [
        LineChart("t", "x", "y", marks=marks),
        Forest("t", "x", (ForestRow("a", high, low, high), ForestRow("b", low, 0.0, low))),
    ]
    for chart in shown:
        words = [e.text or "" for e in tree(chart).iter() if e.tag.endswith("text")]
        values = [float(w.removesuffix(" %")) for w in words if re.fullmatch(r"-?[\d.]+( %)?", w)]
        assert values
        assert all(0 <= value <= 100 for value in values)


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_words_make_a_picture(title: str, name: str) -> None:
    for chart in (
        LineChart(
            title, name, name, (Series(name, (1, 2), (0.1, 0.2)),), (LabelledPoint(name, 1, 0.5),)
        ),
        Forest(title, name, (ForestRow(name, 0.5, 0.4, 0.6),)),
        Bars(title, name, (name,), (StackedBar(name, (1.0,)),)),
    ):
        tags = set(re.findall(r"<(\w+)", svg(chart)))
        assert tags <= {"svg", "text", "line", "circle", "polyline", "polygon", "rect"}
        assert characters(chart)


def test_an_empty_chart_is_still_one() -> None:
    for chart in (LineChart("t", "x", "y"), Forest("t", "x", ()), Bars("t", "x", (), ())):
        assert "<svg" in svg(chart)
        assert characters(chart).startswith("t")


def test_names_of_points_do_not_cover_each_other() -> None:
    points = [(100.0, 100.0), (104.0, 101.0), (98.0, 104.0), (250.0, 60.0)]
    names = ["direct", "cot", "plan", "cot@sc8"]
    placed = place_labels(points, names, (40, 40, 440, 290))
    boxes = []
    for (x, y, anchor), name in zip(placed, names, strict=True):
        width = text_width(name)
        left = x - {"start": 0.0, "middle": width / 2, "end": width}[anchor]
        boxes.append((left, y - 10, left + width, y + 3))
    for at, one in enumerate(boxes):
        assert one[0] >= 40
        assert one[2] <= 440
        for other in boxes[:at]:
            beside = min(one[2], other[2]) <= max(one[0], other[0])
            assert beside or min(one[3], other[3]) <= max(one[1], other[1])


def test_characters_show_where_values_lie() -> None:
    said = characters(FOREST, 60).splitlines()
    assert said[1].startswith("plan ")
    assert said[1].index("[") < said[1].index(":") < said[1].index("o") < said[1].index("]")
    drawn = characters(LINES, 60)
    assert "B direct (1, 20.0 %)   C cot (2, 10.0 %)" in drawn
    assert "a 가나다" in drawn
    assert all(columns_of(line) <= 62 for line in drawn.splitlines())


def test_short_ticks() -> None:
    assert [short(v) for v in (0.5, 250, 1500, 2e7)] == ["0.5", "250", "1.5k", "20M"]
