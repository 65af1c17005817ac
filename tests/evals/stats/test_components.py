"""Variance components: what went in comes out, on average."""

from __future__ import annotations

import math

import numpy as np
import pytest

from evals.stats.components import variance_components


def test_what_went_in_comes_out() -> None:
    """Normal effects of known size; and the spread between runs is that of runs really made."""
    rng, runs = np.random.default_rng(1), 400
    true = {"question": 0.15, "wording": 0.02, "mixed": 0.05, "sample": 0.08}
    found: dict[str, list[float]] = {name: [] for name in true}
    n, wordings, seeds = 40, 4, 2
    between, seen = [], []
    for _ in range(runs):
        y = rng.normal(0, math.sqrt(true["question"]), (n, 1, 1))
        y = y + rng.normal(0, math.sqrt(true["wording"]), (1, wordings, 1))
        y = y + rng.normal(0, math.sqrt(true["mixed"]), (n, wordings, 1))
        y = y + rng.normal(0, math.sqrt(true["sample"]), (n, wordings, seeds))
        c = variance_components(y)
        for name in true:
            found[name].append(getattr(c, name))
        between.append(c.wording + (c.mixed + c.sample) / n)
        seen.append(np.var(c.means[:, 0], ddof=1))  # one run a wording
    for name, value in true.items():
        error = float(4 * np.std(found[name]) / math.sqrt(runs))
        assert np.mean(found[name]) == pytest.approx(value, abs=error), name
    assert np.mean(between) == pytest.approx(np.mean(seen), rel=0.1)


def test_right_and_wrong_of_questions_that_differ_in_chance() -> None:
    rng = np.random.default_rng(2)
    chance = rng.random(3_000)[:, None, None]
    c = variance_components((rng.random((3_000, 3, 2)) < chance).astype(float))
    assert c.question == pytest.approx(1 / 12, abs=0.01)
    assert c.sample == pytest.approx(1 / 6, abs=0.01)  # the mean of p (1 - p)
    assert c.wording == pytest.approx(0, abs=0.001)
    assert c.mixed == pytest.approx(0, abs=0.01)
    assert c.between_runs < 3 * math.sqrt(1 / 6 / 3_000)


def test_greedy_replies_have_no_spread_between_samples() -> None:
    rng = np.random.default_rng(3)
    y = np.repeat((rng.random((50, 3, 1)) < 0.5).astype(float), 2, axis=2)
    c = variance_components(y)
    assert c.sample == 0
    assert c.wording + c.mixed / 50 == pytest.approx(c.between_runs**2)
    assert variance_components(np.ones((4, 2, 2))).between_runs == 0


@pytest.mark.parametrize("shape", [(1, 2, 2), (5, 1, 2), (5, 2, 1), (5, 4)])
def test_too_little_is_named(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="items, wordings, seeds"):
        variance_components(np.zeros(shape))
