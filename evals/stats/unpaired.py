"""Two runs on different questions: a difference of two samples, which shows far less than pairs."""

from __future__ import annotations

import math

from numpy.typing import ArrayLike

from evals.stats.adjusted import unpaired
from evals.stats.checks import Clusters, cluster_codes, share, unit, vector
from evals.stats.interval import ONE_NOTE, Interval, caution_for, grouped
from evals.stats.special import t_cdf, t_quantile

__all__ = ["unpaired_interval"]


def unpaired_interval(
    second: ArrayLike,
    first: ArrayLike,
    second_clusters: Clusters = None,
    first_clusters: Clusters = None,
    level: float = 0.95,
) -> tuple[Interval, float]:
    """Second minus first, shares of right answers, with an interval within [-1, 1] and the p-value
    of no difference that belongs to it.

    second, first: shape (items,), each its own questions, from 0 to 1. Agresti and Caffo's
    interval with effective numbers of questions and Welch's degrees of freedom. Where one of them
    comes from one cluster, nothing is known: [-1, 1]. Raises ValueError for other values.
    """
    share(level, "level")
    samples = []
    for values, clusters, name in (
        (second, second_clusters, "second"), (first, first_clusters, "first"),
    ):  # fmt: skip
        checked = unit(vector(values, name), name)
        samples.append((checked, cluster_codes(clusters, checked.size)))
    (b, _), (a, _) = samples
    value, n = float(b.mean() - a.mean()), a.size + b.size
    notes = sum(int(codes.max()) + 1 for _, codes in samples)
    if any(codes.max() == 0 for _, codes in samples):
        return Interval(value, -1.0, 1.0, level, math.inf, 0.0, n, notes, ONE_NOTE), 1.0
    groups = [grouped(values, codes) for values, codes in samples]
    parts = [unpaired(group.mean, group.effective) for group in groups]
    middle = float(parts[0][0] - parts[1][0])
    variances = [float(variance) for _, variance in parts]
    total = sum(variances)
    freedoms = [group.df + 1 for group in groups]
    df = total**2 / sum(v**2 / f for v, f in zip(variances, freedoms, strict=True))
    se = math.sqrt(total)
    half = t_quantile((1 + level) / 2, df) * se
    interval = Interval(
        value, max(-1.0, middle - half), min(1.0, middle + half), level, se, df, n, notes,
        caution_for(min(g.clusters for g in groups), min(g.df for g in groups)),
    )  # fmt: skip
    return interval, 2 * t_cdf(-abs(middle) / se, df)
