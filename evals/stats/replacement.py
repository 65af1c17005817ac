"""Estimates the size of model that this much thinking replaces."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from evals.stats.bootstrap import cluster_sums, reach_of, resampled
from evals.stats.checks import Clusters, FloatArray, generator, matrix, share, vector, whole
from evals.stats.special import normal_cdf

__all__ = ["Replacement", "pool_adjacent", "replacement"]


@dataclass(frozen=True, slots=True)
class Replacement:
    """`size`: of the model that, without thinking, would be as accurate; in the unit of the sizes
    given (FLOPs a question, or parameters). None where no model measured tells: then `where` says
    on which side. [`low`, `high`]: its interval; None for an end beyond the models measured.
    `below`, `above`: the share of bootstraps that fell off either side."""

    size: float | None
    low: float | None
    high: float | None
    where: Literal["inside", "below", "above"]
    below: float
    above: float
    level: float


def replacement(
    thinking: ArrayLike,
    sizes: ArrayLike,
    models: ArrayLike,
    clusters: Clusters = None,
    level: float = 0.95,
    *,
    seed: int,
    resamples: int = 2_000,
) -> Replacement:
    """Where on the curve of models, accuracy against log size, the thinking strategy stands.

    thinking: its scores, shape (items,). sizes: of the models, above 0, shape (models,), two or
    more that differ. models: their scores without thinking on the same items, (items, models).
    Between two models accuracy is taken to grow evenly with the logarithm of size; where a larger
    model did worse the two are pooled, as more cannot hurt. Nothing is said outside of the models
    measured. The interval is a percentile bootstrap, paired, of whole clusters. Raises ValueError
    for shapes that do not fit, sizes that are not positive or fewer than two.
    """
    a, size, b = vector(thinking, "thinking"), vector(sizes, "sizes"), matrix(models, "models")
    if b.shape != (a.size, size.size):
        raise ValueError(f"models has the shape {b.shape}, not {a.size} items x {size.size} models")
    if size.min() <= 0 or np.unique(size).size < size.size or size.size < 2:
        raise ValueError("sizes are of two or more models, above 0, and no two the same")
    share(level, "level")
    order = np.argsort(size)
    log_size, together = np.log(size[order]), np.column_stack([a, b[:, order]])
    value = _place(together.mean(axis=0), log_size)
    sums, counts = cluster_sums(together, clusters)
    rng, total = generator(seed), whole(resamples, "resamples", 100)
    found = np.array(
        [
            _place(means, log_size)
            for drawn in resampled(counts.size, total, rng)
            for means in (drawn @ sums) / (drawn @ counts)[:, None]
        ]
    )
    ends = np.array([-math.inf, math.inf])
    if counts.size > 1:
        outside = normal_cdf(-reach_of(level, counts.size))
        ends = np.quantile(found, [outside, 1 - outside], method="inverted_cdf")
    return Replacement(
        _unlog(value),
        _unlog(float(ends[0])),
        _unlog(float(ends[1])),
        "inside" if math.isfinite(value) else "below" if value < 0 else "above",
        float(np.mean(found == -math.inf)),
        float(np.mean(found == math.inf)),
        level,
    )


def _place(means: FloatArray, log_size: FloatArray) -> float:
    """The log size at which the models reach means[0]; infinite where they do not. On a flat
    stretch the smallest, so that thinking is never credited with more than it shows."""
    target, curve = float(means[0]), pool_adjacent(means[1:], np.ones(log_size.size))
    near = 1e-12
    if target < curve[0] - near:
        return -math.inf
    if target > curve[-1] + near:
        return math.inf
    right = int(np.argmax(curve >= target - near))
    if right == 0:
        return float(log_size[0])
    rise = curve[right] - curve[right - 1]
    part = min(1.0, max(0.0, float((target - curve[right - 1]) / rise)))
    return float(log_size[right - 1] + part * (log_size[right] - log_size[right - 1]))


def _unlog(value: float) -> float | None:
    return math.exp(value) if math.isfinite(value) else None


def pool_adjacent(values: FloatArray, weights: FloatArray) -> FloatArray:
    """The never-falling sequence nearest to `values` in weighted squares (pool adjacent violators,
    Ayer et al. 1955). Both: shape (n,), weights above 0."""
    means: list[float] = []
    masses: list[float] = []
    lengths: list[int] = []
    for value, weight in zip(values.tolist(), weights.tolist(), strict=True):
        means.append(value)
        masses.append(weight)
        lengths.append(1)
        while len(means) > 1 and means[-2] >= means[-1]:
            mass = masses[-2] + masses[-1]
            mean = (means[-2] * masses[-2] + means[-1] * masses[-1]) / mass
            length = lengths[-2] + lengths[-1]
            for stack in (means, masses, lengths):
                del stack[-2:]
            means.append(mean)
            masses.append(mass)
            lengths.append(length)
    return np.repeat(np.array(means, dtype=np.float64), lengths)
