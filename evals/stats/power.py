"""What a run of n questions can show, before it is run: power and the least difference it detects.

`delta` is the true difference of accuracies, `discordance` the share of questions on which the two
strategies score differently. For strategies alike it is small, and small differences show.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from numpy.typing import ArrayLike

from evals.stats.checks import Clusters, pair, share, whole
from evals.stats.interval import Interval
from evals.stats.paired import mcnemar, paired_interval
from evals.stats.special import normal_cdf, normal_quantile, t_cdf, t_quantile

__all__ = [
    "Plan",
    "design_effect",
    "detectable",
    "plan_detectable",
    "plan_from",
    "plan_power",
    "plan_questions",
    "power_mcnemar",
    "power_paired",
    "questions_needed",
]


def power_paired(
    delta: float, discordance: float, n: int, *, alpha: float = 0.05, design_effect: float = 1.0
) -> float:
    """The chance that the two-sided paired test finds a true difference of `delta`.

    Connor's normal approximation (Biometrics 43, 1987), with n / design_effect questions in
    effect where clusters make them fewer. Raises ValueError unless |delta| <= discordance <= 1.
    """
    _check(delta, discordance)
    effective = whole(n, "n", 1) / _effect(design_effect)
    reach = normal_quantile(1 - share(alpha, "alpha") / 2) * math.sqrt(discordance)
    if not discordance:
        return alpha
    signal = abs(delta) * math.sqrt(effective)
    spread = math.sqrt(max(discordance - delta * delta, 1e-300))
    return normal_cdf((signal - reach) / spread) + normal_cdf((-signal - reach) / spread)


def power_mcnemar(delta: float, discordance: float, n: int, *, alpha: float = 0.05) -> float:
    """The same for the exact McNemar test of n independent questions, without approximation: over
    every number of discordant pairs, and every split of them. Raises as `power_paired`."""
    _check(delta, discordance)
    n, share_up = whole(n, "n", 1), 0.5
    share(alpha, "alpha")
    if discordance:
        share_up = (discordance + delta) / (2 * discordance)
    total = 0.0
    for pairs, chance in enumerate(_binomial(n, discordance)):
        if chance < 1e-15:
            continue
        most = -1  # the most of the rarer kind at which the test still rejects
        while 2 * (most + 1) < pairs and mcnemar(most + 1, pairs - most - 1) <= alpha:
            most += 1
        splits = _binomial(pairs, share_up)
        total += chance * (math.fsum(splits[: most + 1]) + math.fsum(splits[pairs - most :]))
    return min(1.0, total)


def questions_needed(
    delta: float,
    discordance: float,
    *,
    power: float = 0.8,
    alpha: float = 0.05,
    design_effect: float = 1.0,
) -> int:
    """How many questions find a true difference of `delta` with this power (Connor 1987).

    Raises ValueError for a delta of 0, and as `power_paired`.
    """
    _check(delta, discordance)
    if not delta:
        raise ValueError("delta is 0: no number of questions shows that")
    reach = normal_quantile(1 - share(alpha, "alpha") / 2) * math.sqrt(discordance)
    room = normal_quantile(share(power, "power")) * math.sqrt(max(0.0, discordance - delta**2))
    return max(1, math.ceil(((reach + room) / delta) ** 2 * _effect(design_effect) - 1e-9))


def detectable(
    n: int,
    discordance: float,
    *,
    power: float = 0.8,
    alpha: float = 0.05,
    design_effect: float = 1.0,
) -> float | None:
    """The least true difference that n questions find with this power; None where they are too few
    to find any that such a discordance allows. Raises as `power_paired`."""
    _check(0.0, discordance)
    share(power, "power")

    def enough(delta: float) -> bool:
        found = power_paired(delta, discordance, n, alpha=alpha, design_effect=design_effect)
        return found >= power

    if not discordance or not enough(discordance):
        return None
    low, high = 0.0, discordance
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


@dataclass(frozen=True, slots=True)
class Plan:
    """What a first run of `n` questions says of later ones: the `difference` with its interval,
    the share of questions that differ, and the design effect: how many times more questions the
    clusters ask for than independent ones would."""

    difference: Interval
    discordance: float
    design_effect: float


def plan_from(candidate: ArrayLike, baseline: ArrayLike, clusters: Clusters = None) -> Plan:
    """What data already there say of later runs. candidate, baseline: scores, shape (items,).
    Raises ValueError for bad input, and for one cluster only."""
    a, b = pair(candidate, baseline)
    found = paired_interval(a, b, clusters)
    if found.clusters < 2:
        raise ValueError("a pilot on one note says nothing of how notes differ")
    return Plan(found, float((a != b).mean()), design_effect(a, b, clusters))


def design_effect(candidate: ArrayLike, baseline: ArrayLike, clusters: Clusters = None) -> float:
    """The variance of the mean difference with its clusters over that of independent questions,
    at least 1 / n; 1 without clusters. Raises ValueError for bad input."""
    a, b = pair(candidate, baseline)
    together = paired_interval(a, b, clusters)
    alone = paired_interval(a, b)
    if not math.isfinite(together.se) or not math.isfinite(alone.se):
        return 1.0
    return max(1 / a.size, (together.se / alone.se) ** 2) if alone.se else 1.0


def plan_power(plan: Plan, delta: float, n: int, *, alpha: float = 0.05) -> float:
    """The chance that n questions like the pilot's (notes of such sizes) find a true `delta`, from
    the spread the pilot saw, so for any scores. Raises ValueError for bad n or alpha."""
    share(alpha, "alpha")
    se, df = _at(plan, n)
    reach = t_quantile(1 - alpha / 2, df)
    shift = abs(delta) / se
    return t_cdf(shift - reach, df) + t_cdf(-shift - reach, df)


def plan_detectable(plan: Plan, n: int, *, power: float = 0.8, alpha: float = 0.05) -> float:
    """The least true difference that n questions like the pilot's find. Raises ValueError for bad
    n, power or alpha."""
    se, df = _at(plan, n)
    quantiles = t_quantile(1 - share(alpha, "alpha") / 2, df) + t_quantile(
        share(power, "power"), df
    )
    return max(0.0, quantiles) * se


def plan_questions(
    plan: Plan, delta: float, *, power: float = 0.8, alpha: float = 0.05, most: int = 10**7
) -> int | None:
    """How many questions like the pilot's find a true `delta`; None for more than `most`.
    Raises ValueError for a delta of 0."""
    if not delta:
        raise ValueError("delta is 0: no number of questions shows that")
    low, high = 1, 2
    while plan_detectable(plan, high, power=power, alpha=alpha) > abs(delta):
        low, high = high, 2 * high
        if low >= most:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        if plan_detectable(plan, middle, power=power, alpha=alpha) > abs(delta):
            low = middle
        else:
            high = middle
    return high


def _at(plan: Plan, n: int) -> tuple[float, float]:
    """Standard error and degrees of freedom of n questions in notes of such sizes."""
    times = whole(n, "n", 2) / plan.difference.n
    return plan.difference.se / math.sqrt(times), max(1.0, plan.difference.df * times)


def _binomial(n: int, p: float) -> list[float]:
    if p in (0.0, 1.0):
        return [float(i == (n if p else 0)) for i in range(n + 1)]
    log, unlog = math.log(p), math.log1p(-p)
    front = math.lgamma(n + 1)
    return [
        math.exp(front - math.lgamma(i + 1) - math.lgamma(n - i + 1) + i * log + (n - i) * unlog)
        for i in range(n + 1)
    ]


def _check(delta: float, discordance: float) -> None:
    if not 0 <= discordance <= 1:
        raise ValueError(f"discordance is {discordance}, not from 0 to 1")
    if not abs(delta) <= discordance + 1e-12:
        raise ValueError(f"delta is {delta}, but only {discordance} of the questions differ")


def _effect(value: float) -> float:
    if not (math.isfinite(value) and value > 0):
        raise ValueError(f"design_effect is {value}, not above 0")
    return value
