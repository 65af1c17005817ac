"""A number with its interval, and the clustered mean under most of them.

Questions made from one note share that note's luck, so they are not independent (Miller, arXiv
2411.00640). The standard error is that of sums by cluster with the CR2 correction (Bell and
McCaffrey 2002), and the degrees of freedom are Satterthwaite's with the correlation estimated
(Imbens and Kolesár, Review of Economics and Statistics 98, 2016): with few clusters or very
unequal ones they fall well below clusters - 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from evals.stats.checks import Clusters, FloatArray, IntArray, cluster_codes
from evals.stats.special import t_quantile

__all__ = ["ClusteredMean", "Interval", "caution_for", "clustered_mean", "mean_interval"]

FEW = 4.0  # degrees of freedom below which an interval is worth a word of caution


@dataclass(frozen=True, slots=True)
class Interval:
    """`value` in [`low`, `high`] at confidence `level`, in the unit of what was measured.

    `se`: its standard error. `df`: degrees of freedom of the t quantile used (infinite where none
    was). `n` items in `clusters` clusters. `caution`: what a reader must know, or "".
    `low` and `high` are infinite where the data say nothing and the values have no bounds.
    """

    value: float
    low: float
    high: float
    level: float
    se: float
    df: float
    n: int
    clusters: int
    caution: str = ""


@dataclass(frozen=True, slots=True)
class ClusteredMean:
    """A mean over items, its standard error (infinite for one cluster) and degrees of freedom
    (0 for one cluster), and the correlation of items of one cluster used for these."""

    mean: float
    se: float
    df: float
    n: int
    clusters: int
    correlation: float


def clustered_mean(values: FloatArray, codes: IntArray) -> ClusteredMean:
    """The mean of `values`, shape (items,), whose clusters are `codes`, 0..G-1."""
    n = values.size
    mean = float(values.mean())
    residuals = values - mean
    sizes = np.bincount(codes).astype(np.float64)
    if sizes.size < 2:
        return ClusteredMean(mean, math.inf, 0.0, n, 1, 0.0)
    sums = np.bincount(codes, weights=residuals)
    se = math.sqrt(float((sums**2 / (1 - sizes / n)).sum())) / n
    pairs = float((sizes * (sizes - 1)).sum())
    spread = float((residuals**2).sum())
    correlation = 0.0
    if pairs and spread:
        correlation = (float((sums**2).sum()) - spread) / pairs / (spread / n)
    correlation = min(1.0, max(0.0, correlation))
    return ClusteredMean(mean, se, _freedom(sizes, correlation), n, sizes.size, correlation)


def _freedom(sizes: FloatArray, correlation: float) -> float:
    """Satterthwaite degrees of freedom of the CR2 variance of a mean.

    With r_g the adjusted residual sum of cluster g, they are trace(M)^2 / trace(M M) for M the
    covariance of all r_g when items have variance 1 and, in one cluster, this correlation.
    M depends on sizes alone, so clusters of one size are handled together.
    """
    m, k = np.unique(sizes, return_counts=True)
    if m.size == 1:
        return float(sizes.size - 1)
    n, q = float(sizes.sum()), float((sizes**2).sum())
    c = 1 / np.sqrt(1 - m / n)
    product, total = np.outer(m, m), np.add.outer(m, m)
    between = (1 - correlation) * (-product / n) + correlation * product * (q / n**2 - total / n)
    apart = np.outer(c, c) * between
    within = (1 - correlation) * (m - m**2 / n)
    within += correlation * (m**2 - 2 * m**3 / n + m**2 * q / n**2)
    own = c**2 * within
    trace = float((k * own).sum())
    squares = np.outer(k, k) * apart**2
    square = float(squares.sum() - (k * np.diag(apart) ** 2).sum() + (k * own**2).sum())
    return trace**2 / square


def caution_for(found: ClusteredMean) -> str:
    """The word of caution that so few clusters ask for, or ""."""
    if found.clusters < 2:
        return "all questions come from one note: nothing is known of other notes"
    if found.df < FEW:
        return f"only {found.df:.1f} degrees of freedom: few or very unequal notes, read as rough"
    return ""


def mean_interval(values: FloatArray, clusters: Clusters, level: float) -> Interval:
    """The clustered t interval of a mean; values, shape (items,), are already checked."""
    found = clustered_mean(values, cluster_codes(clusters, values.size))
    half = math.inf
    if found.clusters > 1:
        half = t_quantile((1 + level) / 2, found.df) * found.se
    return Interval(
        value=found.mean,
        low=found.mean - half,
        high=found.mean + half,
        level=level,
        se=found.se,
        df=found.df,
        n=found.n,
        clusters=found.clusters,
        caution=caution_for(found),
    )
