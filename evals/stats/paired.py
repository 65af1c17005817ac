"""Compares two strategies on the same questions: the difference with its interval.

Every difference is candidate minus baseline, a question at a time.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from evals.stats.adjusted import PSEUDO, difference_limits
from evals.stats.checks import Clusters, cluster_codes, pair, share, vector
from evals.stats.interval import ONE_NOTE, Interval, caution_for, grouped
from pipeline.errors import filled

__all__ = ["difference_interval", "discordant", "paired_interval"]


def discordant(candidate: ArrayLike, baseline: ArrayLike) -> tuple[int, int]:
    """How many questions only the candidate, and how many only the baseline got right.

    Both: shape (items,), of 0 and 1. Raises ValueError for other values or lengths that differ.
    """
    a, b = pair(candidate, baseline)
    if not (np.isin(a, (0.0, 1.0)).all() and np.isin(b, (0.0, 1.0)).all()):
        raise ValueError("discordant pairs are counted of right and wrong (1 and 0) only")
    return int((a > b).sum()), int((a < b).sum())


def paired_interval(
    candidate: ArrayLike, baseline: ArrayLike, clusters: Clusters = None, level: float = 0.95
) -> Interval:
    """The difference of two mean scores with its interval, paired by question: what is printed.

    candidate, baseline: shape (items,), right or wrong, or expected accuracies. Scores within
    [0, 1] give an interval within [-1, 1]. Raises ValueError for lengths that differ.
    """
    a, b = pair(candidate, baseline)
    found = difference_interval(a - b, clusters, level)
    if min(a.min(), b.min()) >= 0 and max(a.max(), b.max()) <= 1:
        return replace(found, low=max(-1.0, found.low), high=min(1.0, found.high))
    return found


def difference_interval(
    differences: ArrayLike, clusters: Clusters = None, level: float = 0.95
) -> Interval:
    """As `paired_interval`, for differences already taken, shape (items,), in any unit.

    Bonett and Price's interval with the effective number of questions and a t quantile (see
    `evals.stats.adjusted`). Of right and wrong, one question gained and one lost are added. Other
    differences have them added as large as those seen, and weighted by the share of questions with
    the most common difference: where no two are alike it is the textbook's t interval.
    """
    d = vector(differences, "differences")
    share(level, "level")
    codes = cluster_codes(clusters, d.size)
    if codes.max() == 0:
        value = float(d.mean())
        return Interval(
            value, -math.inf, math.inf, level, math.inf, 0.0, d.size, 1, ONE_NOTE
        )  # fmt: skip
    group = grouped(d, codes)
    differ = d[d != 0]
    size = math.sqrt(float((differ**2).mean())) if differ.size else 1.0
    added = PSEUDO if np.isin(d, (-1.0, 0.0, 1.0)).all() else PSEUDO * group.common
    df = group.df + added
    low, high, se = difference_limits(
        group.mean, group.variance, group.effective, df, size, added, level
    )
    caution = caution_for(group.clusters, group.df)
    if not caution and not differ.size:
        caution = filled("no question differs: the interval rests on their number alone")
    return Interval(
        group.mean, float(low), float(high), level, float(se), df, group.n, group.clusters, caution
    )
