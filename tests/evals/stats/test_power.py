"""What a run can show: published sample sizes, and whether tests do reject that often."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.stats.flips import sign_flip
from evals.stats.noninferiority import noninferiority
from evals.stats.power import (
    design_effect,
    detectable,
    plan_detectable,
    plan_from,
    plan_power,
    plan_questions,
    power_mcnemar,
    power_paired,
    questions_needed,
)
from tests.evals.stats.simulation import allowance, codes_of, paired_binary, paired_fractions


def test_connors_sample_size() -> None:
    """Discordant shares .05 and .45 at power .8: 23 (22.9 before rounding up in Connor's formula
    and in the calculators built on it)."""
    assert questions_needed(0.4, 0.5) == 23
    assert power_paired(0.4, 0.5, 23) > 0.8 > power_paired(0.4, 0.5, 22)


def test_exact_power_of_a_published_case() -> None:
    """Shares .25 and .45, 144 pairs, .025 a side: .80 (the check of R's MESS package)."""
    assert round(power_mcnemar(0.20, 0.70, 144), 2) == 0.80


def test_exact_power_by_going_through_every_outcome() -> None:
    n, up, down = 9, 0.5, 0.05
    total = 0.0
    for first in range(n + 1):
        for second in range(n + 1 - first):
            ways = math.factorial(n) / (
                math.factorial(first) * math.factorial(second) * math.factorial(n - first - second)
            )
            a = np.array([1.0] * first + [0.0] * (n - first))
            b = np.array([0.0] * first + [1.0] * second + [0.0] * (n - first - second))
            if sign_flip(a, b, seed=0).p <= 0.05:
                total += ways * up**first * down**second * (1 - up - down) ** (n - first - second)
    assert power_mcnemar(0.45, 0.55, n) == pytest.approx(total, rel=1e-10)


@given(st.integers(20, 2000), st.floats(0.05, 1), st.floats(0.5, 0.95))
def test_detectable_and_needed_are_inverse(n: int, discordance: float, power: float) -> None:
    least = detectable(n, discordance, power=power)
    if least is None:
        assert power_paired(discordance, discordance, n) < power
        return
    assert power_paired(least, discordance, n) == pytest.approx(power, abs=1e-6)
    # the sample size formula leaves out the chance of rejecting on the wrong side
    assert questions_needed(least, discordance, power=power) == pytest.approx(n, abs=2, rel=0.05)


def test_more_questions_find_less_and_clusters_ask_for_more() -> None:
    found = [detectable(n, 0.3) for n in (50, 100, 400)]
    assert found == sorted(found, key=lambda d: -(d or 9))
    assert detectable(100, 0.3, design_effect=2) == pytest.approx(detectable(50, 0.3))
    assert questions_needed(0.1, 0.3, design_effect=2) == pytest.approx(
        2 * questions_needed(0.1, 0.3), abs=1
    )
    assert detectable(4, 0.3) is None
    assert detectable(100, 0) is None


def rejections(sizes: list[int], delta: float, runs: int, fractions: bool) -> float:
    rng, codes, hits = np.random.default_rng(31), codes_of(sizes), 0
    world = paired_fractions if fractions else paired_binary
    for run in range(runs):
        a, b = world(rng, sizes, 0.4, delta)
        hits += sign_flip(a, b, codes, seed=run, draws=399).p <= 0.05
    return hits / runs


def test_tests_reject_as_often_as_promised() -> None:
    runs = 800
    promised = power_mcnemar(0.2, 0.4, 80)
    assert rejections([1] * 80, 0.2, runs, False) == pytest.approx(
        promised, abs=allowance(promised, runs)
    )
    assert power_paired(0.2, 0.4, 80) == pytest.approx(promised, abs=0.06)


def test_a_pilot_foretells_the_larger_run() -> None:
    sizes = [4] * 25
    a, b = paired_fractions(np.random.default_rng(7), [4] * 200, 0.4, 0.25)
    plan = plan_from(a, b, codes_of([4] * 200))
    promised = plan_power(plan, 0.3 * 0.25, 100)
    runs = 300
    assert rejections(sizes, 0.25, runs, True) == pytest.approx(promised, abs=0.1)
    least = plan_detectable(plan, 100)
    assert plan_power(plan, least, 100) == pytest.approx(0.8, abs=0.02)
    needed = plan_questions(plan, least)
    assert needed is not None
    assert needed == pytest.approx(100, abs=1)
    assert plan_questions(plan, 1e-9) is None


def test_design_effect() -> None:
    a, b = np.repeat([1.0, 0, 1, 0, 1, 1, 0, 1], 5), np.zeros(40)
    assert design_effect(a, b) == 1
    assert design_effect(a, b, codes_of([5] * 8)) == pytest.approx(5, rel=0.3)
    assert plan_from(a, b, codes_of([5] * 8)).discordance == 5 / 8
    assert design_effect(a, b, [0] * 40) == 1


def test_noninferiority_in_plain_cases() -> None:
    b = np.array([1.0, 0.0] * 100)
    same = noninferiority(b, b, 0.02)
    assert same.holds
    assert same.verdict == "holds"
    a = b.copy()
    a[:60:2] = 0
    worse = noninferiority(a, b, 0.02)
    assert worse.verdict == "worse"
    assert worse.p > 0.99
    few = noninferiority(b[:10], b[:10], 0.02)
    assert few.verdict == "unclear"
    assert noninferiority([1, 0, 1], [1, 0, 1], 0.5, ["a"] * 3).verdict == "unclear"
    assert not noninferiority(b, b, 0).holds  # being better is not proved by being the same


@given(st.floats(0, 0.2), st.floats(0.01, 0.2), st.integers(0, 1000))
def test_it_holds_where_the_interval_says_so(margin: float, alpha: float, seed: int) -> None:
    a, b = paired_fractions(np.random.default_rng(seed), [3] * 15, 0.5, 0.0)
    found = noninferiority(a, b, margin, codes_of([3] * 15), alpha=alpha)
    assert found.difference.level == pytest.approx(1 - 2 * alpha)
    assert found.holds == (found.difference.low > -margin)


def passes(true_loss: float, runs: int) -> float:
    rng, sizes = np.random.default_rng(41), [4] * 40
    codes, hits = codes_of(sizes), 0
    for _ in range(runs):
        a, b = paired_binary(rng, sizes, 0.3, -true_loss)
        hits += noninferiority(a, b, 0.1, codes).holds
    return hits / runs


def test_a_loss_of_the_margin_passes_in_one_of_twenty() -> None:
    runs = 600
    assert passes(0.1, runs) == pytest.approx(0.05, abs=allowance(0.05, runs, 2.5))
    assert passes(-0.05, 150) > 0.8


@pytest.mark.long
def test_a_loss_of_the_margin_passes_no_more_often() -> None:
    assert passes(0.1, 10_000) <= 0.055


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: power_paired(0.3, 0.2, 50), "only 0.2 of the questions differ"),
        (lambda: power_paired(0.1, 1.2, 50), "discordance is 1.2"),
        (lambda: power_paired(0.1, 0.2, 0), "n is 0"),
        (lambda: power_paired(0.1, 0.2, 9, design_effect=0), "design_effect is 0"),
        (lambda: questions_needed(0, 0.2), "delta is 0"),
        (lambda: detectable(10, 0.2, power=1), "power is 1"),
        (lambda: plan_from([1, 0], [0, 0], ["a", "a"]), "a pilot on one note"),
        (lambda: noninferiority([1], [1], -0.1), "margin is -0.1"),
        (lambda: noninferiority([1], [1], 0.1, alpha=0.5), "alpha is 0.5"),
    ],
)
def test_bad_input_is_named(call: Callable[[], object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        call()
