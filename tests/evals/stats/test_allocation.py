"""Learned allocation: it finds what is best, and its test does not flatter it."""

from __future__ import annotations

import numpy as np
import pytest

from evals.stats.allocation import AllocationTable, Trials, cross_fitted, learn
from evals.stats.checks import FloatArray
from pipeline.strategies import make_strategy
from pipeline.strategies.optimal import PRIOR_TABLE

PRIOR = AllocationTable.read(PRIOR_TABLE)
LEVELS = (1.0, 0.75, 0.5, 0.25, 0.0)
TOKENS = {"stop": 100.0, "more": 400.0, "plan": 500.0}


def world(
    rng: np.random.Generator, items: int, chance: dict[str, dict[float, float]], orders: int = 6
) -> Trials:
    """Questions of one ease each; `chance[action][ease]` is how often that is then right."""
    ease = np.repeat(rng.choice(LEVELS, items)[:, None], orders, axis=1)
    right: dict[str, FloatArray] = {}
    for action, by in chance.items():
        rate = np.vectorize(lambda level, by=by: by[level])(ease[:, 0])
        right[action] = np.repeat((rng.random(items) < rate)[:, None], orders, axis=1).astype(float)
    tokens = {action: np.full(ease.shape, TOKENS[action]) for action in chance}
    return Trials(LEVELS, ease, right, tokens)


def test_the_best_action_of_each_ease_is_found() -> None:
    chance = {
        "stop": {1.0: 0.9, 0.75: 0.5, 0.5: 0.4, 0.25: 0.1, 0.0: 0.1},
        "more": {1.0: 0.9, 0.75: 0.8, 0.5: 0.7, 0.25: 0.1, 0.0: 0.1},
        "plan": {1.0: 0.6, 0.75: 0.5, 0.5: 0.4, 0.25: 0.6, 0.0: 0.1},
    }
    trials = world(np.random.default_rng(1), 2_000, chance)
    # by one standard error a tie goes to the dearer one time in six: the ties are at 1 and 0
    table = learn(trials, PRIOR)
    assert [table.action(level) for level in (0.75, 0.5, 0.25)] == ["more", "more", "plan"]
    assert make_strategy("cot@optimal16", options={"optimal": {"table": str(table)}})


def test_dearer_is_taken_only_where_it_is_better() -> None:
    rng, found = np.random.default_rng(2), []
    same = dict.fromkeys(LEVELS, 0.6)
    for _ in range(200):
        table = learn(world(rng, 100, {"stop": same, "more": same}), PRIOR)
        found += [table.action(level) for level in LEVELS]
    assert found.count("more") / len(found) < 0.25  # one standard error: one in six


def test_what_was_hardly_seen_is_as_before() -> None:
    same = dict.fromkeys(LEVELS, 0.6)
    trials = world(np.random.default_rng(3), 12, {"stop": same, "more": same})
    table = learn(trials, PRIOR)
    assert table.action(1.0) == "stop"
    assert table.action(0.0) == "more"  # `plan` was not sampled
    assert AllocationTable.read(str(table)) == table
    assert str(PRIOR) == PRIOR_TABLE


def test_what_it_was_not_learned_from_does_not_flatter_it() -> None:
    """Five actions that are all alike: picking the luckiest looks better than it is, except on the
    other half of the questions."""
    rng, learned, tested = np.random.default_rng(4), [], []
    same = dict.fromkeys(LEVELS, 0.5)
    names = ("stop", "more", "plan")
    for run in range(150):
        trials = world(rng, 60, dict.fromkeys(names, same), orders=1)
        learned.append(trials.under(learn(trials, PRIOR))[0].mean())
        tested.append(cross_fitted(trials, PRIOR, seed=run).right.mean())
    noise = 3 * 0.5 / np.sqrt(60 * 150)
    assert np.mean(tested) == pytest.approx(0.5, abs=noise)
    assert np.mean(learned) > 0.5 + 2 * noise


def test_whole_notes_are_halved() -> None:
    same = dict.fromkeys(LEVELS, 0.5)
    trials = world(np.random.default_rng(5), 20, {"stop": same, "more": same})
    with pytest.raises(ValueError, match="one note"):
        cross_fitted(trials, PRIOR, ["a"] * 20, seed=1)
    found = cross_fitted(trials, PRIOR, ["a"] * 10 + ["b"] * 10, seed=1)
    assert found.right.shape == found.tokens.shape == (20,)
