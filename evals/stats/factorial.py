"""Estimates what each choice does, and how they interact: passages x prompt x samples.

All questions are asked in all cells, so an effect is a contrast of cells taken question by
question, and its interval is that of a paired difference.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from evals.stats.checks import Clusters, FloatArray, matrix, whole
from evals.stats.interval import Interval
from evals.stats.multiple_testing import max_t_differences
from evals.stats.paired import difference_interval

__all__ = ["Effect", "factorial"]


@dataclass(frozen=True, slots=True)
class Effect:
    """One contrast. For one factor: the score at `levels[0]` minus that at `references[0]`,
    averaged over all other choices. For two: how much the first of them does more at the second's
    level than at its reference (a difference of differences), and so on.
    `p_adjusted` allows for all the effects of the table."""

    factors: tuple[str, ...]
    levels: tuple[Hashable, ...]
    references: tuple[Hashable, ...]
    effect: Interval
    p: float
    p_adjusted: float


def factorial(
    scores: ArrayLike,
    cells: Sequence[Mapping[str, Hashable]],
    clusters: Clusters = None,
    *,
    order: int = 2,
    level: float = 0.95,
    seed: int,
    draws: int = 9_999,
) -> list[Effect]:
    """Main effects and interactions of up to `order` factors, with clustered intervals.

    scores: shape (items, cells). cells: for each column the level of each factor; every
    combination once. The first level named of a factor is its reference. Factors of one level are
    left out. Sorted by number of factors, then as named. Raises ValueError for cells missing,
    double or of other factors, for no factor of two levels, or scores that do not fit.
    """
    y = matrix(scores, "scores")
    levels = _levels(cells, y.shape[1])
    names = [name for name, found in levels.items() if len(found) > 1]
    if not names:
        raise ValueError("no factor has two levels: there is no effect to estimate")
    found: list[tuple[tuple[str, ...], tuple[Hashable, ...], tuple[Hashable, ...]]] = []
    weights: list[FloatArray] = []
    for size in range(1, min(whole(order, "order", 1), len(names)) + 1):
        for factors in itertools.combinations(names, size):
            references = tuple(levels[name][0] for name in factors)
            for chosen in itertools.product(*(levels[name][1:] for name in factors)):
                found.append((factors, chosen, references))
                weights.append(_contrast(cells, levels, factors, chosen, references))
    contrasts = y @ np.array(weights).T
    family = max_t_differences(contrasts, clusters, seed=seed, draws=draws)
    return [
        Effect(
            *place,
            difference_interval(contrasts[:, i], clusters, level),
            float(family.p[i]),
            float(family.p_adjusted[i]),
        )
        for i, place in enumerate(found)
    ]


def _levels(cells: Sequence[Mapping[str, Hashable]], columns: int) -> dict[str, list[Hashable]]:
    """The levels of each factor, in order of appearance. Raises ValueError for gaps."""
    if len(cells) != columns:
        raise ValueError(f"scores has {columns} columns for {len(cells)} cells")
    levels: dict[str, list[Hashable]] = {name: [] for name in cells[0]}
    for cell in cells:
        if set(cell) != set(levels):
            raise ValueError(f"cell {dict(cell)} does not name the factors {list(levels)}")
        for name, value in cell.items():
            if value not in levels[name]:
                levels[name].append(value)
    seen = {tuple(cell[name] for name in levels) for cell in cells}
    if len(seen) != len(cells):
        raise ValueError("a cell is there twice")
    if len(cells) != math.prod(len(found) for found in levels.values()):
        gap = next(c for c in itertools.product(*levels.values()) if c not in seen)
        raise ValueError(f"the cell {dict(zip(levels, gap, strict=True))} is missing")
    return levels


def _contrast(
    cells: Sequence[Mapping[str, Hashable]],
    levels: Mapping[str, Sequence[Hashable]],
    factors: tuple[str, ...],
    chosen: tuple[Hashable, ...],
    references: tuple[Hashable, ...],
) -> FloatArray:
    """The weight of each cell, shape (cells,): +-1, averaged over the factors not named."""
    others = math.prod(len(found) for name, found in levels.items() if name not in factors)
    weights = np.zeros(len(cells))
    for i, cell in enumerate(cells):
        sign = 1
        for name, wanted, reference in zip(factors, chosen, references, strict=True):
            sign *= 1 if cell[name] == wanted else -1 if cell[name] == reference else 0
        weights[i] = sign / others
    return weights
