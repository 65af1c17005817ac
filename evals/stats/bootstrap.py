"""The bootstrap that resamples whole clusters, and the BCa interval made with it."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from evals.stats.checks import Clusters, FloatArray, cluster_codes, generator, pair, share, whole
from evals.stats.interval import Interval
from evals.stats.special import normal_cdf, normal_quantile, t_quantile

__all__ = ["bootstrap_interval", "cluster_sums", "reach_of", "resampled"]

_BLOCK = 1 << 21  # counts held in memory at a time


def resampled(clusters: int, resamples: int, rng: np.random.Generator) -> Iterator[FloatArray]:
    """Blocks of how often each cluster was drawn, shape (resamples, clusters); a row sums to
    `clusters`. A weighted sum over clusters is then the sum over a resampled set of questions."""
    rows = max(1, _BLOCK // clusters)
    for start in range(0, resamples, rows):
        size = min(rows, resamples - start)
        drawn = rng.integers(0, clusters, size=(size, clusters))
        drawn += np.arange(size)[:, None] * clusters
        counts = np.bincount(drawn.ravel(), minlength=size * clusters)
        yield counts.reshape(size, clusters).astype(np.float64)


def cluster_sums(values: FloatArray, clusters: Clusters) -> tuple[FloatArray, FloatArray]:
    """Sums by cluster of values, shape (items,) or (items, columns), and the clusters' sizes."""
    codes = cluster_codes(clusters, values.shape[0])
    sizes = np.bincount(codes).astype(np.float64)
    sums = np.zeros((sizes.size, *values.shape[1:]))
    np.add.at(sums, codes, values)
    return sums, sizes


def reach_of(level: float, clusters: int) -> float:
    """How many standard errors a bootstrap interval of two or more clusters should reach: resampled
    means vary too little, by sqrt((G - 1) / G), and the normal quantile is too small for few of
    them; both are made up for by quantiles further out (Hesterberg, arXiv 1411.5279)."""
    return t_quantile((1 + level) / 2, clusters - 1) * math.sqrt(clusters / (clusters - 1))


def bootstrap_interval(
    candidate: ArrayLike,
    baseline: ArrayLike,
    clusters: Clusters = None,
    level: float = 0.95,
    *,
    seed: int,
    resamples: int = 9_999,
) -> Interval:
    """The difference of two mean scores with its BCa bootstrap interval (Efron, JASA 1987).

    candidate, baseline: shape (items,). Whole clusters are resampled and left out. Needs no
    symmetry, but many clusters: with fewer than 20 it is rough, though widened (`reach_of`), and
    says so; then `paired_interval` is the one to trust. Raises ValueError for bad input.
    """
    a, b = pair(candidate, baseline)
    share(level, "level")
    rng, resamples = generator(seed), whole(resamples, "resamples", 100)
    sums, sizes = cluster_sums(a - b, clusters)
    n, groups = a.size, sizes.size
    value = float((a - b).mean())
    if groups < 2:
        return Interval(
            value,
            -math.inf,
            math.inf,
            level,
            math.inf,
            math.inf,
            n,
            groups,
            "all questions come from one note: nothing is known of other notes",
        )
    found = np.concatenate(
        [(drawn @ sums) / (drawn @ sizes) for drawn in resampled(groups, resamples, rng)]
    )
    left_out = (sums.sum() - sums) / (n - sizes)
    low, high = (float(np.quantile(found, q)) for q in _shares(found, value, left_out, level))
    caution = ""
    if groups < 20:
        caution = f"a bootstrap of {groups} notes is rough: prefer the t interval"
    if float(np.ptp(found)) == 0:
        caution = "no two notes differ in this: a bootstrap cannot say how sure that is"
    return Interval(value, low, high, level, float(found.std(ddof=1)), math.inf, n, groups, caution)


def _shares(
    found: FloatArray, value: float, left_out: FloatArray, level: float
) -> tuple[float, float]:
    """The quantiles of the resampled differences that end the interval: bias corrected (half of
    the ties count as below), accelerated by the skewness of the leave-one-cluster-out values."""
    near = 1e-12 * max(1.0, abs(value))
    below = float(np.mean(found < value - near) + np.mean(np.abs(found - value) <= near) / 2)
    edge = 0.5 / found.size
    bias = normal_quantile(min(1 - edge, max(edge, below)))
    off = left_out.mean() - left_out
    spread = float((off**2).sum())
    acceleration = float((off**3).sum()) / (6 * spread**1.5) if spread > 0 else 0.0

    reach = reach_of(level, left_out.size)

    def corrected(z: float) -> float:
        return normal_cdf(bias + z / max(1e-6, 1 - acceleration * z))

    return corrected(bias - reach), corrected(bias + reach)
