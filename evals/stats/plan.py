"""From a run already made to later ones like it: how many questions would tell."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from evals.stats.adjusted import difference_limits, effective, score
from evals.stats.checks import Clusters, IntArray, cluster_codes, generator, pair, share
from evals.stats.interval import grouped
from evals.stats.power import MOST, SEED, equal_notes, least, questions_needed, worlds
from evals.stats.special import normal_quantile, t_quantile

__all__ = ["StudyPlan", "plan_from", "questions_for_gate"]


@dataclass(frozen=True, slots=True)
class StudyPlan:
    """What a first run says of later ones like it: the share of questions that differ (with one
    more that does and one that does not), by how much they do (1 for right and wrong), questions a
    note, and their correlation within notes."""

    discordance: float
    step: float
    size: float
    correlation: float

    def questions(self, delta: float, *, power: float = 0.8, alpha: float = 0.05) -> int | None:
        """How many such questions find a true `delta`; None for more than ten million."""
        return questions_needed(
            delta / self.step, self.discordance, power=power, alpha=alpha, size=self.size,
            correlation=self.correlation,
        )  # fmt: skip

    def gate_questions(
        self, margin: float, *, power: float = 0.8, alpha: float = 0.05
    ) -> int | None:
        """How many such questions pass a gate of this margin where nothing is lost."""
        return questions_for_gate(
            margin / self.step, self.discordance, power=power, alpha=alpha, size=self.size,
            correlation=self.correlation,
        )  # fmt: skip


def plan_from(candidate: ArrayLike, baseline: ArrayLike, clusters: Clusters = None) -> StudyPlan:
    """What data already there say of later runs. candidate, baseline: scores, shape (items,).
    Raises ValueError for bad input, and for one cluster only."""
    a, b = pair(candidate, baseline)
    codes = cluster_codes(clusters, a.size)
    if codes.max() == 0:
        raise ValueError("a pilot on one note says nothing of how notes differ")
    d = a - b
    differ = d[d != 0]
    step = math.sqrt(float((differ**2).mean())) if differ.size else 1.0
    sizes = np.bincount(codes).astype(np.float64)
    return StudyPlan(
        (differ.size + 1) / (d.size + 2),
        step,
        float((sizes**2).sum()) / d.size,
        grouped(d, codes).correlation if sizes.max() > 1 else 0.0,
    )


def questions_for_gate(
    margin: float,
    discordance: float,
    *,
    power: float = 0.8,
    alpha: float = 0.05,
    size: float = 1.0,
    correlation: float = 0.0,
) -> int | None:
    """How many questions show that nothing was lost, where nothing was, by the test of
    `noninferiority`; None for more than ten million. Arguments as `questions_needed`."""
    if not 0 <= discordance <= 1:
        raise ValueError(f"discordance is {discordance}, not from 0 to 1")
    if not margin > 0:
        raise ValueError(f"margin is {margin}, not above 0")
    effect = 1 + (size - 1) * correlation
    reach = normal_quantile(1 - share(alpha, "alpha"))
    reach += normal_quantile((1 + share(power, "power")) / 2)
    about = max(discordance * (reach / margin) ** 2, 2.7 / margin) * effect
    if about > MOST:
        return None
    return least(
        about,
        lambda n: _passes(equal_notes(n, size), margin, discordance, correlation, alpha) >= power,
    )


def _passes(
    sizes: IntArray, margin: float, discordance: float, correlation: float, alpha: float
) -> float:
    """The chance that a gate passes where gains and losses are as many."""
    runs = max(400, min(4_000, 2_000_000 // sizes.size))
    if sizes.max() == 1:
        counts = generator(SEED).multinomial(
            sizes.size, [discordance / 2, discordance / 2, 1 - discordance], runs
        )
        gained, lost = counts[:, 0].astype(np.float64), counts[:, 1].astype(np.float64)
        n = float(sizes.size)
        worth = np.full(runs, n)
        mean = (gained - lost) / n
        variance = (gained + lost) / n - mean**2
    else:
        up, down = worlds(0.0, discordance, sizes, correlation, runs)
        gained, lost = up.sum(axis=1).astype(np.float64), down.sum(axis=1).astype(np.float64)
        n = float(sizes.sum())
        found = effective(
            (up - down).astype(np.float64), gained + lost, sizes.astype(np.float64),
            (up + down > 0).sum(axis=1).astype(np.float64),
        )  # fmt: skip
        worth, mean, variance = found.n, found.mean, found.variance
    df = sizes.size + 1.0
    low, _, _ = difference_limits(mean, variance * n / (n - 1), worth, df, 1.0, 2.0, 1 - 2 * alpha)
    z = score(gained / n * worth, lost / n * worth, worth, -margin)
    return float(((low > -margin) & (z > t_quantile(1 - alpha, df))).mean())
