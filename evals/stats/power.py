"""Power analysis: what a run of n questions can show, before it is run and after.

`delta` is the true difference of accuracies, `discordance` the share of questions on which the two
strategies score differently: never less than the difference. The test is the sign-flip test of
whole notes that decisions rest on, so its lattice counts: five questions that differ never reach
p < .05, and neither do five notes. For independent questions it is McNemar's exact test, whose
power is summed over every outcome; with notes it is simulated, with a seed of its own. Among
several strategies the test is max-T's, and what the others do under flips is counted as it is:
others that hardly ever differ cost hardly anything.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from evals.stats.bootstrap import cluster_sums
from evals.stats.checks import (
    BoolArray,
    Clusters,
    FloatArray,
    IntArray,
    generator,
    matrix,
    share,
    vector,
    whole,
)
from evals.stats.permutation import sign_changes
from evals.stats.special import normal_quantile

__all__ = [
    "ALONE",
    "MOST",
    "SEED",
    "Rivals",
    "detectable",
    "equal_notes",
    "least",
    "power_clustered",
    "power_mcnemar",
    "power_paired",
    "questions_needed",
    "rivals_of",
    "worlds",
]

SEED = 19_470_601
"""Of every simulation here: the same question always has the same answer."""
MOST = 10**7
"""Questions beyond which none are asked for."""
_RUNS = 4_000
_MANY = 200  # notes from which on their number no longer matters to the test
_EXACT = 2_000  # questions up to which independent ones are summed over
_FLIPS = 4_000
_STEP = 0.02  # of the statistics that rivals are counted at


@dataclass(frozen=True, slots=True)
class Rivals:
    """The other strategies of a family under shared sign flips: `tails[i]` is how often one of
    them reaches a statistic of i / 50 where the strategy in question does not."""

    tails: tuple[float, ...] = ()

    def allowed(self, statistic: FloatArray, alpha: float) -> FloatArray:
        """The greatest p that a strategy may have alone to be found at `alpha` among these, where
        its own statistic is this: max-T's p is p + (1 - p) x the tail there."""
        if not self.tails:
            return np.full_like(statistic, alpha)
        at = np.floor(statistic / _STEP + 1e-9).astype(np.int64)
        tail = np.array([*self.tails, 0.0])[np.clip(at, 0, len(self.tails))]
        found: FloatArray = np.maximum(0.0, (alpha - tail) / np.maximum(1 - tail, 1e-12))
        return found

    def level(self, alpha: float) -> float:
        """The level at which a test with a normal statistic rejects."""
        reach = np.arange(1.0, 8.0, _STEP / 4)
        p = 2 * special.ndtr(-reach)
        found = p[p <= self.allowed(reach, alpha)]
        return alpha if not self.tails else float(found.max())


ALONE = Rivals()
"""One strategy against the baseline."""


def rivals_of(
    differences: ArrayLike, others: ArrayLike, clusters: Clusters = None, *, seed: int = SEED
) -> Rivals:
    """What the other strategies of a family do, from a run: `differences` of the strategy in
    question, shape (items,), `others` theirs, shape (items, strategies)."""
    own = vector(differences, "differences")
    every = np.column_stack([own, matrix(others, "others")])
    sums, _ = cluster_sums(every, clusters)
    scale = np.sqrt((sums**2).sum(axis=0))
    scaled = sums / np.where(scale > 0, scale, 1.0)
    found = np.concatenate([
        np.abs(signs @ scaled) for signs in sign_changes(scaled.shape[0], generator(seed), _FLIPS)
    ])  # fmt: skip
    mine, greatest = found[:, 0], found[:, 1:].max(axis=1)
    tails = []
    for reach in np.arange(0.0, float(greatest.max()) + _STEP, _STEP):
        less = mine < reach + 1e-9
        tails.append(float((greatest[less] >= reach - 1e-9).mean()) if less.any() else 1.0)
    return Rivals(tuple(tails))


def power_paired(
    delta: float, discordance: float, n: int, *, alpha: float = 0.05, design_effect: float = 1.0
) -> float:
    """Connor's normal approximation of the power (Biometrics 43, 1987): for many questions.

    n / design_effect questions are in effect where clusters make them fewer. Raises ValueError
    unless |delta| <= discordance <= 1.
    """
    _check(delta, discordance)
    share(alpha, "alpha")
    n = whole(n, "n", 1)
    if not (math.isfinite(design_effect) and design_effect > 0):
        raise ValueError(f"design_effect is {design_effect}, not above 0")
    if not discordance:
        return 0.0
    reach = normal_quantile(1 - alpha / 2) * math.sqrt(discordance)
    signal = abs(delta) * math.sqrt(n / design_effect)
    spread = math.sqrt(max(discordance - delta * delta, 1e-300))
    return float(special.ndtr((signal - reach) / spread) + special.ndtr((-signal - reach) / spread))


def power_mcnemar(
    delta: float, discordance: float, n: int, *, alpha: float = 0.05, rivals: Rivals = ALONE
) -> float:
    """The chance that McNemar's exact two-sided test of n independent questions rejects: over
    every number of discordant pairs and every split of them. rivals: adjusted for by max-T.
    Raises as `power_paired`."""
    _check(delta, discordance)
    n = whole(n, "n", 1)
    up = (discordance + delta) / (2 * discordance) if discordance else 0.5
    up = min(1.0, max(0.0, up))
    pairs = np.arange(n + 1)
    most = _critical(n, share(alpha, "alpha"), rivals)
    able = most >= 0
    if not able.any() or not discordance:
        return 0.0
    pairs, most = pairs[able], most[able]
    chance = _binomial(pairs, n, discordance)
    rejects = special.bdtr(most, pairs, up) + special.bdtr(most, pairs, 1 - up)
    return float(min(1.0, (chance * rejects).sum()))


@lru_cache(maxsize=64)
def _critical(n: int, alpha: float, rivals: Rivals) -> IntArray:
    """For each number of discordant pairs, 0..n, the most of the rarer kind at which McNemar's
    exact test still rejects; -1 for none."""
    pairs = np.arange(n + 1)
    # the guess of a normal approximation, then step by step to where the exact one is
    reach = normal_quantile(1 - rivals.level(alpha) / 2)
    most = np.floor((pairs - reach * np.sqrt(pairs)) / 2).astype(np.int64)
    most = np.clip(most, -1, pairs // 2 - 1)

    def rejects(rare: IntArray) -> BoolArray:
        tail = np.where(rare >= 0, special.bdtr(np.maximum(rare, 0), pairs, 0.5), 0.0)
        seen = (pairs - 2 * rare) / np.sqrt(np.maximum(pairs, 1))
        return (2 * rare < pairs) & (2 * tail <= rivals.allowed(seen, alpha))

    while (down := (most >= 0) & ~rejects(most)).any():
        most = most - down
    while (up := rejects(most + 1)).any():
        most = most + up
    return most


def _binomial(k: IntArray, n: int, p: float) -> FloatArray:
    """The binomial chance of each k of n."""
    front = special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)
    found: FloatArray = np.exp(front + special.xlogy(k, p) + special.xlog1py(n - k, -p))
    return found


def power_clustered(
    delta: float,
    discordance: float,
    sizes: Sequence[int] | IntArray,
    correlation: float,
    *,
    alpha: float = 0.05,
    runs: int = _RUNS,
    rivals: Rivals = ALONE,
) -> float:
    """The same for questions in notes of these `sizes`, whose gains and losses hang together with
    this correlation (Dirichlet-multinomial), by simulation. Raises ValueError as `power_paired`,
    and for a correlation outside of 0 to 1."""
    up, down = worlds(delta, discordance, sizes, correlation, runs)
    return float(_flipped(up - down, share(alpha, "alpha"), rivals).mean())


def _flipped(sums: IntArray, alpha: float, rivals: Rivals) -> BoolArray:
    """Whether the sign-flip test of summed differences, shape (runs, notes), would reject.

    The distribution under flips is that of its first four moments (Cornish and Fisher), with half
    a step of the lattice of whole numbers; and all flips together must be able to reject.
    """
    squares = (sums**2).sum(axis=1).astype(np.float64)
    fourth = (sums.astype(np.float64) ** 4).sum(axis=1)
    safe = np.maximum(squares, 1.0)
    total = np.abs(sums.sum(axis=1)).astype(np.float64)
    allowed = rivals.allowed(total / np.sqrt(safe), alpha)
    z = -special.ndtri(np.maximum(allowed, 1e-300) / 2)
    reach = z - (z**3 - 3 * z) * fourth / safe**2 / 12
    seen = (total - 1) / np.sqrt(safe)
    found: BoolArray = (seen >= reach) & (0.5 ** ((sums != 0).sum(axis=1) - 1.0) <= allowed)
    return found


def worlds(
    delta: float,
    discordance: float,
    sizes: Sequence[int] | IntArray,
    correlation: float,
    runs: int,
) -> tuple[IntArray, IntArray]:
    """How many questions of each note are gained and lost, each of shape (runs, notes)."""
    _check(delta, discordance)
    if not 0 <= correlation <= 1:
        raise ValueError(f"correlation is {correlation}, not from 0 to 1")
    notes = np.asarray(sizes, dtype=np.int64)
    if not notes.size or notes.min() < 1:
        raise ValueError("sizes are of one or more notes, each of one question or more")
    rng = generator(SEED)
    gain, loss = (discordance + delta) / 2, (discordance - delta) / 2
    shape = (runs, notes.size)
    shares = np.broadcast_to(np.clip([gain, loss, 1 - discordance], 0, 1), (*shape, 3))
    if correlation > 0:
        scale = max(1 / correlation - 1, 1e-3)
        drawn = rng.standard_gamma(np.maximum(shares * scale, 1e-9)) + 1e-300
        shares = drawn / drawn.sum(axis=-1, keepdims=True)
    up = rng.binomial(notes, np.clip(shares[..., 0], 0, 1))
    rest = np.maximum(1 - shares[..., 0], 1e-12)
    down = rng.binomial(notes - up, np.clip(shares[..., 1] / rest, 0, 1))
    return up, down


def detectable(
    n: int,
    discordance: float,
    *,
    power: float = 0.8,
    alpha: float = 0.05,
    sizes: Sequence[int] | IntArray | None = None,
    correlation: float = 0.0,
    rivals: Rivals = ALONE,
) -> float | None:
    """The least true difference that n questions find with this power; None where they are too few
    to find any. A difference larger than `discordance` makes for as much discordance as it needs.

    sizes, correlation: of the notes the questions come from; None for independent ones. rivals:
    the rest of the family, with `alpha` that of the family. Raises as `power_clustered`.
    """
    _check(0.0, discordance)
    share(power, "power")
    chance = _chance(n, alpha, sizes, correlation, rivals)

    def enough(delta: float) -> bool:
        return chance(delta, max(delta, discordance)) >= power

    if not enough(1.0):
        return None
    low, high = 0.0, 1.0
    while high - low > 5e-4:
        middle = (low + high) / 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _chance(
    n: int,
    alpha: float,
    sizes: Sequence[int] | IntArray | None,
    correlation: float,
    rivals: Rivals = ALONE,
) -> Callable[[float, float], float]:
    """Power as a function of the difference and the discordance."""
    share(alpha, "alpha")
    if sizes is None or max(sizes) == 1:
        if n <= _EXACT:
            return lambda delta, differ: power_mcnemar(delta, differ, n, alpha=alpha, rivals=rivals)
        level = rivals.level(alpha)
        return lambda delta, differ: power_paired(delta, differ, n, alpha=level)
    notes = np.asarray(sizes)
    runs = max(1_000, min(_RUNS, 400_000 // notes.size))
    return lambda delta, differ: power_clustered(
        delta, differ, notes, correlation, alpha=alpha, runs=runs, rivals=rivals
    )


def questions_needed(
    delta: float,
    discordance: float,
    *,
    power: float = 0.8,
    alpha: float = 0.05,
    size: float = 1.0,
    correlation: float = 0.0,
) -> int | None:
    """How many questions find a true difference of `delta` with this power; None for more than ten
    million. size: questions a note; correlation: within notes. Raises ValueError for a delta of 0,
    and as `power_clustered`."""
    _check(0.0, discordance)
    share(power, "power")
    if not delta:
        raise ValueError("delta is 0: no number of questions shows that")
    delta = min(1.0, abs(delta))
    differ = max(delta, discordance)
    effect = 1 + (size - 1) * correlation
    reach = normal_quantile(1 - share(alpha, "alpha") / 2) * math.sqrt(differ)
    room = normal_quantile(power) * math.sqrt(max(0.0, differ - delta**2))
    about = max(1.0, ((reach + room) / delta) ** 2 * effect)
    if about > _EXACT or (size > 1 and about > _MANY * size):
        return math.ceil(about) if about <= MOST else None
    return least(
        about,
        lambda n: _chance(n, alpha, equal_notes(n, size), correlation)(delta, differ) >= power,
    )


def equal_notes(n: int, size: float) -> IntArray:
    """The sizes of notes of n questions in notes as equal as may be, of about this size."""
    notes = max(1, min(n, round(n / max(1.0, size))))
    return np.bincount(np.arange(n) % notes)


def least(about: float, enough: Callable[[int], bool]) -> int | None:
    """The least number that is enough, to one in two hundred, looked for around `about`; None for
    more than ten million."""
    low, high = 0, max(1, math.ceil(about))
    while not enough(high):
        low, high = high, math.ceil(1.5 * high) + 1
        if high > MOST:
            return None
    while low == 0 and high > 1:
        half = high // 2
        low, high = (low, half) if enough(half) else (half, high)
    while high - low > max(1, high // 200):
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _check(delta: float, discordance: float) -> None:
    if not 0 <= discordance <= 1:
        raise ValueError(f"discordance is {discordance}, not from 0 to 1")
    if not abs(delta) <= discordance + 1e-12:
        raise ValueError(f"delta is {delta}, but only {discordance} of the questions differ")
