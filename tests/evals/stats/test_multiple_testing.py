"""Many strategies: brute force, and the rate of any false claim."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.stats.checks import FloatArray
from evals.stats.multiple_testing import holm, max_t, max_t_differences
from evals.stats.permutation import flip_differences
from tests.evals.stats.simulation import allowance, codes_of


def brute(sums: FloatArray) -> tuple[list[float], list[float]]:
    """p and step-down p by trying every flip, one strategy at a time."""
    groups, strategies = sums.shape
    scale = np.sqrt((sums**2).sum(axis=0))
    size = np.abs(sums.sum(axis=0)) / scale
    every = [np.array(s) for s in itertools.product((1, -1), repeat=groups)]
    found = np.array([np.abs(signs @ sums) / scale for signs in every])
    order = sorted(range(strategies), key=lambda j: -size[j])
    alone = [float(np.mean(found[:, j] >= size[j] - 1e-10)) for j in range(strategies)]
    adjusted, so_far = [0.0] * strategies, 0.0
    for step, j in enumerate(order):
        rest = found[:, order[step:]].max(axis=1)
        so_far = max(so_far, float(np.mean(rest >= size[j] - 1e-10)))
        adjusted[j] = so_far
    return alone, adjusted


@given(st.integers(1, 6), st.integers(1, 4), st.integers(0, 10**6))
def test_equal_to_brute_force(groups: int, strategies: int, seed: int) -> None:
    d = np.random.default_rng(seed).normal(size=(groups, strategies)) + 0.3
    found = max_t_differences(d, seed=0)
    alone, adjusted = brute(d)
    assert found.exact
    assert found.p == pytest.approx(alone, rel=1e-12)
    assert found.p_adjusted == pytest.approx(adjusted, rel=1e-12)


def test_one_strategy_needs_no_adjustment() -> None:
    d = np.random.default_rng(1).normal(size=30) + 0.4
    found = max_t_differences(d[:, None], seed=4)
    assert found.p_adjusted[0] == found.p[0]
    assert found.p[0] == pytest.approx(flip_differences(d, seed=9).p, abs=0.01)


def test_like_strategies_cost_nothing_and_unlike_ones_do() -> None:
    rng = np.random.default_rng(3)
    d = rng.normal(size=80) + 0.4
    twins = max_t_differences(np.column_stack([d] * 10), seed=4)
    assert twins.p_adjusted == pytest.approx(twins.p)
    assert holm(twins.p)[0] == pytest.approx(10 * twins.p[0])
    others = rng.normal(size=(80, 9))
    found = max_t_differences(np.column_stack([d, others]), seed=4)
    assert found.p_adjusted[0] > 3 * found.p[0]


def test_no_difference_has_p_1_and_harms_nobody() -> None:
    b = np.array([0.0, 1, 0, 0, 1, 0, 0, 0, 1, 0])
    better = np.ones(10)
    found = max_t(np.column_stack([b, better, b]), b, seed=0)
    assert found.p_adjusted.tolist()[::2] == [1, 1]
    assert found.p_adjusted[1] == 2 / 2**7
    assert found.delta.tolist() == [0, 0.7, 0]
    assert max_t(np.column_stack([b, b]), b, seed=0).p_adjusted.tolist() == [1, 1]


def test_same_seed_same_result() -> None:
    d = np.random.default_rng(3).normal(size=(50, 3))
    first, again = (max_t_differences(d, seed=4, draws=500) for _ in range(2))
    assert first.p_adjusted.tolist() == again.p_adjusted.tolist()
    assert first.flips == 500
    assert not first.exact


def any_false_claim(runs: int, sizes: list[int], truly_better: int, seed: int) -> float:
    """Share of runs in which a strategy as good as the baseline is called different at .05.

    Eight strategies share the difficulty of the question and the luck of the note; the first
    `truly_better` are better.
    """
    rng, codes = np.random.default_rng(seed), codes_of(sizes)
    wrong = 0
    for run in range(runs):
        shared = rng.normal(size=(sum(sizes), 1)) + np.repeat(
            rng.normal(size=(len(sizes), 9)) * 0.4, sizes, axis=0
        )
        score = shared + rng.normal(size=(sum(sizes), 9))
        score[:, 1 : 1 + truly_better] += 0.8
        right = (score > 0.3).astype(float)
        found = max_t(right[:, 1:], right[:, 0], codes, seed=run, draws=399)
        wrong += bool((found.p_adjusted[truly_better:] <= 0.05).any())
    return wrong / runs


def test_family_wise_error_is_kept() -> None:
    runs = 300
    assert any_false_claim(runs, [4] * 30, 0, seed=5) <= 0.05 + allowance(0.05, runs, 2.5)


@pytest.mark.long
@pytest.mark.parametrize("truly_better", [0, 4])
@pytest.mark.parametrize("sizes", [[1] * 100, [5] * 30, [8] * 12], ids=len)
def test_family_wise_error_is_kept_everywhere(sizes: list[int], truly_better: int) -> None:
    runs = 3000
    found = any_false_claim(runs, sizes, truly_better, seed=6)
    assert found <= 0.05 + allowance(0.05, runs, 2)
    assert found > 0.02  # and not by never claiming anything


def test_holm_is_the_textbooks() -> None:
    # Holm 1979 by hand: .01 x 4, .02 x 3, .03 x 2, .04 x 1, never falling
    assert holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm([0.6, 0.5]) == pytest.approx([1, 1])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_lies_between_p_and_bonferroni(p: list[float]) -> None:
    found = holm(p)
    assert (found >= np.array(p)).all()
    assert (found <= np.minimum(1, np.array(p) * len(p)) + 1e-15).all()
    assert found.min() == pytest.approx(min(1, min(p) * len(p)))


def test_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match="candidates has 1 dimensions"):
        max_t([1.0, 2.0], [1.0, 2.0], seed=0)
    with pytest.raises(ValueError, match="candidates has 2 items and baseline 1"):
        max_t([[1.0], [2.0]], [1.0], seed=0)
    with pytest.raises(ValueError, match="outside of 0 to 1"):
        holm([1.2])
    with pytest.raises(ValueError, match="p_values is empty"):
        holm([])
