"""The size of model that thinking replaces: interpolated, bounded, and None where unknown."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.stats.checks import FloatArray
from evals.stats.replacement import pool_adjacent, replacement
from tests.evals.stats.simulation import allowance, codes_of

SIZES = [1e9, 4e9, 16e9]


def table(rates: list[float], items: int = 100) -> FloatArray:
    """Each column right for exactly that share of the items."""
    return np.column_stack([(np.arange(items) < r * items).astype(float) for r in rates])


def test_half_way_in_accuracy_is_half_way_in_the_logarithm() -> None:
    scores = table([0.3, 0.2, 0.4, 0.6])
    found = replacement(scores[:, 0], SIZES, scores[:, 1:], seed=0)
    assert found.where == "inside"
    assert found.size == pytest.approx(2e9)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 2e9 < found.high
    shuffled = replacement(scores[:, 0], SIZES[::-1], scores[:, :0:-1], seed=0)
    assert shuffled == found


def test_at_a_model_it_is_that_model() -> None:
    for place, rate in enumerate((0.2, 0.4, 0.6)):
        scores = table([rate, 0.2, 0.4, 0.6])
        found = replacement(scores[:, 0], SIZES, scores[:, 1:], seed=0)
        assert found.size == pytest.approx(SIZES[place])


def test_outside_of_the_models_nothing_is_claimed() -> None:
    above = replacement(table([0.9])[:, 0], SIZES, table([0.2, 0.4, 0.6]), seed=0)
    assert (above.size, above.low, above.high) == (None, None, None)
    assert above.where == "above"
    assert above.above > 0.99
    below = replacement(table([0.1])[:, 0], SIZES, table([0.2, 0.4, 0.6]), seed=0)
    assert (below.size, below.where) == (None, "below")
    # inside, but near enough to the top that the upper end is open
    near = replacement(table([0.59])[:, 0], SIZES, table([0.2, 0.4, 0.6]), seed=0)
    assert near.size is not None
    assert near.high is None or near.high <= 16e9
    one = replacement([1, 0], [1, 2], [[0, 1], [0, 1]], ["a", "a"], seed=0)
    assert (one.low, one.high) == (None, None)


def test_a_larger_model_that_did_worse_is_pooled() -> None:
    scores = table([0.35, 0.4, 0.3, 0.6])
    found = replacement(scores[:, 0], SIZES, scores[:, 1:], seed=0)
    assert found.size == pytest.approx(1e9)  # the smallest that is as good: no credit for noise


def coverage(runs: int) -> float:
    """The truth is put at a model, since accuracy is not quite straight between models."""
    rng, hits, codes = np.random.default_rng(5), 0, codes_of([5] * 60)
    for run in range(runs):
        ease = rng.normal(size=300) * 0.7 + np.repeat(rng.normal(size=60) * 0.5, 5)
        levels = np.array([0.1, -0.9, 0.1, 1.1])
        right = ((ease[:, None] + levels + rng.normal(size=(300, 4)) * 0.8) > 0).astype(float)
        found = replacement(right[:, 0], SIZES, right[:, 1:], codes, seed=run, resamples=400)
        hits += (found.low or 0) <= 4e9 <= (found.high or 1e99)
    return hits / runs


@pytest.mark.parametrize("runs", [150, pytest.param(1500, marks=pytest.mark.long)])
def test_intervals_cover(runs: int) -> None:
    slack = allowance(0.95, runs, 2)
    assert 0.93 - slack <= coverage(runs) <= 0.97 + slack


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: replacement([1], [1, 2], [[1, 1], [0, 0]], seed=0), "not 1 items x 2 models"),
        (lambda: replacement([1], [1], [[1]], seed=0), "two or more models"),
        (lambda: replacement([1], [1, 1], [[1, 1]], seed=0), "no two the same"),
        (lambda: replacement([1], [0, 1], [[1, 1]], seed=0), "above 0"),
        (lambda: replacement([1], [1, 2], [[1, 1]], level=1, seed=0), "level is 1"),
    ],
)
def test_bad_input_is_named(call: Callable[[], object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        call()


@given(st.lists(st.tuples(st.floats(-3, 3), st.integers(1, 5)), min_size=1, max_size=9))
def test_pooling_is_the_minimax_formula(found: list[tuple[float, int]]) -> None:
    """The fit at i is the greatest over starts of the least mean over ends (Barlow et al. 1972)."""
    values, weights = (np.array(c, dtype=float) for c in zip(*found, strict=True))
    fitted = pool_adjacent(values, weights)
    n = len(found)
    for i in range(n):
        expected = max(
            min(np.average(values[s : e + 1], weights=weights[s : e + 1]) for e in range(i, n))
            for s in range(i + 1)
        )
        assert fitted[i] == pytest.approx(expected, abs=1e-9)
