"""Finds the strategies that are worth their price: nothing cheaper is as good."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evals.stats.bootstrap import cluster_sums, resampled
from evals.stats.checks import Clusters, FloatArray, generator, matrix, vector, whole

__all__ = ["frontier_probability", "pareto"]


def pareto(costs: ArrayLike, accuracies: ArrayLike) -> NDArray[np.bool_]:
    """Which points no other beats, shape (points,).

    A point beats another if it costs no more and is no worse, and is better in one of the two; so
    of two equal points both stay. costs, accuracies: shape (points,). Raises ValueError for
    lengths that differ.
    """
    cost, accuracy = vector(costs, "costs"), vector(accuracies, "accuracies")
    if cost.size != accuracy.size:
        raise ValueError(f"there are {cost.size} costs and {accuracy.size} accuracies")
    return _unbeaten(cost[None, :], accuracy[None, :]).reshape(-1)


def frontier_probability(
    accuracies: ArrayLike,
    costs: ArrayLike,
    clusters: Clusters = None,
    *,
    seed: int,
    resamples: int = 2_000,
) -> FloatArray:
    """The share of paired cluster bootstraps in which each strategy is on the frontier, shape
    (strategies,).

    accuracies: shape (items, strategies). costs: the same shape, or (strategies,) where a cost is
    known and does not depend on the questions. All strategies see the same resampled questions.
    It is a measure of how settled the frontier is, not a p-value. Raises ValueError for shapes
    that do not fit.
    """
    scores = matrix(accuracies, "accuracies")
    prices = np.asarray(costs, dtype=np.float64)
    prices = vector(prices, "costs") if prices.ndim == 1 else matrix(prices, "costs")
    if prices.shape != scores.shape[prices.ndim == 1 :]:
        raise ValueError(f"costs has the shape {prices.shape} for accuracies of {scores.shape}")
    sums, sizes = cluster_sums(scores, clusters)
    cost_sums = cluster_sums(prices, clusters)[0] if prices.ndim == 2 else None
    scale = float(np.abs(prices).max()) or 1.0
    rng, total = generator(seed), whole(resamples, "resamples", 1)
    on = np.zeros(scores.shape[1])
    for drawn in resampled(sizes.size, total, rng):
        weight = (drawn @ sizes)[:, None]
        # rounded, because the same numbers summed in another order are no difference
        accuracy = np.round((drawn @ sums) / weight, 12)
        if cost_sums is None:
            price = np.tile(prices, (len(drawn), 1))
        else:
            price = np.round((drawn @ cost_sums) / weight / scale, 12)
        for rows in np.array_split(np.arange(len(drawn)), len(drawn) // 500 + 1):
            on += _unbeaten(price[rows], accuracy[rows]).sum(axis=0)
    return on / total


def _unbeaten(cost: FloatArray, accuracy: FloatArray) -> NDArray[np.bool_]:
    """For each row of points, shape (rows, points), which no other of the row beats."""
    dearer, cheaper = cost[:, :, None], cost[:, None, :]
    worse, better = accuracy[:, :, None], accuracy[:, None, :]
    as_good = (cheaper <= dearer) & (better >= worse)
    strictly = (cheaper < dearer) | (better > worse)
    beaten: NDArray[np.bool_] = np.logical_or.reduce(as_good & strictly, axis=2)
    return ~beaten
