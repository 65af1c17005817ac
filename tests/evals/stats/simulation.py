"""Worlds to draw from, and what to ask of the numbers that come back."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from evals.stats.adjusted import PSEUDO, accuracy_limits, difference_limits, effective
from evals.stats.checks import FloatArray, IntArray
from evals.stats.interval import freedom

__all__ = [
    "accuracies",
    "allowance",
    "binary",
    "codes_of",
    "counted",
    "differences",
    "paired_binary",
    "paired_fractions",
    "splits",
]


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


def counted(
    rng: np.random.Generator,
    sizes: Sequence[int],
    gain: float,
    loss: float,
    correlation: float,
    runs: int,
) -> tuple[IntArray, IntArray]:
    """Many runs at once: how many questions of each cluster only the candidate, and how many only
    the baseline gets right, each of shape (runs, clusters). Each cluster has its own rates, which
    make for this correlation of gains and of losses within clusters (Dirichlet-multinomial)."""
    number = len(sizes)
    rates = np.broadcast_to(np.array([gain, loss, max(0.0, 1 - gain - loss)]), (runs, number, 3))
    if correlation:
        drawn = rng.standard_gamma(np.maximum(rates * (1 / correlation - 1), 1e-12))
        drawn = np.where(rates > 0, drawn, 0.0) + np.where(rates == rates.max(), 1e-300, 0.0)
        rates = drawn / drawn.sum(axis=-1, keepdims=True)
    up = rng.binomial(sizes, np.clip(rates[..., 0], 0, 1))
    rest = np.maximum(1 - rates[..., 0], 1e-300)
    down = rng.binomial(np.array(sizes) - up, np.clip(rates[..., 1] / rest, 0, 1))
    return up, down


def splits(n: int) -> tuple[IntArray, IntArray]:
    """Every way in which n independent questions are gained, lost or neither."""
    up, down = np.meshgrid(np.arange(n + 1), np.arange(n + 1), indexing="ij")
    possible = up + down <= n
    return up[possible], down[possible]


def differences(
    up: IntArray, down: IntArray, sizes: Sequence[int], level: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """`paired_interval` of right and wrong, for many runs at once, shape (runs,) each."""
    each = np.array(sizes, dtype=np.float64)
    alike = [(found == each).sum(axis=1) for found in (up, down, each - up - down)]
    found = effective(
        (up - down).astype(np.float64),
        (up + down).sum(axis=1).astype(np.float64),
        each,
        (each.size - np.max(alike, axis=0)).astype(np.float64),
    )
    n = each.sum()
    df = _freedoms(each, found.correlation) + PSEUDO
    low, high, _ = difference_limits(
        found.mean, found.variance * n / (n - 1), found.n, df, 1.0, PSEUDO, level
    )
    return np.maximum(low, -1.0), np.minimum(high, 1.0)


def accuracies(
    right: IntArray, sizes: Sequence[int], level: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """`accuracy_interval` of right and wrong, for many runs at once, shape (runs,) each."""
    each = np.array(sizes, dtype=np.float64)
    alike = [(found == each).sum(axis=1) for found in (right, each - right)]
    found = effective(
        right.astype(np.float64),
        right.sum(axis=1).astype(np.float64),
        each,
        (each.size - np.max(alike, axis=0)).astype(np.float64),
    )
    return accuracy_limits(found.mean, found.n, _freedoms(each, found.correlation) + 1, level)


def _freedoms(sizes: FloatArray, correlations: FloatArray) -> FloatArray:
    if np.ptp(sizes) == 0:
        return np.full(correlations.shape, sizes.size - 1.0)
    return np.array([freedom(sizes, r) for r in correlations.tolist()])
