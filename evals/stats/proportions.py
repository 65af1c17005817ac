"""One strategy's accuracy with its interval: over independent questions, or clustered by note."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from evals.stats.checks import Clusters, cluster_codes, share, unit, vector, whole
from evals.stats.interval import Interval, caution_for, clustered_mean, mean_interval
from evals.stats.special import normal_quantile, t_quantile

__all__ = ["accuracy_interval", "value_interval", "wilson"]


def wilson(right: int, n: int, level: float = 0.95) -> Interval:
    """Wilson's score interval of a proportion: `right` of `n` independent questions.

    Good at 0 and 1 and for small n, where the textbook interval is not (Wilson, JASA 1927).
    Raises ValueError for counts that are not 0 <= right <= n with n from 1 up, or a bad level.
    """
    n, right = whole(n, "n", 1), whole(right, "right")
    if right > n:
        raise ValueError(f"right is {right} of {n}")
    z = normal_quantile((1 + share(level, "level")) / 2)
    p = right / n
    low, high = _score(p, n, z)
    return Interval(p, low, high, level, math.sqrt(p * (1 - p) / n), math.inf, n, n)


def accuracy_interval(
    values: ArrayLike, clusters: Clusters = None, level: float = 0.95
) -> Interval:
    """Mean accuracy, and an interval within [0, 1] that allows for clusters.

    values: shape (items,), each from 0 to 1: right or wrong, or an expected accuracy such as
    maj@k. It is Wilson's form with the effective number of questions p(1-p)/se^2 and a t quantile
    (Korn and Graubard, Survey Methodology 1998), so it stays sensible near 0 and 1. Where all
    values are equal nothing is known of the clustering, and each cluster counts as one question.
    For one cluster the interval is [0, 1]. Raises ValueError for other values.
    """
    found = unit(vector(values, "values"), "values")
    share(level, "level")
    mean = clustered_mean(found, cluster_codes(clusters, found.size))
    low, high = 0.0, 1.0
    if mean.clusters > 1:
        effective = float(mean.clusters)
        if mean.se > 0:
            effective = mean.mean * (1 - mean.mean) / mean.se**2
            if np.isin(found, (0.0, 1.0)).all():
                effective = min(effective, float(mean.n))
        low, high = _score(mean.mean, effective, t_quantile((1 + level) / 2, mean.df))
    return Interval(
        mean.mean,
        low,
        high,
        level,
        mean.se,
        mean.df,
        mean.n,
        mean.clusters,
        caution_for(mean),
    )


def value_interval(values: ArrayLike, clusters: Clusters = None, level: float = 0.95) -> Interval:
    """Mean of any number an item (F1, seconds, tokens) with the clustered t interval.

    values: shape (items,). Unbounded: infinite for one cluster. Raises ValueError for values that
    are not finite numbers.
    """
    return mean_interval(vector(values, "values"), clusters, share(level, "level"))


def _score(p: float, n: float, z: float) -> tuple[float, float]:
    """The two proportions from which p is z standard errors away."""
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    low = 0.0 if p == 0 else max(0.0, middle - half)
    high = 1.0 if p == 1 else min(1.0, middle + half)
    return low, high
