"""Fits how coverage (some draw of k is right) grows with k: two laws, and a check of them.

A law is fitted to few draws and asked for many; `holdout` says how far off it was where the draws
are there to tell.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from evals.stats.checks import FloatArray, IntArray, draw_counts, matrix, unit, vector, whole
from evals.stats.votes import pass_at

__all__ = [
    "BetaBinomial",
    "Holdout",
    "PowerLaw",
    "fit_beta_binomial",
    "fit_power_law",
    "holdout",
]

_EDGE = 14.0  # |log| of a shape beyond which the data no longer tell it


@dataclass(frozen=True, slots=True)
class PowerLaw:
    """coverage(k) = exp(-a k^-b), a >= 0, b >= 0 (arXiv 2407.21787)."""

    a: float
    b: float

    def at(self, ks: Iterable[float]) -> FloatArray:
        """Coverage at each k (from 1 up), shape (ks,)."""
        return np.exp(-self.a * _from_one(ks) ** -self.b)


@dataclass(frozen=True, slots=True)
class BetaBinomial:
    """Each question has its own chance of a right draw, Beta(alpha, beta) over questions
    (arXiv 2502.17578). `at_edge`: the data fit a limit of this law (all questions alike, or only
    certain and hopeless ones), so alpha and beta are bounds and not estimates."""

    alpha: float
    beta: float
    at_edge: bool

    def at(self, ks: Iterable[float]) -> FloatArray:
        """Expected coverage at each whole k from 1 up, shape (ks,): 1 - E(1 - p)^k."""
        wanted = np.array([whole(k, "k", 1) for k in ks], dtype=np.int64)
        steps = np.arange(wanted.max(initial=1))
        logs = np.cumsum(np.log((self.beta + steps) / (self.alpha + self.beta + steps)))
        missed: FloatArray = logs[wanted - 1]
        return -np.expm1(missed)


@dataclass(frozen=True, slots=True)
class Holdout:
    """Laws fitted to the first `fitted_to` draws against what all draws show, at each of `ks`
    above that, shape (ks,): `observed` coverage, each law's prediction, and their worst absolute
    errors. `naive_error`: that of saying coverage grows no further."""

    fitted_to: int
    ks: tuple[int, ...]
    observed: FloatArray
    power_law: FloatArray
    beta_binomial: FloatArray
    power_law_error: float
    beta_binomial_error: float
    naive_error: float


def fit_power_law(ks: ArrayLike, coverage: ArrayLike) -> PowerLaw:
    """Least squares of exp(-a k^-b) on coverage (not on its logarithm: a coverage of 0 or 1 counts
    like any other).

    ks: numbers of draws from 1 up, at least two that differ; coverage: from 0 to 1; shape (ks,).
    Raises ValueError for other values.
    """
    k, c = _from_one(vector(ks, "ks")), unit(vector(coverage, "coverage"), "coverage")
    if k.size != c.size:
        raise ValueError(f"there are {k.size} ks and {c.size} coverages")
    if np.unique(k).size < 2:
        raise ValueError("a law of k needs coverage at two or more ks")
    if c.max() == 0:
        return PowerLaw(math.inf, 0.0)
    if c.min() == 1:
        return PowerLaw(0.0, 0.0)
    inside = (c > 0) & (c < 1)
    start = (0.0, 0.5)
    if inside.sum() > 1 and np.unique(k[inside]).size > 1:
        slope, height = np.polyfit(np.log(k[inside]), np.log(-np.log(c[inside])), 1)
        start = (float(height), max(0.0, -float(slope)))
    log_a, b = _least_squares(np.log(k), c, start)
    if b <= 0:  # coverage that falls with k is noise: the best law that does not fall is flat
        return PowerLaw(-math.log(max(1e-300, float(c.mean()))), 0.0)
    return PowerLaw(math.exp(log_a), b)


def _least_squares(
    log_k: FloatArray, c: FloatArray, start: tuple[float, float]
) -> tuple[float, float]:
    """Levenberg and Marquardt's steps in (log a, b)."""
    here, damping = np.array(start), 1e-3

    def exponents(at: FloatArray) -> FloatArray:
        bounded: FloatArray = np.clip(at[0] - at[1] * log_k, -700, 700)
        return np.exp(bounded)

    def loss(at: FloatArray) -> float:
        return float(((c - np.exp(-exponents(at))) ** 2).sum())

    now = loss(here)
    for _ in range(500):
        u = exponents(here)
        fitted = np.exp(-u)
        slopes = np.column_stack([-u * fitted, u * fitted * log_k])
        square = slopes.T @ slopes
        wanted = slopes.T @ (c - fitted)
        step = np.linalg.lstsq(square + damping * np.diag(np.diag(square) + 1e-12), wanted)[0]
        after = loss(here + step)
        if after <= now:
            done = float(np.abs(step).max()) < 1e-12
            here, now, damping = here + step, after, max(1e-12, damping / 3)
            if done:
                break
        else:
            damping *= 4
            if damping > 1e12:
                break
    return float(here[0]), float(here[1])


def fit_beta_binomial(draws: ArrayLike, right: ArrayLike) -> BetaBinomial:
    """Maximum likelihood of the beta-binomial over questions.

    draws, right: how many draws a question has and how many are right, shape (items,); at least
    one question with two draws. Raises ValueError for counts that are not whole or right > draws.
    """
    n, c = vector(draws, "draws"), vector(right, "right")
    pass_at(n, c, [1])  # the same demands
    if n.max() < 2:
        raise ValueError("one sample a question cannot tell questions from luck")
    # log-likelihood: sums over j of log(alpha + j), log(beta + j) and log(alpha + beta + j), as
    # often as there are questions with more than j right, wrong and draws
    steps = np.arange(int(n.max()))
    more_right = (c[:, None] > steps).sum(axis=0)
    more_wrong = (n - c)[:, None] > steps
    counts = (more_right, more_wrong.sum(axis=0), (n[:, None] > steps).sum(axis=0))
    mean = min(1 - 1e-3, max(1e-3, float(c.sum() / n.sum())))
    best: tuple[float, FloatArray] | None = None
    for total in (0.3, 3.0, 30.0):  # the likelihood may be flat in places
        found = _climb(steps, counts, np.log([mean * total, (1 - mean) * total]))
        if best is None or found[0] > best[0]:
            best = found
    assert best is not None
    _, logs = best
    edge = bool((np.abs(logs) >= _EDGE - 1e-6).any())
    return BetaBinomial(math.exp(logs[0]), math.exp(logs[1]), edge)


def _climb(
    steps: IntArray,
    counts: tuple[IntArray, ...],
    start: FloatArray,
) -> tuple[float, FloatArray]:
    """The greatest log-likelihood and the (log alpha, log beta) that has it: Newton's steps, turned
    uphill and shortened where need be."""
    right, wrong, all_ = counts

    def value(at: FloatArray) -> float:
        a, b = np.exp(at)
        return float(
            (right * np.log(a + steps)).sum()
            + (wrong * np.log(b + steps)).sum()
            - (all_ * np.log(a + b + steps)).sum()
        )

    here = np.clip(start, -_EDGE, _EDGE)
    now = value(here)
    for _ in range(300):
        a, b = np.exp(here)
        both = (all_ / (a + b + steps)).sum()
        first = np.array([(right / (a + steps)).sum(), (wrong / (b + steps)).sum()]) - both
        bend = (all_ / (a + b + steps) ** 2).sum()
        second = np.full((2, 2), bend) - np.diag(
            [(right / (a + steps) ** 2).sum(), (wrong / (b + steps) ** 2).sum()]
        )
        shape = np.array([a, b])
        slope = first * shape
        curve = second * np.outer(shape, shape) + np.diag(slope)
        roots, axes = np.linalg.eigh(curve)
        scale = np.maximum(np.abs(roots), 1e-9)
        step = np.clip(axes @ ((axes.T @ slope) / scale), -3, 3)
        after = np.clip(here + step, -_EDGE, _EDGE)
        while value(after) < now and np.abs(after - here).max() > 1e-12:
            after = (after + here) / 2
        gained = value(after) - now
        if gained < 0:
            break
        moved, here, now = float(np.abs(after - here).max()), after, now + gained
        if moved < 1e-10:
            break
    return now, here


def holdout(right: ArrayLike, first: int, ks: Iterable[int] | None = None) -> Holdout:
    """Fit both laws to the first draws, and see how well they foretell the rest.

    right: 1 where a draw is right, in the order drawn, shape (items, draws). first: how many draws
    to fit to, from 2 up. ks: where to compare, above `first` (all of them if None). Raises
    ValueError for other values, or where no draws are left to compare with.
    """
    found = matrix(right, "right")
    if not np.isin(found, (0.0, 1.0)).all():
        raise ValueError("right holds values other than 0 and 1")
    items, draws = found.shape
    first = whole(first, "first", 2)
    if first >= draws:
        raise ValueError(f"fitting to {first} of {draws} samples leaves none to compare with")
    wanted = draw_counts(range(first + 1, draws + 1) if ks is None else ks, draws)
    if wanted.min() <= first:
        raise ValueError(f"k is {wanted.min()}, not above the {first} samples fitted to")
    known = found[:, :first].sum(axis=1)
    near = pass_at([first] * items, known, range(1, first + 1)).mean(axis=0)
    observed = pass_at([draws] * items, found.sum(axis=1), wanted.tolist()).mean(axis=0)
    power = fit_power_law(np.arange(1, first + 1), near).at(wanted.tolist())
    beta = fit_beta_binomial([first] * items, known).at(wanted.tolist())
    return Holdout(
        first,
        tuple(wanted.tolist()),
        observed,
        power,
        beta,
        float(np.abs(power - observed).max()),
        float(np.abs(beta - observed).max()),
        float(np.abs(near[-1] - observed).max()),
    )


def _from_one(ks: Iterable[float]) -> FloatArray:
    found = vector(np.array(list(ks), dtype=np.float64), "ks")
    if found.min() < 1:
        raise ValueError(f"k is {found.min():g}, not from 1 up")
    return found
