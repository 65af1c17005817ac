"""One strategy's accuracy with its interval, over independent questions or clustered by note."""

from __future__ import annotations

import math

from numpy.typing import ArrayLike

from evals.stats.adjusted import PSEUDO, accuracy_limits
from evals.stats.checks import Clusters, cluster_codes, share, unit, vector
from evals.stats.interval import ONE_NOTE, Interval, caution_for, grouped

__all__ = ["accuracy_interval"]


def accuracy_interval(
    values: ArrayLike, clusters: Clusters = None, level: float = 0.95
) -> Interval:
    """Mean accuracy, and an interval within [0, 1] that allows for clusters.

    values: shape (items,), each from 0 to 1: right or wrong, an expected accuracy such as maj@k,
    or an F1. The interval is Agresti and Coull's with the effective number of questions and a t
    quantile. Values that are fractions spread less than right and wrong, so they are worth more
    questions: as far as enough of them differ to show it. For one cluster the interval is [0, 1].
    Raises ValueError for other values.
    """
    found = unit(vector(values, "values"), "values")
    share(level, "level")
    codes = cluster_codes(clusters, found.size)
    if codes.max() == 0:
        mean = float(found.mean())
        return Interval(mean, 0.0, 1.0, level, math.inf, 0.0, found.size, 1, ONE_NOTE)
    group = grouped(found, codes)
    n, df = group.effective, group.df + 1
    most = group.mean * (1 - group.mean)
    if most > 0:
        spread = group.variance * (group.n - 1) / group.n
        differ = (group.n - 1) * (1 - group.common)
        n *= most / ((differ * spread + PSEUDO * most) / (differ + PSEUDO))
    low, high = accuracy_limits(group.mean, n, df, level)
    se = math.sqrt(group.variance / group.effective)
    return Interval(
        group.mean, float(low), float(high), level, se, df, group.n, group.clusters,
        caution_for(group.clusters, group.df),
    )  # fmt: skip
