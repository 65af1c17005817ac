""" "Will it help here?": gain, no gain, or cannot tell, from about 20 questions.

The rule keeps two promises. Where thinking longer does not help, "gain" is said in at most a share
`error` of pilots; where it helps by `worth` or more, "no gain" is said in at most that share. What
it cannot decide so safely it leaves open, and says how many questions would decide it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

from numpy.typing import ArrayLike

from evals.stats.checks import Clusters, FloatArray, cluster_codes, generator, pair, whole
from evals.stats.flips import sign_flip
from evals.stats.interval import Interval
from evals.stats.paired import paired_interval
from evals.stats.power import plan_from, plan_questions

__all__ = ["Call", "Rehearsal", "Verdict", "rehearse", "will_it_help"]

Call: TypeAlias = Literal["gain", "no gain", "cannot tell"]
_CALLS: tuple[Call, ...] = ("gain", "no gain", "cannot tell")


@dataclass(frozen=True, slots=True)
class Verdict:
    """`call`, and what it rests on: the `difference` at level 1 - 2 `error`, and the one-sided
    permutation p-value of a gain. `questions`: how many like these would show a gain of `worth`
    four times in five, None if more than can be asked (or nothing is known)."""

    call: Call
    difference: Interval
    p_gain: float
    worth: float
    error: float
    questions: int | None


def will_it_help(
    thinking: ArrayLike,
    baseline: ArrayLike,
    clusters: Clusters = None,
    *,
    worth: float = 0.05,
    error: float = 0.1,
    seed: int,
) -> Verdict:
    """The verdict of a pilot.

    thinking, baseline: scores on the same questions, shape (items,). Give expected scores (maj@k
    and pass@1 of all draws stored) where there are any: right or wrong of one vote is noisier, and
    a pilot has no questions to spare. worth: the least gain that is worth its price, above 0.
    "gain": the lower end is above 0 and the permutation test agrees. "no gain": the upper end is
    below `worth`; a smaller gain may be there. Raises ValueError for bad input.
    """
    a, b = pair(thinking, baseline)
    call, found, p = _judged(a, b, clusters, worth, error, seed)
    needed = plan_questions(plan_from(a, b, clusters), worth) if found.clusters > 1 else None
    return Verdict(call, found, p, worth, error, needed)


def _judged(
    a: FloatArray, b: FloatArray, clusters: Clusters, worth: float, error: float, seed: int
) -> tuple[Call, Interval, float]:
    if not (math.isfinite(worth) and worth > 0):
        raise ValueError(f"worth is {worth}, not above 0")
    if not 0 < error < 0.5:
        raise ValueError(f"error is {error}, not between 0 and 0.5")
    found = paired_interval(a, b, clusters, 1 - 2 * error)
    p = sign_flip(a, b, clusters, seed=seed, draws=1_999, alternative="greater").p
    if found.clusters < 2:
        return "cannot tell", found, p
    if found.high < worth:
        return "no gain", found, p
    if found.low > 0 and p <= error:
        return "gain", found, p
    return "cannot tell", found, p


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """How pilots of `size` questions would have done on a run already made: the share of each call,
    and of calls that the `full` run contradicts (gain for no gain, or the reverse)."""

    full: Verdict
    size: int
    shares: dict[Call, float]
    contradicted: float


def rehearse(
    thinking: ArrayLike,
    baseline: ArrayLike,
    clusters: Clusters = None,
    *,
    size: int = 20,
    worth: float = 0.05,
    error: float = 0.1,
    repeats: int = 200,
    seed: int,
) -> Rehearsal:
    """Draw pilots from a full run, without replacement, and compare each verdict with the run's.

    Arguments as `will_it_help`. Pilots share the run's questions, so this flatters them where
    `size` is not small beside the run. Raises ValueError also for a size below 2 or above the run.
    """
    a, b = pair(thinking, baseline)
    size, repeats = whole(size, "size", 2), whole(repeats, "repeats", 1)
    if size > a.size:
        raise ValueError(f"a pilot of {size} cannot be drawn from {a.size} questions")
    codes = cluster_codes(clusters, a.size)
    full = will_it_help(a, b, codes, worth=worth, error=error, seed=seed)
    rng = generator(seed)
    counts: dict[Call, int] = dict.fromkeys(_CALLS, 0)
    for _ in range(repeats):
        chosen = rng.choice(a.size, size, replace=False)
        again = int(rng.integers(2**31))
        call, _, _ = _judged(a[chosen], b[chosen], codes[chosen], worth, error, again)
        counts[call] += 1
    opposite: dict[Call, Call] = {"gain": "no gain", "no gain": "gain"}
    against = counts[opposite[full.call]] if full.call in opposite else 0
    return Rehearsal(
        full, size, {call: counts[call] / repeats for call in _CALLS}, against / repeats
    )
