"""Adjusted Wald intervals with an effective number of questions: the arithmetic, for arrays.

A textbook interval has no width where all questions agree, and is too narrow near that. The remedy
that covers is to compute it as if a few more questions had been seen: one right and one wrong a
side for an accuracy (Agresti and Coull, The American Statistician 52, 1998), one gained and one
lost for a paired difference (Bonett and Price, JEBS 37, 2012, doi 10.3102/1076998611411915), one
right and one wrong in each of two samples (Agresti and Caffo, The American Statistician 54, 2000).

Questions made from one note share its luck, so n of them count as n / (1 + (m - 1) r): `m` is the
size of a note, `r` the correlation within notes (Korn and Graubard, Survey Methodology 24, 1998).
The correlation comes from the CR2 variance of sums by note. Where nearly all notes are alike
throughout, it can hardly be estimated, so two notes with a correlation of 0.25 are added to those
that are not; it is never taken below its estimate.

Every function takes numbers or arrays that broadcast: a simulation of 20,000 runs is one call.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import special

from evals.stats.checks import FloatArray

__all__ = [
    "PSEUDO",
    "EffectiveSample",
    "accuracy_limits",
    "difference_limits",
    "effective",
    "score",
    "unpaired",
]

PSEUDO = 2.0
"""Questions added: one each way."""
_CORRELATION = 0.25
_NOTES = 2.0

FloatOrArray = float | FloatArray


class EffectiveSample(NamedTuple):
    """Of n values: their `mean`, their `variance` (about it, divided by n), the `correlation`
    within notes as shrunk, and the number of independent questions they are worth (`n`)."""

    mean: FloatArray
    variance: FloatArray
    correlation: FloatArray
    n: FloatArray


def effective(
    sums: FloatArray, squares: FloatOrArray, sizes: FloatArray, moving: FloatOrArray
) -> EffectiveSample:
    """What n values of two or more notes are worth.

    sums: of each note, shape (..., notes). squares: the sum of all squared values. sizes: shape
    (notes,). moving: the notes less the most of them that have one and the same value throughout.
    """
    n = float(sizes.sum())
    mean = sums.sum(axis=-1) / n
    square = np.asarray(squares) / n
    variance = np.maximum(square - mean**2, 0.0)
    variance = np.where(variance > 1e-12 * square, variance, 0.0)
    residuals = sums - sizes * np.expand_dims(mean, -1)
    together = (residuals**2 / (1 - sizes / n)).sum(axis=-1) / n**2
    alone = variance / max(n - 1, 1.0)
    room = float((sizes**2).sum()) / n - 1
    seen = np.zeros_like(mean)
    if room > 0:
        ratio = np.divide(together, alone, out=np.ones_like(mean), where=alone > 0)
        seen = np.clip((ratio - 1) / room, 0.0, 1.0)
    shrunk = (np.asarray(moving) * seen + _NOTES * _CORRELATION) / (moving + _NOTES)
    correlation = np.maximum(seen, shrunk)
    return EffectiveSample(mean, variance, correlation, n / (1 + room * correlation))


def accuracy_limits(
    mean: FloatOrArray, n: FloatOrArray, df: FloatOrArray, level: float
) -> tuple[FloatArray, FloatArray]:
    """Agresti and Coull's interval of a share `mean` of `n` effective questions, in [0, 1]."""
    reach = special.stdtrit(df, (1 + level) / 2)
    total = n + reach**2
    middle = (mean * n + reach**2 / 2) / total
    half = reach * np.sqrt(middle * (1 - middle) / total)
    return np.maximum(0.0, middle - half), np.minimum(1.0, middle + half)


def difference_limits(
    mean: FloatOrArray,
    variance: FloatOrArray,
    n: FloatOrArray,
    df: FloatOrArray,
    size: FloatOrArray,
    added: FloatOrArray,
    level: float,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Bonett and Price's interval and its standard error, without bounds.

    mean, variance: of the differences (the variance divided by questions less one), of `n`
    effective questions. size: how large a difference is where there is one (1 for right and
    wrong). added: questions added, half of them each way.
    """
    total = n + added
    middle = mean * n / total
    square = n * np.asarray(variance) + added * np.asarray(size) ** 2
    se = np.sqrt(square / total**2 + np.asarray(mean) ** 2 * n * added / total**3)
    half = special.stdtrit(df, (1 + level) / 2) * se
    return middle - half, middle + half, se


def unpaired(mean: FloatOrArray, n: FloatOrArray) -> tuple[FloatArray, FloatArray]:
    """Agresti and Caffo's adjusted share of one of two samples, and its variance."""
    total = np.asarray(n) + PSEUDO
    middle = (np.asarray(mean) * n + PSEUDO / 2) / total
    return middle, middle * (1 - middle) / total


def score(
    gained: FloatOrArray, lost: FloatOrArray, n: FloatOrArray, difference: float
) -> FloatArray:
    """Tango's score statistic (Statistics in Medicine 17, 1998): how many standard errors the
    paired difference lies above a supposed true `difference`, with the variance that it would have
    were that true. Unlike a Wald statistic it keeps its level beside a margin of loss.

    gained, lost: effective numbers of questions of `n` that only the candidate, and that only the
    baseline got right.
    """
    up, down = np.asarray(gained, dtype=np.float64), np.asarray(lost, dtype=np.float64)
    linear = -up - down + (2 * n - up + down) * difference
    root = linear**2 + 8 * n * down * difference * (1 - difference)
    share = (np.sqrt(np.maximum(root, 0.0)) - linear) / (4 * n)
    variance = n * (2 * share + difference * (1 - difference))
    above = up - down - n * difference
    return above / np.sqrt(np.maximum(variance, 1e-12))
