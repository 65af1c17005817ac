"""Computes what k samples would have scored, from the N stored: exact, no simulation.

Each is the average over all C(N, k) subsets of the stored samples, so it is unbiased for k fresh
draws and wastes none. Taking the first k of N would be one such subset, and mostly noise.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from evals.stats.checks import FloatArray, IntArray, draw_counts, unit, vector, whole

__all__ = [
    "MOST_DRAWS",
    "best_at",
    "maj_at",
    "pass_at",
    "win_shares",
]

MOST_DRAWS = 1_000  # C(1000, 500) is the last that a float holds


def pass_at(draws: ArrayLike, right: ArrayLike, ks: Iterable[int]) -> FloatArray:
    """pass@k of many questions at many k, shape (items, ks).

    draws, right: how many samples each question has and how many are right, shape (items,).
    Raises ValueError for counts that are not whole, right > draws, or a k above the fewest draws.
    """
    n, c = vector(draws, "draws"), vector(right, "right")
    if n.size != c.size:
        raise ValueError(f"draws has {n.size} items and right {c.size}")
    if (n != np.rint(n)).any() or (c != np.rint(c)).any() or n.min() < 1 or c.min() < 0:
        raise ValueError("draws and right are whole numbers, draws from 1 and right from 0 up")
    if (c > n).any():
        raise ValueError(f"right is {c[c > n][0]:.0f} of {n[c > n][0]:.0f} draws")
    wanted = draw_counts(ks, int(n.min()))
    wrong = n - c
    # none right among the first j + 1 draws: a product of (wrong - j) / (n - j)
    steps = np.arange(wanted.max())
    factors = np.clip((wrong[:, None] - steps) / (n[:, None] - steps), 0.0, 1.0)
    none_right = np.cumprod(factors, axis=1)[:, wanted - 1].astype(np.float64)
    return 1 - none_right


def maj_at(
    counts: Sequence[int], values: ArrayLike, ks: Iterable[int], invalid: int = 0
) -> FloatArray:
    """The expected score of the majority of k samples, for each k, shape (ks,).

    counts: how many of the stored samples gave each answer. values: the score of each answer from
    0 to 1 (right or wrong, or an F1). invalid: how many samples gave no answer; they are drawn but
    never vote, and where nobody votes the score is 0. Of m answers with equally many votes each
    wins with chance 1/m, which is also what "the first of them drawn" comes to.

    Exact (self-consistency, arXiv 2203.11171, without the noise of one order of draws). For N
    draws all k together take about N^2 log N steps. Raises ValueError for counts and values of
    different lengths, negative counts, values outside of [0, 1], k above the draws, or more than
    MOST_DRAWS draws.
    """
    scores = unit(np.asarray(values, dtype=np.float64), "values")
    if scores.shape != (len(counts),):
        raise ValueError(f"there are {len(counts)} counts and {scores.size} values")
    chances = win_shares(counts, ks, invalid, wanted=scores > 0)
    return np.minimum(1.0, scores @ chances)


def win_shares(
    counts: Sequence[int],
    ks: Iterable[int],
    invalid: int = 0,
    *,
    wanted: Sequence[bool] | np.ndarray[tuple[int, ...], np.dtype[np.bool_]] | None = None,
) -> FloatArray:
    """The chance that each answer wins the vote of k of the samples, shape (answers, ks).

    Columns sum to 1, less the chance that no draw of the k votes. Answers not `wanted` are left
    at 0, which saves their time. Arguments and errors as `maj_at`.

    How: an answer wins with t votes where each other answer has t or fewer; with j others at t it
    wins 1 in j + 1 times. The subsets are counted by a product of polynomials, one an answer,
    whose powers are votes used and answers tied (a generating function).
    """
    found = [whole(c, "a count") for c in counts]
    total = sum(found) + whole(invalid, "invalid")
    if total > MOST_DRAWS:
        raise ValueError(f"there are {total} samples; up to {MOST_DRAWS} can be counted exactly")
    wanted_ks = draw_counts(ks, total)
    chances = np.zeros((len(found), wanted_ks.size))
    known: dict[int, FloatArray] = {}
    for place, count in enumerate(found):
        if count and (wanted is None or wanted[place]):
            if count not in known:
                others = found[:place] + found[place + 1 :]
                known[count] = _wins(count, others, invalid, wanted_ks)
            chances[place] = known[count]
    return chances


def _wins(count: int, others: list[int], invalid: int, ks: IntArray) -> FloatArray:
    """The chance that an answer of `count` draws wins against `others`, for each k."""
    total = count + sum(others) + invalid
    most = int(ks.max())
    subsets = np.zeros(most + 1)
    for votes in range(1, min(count, most) + 1):
        rivals = [c for c in others if c >= votes]
        # answers with fewer draws than that can neither win nor tie: any of their draws will do
        rest = total - count - sum(rivals)
        left = most - votes
        ways = _row(rest)[: left + 1][None, :]  # [tied, votes used], counted in subsets
        for rival in rivals:
            row = _row(rival)
            fewer = row[: min(votes, left + 1)]
            grown = np.zeros((ways.shape[0] + 1, min(left + 1, ways.shape[1] + fewer.size - 1)))
            for tied, line in enumerate(ways):
                grown[tied, :] = np.convolve(line, fewer)[: grown.shape[1]]
            if votes <= left:
                grown = _widened(grown, min(left + 1, ways.shape[1] + votes))
                end = grown.shape[1]
                grown[1:, votes:] += ways[:, : end - votes] * row[votes]
            ways = grown
        shared = (ways / np.arange(1, ways.shape[0] + 1)[:, None]).sum(axis=0)
        subsets[votes : votes + shared.size] += shared * _row(count)[votes]
    return subsets[ks] / _row(total)[ks]


def _widened(ways: FloatArray, width: int) -> FloatArray:
    if ways.shape[1] >= width:
        return ways
    return np.pad(ways, ((0, 0), (0, width - ways.shape[1])))


@lru_cache(maxsize=2 * MOST_DRAWS)
def _row(n: int) -> FloatArray:
    """C(n, 0) ... C(n, n)."""
    row = np.array([math.comb(n, i) for i in range(n + 1)], dtype=np.float64)
    row.flags.writeable = False
    return row


def best_at(values: ArrayLike, scores: Sequence[float | None], ks: Iterable[int]) -> FloatArray:
    """The expected value of the top-scored of k samples (best-of-k), for each k, shape (ks,).

    values: whether each draw is right, or its score, shape (draws,). scores: what the selector
    thinks of each draw; None (or not a number) for a draw it cannot take. Draws of equal score
    are taken alike often; where none of the k can be taken the value is 0. Exact. Raises
    ValueError for lengths that differ, no draws, or k above the draws.
    """
    value = vector(values, "values")
    if len(scores) != value.size:
        raise ValueError(f"there are {value.size} values and {len(scores)} scores")
    score = np.array([math.nan if s is None else s for s in scores], dtype=np.float64)
    wanted = draw_counts(ks, value.size)
    result = np.zeros(wanted.size)
    below = int(np.isnan(score).sum())
    before = _all_among(below, value.size, wanted)
    for level in np.unique(score[~np.isnan(score)]):
        here = score == level
        below += int(here.sum())
        upto = _all_among(below, value.size, wanted)
        result += float(value[here].mean()) * (upto - before)
        before = upto
    return result


def _all_among(some: int, draws: int, ks: IntArray) -> FloatArray:
    """The chance that all of k samples are among `some` of them: C(some, k) / C(draws, k)."""
    steps = np.arange(ks.max())
    chance: FloatArray = np.cumprod(np.clip((some - steps) / (draws - steps), 0.0, 1.0))
    return chance[ks - 1]
