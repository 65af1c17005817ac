"""The headline: the cheapest of those shown to be as good as the best, wrong in few runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest

from evals.report.topics.cells import Cell
from evals.report.topics.decisions import decide
from evals.report.topics.headline import headline
from evals.run.records import ModelRecord, Outcome, QuestionRecord
from evals.stats.checks import FloatArray
from evals.stats.verdict import Verdict
from tests.evals.stats.simulation import allowance


def cell_of(columns: Mapping[str, tuple[float, Sequence[float] | FloatArray]]) -> Cell:
    """Strategies by name: tokens a question, and where they are right."""
    n = len(next(iter(columns.values()))[1])
    items = tuple(QuestionRecord("t", str(i), "?") for i in range(n))
    rows = tuple(
        tuple(
            Outcome("t", str(i), name, "m", "1", float(r), bool(r), generated_tokens=int(tokens))
            for i, r in enumerate(right)
        )
        for name, (tokens, right) in columns.items()
    )
    return Cell("t", ModelRecord("m"), items, tuple(columns), rows)


def said(cell: Cell, margin: float = 0.05) -> str:
    found = headline(cell, decide(cell, margin))
    assert found is not None
    return found.text


HALF = [1.0] * 200 + [0.0] * 200
MOST = [1.0] * 320 + [0.0] * 80


def test_the_cheaper_of_two_that_are_as_good() -> None:
    cell = cell_of({"direct": (10, HALF), "sc32": (1000, MOST), "adaptive32": (780, MOST)})
    assert said(cell) == (
        "Use adaptive32: as accurate as sc32 to within 5 points, for 22 % fewer tokens."
    )


def test_the_best_where_nothing_cheaper_is_as_good() -> None:
    less = [1.0] * 260 + [0.0] * 140
    cell = cell_of({"direct": (10, HALF), "cot": (100, less), "sc32": (1000, MOST)})
    assert said(cell) == "Use sc32: +30.0 points over direct, for 100x the tokens."


def test_a_cheaper_one_is_taken_though_the_first_was_the_dear_one() -> None:
    cell = cell_of({"sc32": (1000, MOST), "adaptive32": (500, MOST), "direct": (10, HALF)})
    assert said(cell).startswith("Use adaptive32: as accurate as sc32 to within 5 points, for 50 %")


def test_the_first_where_more_is_worth_less_than_the_margin() -> None:
    more = list(HALF)
    more[200:208] = [1.0] * 8  # two points, and no doubt about them
    cell = cell_of({"direct": (10, HALF), "sc32": (1000, more)})
    assert (
        said(cell) == "Use direct: as accurate as sc32 to within 5 points, for 99 % fewer tokens."
    )
    assert said(cell, 0.01) == "Use sc32: +2.0 points over direct, for 100x the tokens."


def test_nothing_is_recommended_that_is_not_shown() -> None:
    worse = [0.0] * 100 + HALF[100:]
    assert said(cell_of({"a": (10, HALF), "b": (20, worse)})) == (
        "Stay with a: every other strategy is worse."
    )
    assert said(cell_of({"a": (10, HALF), "b": (20, HALF)})) == (
        "Stay with a: no other strategy gains 5 points."
    )
    few = cell_of({"a": (10, [1, 0, 0, 1]), "b": (20, [1, 1, 0, 1])})
    assert said(few) == (
        "Stay with a: none is shown to be better, and 4 questions are too few to show any "
        "difference."
    )
    some = said(cell_of({"a": (10, [1.0, 0.0] * 20), "b": (20, [0.0, 1.0] * 20)}))
    assert some.startswith("Stay with a: none is shown to be better, and 40 questions cannot tell ")
    assert headline(cell_of({"a": (1, HALF)}), decide(cell_of({"a": (1, HALF)}))) is None


def test_a_strategy_without_a_price_is_not_called_cheaper() -> None:
    cell = cell_of({"sc": (100, MOST), "free": (0, MOST)})
    assert said(cell) == "Stay with sc: no other strategy gains 5 points."


@pytest.mark.parametrize("loss", [0.1, 0.2])
def test_as_accurate_is_rarely_said_of_one_that_loses_the_margin(loss: float) -> None:
    """Two cheaper strategies, each truly worse than the best by just the margin."""
    rng, runs, wrong = np.random.default_rng(3), 400, 0
    for _ in range(runs):
        best = rng.random(150) < 0.8
        lost = [best & (rng.random(150) >= loss / 0.8) for _ in range(2)]
        base = best & (rng.random(150) < 0.3)
        cell = cell_of({
            "base": (10, base.astype(float)), "best": (900, best.astype(float)),
            "one": (500, lost[0].astype(float)), "two": (400, lost[1].astype(float)),
        })  # fmt: skip
        found = headline(cell, decide(cell, loss))
        wrong += found is not None and found.text.startswith(("Use one", "Use two"))
    assert wrong / runs <= 0.05 + allowance(0.05, runs, 3)


def test_as_accurate_is_said_of_one_that_is() -> None:
    rng, runs, right = np.random.default_rng(4), 60, 0
    for _ in range(runs):
        best = rng.random(300) < 0.7
        cheap = np.where(rng.random(300) < 0.02, ~best, best)
        base = best & (rng.random(300) < 0.5)
        cell = cell_of({
            "base": (10, base.astype(float)), "sc": (900, best.astype(float)),
            "adaptive": (600, cheap.astype(float)),
        })  # fmt: skip
        found = headline(cell, decide(cell))
        right += found is not None and found.strategy in ("sc", "adaptive")
        if found and found.strategy == "adaptive" and "as accurate" in found.text:
            assert found.text.endswith("for 33 % fewer tokens.")
    assert right == runs


def test_the_verdict_it_rests_on() -> None:
    cell = cell_of({"direct": (10, HALF), "sc32": (1000, MOST), "adaptive32": (780, MOST)})
    rows = decide(cell)
    found = headline(cell, rows)
    assert found is not None
    assert found.verdict is Verdict.GAIN
    assert headline(cell, [replace(rows[0]), replace(rows[1], verdict=Verdict.LOSS)]) is not None
