"""Weights of the arms by maximum likelihood.

With scores s of the arms, the chance that a passage is the one meant is modelled as a softmax over
passages of sum(weight * s) (a conditional logit). The likelihood of the calibration questions is
concave in the weights, so the fit is exact, needs no grid, and gives an arm that does not help the
weight 0. An arm stays on only if the likelihood loses more without it than chance would give.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["choose_weights", "fit", "log_likelihood", "ranks_of"]

_EARNED = 2.0
"""Log-likelihood an arm must bring, in all: what chance brings once in twenty times."""


def ranks_of(scores: Array) -> NDArray[np.int64]:
    """The rank (from 1) of the first candidate of each question, shape (questions,).

    `scores` is (questions, candidates), -inf where a question has fewer. Ties count half.
    """
    ahead = (scores[:, 1:] > scores[:, :1]).sum(1)
    tied = (scores[:, 1:] == scores[:, :1]).sum(1)
    ranks: NDArray[np.int64] = 1 + ahead + tied // 2
    return ranks


def _utilities(table: Array, weights: Array) -> Array:
    """Sums of weighted scores; a missing candidate (NaN in the table) is -inf."""
    import numpy as np

    utility = np.nan_to_num(table) @ weights
    utility[np.isnan(table[:, :, 0])] = -np.inf
    return np.asarray(utility)


def log_likelihood(table: Array, weights: Array) -> float:
    """The sum over questions of log P(first candidate); `table` as in `fit`."""
    import numpy as np

    utility = _utilities(table, weights)
    top = utility.max(1, keepdims=True)
    return float((utility[:, 0] - top[:, 0] - np.log(np.exp(utility - top).sum(1))).sum())


def fit(table: Array, arms: tuple[int, ...], ridge: float = 0.02) -> Array:
    """The most likely weights, shape (all arms,): zero outside `arms` and none negative.

    `table` holds scores, shape (questions, candidates, arms), the right candidate first and NaN
    where a question has fewer candidates. `ridge` a question pulls weakly to zero, on scores
    scaled to unit spread.
    """
    import numpy as np

    spread = np.sqrt(np.nanmean(np.nanvar(table, axis=1), axis=0))
    scale = np.where(spread > 1e-9, spread, 1.0)
    missing = np.isnan(table[:, :, 0])
    data = np.nan_to_num((table - table[:, :1]) / scale)
    live = [arm for arm in arms if spread[arm] > 1e-9]
    theta = np.zeros(table.shape[2])
    theta[live] = 1.0
    pull = ridge * len(table)
    for _ in range(40):
        moved = 0.0
        for arm in live:
            utility = data @ theta
            utility[missing] = -np.inf
            chance = np.exp(utility - utility.max(1, keepdims=True))
            chance /= chance.sum(1, keepdims=True)
            mean = (chance * data[:, :, arm]).sum(1)
            square = (chance * np.square(data[:, :, arm])).sum(1)
            slope = -float(mean.sum()) - pull * theta[arm]
            bend = float((square - mean * mean).sum()) + pull
            new = max(0.0, theta[arm] + float(np.clip(slope / bend, -2.0, 2.0)))
            moved = max(moved, abs(new - theta[arm]))
            theta[arm] = new
        if moved < 1e-2:
            break
    return np.asarray(theta / scale)


def choose_weights(table: Array, trusted: Collection[int] = ()) -> Array:
    """Weights of the set of arms that best explains the questions: the highest likelihood less
    `_EARNED` an arm, among the sets that rank no worse than the best arm alone.

    `trusted` arms need not earn their place, only not lose it: for them a set may rank behind the
    best arm by what one question is worth.
    """
    import numpy as np

    arms = table.shape[2]
    best: tuple[float, Array] | None = None
    single = 0.0
    for size in range(1, arms + 1):
        for subset in itertools.combinations(range(arms), size):
            weights = fit(table, subset)
            if np.count_nonzero(weights) < size:
                continue
            found = float((1 / ranks_of(_utilities(table, weights))).mean())
            if size == 1:
                single = max(single, found)
            known = len(set(subset).intersection(trusted))
            slack = 1 / len(table) if known == size else 1e-9
            if size > 1 and found < single - slack:
                continue
            value = log_likelihood(table, weights) - _EARNED * (size - known)
            if best is None or value > best[0]:
                best = (value, weights)
    return best[1] if best is not None else np.zeros(arms)
