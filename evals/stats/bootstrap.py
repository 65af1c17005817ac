"""Resampling whole clusters: what frontiers and sizes of model rest on."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from evals.stats.checks import Clusters, FloatArray, cluster_codes
from evals.stats.special import t_quantile

__all__ = ["cluster_sums", "reach_of", "resampled"]

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
