"""The frontier of price and accuracy, and how settled it is."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.stats.frontier import frontier_probability, pareto
from tests.evals.stats.simulation import codes_of

points = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=12)


@given(points)
def test_pareto_is_its_definition(found: list[tuple[int, int]]) -> None:
    costs, accuracies = zip(*found, strict=True)
    on = pareto(costs, accuracies)
    for i, (cost, accuracy) in enumerate(found):
        beaten = any(c <= cost and a >= accuracy and (c < cost or a > accuracy) for c, a in found)
        assert on[i] == (not beaten)
    assert on.any()


def test_pareto_by_eye() -> None:
    assert pareto([1, 2, 3, 2, 5], [0.3, 0.5, 0.5, 0.4, 0.9]).tolist() == [
        True,
        True,
        False,
        False,
        True,
    ]
    assert pareto([1, 1], [0.5, 0.5]).all()


def test_probability_equals_every_resample() -> None:
    accuracies = np.array([[0, 1, 1], [1, 0, 1], [0, 0, 1.0]])
    costs = np.array([1.0, 2.0, 3.0])
    every = [
        pareto(costs, accuracies[list(chosen)].mean(axis=0))
        for chosen in itertools.product(range(3), repeat=3)
    ]
    found = frontier_probability(accuracies, costs, seed=1, resamples=40_000)
    assert found == pytest.approx(np.mean(every, axis=0), abs=0.01)


def test_clear_and_unclear_cases() -> None:
    rng = np.random.default_rng(2)
    base = (rng.random(200) < 0.5).astype(float)
    better = np.maximum(base, rng.random(200) < 0.4)
    twin = base.copy()
    flips = rng.choice(200, 20, replace=False)
    twin[flips] = 1 - twin[flips]
    table = np.column_stack([base, better, better, twin])
    codes = codes_of([10] * 20)
    found = frontier_probability(table, [1, 2, 3, 1.5], codes, seed=3)
    assert found[0] == 1  # nothing is cheaper
    assert found[1] == 1
    assert found[2] == 0  # the same for more
    assert 0.02 < found[3] < 0.98
    per_item = np.tile([1, 2, 3, 1.5], (200, 1)).astype(float)
    assert frontier_probability(table, per_item, codes, seed=3).tolist() == found.tolist()
    assert frontier_probability(table, [1, 2, 3, 1.5], codes, seed=4).tolist() != found.tolist()


def test_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match="2 costs and 1 accuracies"):
        pareto([1, 2], [0.5])
    with pytest.raises(ValueError, match="costs has the shape"):
        frontier_probability([[0.5, 0.5]], [1, 2, 3], seed=0)
    with pytest.raises(ValueError, match="costs has the shape"):
        frontier_probability([[0.5, 0.5]], [[1, 2], [3, 4]], seed=0)
