"""A confidence that means what it says: of the answers given with 70 %, seven in ten are right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from evals.stats.checks import FloatArray, unit, vector, whole

__all__ = [
    "Isotonic",
    "Platt",
    "brier",
    "expected_calibration_error",
    "fit_isotonic",
    "fit_platt",
    "pool_adjacent",
]


@dataclass(frozen=True, slots=True)
class Isotonic:
    """A curve that never falls: `shares`, shape (knots,), of right answers at the `confidences`;
    straight between them and level outside."""

    confidences: tuple[float, ...]
    shares: tuple[float, ...]

    def at(self, confidence: ArrayLike) -> FloatArray:
        """The calibrated confidence, of the shape given."""
        asked = np.asarray(confidence, dtype=np.float64)
        return np.asarray(np.interp(asked, self.confidences, self.shares), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Platt:
    """1 / (1 + exp(-(slope x confidence + offset)))."""

    slope: float
    offset: float

    def at(self, confidence: ArrayLike) -> FloatArray:
        """The calibrated confidence, of the shape given."""
        z = self.slope * np.asarray(confidence, dtype=np.float64) + self.offset
        return np.asarray(0.5 * (1 + np.tanh(z / 2)), dtype=np.float64)


def pool_adjacent(values: FloatArray, weights: FloatArray) -> FloatArray:
    """The never-falling sequence nearest to `values` in weighted squares (pool adjacent violators,
    Ayer et al. 1955). Both: shape (n,), weights above 0."""
    means: list[float] = []
    masses: list[float] = []
    lengths: list[int] = []
    for value, weight in zip(values.tolist(), weights.tolist(), strict=True):
        means.append(value)
        masses.append(weight)
        lengths.append(1)
        while len(means) > 1 and means[-2] >= means[-1]:
            mass = masses[-2] + masses[-1]
            mean = (means[-2] * masses[-2] + means[-1] * masses[-1]) / mass
            length = lengths[-2] + lengths[-1]
            for stack in (means, masses, lengths):
                del stack[-2:]
            means.append(mean)
            masses.append(mass)
            lengths.append(length)
    return np.repeat(np.array(means, dtype=np.float64), lengths)


def fit_isotonic(confidence: ArrayLike, right: ArrayLike) -> Isotonic:
    """The never-falling curve nearest to the outcomes: assumes only that more confident is no
    worse. Wants some hundreds of answers; with fewer use `fit_platt`.

    confidence: any numbers, shape (answers,); right: 0 to 1, shape (answers,). Raises ValueError
    for other values or lengths that differ.
    """
    x, y = _both(confidence, right)
    knots, place, counts = np.unique(x, return_inverse=True, return_counts=True)
    means = np.bincount(place, weights=y) / counts
    fitted = pool_adjacent(means, counts.astype(np.float64))
    return Isotonic(tuple(knots.tolist()), tuple(fitted.tolist()))


def fit_platt(confidence: ArrayLike, right: ArrayLike) -> Platt:
    """A logistic curve, its targets drawn in from 0 and 1 by one imagined answer each, so that
    few or separable answers do not lead to certainty (Platt 1999). Arguments and errors as
    `fit_isotonic`."""
    x, y = _both(confidence, right)
    ups, downs = float(y.sum()), float((1 - y).sum())
    target = y * (ups + 1) / (ups + 2) + (1 - y) / (downs + 2)
    middle, scale = float(x.mean()), float(x.std()) or 1.0
    z = (x - middle) / scale  # for steps of one size in both directions
    design = np.column_stack([z, np.ones(z.size)])
    weights = np.zeros(2)

    def loss(w: FloatArray) -> float:
        logit = design @ w
        return float((np.logaddexp(0, logit) - target * logit).sum())

    now = loss(weights)
    for _ in range(100):
        p = 0.5 * (1 + np.tanh(design @ weights / 2))
        slope = design.T @ (p - target)
        curve = (design * (p * (1 - p))[:, None]).T @ design + 1e-9 * np.eye(2)
        step = np.linalg.solve(curve, slope)
        while loss(weights - step) > now and np.abs(step).max() > 1e-12:
            step = step / 2
        weights = weights - step
        now = loss(weights)
        if np.abs(step).max() < 1e-10:
            break
    return Platt(float(weights[0] / scale), float(weights[1] - weights[0] * middle / scale))


def expected_calibration_error(
    confidence: ArrayLike,
    right: ArrayLike,
    bins: int = 10,
    by: Literal["width", "mass"] = "width",
) -> float:
    """The mean distance of confidence from the share right, over bins (Guo et al., arXiv
    1706.04599), each weighted by its answers.

    confidence, right: from 0 to 1, shape (answers,). by: bins of equal width, or of about equally
    many answers (equal confidences stay together). It is above 0 by chance alone where bins hold
    few answers. Raises ValueError for other values.
    """
    x, y = _both(unit(vector(confidence, "confidence"), "confidence"), right)
    count = whole(bins, "bins", 1)
    if by not in ("width", "mass"):
        raise ValueError(f"by is {by!r}, not width or mass")
    edges = np.linspace(0, 1, count + 1)[1:-1]
    if by == "mass":
        edges = np.quantile(x, edges)
    place = np.searchsorted(edges, x, side="right")
    gaps = np.bincount(place, weights=x - y, minlength=count)
    return float(np.abs(gaps).sum() / x.size)


def brier(confidence: ArrayLike, right: ArrayLike) -> float:
    """The mean squared distance of confidence from outcome: 0 is perfect, .25 says nothing.
    Arguments and errors as `expected_calibration_error`."""
    x, y = _both(unit(vector(confidence, "confidence"), "confidence"), right)
    return float(((x - y) ** 2).mean())


def _both(confidence: ArrayLike, right: ArrayLike) -> tuple[FloatArray, FloatArray]:
    x, y = vector(confidence, "confidence"), unit(vector(right, "right"), "right")
    if x.size != y.size:
        raise ValueError(f"there are {x.size} confidences and {y.size} outcomes")
    return x, y
