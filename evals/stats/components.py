"""Splits the spread of scores by its source: questions, the wording of the prompt, the samples.

The same questions were asked in several wordings, with several seeds in each. A score is
mean + question + wording + question x wording + sample; the variance of each part is estimated from
the mean squares of that layout (analysis of variance, random effects), so estimates are unbiased
and may come out a little below zero where there is nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from evals.stats.checks import FloatArray

__all__ = ["VarianceComponents", "variance_components"]


@dataclass(frozen=True, slots=True)
class VarianceComponents:
    """Variances of one score: between `question`s, `wording`s, both together (`mixed`: a wording
    that suits some questions), and between `sample`s of one prompt. `n` questions, `wordings`,
    `seeds`: as many as were run. `means`: accuracy of each run, shape (wordings, seeds)."""

    question: float
    wording: float
    mixed: float
    sample: float
    n: int
    wordings: int
    seeds: int
    means: FloatArray

    @property
    def between_runs(self) -> float:
        """The standard deviation of the accuracy of a run of these questions, in another wording
        and with another seed."""
        return math.sqrt(max(0.0, self.wording + (self.mixed + self.sample) / self.n))


def variance_components(scores: ArrayLike) -> VarianceComponents:
    """scores: shape (items, wordings, seeds), two or more of each. Raises ValueError otherwise."""
    y = np.asarray(scores, dtype=np.float64)
    if y.ndim != 3 or min(y.shape) < 2 or not np.isfinite(y).all():
        raise ValueError(f"scores have the shape {y.shape}: two or more of items, wordings, seeds")
    n, wordings, seeds = y.shape
    grand = y.mean()
    item, word, cell = y.mean(axis=(1, 2)), y.mean(axis=(0, 2)), y.mean(axis=2)
    ms_item = wordings * seeds * ((item - grand) ** 2).sum() / (n - 1)
    ms_word = n * seeds * ((word - grand) ** 2).sum() / (wordings - 1)
    apart = cell - item[:, None] - word[None, :] + grand
    ms_mixed = seeds * (apart**2).sum() / ((n - 1) * (wordings - 1))
    ms_sample = ((y - cell[:, :, None]) ** 2).sum() / (n * wordings * (seeds - 1))
    return VarianceComponents(
        float((ms_item - ms_mixed) / (wordings * seeds)),
        float((ms_word - ms_mixed) / (n * seeds)),
        float((ms_mixed - ms_sample) / seeds),
        float(ms_sample),
        n,
        wordings,
        seeds,
        y.mean(axis=0),
    )
