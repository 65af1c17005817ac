from __future__ import annotations

import numpy as np

from pipeline.retrieval.fusion import choose_weights, fit, log_likelihood, ranks_of


def tables(questions: int, good: list[float], seed: int = 0) -> np.ndarray:
    """Scores of arms; `good[a]` is how far arm a puts the right passage ahead, in deviations."""
    rng = np.random.default_rng(seed)
    table = rng.normal(size=(questions, 20, len(good)))
    table[:, 0] += good
    return table


def test_a_useless_arm_is_switched_off_and_a_useful_one_is_not() -> None:
    weights = choose_weights(tables(150, [2.0, 0.0]))
    assert weights[0] > 0
    assert weights[1] == 0


def test_two_good_arms_share() -> None:
    table = tables(200, [1.5, 1.5])
    weights = choose_weights(table)
    assert (weights > 0).all()
    fused = (1 / ranks_of(table @ weights)).mean()
    assert fused > max((1 / ranks_of(table[:, :, arm])).mean() for arm in range(2))


def test_an_arm_that_is_wrong_never_weighs_less_than_nothing() -> None:
    assert (fit(tables(100, [2.0, -2.0]), (0, 1)) >= 0).all()


def test_fused_is_never_behind_the_best_arm_on_what_was_measured() -> None:
    for seed in range(8):
        table = tables(60, [1.0, 0.2, -0.3], seed)
        fused = (1 / ranks_of(table @ choose_weights(table))).mean()
        best = max((1 / ranks_of(table[:, :, arm])).mean() for arm in range(3))
        assert fused >= best - 1e-9


def test_the_fit_is_the_most_likely_one() -> None:
    table = tables(100, [1.0, 0.5])
    best = fit(table, (0, 1), ridge=0.0)
    top = log_likelihood(table, best)
    for step in ([0.05, 0.0], [0.0, 0.05], [-0.05, 0.0], [0.0, -0.05]):
        assert log_likelihood(table, best + np.asarray(step)) <= top + 0.01


def test_missing_candidates_count_for_nothing() -> None:
    table = tables(50, [1.0])
    wider = np.concatenate([table, np.full((50, 5, 1), np.nan)], axis=1)
    np.testing.assert_allclose(fit(table, (0,)), fit(wider, (0,)), rtol=0.05)


def test_ties_are_worth_what_chance_would_give() -> None:
    assert ranks_of(np.zeros((1, 21))).tolist() == [11]
