"""Sign-flip permutation tests: the paired test that assumes least.

If candidate and baseline are equally good, exchanging their answers on all questions of a note is
as likely as not, so the sign of that note's summed difference is a coin flip. Whole clusters flip.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from evals.stats.checks import (
    Clusters,
    FloatArray,
    IntArray,
    cluster_codes,
    generator,
    pair,
    vector,
    whole,
)

__all__ = ["Alternative", "FlipTest", "flip_differences", "sign_changes", "sign_flip", "tolerance"]

Alternative = Literal["two-sided", "greater", "less"]
_ENUMERATED = 14  # clusters up to which all flips are tried
_CONVOLVED = 2e8  # steps up to which the exact distribution of whole numbers is worked out
_BLOCK = 1 << 21  # signs held in memory at a time


@dataclass(frozen=True, slots=True)
class FlipTest:
    """`delta` (candidate minus baseline), its p-value, how it was found (`exact` or not; if not,
    from how many random `flips`), and the number of clusters whose difference is not zero."""

    delta: float
    p: float
    exact: bool
    flips: int
    clusters: int


def sign_flip(
    candidate: ArrayLike,
    baseline: ArrayLike,
    clusters: Clusters = None,
    *,
    seed: int,
    draws: int = 9_999,
    alternative: Alternative = "two-sided",
) -> FlipTest:
    """The paired permutation test of equal means, flipping whole clusters.

    candidate, baseline: scores, shape (items,). Exact where scores are right or wrong (by
    convolution: without clusters this is McNemar's exact test) or clusters are few (all flips).
    Else (b + 1) / (draws + 1) of `draws` random flips, b of them at least as extreme: valid, and
    never 0 (Phipson and Smyth, arXiv 1603.05766). Exact under symmetry about 0 of a cluster's
    difference; in large samples equal means are enough. Raises ValueError for bad input.
    """
    a, b = pair(candidate, baseline)
    return flip_differences(a - b, clusters, seed=seed, draws=draws, alternative=alternative)


def flip_differences(
    differences: ArrayLike,
    clusters: Clusters = None,
    *,
    seed: int,
    draws: int = 9_999,
    alternative: Alternative = "two-sided",
) -> FlipTest:
    """As `sign_flip`, for differences already taken, shape (items,)."""
    d = vector(differences, "differences")
    rng, draws = generator(seed), whole(draws, "draws", 1)
    if alternative not in ("two-sided", "greater", "less"):
        raise ValueError(f"alternative is {alternative!r}, not two-sided, greater or less")
    sums: FloatArray = np.bincount(cluster_codes(clusters, d.size), weights=d).astype(np.float64)
    if alternative == "less":
        sums = -sums
    two_sided = alternative == "two-sided"
    seen = abs(float(sums.sum())) if two_sided else float(sums.sum())
    near = tolerance(sums)
    sums = sums[np.abs(sums) > near]
    delta, count = float(d.mean()), int(sums.size)
    if not count:
        return FlipTest(delta, 1.0, True, 1, 0)
    if _whole_numbers(sums):
        p = _convolved(np.rint(sums).astype(np.int64), round(seen), two_sided)
        return FlipTest(delta, p, True, 0, count)
    exact = count <= _ENUMERATED
    extreme = made = 0
    for signs in sign_changes(count, rng, None if exact else draws):
        found = signs @ sums
        found = np.abs(found) if two_sided else found
        extreme += int((found >= seen - near).sum())
        made += found.size
    p = extreme / made if exact else (extreme + 1) / (made + 1)
    return FlipTest(delta, p, exact, made, count)


def sign_changes(
    clusters: int, rng: np.random.Generator, draws: int | None
) -> Iterator[FloatArray]:
    """Sign changes in blocks, shape (changes, clusters), +1 or -1: all 2^clusters of them, the
    first being no change at all, or `draws` random ones."""
    if draws is None:
        numbers = np.arange(2**clusters, dtype=np.int64)
        for block in np.array_split(numbers, max(1, numbers.size * clusters // _BLOCK)):
            bits = block[:, None] >> np.arange(clusters)[None, :] & 1
            yield 1 - 2 * bits.astype(np.float64)
        return
    rows = max(1, _BLOCK // clusters)
    for start in range(0, draws, rows):
        size = (min(rows, draws - start), clusters)
        yield 1 - 2 * rng.integers(0, 2, size=size, dtype=np.int8).astype(np.float64)


def tolerance(sums: FloatArray) -> float:
    """How far apart two sums of these numbers may be and still be the same sum."""
    return 1e-11 * float(np.abs(sums).sum())


def _whole_numbers(sums: FloatArray) -> bool:
    return bool(
        (np.abs(sums - np.rint(sums)) < 1e-9).all()
        and float(np.abs(sums).sum()) * sums.size <= _CONVOLVED
    )


def _convolved(sums: IntArray, seen: int, both: bool) -> float:
    """P(sum of randomly signed whole numbers >= seen), or of its size if `both`, exactly."""
    sizes = np.abs(sums)
    total = int(sizes.sum())
    # chance[i]: the probability that the flipped numbers so far sum to i
    chance = np.zeros(total + 1)
    chance[0] = 1.0
    for size in sizes.tolist():
        chance[size:] = (chance[size:] + chance[: total + 1 - size]) / 2
        chance[:size] /= 2
    reached = 2 * np.arange(total + 1) - total
    extreme = np.abs(reached) >= seen if both else reached >= seen
    return min(1.0, max(float(chance[extreme].sum()), sys.float_info.min))
