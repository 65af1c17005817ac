"""The Beta posterior and the e-value of two counts, against values known otherwise."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.strategies.common.beta import evidence_for, probability_ahead

counts = st.integers(0, 60)


@pytest.mark.parametrize(
    ("first", "second", "known"),
    [
        (0, 0, 1 / 2),
        (1, 0, 3 / 4),  # 1 - 2**-(n + 1) where all agree
        (4, 0, 31 / 32),
        (3, 1, 13 / 16),  # (1 + 5 + 10 + 10) / 32
        (2, 2, 1 / 2),
        (5, 2, 219 / 256),  # (1 + 8 + 28 + 56 + 70 + 56) / 256
        (0, 3, 1 / 16),
    ],
)
def test_probability_ahead(first: int, second: int, known: float) -> None:
    assert probability_ahead(first, second) == known


@pytest.mark.parametrize(
    ("first", "second", "known"),
    [(0, 0, 1), (1, 0, 3 / 2), (2, 0, 7 / 3), (0, 1, 1 / 2), (1, 1, 2 / 3), (8, 0, 511 / 9)],
)
def test_evidence(first: int, second: int, known: float) -> None:
    assert evidence_for(first, second) == pytest.approx(known, rel=1e-15)


def integral(first: int, second: int, low: float, steps: int = 20_000) -> float:
    """Of x**first (1 - x)**second from `low` to 1, by the midpoint rule."""
    width = (1 - low) / steps
    points = (low + (i + 0.5) * width for i in range(steps))
    return width * math.fsum(x**first * (1 - x) ** second for x in points)


@pytest.mark.parametrize(("first", "second"), [(6, 3), (3, 6), (12, 11), (1, 9)])
def test_both_are_the_integrals_that_they_say(first: int, second: int) -> None:
    above, whole = integral(first, second, 0.5), integral(first, second, 0.0)
    assert probability_ahead(first, second) == pytest.approx(above / whole, rel=1e-6)
    tosses = 2.0 ** (first + second)
    assert evidence_for(first, second) == pytest.approx(2 * tosses * above, rel=1e-6)


@given(counts, counts)
def test_the_two_chances_make_one(first: int, second: int) -> None:
    both = probability_ahead(first, second) + probability_ahead(second, first)
    assert both == pytest.approx(1, abs=1e-12)


@given(counts, counts)
def test_on_a_fair_coin_the_evidence_stays_as_it_is_on_average(first: int, second: int) -> None:
    after = (evidence_for(first + 1, second) + evidence_for(first, second + 1)) / 2
    assert after == pytest.approx(evidence_for(first, second), rel=1e-12)


@given(counts, counts)
def test_a_vote_for_the_rival_never_helps(first: int, second: int) -> None:
    assert evidence_for(first, second + 1) < evidence_for(first, second)
    assert probability_ahead(first, second + 1) <= probability_ahead(first, second)


def test_counts_as_large_as_draws_may_be() -> None:
    assert probability_ahead(1024, 0) == 1.0
    assert math.isfinite(evidence_for(1024, 0))
    assert evidence_for(0, 1024) > 0
    with pytest.raises(ValueError):
        probability_ahead(-1, 2)
