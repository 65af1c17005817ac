""" "Will it help here?": gain, no gain, or cannot tell, from about 20 questions.

The rule keeps two promises. Where thinking longer does not help, "gain" is said in at most a share
`error` of pilots; where it helps by `worth` or more, "no gain" is said in at most that share. What
it cannot decide so safely it leaves open.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from numpy.typing import ArrayLike

from evals.stats.checks import Clusters, FloatArray, cluster_codes, generator, pair, whole
from evals.stats.interval import Interval
from evals.stats.paired import paired_interval
from evals.stats.permutation import Alternative, sign_flip
from evals.stats.verdict import MARGIN, Verdict

__all__ = ["CALLS", "PilotVerdict", "Rehearsal", "rehearse", "will_it_help"]

CALLS = (Verdict.GAIN, Verdict.LOSS, Verdict.NO_GAIN, Verdict.CANNOT_TELL)
"""What a pilot may say."""
_AGAINST = {
    Verdict.GAIN: (Verdict.LOSS, Verdict.NO_GAIN),
    Verdict.LOSS: (Verdict.GAIN,),
    Verdict.NO_GAIN: (Verdict.GAIN,),
}


@dataclass(frozen=True, slots=True)
class PilotVerdict:
    """`verdict`, and the `difference` at level 1 - 2 `error` that it rests on. How many questions
    like these would show a gain of `worth` says `plan_from(...).questions(worth)`."""

    verdict: Verdict
    difference: Interval
    worth: float
    error: float


def will_it_help(
    thinking: ArrayLike,
    baseline: ArrayLike,
    clusters: Clusters = None,
    *,
    worth: float = MARGIN,
    error: float = 0.1,
    seed: int,
) -> PilotVerdict:
    """The verdict of a pilot.

    thinking, baseline: scores on the same questions, shape (items,). Give expected scores (maj@k
    and pass@1 of all draws stored) where there are any: right or wrong of one vote is noisier, and
    a pilot has no questions to spare. worth: the least gain that is worth its price, above 0.
    GAIN and LOSS: the interval lies on one side of 0 and the permutation test agrees. NO_GAIN: the
    upper end is below `worth`; a smaller gain may be there. Raises ValueError for bad input.
    """
    a, b = pair(thinking, baseline)
    verdict, found = _judged(a, b, clusters, worth, error, seed)
    return PilotVerdict(verdict, found, worth, error)


def _judged(
    a: FloatArray, b: FloatArray, clusters: Clusters, worth: float, error: float, seed: int
) -> tuple[Verdict, Interval]:
    if not (math.isfinite(worth) and worth > 0):
        raise ValueError(f"worth is {worth}, not above 0")
    if not 0 < error < 0.5:
        raise ValueError(f"error is {error}, not between 0 and 0.5")
    found = paired_interval(a, b, clusters, 1 - 2 * error)
    if found.clusters < 2:
        return Verdict.CANNOT_TELL, found

    def permuted(alternative: Alternative) -> float:
        return sign_flip(a, b, clusters, seed=seed, draws=1_999, alternative=alternative).p

    if found.low > 0 and permuted("greater") <= error:
        return Verdict.GAIN, found
    if found.high < 0 and permuted("less") <= error:
        return Verdict.LOSS, found
    return (Verdict.NO_GAIN if found.high < worth else Verdict.CANNOT_TELL), found


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """How pilots of `size` questions would have done on a run already made: the share of each call,
    and of calls that the `full` run contradicts (gain for no gain, or the reverse)."""

    full: PilotVerdict
    size: int
    shares: dict[Verdict, float]
    contradicted: float


def rehearse(
    thinking: ArrayLike,
    baseline: ArrayLike,
    clusters: Clusters = None,
    *,
    size: int = 20,
    worth: float = MARGIN,
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
    counts = dict.fromkeys(CALLS, 0)
    for _ in range(repeats):
        chosen = rng.choice(a.size, size, replace=False)
        again = int(rng.integers(2**31))
        verdict, _ = _judged(a[chosen], b[chosen], codes[chosen], worth, error, again)
        counts[verdict] += 1
    against = sum(counts[other] for other in _AGAINST.get(full.verdict, ()))
    return Rehearsal(
        full, size, {call: counts[call] / repeats for call in CALLS}, against / repeats
    )
