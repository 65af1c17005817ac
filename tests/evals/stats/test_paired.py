"""Two strategies on the same questions: published examples, brute force, coverage, uniform p."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from evals.stats.bootstrap import cluster_sums, reach_of, resampled
from evals.stats.checks import FloatArray
from evals.stats.paired import difference_interval, discordant, paired_interval
from evals.stats.permutation import sign_flip
from evals.stats.special import t_cdf, t_quantile
from tests.evals.stats.simulation import allowance, codes_of, paired_binary, paired_fractions

UNEVEN = [1, 2, 2, 3, 3, 4, 5, 5, 6, 6, 7, 8, 8, 9, 10, 11, 12, 13, 15, 20]
# Darwin's maize, crossed minus self-fertilised, eighths of an inch: Fisher, The Design of
# Experiments (1935), section 21: of 32,768 flips 863 are at least as great, 1,726 both ways.
MAIZE = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]


@pytest.mark.parametrize(
    ("first", "second", "exact"),
    [(1, 7, 0.070), (6, 16, 0.052)],  # Fagerland et al. 2013, tables 1 and 2
)
def test_mcnemar_is_the_published_one(first: int, second: int, exact: float) -> None:
    """Without clusters the flip test is McNemar's exact one."""
    for a, b in ((first, second), (second, first)):
        assert round(sign_flip(*disagreeing(a, b), seed=0).p, 3) == exact


def test_mcnemar_at_its_ends() -> None:
    assert sign_flip(*disagreeing(0, 0), seed=0).p == 1
    assert sign_flip(*disagreeing(5, 5), seed=0).p == 1
    assert sign_flip(*disagreeing(0, 10), seed=0).p == 2 / 2**10
    assert 0 < sign_flip(*disagreeing(0, 900), seed=0).p < 1e-250


def disagreeing(first: int, second: int) -> tuple[FloatArray, FloatArray]:
    """Scores of two strategies of which so many questions only the first, and only the second, has
    right, and one both."""
    a = np.array([1.0] * first + [0.0] * second + [1.0])
    b = np.array([0.0] * first + [1.0] * second + [1.0])
    return a, b


def test_fishers_maize() -> None:
    baseline = np.zeros(len(MAIZE))
    assert sign_flip(MAIZE, baseline, seed=0, alternative="greater").p == 863 / 32768
    assert sign_flip(MAIZE, baseline, seed=0).p == 1726 / 32768
    # the same by trying all flips, and about the same by trying some
    tenths = np.array(MAIZE) + np.tile([1e-7, -1e-7], 8)[:15]
    assert sign_flip(tenths, baseline, range(15), seed=0).p == pytest.approx(0.0527, abs=0.006)


def brute_flip(d: FloatArray, codes: list[int], both: bool) -> float:
    sums = [sum(d[i] for i in range(len(d)) if codes[i] == g) for g in sorted(set(codes))]
    seen = abs(sum(sums)) if both else sum(sums)
    found = [
        sum(s * x for s, x in zip(signs, sums, strict=True))
        for signs in itertools.product((1, -1), repeat=len(sums))
    ]
    extreme = [(abs(f) if both else f) >= seen - 1e-9 for f in found]
    return sum(map(bool, extreme)) / len(found)


@given(
    st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=1, max_size=14),
    st.integers(1, 8),
    st.booleans(),
)
def test_flips_of_right_and_wrong_equal_brute_force(
    pairs: list[tuple[int, int]], groups: int, both: bool
) -> None:
    a, b = np.array(pairs, dtype=float).T
    codes = [i % groups for i in range(len(pairs))]
    found = sign_flip(a, b, codes, seed=1, alternative="two-sided" if both else "greater")
    assert found.exact
    assert found.p == pytest.approx(brute_flip(a - b, codes, both), rel=1e-12)


@given(
    st.lists(st.sampled_from([0.0, 0.1, 0.25, 0.7, -0.3, -0.1]), min_size=1, max_size=12),
    st.integers(1, 9),
    st.booleans(),
)
def test_flips_of_fractions_equal_brute_force(d: list[float], groups: int, both: bool) -> None:
    codes = [i % groups for i in range(len(d))]
    values = np.array(d)
    found = sign_flip(
        values, 0 * values, codes, seed=1, alternative="two-sided" if both else "greater"
    )
    assert found.exact
    assert found.p == pytest.approx(brute_flip(values, codes, both), rel=1e-12)


@given(st.integers(0, 40), st.integers(0, 40))
def test_without_clusters_the_flip_test_is_mcnemars(first: int, second: int) -> None:
    a, b = disagreeing(first, second)
    assert discordant(a, b) == (first, second)
    coins = scipy.stats.binomtest(first, first + second).pvalue if first + second else 1.0
    assert sign_flip(a, b, seed=0).p == pytest.approx(coins, rel=1e-10)


def test_random_flips_agree_with_exact_ones_and_with_themselves() -> None:
    rng = np.random.default_rng(2)
    a, b = rng.random(60) + 0.1, rng.random(60)
    found = sign_flip(a, b, seed=7)
    assert not found.exact
    assert found.flips == 9999
    assert found == sign_flip(a, b, seed=7)
    assert found.p != sign_flip(a, b, seed=8).p
    d = np.rint((a - b) * 1000)
    exact = sign_flip(d, 0 * d, seed=7)
    assert exact.exact
    assert found.p == pytest.approx(exact.p, abs=0.01)
    assert sign_flip(a + 9, b, seed=7).p == 1 / 10_000  # never 0


def test_directions() -> None:
    a, b = [1, 1, 1, 1, 1, 0], [0, 0, 0, 0, 0, 0]
    greater = sign_flip(a, b, seed=0, alternative="greater").p
    assert greater == 1 / 32
    assert sign_flip(b, a, seed=0, alternative="less").p == greater
    assert sign_flip(a, b, seed=0, alternative="less").p == 1
    assert sign_flip(a, b, seed=0).delta == pytest.approx(5 / 6)


def test_whole_clusters_flip() -> None:
    """Ten gains of one note are one piece of luck."""
    a, b = np.ones(30), np.zeros(30)
    assert sign_flip(a, b, codes_of([10] * 3), seed=0).p == 2 / 8
    assert sign_flip(a, b, seed=0).p < 1e-8


def p_values(
    world: Callable[..., tuple[FloatArray, FloatArray]], sizes: list[int], runs: int, seed: int
) -> FloatArray:
    rng, codes = np.random.default_rng(seed), codes_of(sizes)
    found = []
    for _ in range(runs):
        a, b = world(rng, sizes, 0.4, 0.0)
        found.append(sign_flip(a, b, codes, seed=seed, draws=399).p)
    return np.array(found)


def distance_from_uniform(p: FloatArray) -> float:
    """Kolmogorov's distance times sqrt(runs): below 1.63 in 99 of 100 uniform samples."""
    ordered, n = np.sort(p), p.size
    ranks = np.arange(1, n + 1) / n
    return float(max(np.max(ranks - ordered), np.max(ordered - ranks + 1 / n)) * math.sqrt(n))


def test_p_values_are_uniform_where_nothing_differs() -> None:
    assert distance_from_uniform(p_values(paired_fractions, UNEVEN, 500, seed=11)) < 1.63


@pytest.mark.long
@pytest.mark.parametrize("sizes", [[1] * 60, [10] * 20, UNEVEN], ids=len)
def test_p_values_are_uniform_everywhere(sizes: list[int]) -> None:
    runs = 4000
    p = p_values(paired_fractions, sizes, runs, seed=12)
    assert distance_from_uniform(p) < 1.63
    # few values are possible for right and wrong; none may come too often
    p = p_values(paired_binary, sizes, runs, seed=13)
    for alpha in (0.01, 0.05, 0.1, 0.2, 0.5):
        assert np.mean(p <= alpha) <= alpha + allowance(alpha, runs, 3)


def test_dense_differences_have_the_textbooks_interval() -> None:
    a = np.array([0.9, 0.4, 0.7, 0.8, 0.2])
    b = np.array([0.5, 0.5, 0.4, 0.2, 0.1])
    found, d = paired_interval(a, b), a - b
    assert found.value == pytest.approx(d.mean())
    assert found.se == pytest.approx(d.std(ddof=1) / math.sqrt(5))
    assert t_cdf((found.high - found.value) / found.se, 4) == pytest.approx(0.975)


def test_of_right_and_wrong_it_is_bonett_and_prices() -> None:
    """With the sample variance and a t quantile, both a little on the safe side of theirs."""
    up, down, n = 14, 5, 40
    a = np.array([1.0] * up + [0.0] * (n - up))
    b = np.array([0.0] * up + [1.0] * down + [0.0] * (n - up - down))
    found = paired_interval(a, b)
    total = n + 2
    middle = (up - down) / total
    theirs = math.sqrt(((up + 1 + down + 1) / total - middle**2) / total)
    assert found.value == (up - down) / n
    assert (found.low + found.high) / 2 == pytest.approx(middle)
    assert found.se == pytest.approx(theirs, rel=0.02)
    assert found.se >= theirs
    assert (found.high - found.low) / 2 == pytest.approx(t_quantile(0.975, n + 1) * found.se)


def test_no_difference_is_not_certainty() -> None:
    same = np.array([1.0, 0.0] * 50)
    found = paired_interval(same, same)
    assert found.value == 0
    assert 0.02 < found.high < 0.04  # about 3/n: the rule of three
    assert found.low == -found.high
    assert "no question differs" in found.caution
    clustered = paired_interval(same, same, codes_of([10] * 10))
    assert clustered.high > 3 * found.high


def test_the_unit_does_not_matter() -> None:
    """Seconds or milliseconds: the interval is the same one."""
    d = np.array([0.0, 0.0, 1.5, -0.5, 0.0, 2.0, 0.0, 0.0])
    one, other = difference_interval(d), difference_interval(1000 * d)
    assert (other.low, other.high) == pytest.approx((1000 * one.low, 1000 * one.high))


def test_one_note_says_nothing_of_others() -> None:
    found = paired_interval([1, 0, 1], [0, 0, 1], ["a", "a", "a"])
    assert (found.low, found.high) == (-1, 1)
    assert "one note" in found.caution
    assert difference_interval([5.0, 1.0], ["a", "a"]).high == math.inf


def test_few_notes_reach_further() -> None:
    assert reach_of(0.95, 5) == pytest.approx(2.7764451051977987 * math.sqrt(5 / 4))
    assert reach_of(0.95, 10**7) == pytest.approx(1.959963984540054, abs=1e-5)


def test_resampling_takes_whole_clusters() -> None:
    rng = np.random.default_rng(0)
    blocks = np.concatenate(list(resampled(7, 500, rng)))
    assert blocks.shape == (500, 7)
    assert (blocks.sum(axis=1) == 7).all()
    assert blocks.mean() == 1
    assert blocks.var() == pytest.approx(6 / 7, abs=0.1)
    sums, sizes = cluster_sums(np.array([[1.0, 2], [3, 4], [5, 6]]), ["x", "y", "x"])
    assert sums.tolist() == [[6, 8], [3, 4]]
    assert sizes.tolist() == [2, 1]


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: paired_interval([1, 0], [1]), "candidate has 2 items and baseline 1"),
        (lambda: discordant([0.5], [1]), "right and wrong"),
        (lambda: sign_flip([1], [0], seed=-1), "seed is -1"),
        (lambda: sign_flip([1], [0], seed=1, draws=0), "draws is 0"),
        (lambda: sign_flip([1], [0], seed=1, alternative="up"), "alternative is 'up'"),  # type: ignore[arg-type]
        (lambda: paired_interval([1, 0], [0, 0], level=0), "level is 0"),
    ],
)
def test_bad_input_is_named(call: Callable[[], object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        call()
