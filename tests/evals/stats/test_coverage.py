"""Laws of coverage: they find what made the data, and say how wrong they are where they do not."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.stats.checks import FloatArray
from evals.stats.coverage import (
    BetaBinomial,
    PowerLaw,
    fit_beta_binomial,
    fit_power_law,
    holdout,
)


@given(st.floats(0.05, 4), st.floats(0.05, 1.5))
def test_a_power_law_is_found_again(a: float, b: float) -> None:
    ks = np.array([1, 2, 4, 8, 16, 32])
    found = fit_power_law(ks, PowerLaw(a, b).at(ks))
    assert found.a == pytest.approx(a, rel=1e-5)
    assert found.b == pytest.approx(b, rel=1e-5)


def test_no_other_power_law_is_nearer() -> None:
    ks, seen = [1, 2, 4, 8, 16], np.array([0.2, 0.35, 0.45, 0.6, 0.64])
    found = fit_power_law(ks, seen)
    best = ((found.at(ks) - seen) ** 2).sum()
    for da, db in itertools.product((-0.02, 0, 0.02), repeat=2):
        near = PowerLaw(found.a + da, found.b + db)
        assert ((near.at(ks) - seen) ** 2).sum() >= best


def test_power_law_at_its_ends() -> None:
    assert fit_power_law([1, 2], [0, 0]).at([1, 9]).tolist() == [0, 0]
    assert fit_power_law([1, 2], [1, 1]).at([1, 9]).tolist() == [1, 1]
    falling = fit_power_law([1, 2, 4], [0.5, 0.45, 0.4])
    assert falling.b == 0
    assert falling.at([100]) == pytest.approx([0.45])
    # some coverages at their limit
    assert fit_power_law([1, 2, 4, 8], [0, 0.4, 0.9, 1]).at([8])[0] > 0.9


def drawn(
    rng: np.random.Generator, alpha: float, beta: float, items: int, draws: int
) -> FloatArray:
    chances = rng.beta(alpha, beta, items)
    return (rng.random((items, draws)) < chances[:, None]).astype(np.float64)


def log_likelihood(alpha: float, beta: float, draws: list[int], right: list[int]) -> float:
    """The beta-binomial's, from its definition, without the binomial coefficient."""
    return math.fsum(
        math.lgamma(alpha + c)
        + math.lgamma(beta + n - c)
        - math.lgamma(alpha + beta + n)
        - math.lgamma(alpha)
        - math.lgamma(beta)
        + math.lgamma(alpha + beta)
        for n, c in zip(draws, right, strict=True)
    )


@given(
    st.lists(st.tuples(st.integers(1, 12), st.integers(0, 12)), min_size=4, max_size=30),
)
def test_no_other_beta_is_likelier(counts: list[tuple[int, int]]) -> None:
    draws = [n for n, _ in counts] + [4]
    right = [min(n, c) for n, c in counts] + [2]
    found = fit_beta_binomial(draws, right)
    best = log_likelihood(found.alpha, found.beta, draws, right)
    for up, down in itertools.product((0.9, 1, 1.1), (0.9, 1, 1.1)):
        other = log_likelihood(found.alpha * up, found.beta * down, draws, right)
        assert other <= best + 1e-4 or found.at_edge
    for alpha, beta in itertools.product((0.1, 0.5, 2, 10), repeat=2):
        assert log_likelihood(alpha, beta, draws, right) <= best + 1e-4


def test_a_beta_is_found_again() -> None:
    right = drawn(np.random.default_rng(1), 0.4, 1.6, 4000, 16).sum(axis=1)
    found = fit_beta_binomial([16] * 4000, right)
    assert not found.at_edge
    assert (found.alpha, found.beta) == pytest.approx((0.4, 1.6), rel=0.1)


def test_coverage_of_a_beta_is_the_integral() -> None:
    law = BetaBinomial(0.7, 2.3, False)
    p = (np.arange(400_000) + 0.5) / 400_000
    density = p**-0.3 * (1 - p) ** 1.3
    for k in (1, 3, 20):
        expected = ((1 - (1 - p) ** k) * density).sum() / density.sum()
        assert law.at([k])[0] == pytest.approx(expected, rel=1e-3)
    assert law.at([1])[0] == pytest.approx(0.7 / 3)


def test_beta_at_its_ends() -> None:
    hopeless = fit_beta_binomial([8] * 20, [0] * 20)
    assert hopeless.at_edge
    assert hopeless.at([1000])[0] < 0.01
    certain = fit_beta_binomial([8] * 20, [8] * 20)
    assert certain.at([1])[0] > 0.999
    alike = fit_beta_binomial([8] * 20, [4] * 20)
    assert alike.at_edge
    assert alike.at([2])[0] == pytest.approx(0.75, abs=1e-3)
    split = fit_beta_binomial([8] * 20, [8, 0] * 10)
    assert split.at([1, 64]) == pytest.approx([0.5, 0.5], abs=1e-3)


def test_laws_are_checked_on_draws_they_did_not_see() -> None:
    right = drawn(np.random.default_rng(3), 0.5, 2.5, 300, 64)
    found = holdout(right, 8, [16, 32, 64])
    assert found.ks == (16, 32, 64)
    assert found.observed[-1] == pytest.approx(right.max(axis=1).mean())
    assert found.beta_binomial_error < 0.04
    assert found.power_law_error < 0.08
    assert found.naive_error > 0.1
    # half of the questions are hopeless: no beta sees that in three draws, and the error says so
    right[::2] = 0
    worse = holdout(right, 3)
    assert worse.beta_binomial_error > 0.03
    assert worse.ks == tuple(range(4, 65))


def test_holdout_looks_at_no_later_draw() -> None:
    right = drawn(np.random.default_rng(4), 0.5, 2.5, 50, 16)
    changed = right.copy()
    changed[:, 8:] = 1 - changed[:, 8:]
    first, second = holdout(right, 8), holdout(changed, 8)
    assert first.power_law.tolist() == second.power_law.tolist()
    assert first.beta_binomial.tolist() == second.beta_binomial.tolist()
    assert first.observed.tolist() != second.observed.tolist()


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: fit_power_law([1, 1], [0.5, 0.5]), "two or more ks"),
        (lambda: fit_power_law([0, 1], [0.5, 0.5]), "k is 0, not from 1"),
        (lambda: fit_power_law([1, 2], [0.5]), "2 ks and 1 coverages"),
        (lambda: fit_power_law([1, 2], [0.5, 1.5]), "outside of 0 to 1"),
        (lambda: fit_beta_binomial([1, 1], [0, 1]), "one sample a question"),
        (lambda: fit_beta_binomial([2], [3]), "right is 3 of 2"),
        (lambda: holdout([[1, 0]], 2), "2 of 2 samples leaves none"),
        (lambda: holdout([[1, 0, 1]], 2, [2]), "k is 2, not above the 2"),
        (lambda: holdout([[1, 0, 0.5]], 2), "other than 0 and 1"),
    ],
)
def test_bad_input_is_named(call: Callable[[], object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        call()
