"""Calibration: nearest never-falling curve, logistic by another route, errors by hand."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.stats.calibration import (
    brier,
    expected_calibration_error,
    fit_isotonic,
    fit_platt,
    pool_adjacent,
)


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


def test_isotonic_by_hand() -> None:
    found = fit_isotonic([1, 2, 2, 3, 4], [0, 1, 1, 0, 1])
    assert found.confidences == (1, 2, 3, 4)
    assert found.shares == pytest.approx((0, 2 / 3, 2 / 3, 1))
    assert found.at([0, 1.5, 2.5, 9]) == pytest.approx([0, 1 / 3, 2 / 3, 1])


def test_platt_is_where_the_slopes_vanish() -> None:
    x, y = np.array([0.1, 0.4, 0.5, 0.8, 0.9]), np.array([0, 0, 1, 0, 1])
    found = fit_platt(x, y)
    target = np.where(y == 1, 3 / 4, 1 / 5)  # Platt's: (n+ + 1) / (n+ + 2) and 1 / (n- + 2)
    gap = found.at(x) - target
    assert gap.sum() == pytest.approx(0, abs=1e-8)
    assert (gap * x).sum() == pytest.approx(0, abs=1e-8)


def test_platt_does_not_run_away() -> None:
    separable = fit_platt([1, 2, 3, 4], [0, 0, 1, 1])
    assert 0.6 < separable.at([4])[0] < 0.95
    assert fit_platt([2, 2, 2], [1, 0, 1]).at([2])[0] == pytest.approx(11 / 18)
    assert fit_platt([1e9, 2e9, 3e9, 4e9], [0, 1, 0, 1]).at([4e9])[0] > 0.5


def test_both_mend_a_confidence_that_boasts() -> None:
    rng = np.random.default_rng(2)
    truth = rng.random(6000)
    right = (rng.random(6000) < truth).astype(float)
    boast = truth**0.3
    before = expected_calibration_error(boast[3000:], right[3000:])
    assert before > 0.2
    for fit in (fit_isotonic, fit_platt):
        mended = fit(boast[:3000], right[:3000]).at(boast[3000:])
        assert expected_calibration_error(mended, right[3000:]) < 0.05
        assert brier(mended, right[3000:]) < brier(boast[3000:], right[3000:])


def test_errors_by_hand() -> None:
    x, y = [0.05, 0.95, 0.95, 0.85], [0, 1, 0, 1]
    expected = (1 * 0.05 + 2 * abs(0.95 - 0.5) + 1 * 0.15) / 4
    assert expected_calibration_error(x, y) == pytest.approx(expected)
    assert expected_calibration_error(x, y, bins=1) == pytest.approx(abs(0.7 - 0.5))
    assert expected_calibration_error([1.0, 0.0], [1, 0]) == 0
    assert brier(x, y) == pytest.approx((0.05**2 + 0.05**2 + 0.95**2 + 0.15**2) / 4)
    # two bins of two: equal confidences stay together
    halves = expected_calibration_error([0.6, 0.6, 0.9, 0.9], [0, 1, 1, 1], bins=2, by="mass")
    assert halves == pytest.approx((0.2 + 0.2) / 4)


@given(st.permutations(range(8)), st.sampled_from(["width", "mass"]))
def test_order_does_not_matter(order: list[int], by: str) -> None:
    x, y = np.array([0.1, 0.1, 0.3, 0.3, 0.3, 0.7, 0.7, 0.9]), np.array([0, 1, 0, 0, 1, 1, 1, 1])
    found = expected_calibration_error(x[order], y[order], 3, by)  # type: ignore[arg-type]
    assert found == pytest.approx(expected_calibration_error(x, y, 3, by))  # type: ignore[arg-type]


def test_more_confident_is_never_less_right() -> None:
    rng = np.random.default_rng(3)
    x = rng.random(200)
    found = fit_isotonic(x, (rng.random(200) < x).astype(float))
    assert all(a <= b for a, b in itertools.pairwise(found.shares))


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: fit_isotonic([1], [1, 0]), "1 confidences and 2 outcomes"),
        (lambda: fit_platt([1], [1.5]), "right holds a value outside"),
        (lambda: expected_calibration_error([1.5], [1]), "confidence holds a value outside"),
        (lambda: expected_calibration_error([1], [1], bins=0), "bins is 0"),
        (lambda: expected_calibration_error([1], [1], by="x"), "by is 'x'"),  # type: ignore[arg-type]
        (lambda: brier([], []), "confidence is empty"),
    ],
)
def test_bad_input_is_named(call: Callable[[], object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        call()
