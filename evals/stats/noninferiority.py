"""Is the new way at least about as good? The test under a gate that must not let losses through."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from numpy.typing import ArrayLike

from evals.stats.checks import Clusters, share
from evals.stats.interval import Interval
from evals.stats.paired import paired_interval
from evals.stats.special import t_cdf

__all__ = ["NonInferiority", "noninferiority"]


@dataclass(frozen=True, slots=True)
class NonInferiority:
    """`holds`: the candidate is not worse by `margin` or more, at error rate `alpha`.

    `verdict` is "holds", "worse" (worse than the baseline by more than nothing, at alpha) or
    "unclear" (too few questions to say either). `p`: of the hypothesis that the loss is `margin`
    or more. `difference` is two-sided at 1 - 2 alpha: it holds where `difference.low` > -margin.
    """

    holds: bool
    verdict: Literal["holds", "worse", "unclear"]
    p: float
    margin: float
    alpha: float
    difference: Interval


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
    (with 0 it asks for proof of being better). With one cluster nothing can be said: "unclear".
    Raises ValueError for lengths that differ, a negative margin, or alpha not in (0, 0.5).
    """
    if not (math.isfinite(margin) and margin >= 0):
        raise ValueError(f"margin is {margin}, not from 0 up")
    if not 0 < alpha < 0.5:
        raise ValueError(f"alpha is {alpha}, not between 0 and 0.5")
    found = paired_interval(candidate, baseline, clusters, share(1 - 2 * alpha, "level"))
    if found.clusters < 2:
        return NonInferiority(False, "unclear", 1.0, margin, alpha, found)
    if found.se:
        p = t_cdf(-(found.value + margin) / found.se, found.df)
    else:
        p = float(found.value <= -margin)
    holds = p < alpha
    verdict: Literal["holds", "worse", "unclear"] = "holds" if holds else "unclear"
    if not holds and found.high < 0:
        verdict = "worse"
    return NonInferiority(holds, verdict, p, margin, alpha, found)
