"""One accuracy: published examples, and whether intervals cover what they claim."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.stats.interval import clustered_mean
from evals.stats.proportions import accuracy_interval, value_interval, wilson
from evals.stats.special import t_quantile
from tests.evals.stats.simulation import allowance, binary, codes_of

EVEN = [8] * 12
UNEVEN = [1, 2, 2, 3, 3, 4, 5, 5, 6, 6, 7, 8, 8, 9, 10, 11, 12, 13, 15, 20]


@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    [  # Newcombe, Statistics in Medicine 17 (1998), table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (29, 29, 0.8830, 1.0),
    ],
)
def test_wilson_is_newcombes_table(right: int, n: int, low: float, high: float) -> None:
    found = wilson(right, n)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


def exact_wilson_coverage(n: int, p: float) -> float:
    inside = 0.0
    for right in range(n + 1):
        found = wilson(right, n)
        if found.low <= p <= found.high:
            inside += math.comb(n, right) * p**right * (1 - p) ** (n - right)
    return inside


def test_wilson_covers_on_average_what_it_claims() -> None:
    for n in (10, 40, 100):
        mean = np.mean([exact_wilson_coverage(n, p) for p in np.linspace(0.02, 0.98, 49)])
        assert 0.94 < mean < 0.965


def test_without_clusters_the_error_is_the_textbooks() -> None:
    values = np.array([0.2, 0.9, 0.4, 0.4, 1.0, 0.0])
    found = value_interval(values)
    assert found.se == pytest.approx(values.std(ddof=1) / math.sqrt(6))
    assert found.df == 5
    half = t_quantile(0.975, 5) * found.se
    assert (found.low, found.high) == pytest.approx((values.mean() - half, values.mean() + half))


def test_equal_clusters_are_a_t_test_of_their_means() -> None:
    values = np.array([1, 2, 3, 5, 8, 1, 0, 2, 2, 4, 4, 4], dtype=float)
    found = value_interval(values, codes_of([3] * 4))
    means = values.reshape(4, 3).mean(axis=1)
    assert found.se == pytest.approx(means.std(ddof=1) / 2)
    assert found.df == 3


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
    found = clustered_mean(values, codes_of(sizes))
    assert found.df == pytest.approx(brute_freedom(sizes, found.correlation), rel=1e-9)
    assert found.df <= len(sizes) - 1 + 1e-9


def test_correlation_is_estimated() -> None:
    codes = codes_of([5] * 8)
    alike = clustered_mean(np.repeat([1.0, 0, 1, 0, 1, 1, 0, 1], 5), codes)
    assert alike.correlation == pytest.approx(1)
    assert clustered_mean(np.tile([1.0, 0, 0, 1, 0], 8), codes).correlation == 0
    rng = np.random.default_rng(2)
    found = [
        clustered_mean(binary(rng, [6] * 300, 0.4, 0.3), codes_of([6] * 300)).correlation
        for _ in range(10)
    ]
    assert np.mean(found) == pytest.approx(0.3, abs=0.03)
    # and matters: the more alike, the fewer degrees of freedom very unequal notes leave
    unequal = codes_of([1, 1, 2, 3, 30])
    one = clustered_mean((unequal % 2).astype(float), unequal)
    none = clustered_mean(np.resize([1.0, 0.0], 37), unequal)
    assert one.df < none.df


@given(st.lists(st.integers(1, 6), min_size=2, max_size=7))
def test_error_is_unbiased_for_independent_questions(sizes: list[int]) -> None:
    """CR2: the expected squared error of independent questions of variance 1 is exactly 1/n."""
    n, codes = sum(sizes), codes_of(sizes)
    # se^2 is a quadratic form, so its expectation is the sum over the unit vectors.
    assert sum(clustered_mean(e, codes).se ** 2 for e in np.eye(n)) == pytest.approx(1 / n)


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
    assert value_interval([1, 0, 1], ["a"] * 3).high == math.inf
    three = accuracy_interval([1, 0, 1, 1, 0, 1], list("aabbcc"))
    assert "2.0 degrees of freedom" in three.caution
    assert accuracy_interval([1, 0] * 10).caution == ""
    lopsided = accuracy_interval([1, 0] * 30, [0] * 50 + [1] * 2 + [2] * 2 + [3] * 2 + [4] * 4)
    assert lopsided.df < 2  # five clusters, and yet


def test_all_right_counts_clusters_not_questions() -> None:
    found = accuracy_interval(np.ones(60), codes_of([10] * 6))
    assert found.high == 1
    assert 0.4 < found.low < 0.55  # six notes, not sixty questions
    assert accuracy_interval(np.ones(60)).low > 0.93


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
    assert 0.93 - allowance(0.95, runs, 2) < found < 0.97 + allowance(0.95, runs, 2)


@pytest.mark.long
@pytest.mark.parametrize("correlation", [0.1, 0.3])
@pytest.mark.parametrize("p", [0.3, 0.6])
@pytest.mark.parametrize("sizes", [EVEN, [10] * 20, UNEVEN, [5] * 60], ids=len)
def test_intervals_cover_everywhere(sizes: list[int], p: float, correlation: float) -> None:
    assert 0.93 <= coverage(sizes, p, correlation, 6000, seed=5) <= 0.97


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
        (lambda: wilson(3, 2), "right is 3 of 2"),
        (lambda: wilson(0, 0), "n is 0"),
        (lambda: wilson(1, 2, 1.5), "level is 1.5"),
        (lambda: accuracy_interval([]), "values is empty"),
        (lambda: accuracy_interval([0.5, 1.5]), "outside of 0 to 1"),
        (lambda: accuracy_interval([0.5, math.nan]), "not a finite number"),
        (lambda: accuracy_interval([[1.0]]), "2 dimensions"),
        (lambda: value_interval([1.0, 2.0], ["a"]), "1 names for 2 items"),
    ],
)
def test_bad_input_is_named(call: object, says: str) -> None:
    assert callable(call)
    with pytest.raises(ValueError, match=says):
        call()
