"""Tests that the new way is at least about as good: under a gate that lets no losses through."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize

from evals.stats.adjusted import score
from evals.stats.checks import Clusters, cluster_codes, pair, share
from evals.stats.interval import Interval, grouped
from evals.stats.paired import difference_interval, paired_interval
from evals.stats.special import t_cdf, t_quantile
from evals.stats.verdict import Verdict

__all__ = ["NonInferiority", "noninferiority"]


@dataclass(frozen=True, slots=True)
class NonInferiority:
    """`verdict` is NO_LOSS (the loss is shown to be below `margin`), LOSS (worse than the baseline
    by more than nothing) or CANNOT_TELL, each with error rate `alpha`.

    `p`: of the hypothesis that the loss is `margin` or more. `difference` is two-sided at
    1 - 2 alpha: no loss is shown exactly where `difference.low` > -margin.
    """

    verdict: Verdict
    p: float
    margin: float
    alpha: float
    difference: Interval

    @property
    def holds(self) -> bool:
        """A loss of the margin or more is excluded."""
        return self.verdict is Verdict.NO_LOSS


def noninferiority(
    candidate: ArrayLike,
    baseline: ArrayLike,
    margin: float,
    clusters: Clusters = None,
    *,
    alpha: float = 0.05,
) -> NonInferiority:
    """The one-sided margin test of candidate minus baseline, paired by question, clustered by note.

    candidate, baseline: scores, shape (items,). margin: the loss that would be too much, from 0 up
    (with 0 it asks for proof of being better). Both the interval and, for right and wrong, Tango's
    score test must exclude such a loss: the first fails where losses are rare, the second where
    they are many. With one cluster nothing can be said: CANNOT_TELL. Raises ValueError for lengths
    that differ, a negative margin, or alpha not in (0, 0.5).
    """
    if not (math.isfinite(margin) and margin >= 0):
        raise ValueError(f"margin is {margin}, not from 0 up")
    if not 0 < alpha < 0.5:
        raise ValueError(f"alpha is {alpha}, not between 0 and 0.5")
    a, b = pair(candidate, baseline)
    found = paired_interval(a, b, clusters, share(1 - 2 * alpha, "level"))
    if found.clusters < 2:
        return NonInferiority(Verdict.CANNOT_TELL, 1.0, margin, alpha, found)
    reach = t_quantile(1 - alpha, found.df)
    ends = difference_interval(a - b, clusters, found.level)
    middle = (ends.low + ends.high) / 2
    p = t_cdf(-(middle + margin) / found.se, found.df) if found.se else float(middle <= -margin)
    if np.isin(a - b, (-1.0, 0.0, 1.0)).all():
        group = grouped(a - b, cluster_codes(clusters, a.size))
        gained, lost = (float(x.mean()) * group.effective for x in (a > b, a < b))
        p = max(p, t_cdf(-float(score(gained, lost, group.effective, -margin)), found.df))
        found = replace(found, low=min(found.low, _lowest(gained, lost, group.effective, reach)))
    verdict = Verdict.NO_LOSS if found.low > -margin else Verdict.CANNOT_TELL
    if found.high < 0 and verdict is Verdict.CANNOT_TELL:
        verdict = Verdict.LOSS
    return NonInferiority(verdict, p, margin, alpha, found)


def _lowest(gained: float, lost: float, n: float, reach: float) -> float:
    """The least true difference that lies no further below what was seen than `reach`."""

    def above(difference: float) -> float:
        return float(score(gained, lost, n, difference)) - reach

    seen = (gained - lost) / n
    if above(-1 + 1e-9) <= 0:
        return -1.0
    return float(optimize.brentq(above, -1 + 1e-9, seen, xtol=1e-12))
