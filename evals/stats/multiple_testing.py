"""Many strategies against one baseline: p-values that allow for having looked at all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from evals.stats.bootstrap import cluster_sums
from evals.stats.checks import Clusters, FloatArray, generator, matrix, share, vector, whole
from evals.stats.permutation import sign_changes

__all__ = ["MaxTResult", "family_alpha", "holm", "max_t", "max_t_differences"]

_SEED = 19_930_101  # of the simulated normal distribution
_ENUMERATED = 12  # clusters up to which all flips are tried


@dataclass(frozen=True, slots=True)
class MaxTResult:
    """For each strategy, shape (strategies,): `delta` (mean difference from the baseline), its
    studentised `statistic`, the `p` it has alone and the `p_adjusted` it has in this family.
    `exact`: all flips were tried; else `flips` random ones."""

    delta: FloatArray
    statistic: FloatArray
    p: FloatArray
    p_adjusted: FloatArray
    exact: bool
    flips: int


def max_t(
    candidates: ArrayLike,
    baseline: ArrayLike,
    clusters: Clusters = None,
    *,
    seed: int,
    draws: int = 9_999,
) -> MaxTResult:
    """Westfall and Young's step-down max-T (1993) by sign flips shared by all strategies.

    candidates: shape (items, strategies); baseline: shape (items,). A flip exchanges every
    candidate with the baseline on all questions of a cluster, so what strategies have in common
    is kept, and like strategies cost little. The chance of any false claim is at most alpha when
    claims are made for p_adjusted <= alpha, whichever strategies do differ: exactly where
    differences are jointly symmetric, else in large samples. Raises ValueError for bad input.
    """
    a, b = matrix(candidates, "candidates"), vector(baseline, "baseline")
    if a.shape[0] != b.size:
        raise ValueError(
            f"candidates has {a.shape[0]} items and baseline {b.size}: they are not paired"
        )
    return max_t_differences(a - b[:, None], clusters, seed=seed, draws=draws)


def max_t_differences(
    differences: ArrayLike, clusters: Clusters = None, *, seed: int, draws: int = 9_999
) -> MaxTResult:
    """As `max_t`, for differences or contrasts already taken, shape (items, strategies)."""
    d = matrix(differences, "differences")
    rng, draws = generator(seed), whole(draws, "draws", 1)
    sums, _ = cluster_sums(d, clusters)
    near = 1e-11 * np.abs(sums).sum(axis=0)
    sums = np.where(np.abs(sums) > near, sums, 0.0)
    sums = sums[(sums != 0).any(axis=1)]
    # A flip changes no square, so the scale is the same for every flip.
    scale = np.sqrt((sums**2).sum(axis=0))
    differs = scale > 0
    scaled = sums / np.where(differs, scale, 1.0)
    seen = scaled.sum(axis=0)
    size = np.abs(seen)
    order = np.argsort(-size, kind="stable")
    alone, stepped = np.zeros(size.size), np.zeros(size.size)
    exact, made = scaled.shape[0] <= _ENUMERATED, 0
    for signs in (
        sign_changes(scaled.shape[0], rng, None if exact else draws) if len(scaled) else ()
    ):
        found = np.abs(signs @ scaled)
        made += found.shape[0]
        alone += (found >= size - 1e-10).sum(axis=0)
        # the greatest among this strategy and all those less striking than it
        greatest = np.maximum.accumulate(found[:, order[::-1]], axis=1)[:, ::-1]
        stepped += (greatest >= size[order] - 1e-10).sum(axis=0)
    more = 0 if exact and made else 1
    p = np.where(differs, (alone + more) / (made + more), 1.0)
    steps = np.where(differs[order], (stepped + more) / (made + more), 1.0)
    adjusted = np.empty(size.size)
    adjusted[order] = np.maximum.accumulate(steps)
    return MaxTResult(d.mean(axis=0), seen, p, adjusted, exact, made)


def holm(p_values: Sequence[float] | FloatArray) -> FloatArray:
    """Holm's step-down adjusted p-values (1979), shape (tests,): valid whatever the tests have in
    common, and never below max-T by more than chance. Raises ValueError for p not in [0, 1]."""
    p = vector(p_values, "p_values")
    if p.min() < 0 or p.max() > 1:
        raise ValueError("p_values holds a value outside of 0 to 1")
    order = np.argsort(p, kind="stable")
    steps = np.minimum(1.0, p[order] * np.arange(p.size, 0, -1))
    adjusted = np.empty(p.size)
    adjusted[order] = np.maximum.accumulate(steps)
    return adjusted


def family_alpha(correlations: ArrayLike, alpha: float = 0.05) -> float:
    """The level at which each of several tests rejects, where a family of them is tested at
    `alpha` by max-T: from the normal distribution with the same correlations, shape (tests,
    tests), by simulation. Between alpha / tests and alpha. Raises ValueError for bad input."""
    found = matrix(correlations, "correlations")
    share(alpha, "alpha")
    if found.shape[0] != found.shape[1]:
        raise ValueError(f"correlations have the shape {found.shape}, not that of a square")
    if found.shape[0] == 1:
        return alpha
    values, vectors = np.linalg.eigh(found)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    drawn = generator(_SEED).standard_normal((40_000, found.shape[0])) @ root.T
    reach = float(np.quantile(np.abs(drawn).max(axis=1), 1 - alpha))
    alone: float = 2 * float(special.ndtr(-reach))
    return float(min(alpha, max(alpha / found.shape[0], alone)))
