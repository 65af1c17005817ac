"""A number with its interval, and what its questions are worth.

Questions made from one note share that note's luck, so they are not independent (Miller, arXiv
2411.00640): they count as fewer (`evals.stats.adjusted`). The degrees of freedom are
Satterthwaite's for the CR2 variance (Bell and McCaffrey 2002) with the correlation estimated
(Imbens and Kolesár, Review of Economics and Statistics 98, 2016): with few clusters or very unequal
ones they fall well below clusters - 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evals.stats.adjusted import effective
from evals.stats.checks import FloatArray, IntArray
from pipeline.errors import filled

__all__ = ["ONE_NOTE", "Grouped", "Interval", "caution_for", "freedom", "grouped"]

FEW = 4.0  # degrees of freedom below which an interval is worth a word of caution
ONE_NOTE = filled("all questions come from one note: nothing is known of other notes")


@dataclass(frozen=True, slots=True)
class Interval:
    """`value` in [`low`, `high`] at confidence `level`, in the unit of what was measured.

    `se`: its standard error. `df`: degrees of freedom of the t quantile used (infinite where none
    was). `n` items in `clusters` clusters. `caution`: what a reader must know, or "".
    `low` and `high` are infinite where the data say nothing and the values have no bounds.
    """

    value: float
    low: float
    high: float
    level: float
    se: float
    df: float
    n: int
    clusters: int
    caution: str = ""


@dataclass(frozen=True, slots=True)
class Grouped:
    """Values in two or more clusters: `mean`, `variance` (divided by n - 1), how many independent
    items they are worth (`effective`), the `correlation` within clusters behind that, and
    Satterthwaite's `df`. `common`: the share of items, but for one, that have the most common
    value: 1 where all are the same, 0 where no two are."""

    mean: float
    variance: float
    effective: float
    df: float
    n: int
    clusters: int
    correlation: float
    common: float


def grouped(values: FloatArray, codes: IntArray) -> Grouped:
    """What `values`, shape (items,), are worth whose clusters are `codes`, 0..G-1, G from 2 up."""
    n = values.size
    sizes = np.bincount(codes).astype(np.float64)
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    first = np.zeros(sizes.size, dtype=which.dtype)
    first[codes] = which
    alike = np.bincount(codes, weights=which == first[codes]) == sizes
    uniform = np.bincount(first[alike]).max() if alike.any() else 0
    found = effective(
        np.bincount(codes, weights=values).astype(np.float64),
        float((values**2).sum()),
        sizes,
        float(sizes.size - uniform),
    )
    correlation = float(found.correlation)
    return Grouped(
        float(values.mean()),
        float(found.variance) * n / (n - 1),
        float(found.n),
        freedom(sizes, correlation),
        n,
        sizes.size,
        correlation,
        (int(counts.max()) - 1) / (n - 1),
    )


def freedom(sizes: FloatArray, correlation: float) -> float:
    """Satterthwaite degrees of freedom of the CR2 variance of a mean.

    With r_g the adjusted residual sum of cluster g, they are trace(M)^2 / trace(M M) for M the
    covariance of all r_g when items have variance 1 and, in one cluster, this correlation.
    M depends on sizes alone, so clusters of one size are handled together.
    """
    m, k = np.unique(sizes, return_counts=True)
    if m.size == 1:
        return float(sizes.size - 1)
    n, q = float(sizes.sum()), float((sizes**2).sum())
    c = 1 / np.sqrt(1 - m / n)
    product, total = np.outer(m, m), np.add.outer(m, m)
    between = (1 - correlation) * (-product / n) + correlation * product * (q / n**2 - total / n)
    apart = np.outer(c, c) * between
    within = (1 - correlation) * (m - m**2 / n)
    within += correlation * (m**2 - 2 * m**3 / n + m**2 * q / n**2)
    own = c**2 * within
    trace = float((k * own).sum())
    squares = np.outer(k, k) * apart**2
    square = float(squares.sum() - (k * np.diag(apart) ** 2).sum() + (k * own**2).sum())
    return trace**2 / square


def caution_for(clusters: int, df: float) -> str:
    """The word of caution that so few clusters ask for, or ""."""
    if clusters < 2:
        return ONE_NOTE
    if df < FEW:
        return filled(
            "only {n} degrees of freedom: few or very unequal notes, read as rough", n=f"{df:.1f}"
        )
    return ""
