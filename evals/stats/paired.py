"""Two strategies on the same questions: is one better, and by how much?

Every difference is candidate minus baseline, a question at a time.
"""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike

from evals.stats.checks import Clusters, cluster_codes, pair, share, vector, whole
from evals.stats.interval import Interval, caution_for, clustered_mean, mean_interval
from evals.stats.special import t_quantile

__all__ = ["difference_interval", "discordant", "mcnemar", "mcnemar_midp", "paired_interval"]


def discordant(candidate: ArrayLike, baseline: ArrayLike) -> tuple[int, int]:
    """How many questions only the candidate, and how many only the baseline got right.

    Both: shape (items,), of 0 and 1. Raises ValueError for other values or lengths that differ.
    """
    a, b = pair(candidate, baseline)
    if not (np.isin(a, (0.0, 1.0)).all() and np.isin(b, (0.0, 1.0)).all()):
        raise ValueError("discordant pairs are counted of right and wrong (1 and 0) only")
    return int((a > b).sum()), int((a < b).sum())


def mcnemar(candidate_only: int, baseline_only: int) -> float:
    """Two-sided exact McNemar p-value: were the discordant pairs coin flips? 1 for no such pair.

    For independent questions; with clusters use `sign_flip`. Raises ValueError for bad counts.
    """
    few, n = _discordance(candidate_only, baseline_only)
    tail = sum(math.comb(n, i) for i in range(few + 1))
    return min(1.0, float(Fraction(2 * tail, 1 << n)))


def mcnemar_midp(candidate_only: int, baseline_only: int) -> float:
    """McNemar's mid-p value: less conservative than `mcnemar`, and not guaranteed to keep its
    level, though it did in all of the 9,595 cases tried by Fagerland, Lydersen and Laake (BMC
    Medical Research Methodology 13:91, 2013). Raises ValueError for bad counts.
    """
    few, n = _discordance(candidate_only, baseline_only)
    here = float(Fraction(math.comb(n, few), 1 << n))
    if 2 * few == n:
        return 1 - here / 2
    return mcnemar(candidate_only, baseline_only) - here


def _discordance(candidate_only: int, baseline_only: int) -> tuple[int, int]:
    first, second = whole(candidate_only, "candidate_only"), whole(baseline_only, "baseline_only")
    return min(first, second), first + second


def paired_interval(
    candidate: ArrayLike, baseline: ArrayLike, clusters: Clusters = None, level: float = 0.95
) -> Interval:
    """The difference of two mean scores with its clustered t interval: what a report prints.

    candidate, baseline: shape (items,), right or wrong, or expected accuracies. Scores within
    [0, 1] give an interval within [-1, 1]. Raises ValueError for lengths that differ.

    Where most questions show no difference at all, a t interval is too narrow: with none, it has
    no width. So the variance allows for two more questions that differ (one each way, as large as
    the differences seen; the idea of Bonett and Price, JEBS 2012), weighted by the share of
    questions without a difference. Where every question differs a little this changes nothing.
    """
    a, b = pair(candidate, baseline)
    found = difference_interval(a - b, clusters, level)
    if min(a.min(), b.min()) >= 0 and max(a.max(), b.max()) <= 1:
        return replace(found, low=max(-1.0, found.low), high=min(1.0, found.high))
    return found


def difference_interval(
    differences: ArrayLike, clusters: Clusters = None, level: float = 0.95
) -> Interval:
    """As `paired_interval`, for differences already taken, shape (items,), in any unit."""
    d = vector(differences, "differences")
    plain = mean_interval(d, clusters, share(level, "level"))
    if plain.clusters < 2:
        return plain
    found = clustered_mean(d, cluster_codes(clusters, d.size))
    differing = int((d != 0).sum())
    size = float((d**2).sum()) / differing if differing else 1.0
    unseen = 2 * size * (1 - differing / d.size)
    # No difference at all says nothing of the clustering: each cluster counts as one question.
    count = d.size if differing else found.clusters
    se = math.sqrt(found.se**2 + unseen / (count + 2) ** 2)
    half = t_quantile((1 + level) / 2, found.df) * se
    return replace(
        plain,
        low=found.mean - half,
        high=found.mean + half,
        se=se,
        caution=caution_for(found)
        or ("" if differing else "no question differs: the interval rests on their number alone"),
    )
