"""Worlds to draw from, and what to ask of the numbers that come back."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from evals.stats.checks import FloatArray, IntArray

__all__ = ["allowance", "binary", "codes_of", "paired_binary", "paired_fractions"]


def codes_of(sizes: Sequence[int]) -> IntArray:
    """Cluster codes for clusters of these sizes."""
    return np.repeat(np.arange(len(sizes)), sizes)


def binary(
    rng: np.random.Generator, sizes: Sequence[int], p: float, correlation: float
) -> FloatArray:
    """Right or wrong, a share p right, with this correlation within clusters (beta-binomial)."""
    rates = np.full(len(sizes), p)
    if correlation:
        scale = 1 / correlation - 1
        rates = rng.beta(p * scale, (1 - p) * scale, len(sizes))
    return (rng.random(sum(sizes)) < np.repeat(rates, sizes)).astype(np.float64)


def paired_binary(
    rng: np.random.Generator,
    sizes: Sequence[int],
    discordance: float,
    delta: float,
    correlation: float = 0.2,
) -> tuple[FloatArray, FloatArray]:
    """Two strategies on the same questions: a share `discordance` of pairs differs, the true
    difference is `delta`, and differences of one cluster hang together."""
    own = rng.normal(size=sum(sizes)) * math.sqrt(1 - correlation)
    shared = np.repeat(rng.normal(size=len(sizes)), sizes) * math.sqrt(correlation)
    level = np.array([0.5 * math.erfc(-z / math.sqrt(2)) for z in own + shared])
    up = (discordance + delta) / 2
    both = (rng.random(sum(sizes)) < 0.5).astype(np.float64)
    candidate = np.where(level < up, 1.0, np.where(level > 1 - discordance + up, 0.0, both))
    baseline = np.where(level < up, 0.0, np.where(level > 1 - discordance + up, 1.0, both))
    return candidate, baseline


def paired_fractions(
    rng: np.random.Generator, sizes: Sequence[int], discordance: float, delta: float
) -> tuple[FloatArray, FloatArray]:
    """The same for expected accuracies: only some questions differ, by a fraction (0.3 on average),
    so the true difference is 0.3 delta."""
    candidate, baseline = paired_binary(rng, sizes, discordance, delta)
    shrink = rng.random(candidate.size) * 0.6
    middle = (candidate + baseline) / 2
    return middle + (candidate - middle) * shrink, middle + (baseline - middle) * shrink


def allowance(rate: float, runs: int, errors: float = 3.5) -> float:
    """How far an observed share may be from `rate` in so many runs: a few standard errors."""
    return errors * math.sqrt(rate * (1 - rate) / runs)
