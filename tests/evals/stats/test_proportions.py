"""One accuracy: the published interval, and what notes and fractions make of it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.stats.interval import grouped
from evals.stats.proportions import accuracy_interval
from evals.stats.special import t_quantile
from tests.evals.stats.simulation import allowance, binary, codes_of

EVEN = [8] * 12
UNEVEN = [1, 2, 2, 3, 3, 4, 5, 5, 6, 6, 7, 8, 8, 9, 10, 11, 12, 13, 15, 20]


@pytest.mark.parametrize(("right", "n"), [(81, 263), (15, 148), (0, 20), (1, 29), (29, 29)])
def test_without_clusters_it_is_agresti_and_coulls(right: int, n: int) -> None:
    """Its middle is Wilson's, and Newcombe's table I (1998) has Wilson's for these cases."""
    found = accuracy_interval([1.0] * right + [0.0] * (n - right))
    reach = t_quantile(0.975, n)
    total = n + reach**2
    middle = (right + reach**2 / 2) / total
    half = reach * math.sqrt(middle * (1 - middle) / total)
    assert found.low == pytest.approx(max(0.0, middle - half))
    assert found.high == pytest.approx(min(1.0, middle + half))
    assert found.low <= middle <= found.high


def test_fractions_are_worth_more_questions_once_enough_of_them_differ() -> None:
    rng = np.random.default_rng(1)
    spread = rng.uniform(0.4, 0.6, 100)
    halves = (np.arange(100) < 50).astype(float)
    wide, narrow = accuracy_interval(halves), accuracy_interval(spread)
    assert narrow.high - narrow.low < 0.4 * (wide.high - wide.low)
    # two questions that differ are not enough to know how much the others may
    rare = np.full(100, 0.5)
    rare[:2] = 0.4, 0.6
    found = accuracy_interval(rare)
    assert found.high - found.low > 0.6 * (wide.high - wide.low)


def brute_freedom(sizes: list[int], correlation: float) -> float:
    """trace(M)^2 / trace(M M) from matrices written out, question by question."""
    n, codes = sum(sizes), codes_of(sizes)
    same = codes[:, None] == codes[None, :]
    omega = (1 - correlation) * np.eye(n) + correlation * same
    annihilator = np.eye(n) - 1 / n
    rows = [annihilator[codes == g].sum(axis=0) / math.sqrt(1 - m / n) for g, m in enumerate(sizes)]
    m = np.array(rows) @ omega @ np.array(rows).T
    return float(np.trace(m) ** 2 / np.trace(m @ m))


@given(st.lists(st.integers(1, 6), min_size=2, max_size=7), st.integers(0, 2**31))
def test_degrees_of_freedom_equal_the_matrices(sizes: list[int], seed: int) -> None:
    values = np.random.default_rng(seed).random(sum(sizes))
    found = grouped(values, codes_of(sizes))
    assert found.df == pytest.approx(brute_freedom(sizes, found.correlation), rel=1e-9)
    assert found.df <= len(sizes) - 1 + 1e-9


def test_correlation_is_estimated_and_shrunk_where_little_is_known() -> None:
    codes = codes_of([5] * 8)
    alike = grouped(np.repeat([1.0, 0, 1, 0, 1, 1, 0, 1], 5), codes)
    assert alike.correlation == pytest.approx(1)
    assert alike.effective == pytest.approx(8)
    mixed = grouped(np.tile([1.0, 0, 0, 1, 0], 8), codes)
    assert mixed.correlation == pytest.approx(2 * 0.25 / (8 + 2))  # as if two more notes were seen
    same = grouped(np.ones(40), codes)
    assert same.correlation == 0.25  # nothing seen but what was added
    rng = np.random.default_rng(2)
    found = [
        grouped(binary(rng, [6] * 300, 0.4, 0.3), codes_of([6] * 300)).correlation
        for _ in range(10)
    ]
    assert np.mean(found) == pytest.approx(0.3, abs=0.03)
    # and matters: the more alike, the fewer degrees of freedom very unequal notes leave
    unequal = codes_of([1, 1, 2, 3, 30])
    one = grouped((unequal % 2).astype(float), unequal)
    none = grouped(np.resize([1.0, 0.0], 37), unequal)
    assert one.df < none.df


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=30), st.integers(2, 6))
def test_a_note_is_worth_no_more_than_its_questions(values: list[float], groups: int) -> None:
    codes = np.arange(len(values)) % min(groups, len(values))
    found = grouped(np.array(values), codes)
    least = found.n**2 / float((np.bincount(codes) ** 2).sum())  # where a note is all alike
    assert found.effective >= least * (1 - 1e-9)
    assert found.effective <= found.n + 1e-9
    assert 0 <= found.common <= 1
    if np.ptp(values) > 1e-5:
        assert found.variance == pytest.approx(np.var(values, ddof=1), rel=1e-6)


def test_clusters_widen_and_names_do_not_matter() -> None:
    values = np.repeat([1.0, 0.0, 1.0, 1.0, 0.0, 0.0], 5)
    codes = codes_of([5] * 6)
    alone, together = accuracy_interval(values), accuracy_interval(values, codes)
    assert together.high - together.low > 1.5 * (alone.high - alone.low)
    assert accuracy_interval(values, [f"note-{c}.md" for c in codes]) == together
    order = np.random.default_rng(1).permutation(values.size)
    assert accuracy_interval(values[order], codes[order]).high == pytest.approx(together.high)


def test_few_clusters_say_so() -> None:
    one = accuracy_interval([1, 0, 1], ["a", "a", "a"])
    assert (one.low, one.high) == (0, 1)
    assert "one note" in one.caution
    three = accuracy_interval([1, 0, 1, 1, 0, 1], list("aabbcc"))
    assert "2.0 degrees of freedom" in three.caution
    assert accuracy_interval([1, 0] * 10).caution == ""
    lopsided = accuracy_interval([1, 0] * 30, [0] * 50 + [1] * 2 + [2] * 2 + [3] * 2 + [4] * 4)
    assert lopsided.df < 3  # five clusters, and yet


def test_all_right_counts_clusters_not_questions() -> None:
    found = accuracy_interval(np.ones(60), codes_of([10] * 6))
    assert found.high == 1
    assert 0.6 < found.low < 0.8  # not as sure as sixty questions
    assert accuracy_interval(np.ones(60)).low > 0.92


@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=30),
    st.integers(1, 5),
    st.floats(0.5, 0.99),
)
def test_always_within_0_and_1_around_the_mean(
    values: list[float], groups: int, level: float
) -> None:
    found = accuracy_interval(values, [i % groups for i in range(len(values))], level)
    assert 0 <= found.low <= found.value + 1e-12
    assert found.value - 1e-12 <= found.high <= 1


def coverage(sizes: list[int], p: float, correlation: float, runs: int, seed: int) -> float:
    rng, codes = np.random.default_rng(seed), codes_of(sizes)
    hits = 0
    for _ in range(runs):
        found = accuracy_interval(binary(rng, sizes, p, correlation), codes)
        hits += found.low <= p <= found.high
    return hits / runs


@pytest.mark.parametrize(
    ("sizes", "p", "correlation"),
    [([1] * 40, 0.3, 0.0), (EVEN, 0.3, 0.3), ([10] * 20, 0.6, 0.1), (UNEVEN, 0.4, 0.2)],
)
def test_intervals_cover(sizes: list[int], p: float, correlation: float) -> None:
    runs = 600
    found = coverage(sizes, p, correlation, runs, seed=3)
    assert 0.93 - allowance(0.95, runs, 2) < found < 0.99


@pytest.mark.long
@pytest.mark.parametrize("correlation", [0.1, 0.3])
@pytest.mark.parametrize("p", [0.3, 0.6])
@pytest.mark.parametrize("sizes", [EVEN, [10] * 20, UNEVEN, [5] * 60], ids=len)
def test_intervals_cover_everywhere(sizes: list[int], p: float, correlation: float) -> None:
    assert 0.93 <= coverage(sizes, p, correlation, 6000, seed=5) <= 0.98


@pytest.mark.long
def test_ignoring_clusters_would_not_cover() -> None:
    """What the clusters are for: the same data, taken as independent."""
    rng, hits, runs = np.random.default_rng(4), 0, 2000
    for _ in range(runs):
        found = accuracy_interval(binary(rng, [10] * 20, 0.4, 0.3))
        hits += found.low <= 0.4 <= found.high
    assert hits / runs < 0.75


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: accuracy_interval([1, 0], level=1.5), "level is 1.5"),
        (lambda: accuracy_interval([1.0, 0.0], ["a"]), "1 names for 2 items"),
        (lambda: accuracy_interval([]), "values is empty"),
        (lambda: accuracy_interval([0.5, 1.5]), "outside of 0 to 1"),
        (lambda: accuracy_interval([0.5, math.nan]), "not a finite number"),
        (lambda: accuracy_interval([[1.0]]), "2 dimensions"),
    ],
)
def test_bad_input_is_named(call: object, says: str) -> None:
    assert callable(call)
    with pytest.raises(ValueError, match=says):
        call()
