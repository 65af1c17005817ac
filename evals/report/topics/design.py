"""Estimates what each choice does by itself: passages x prompt x samples, by strategy name.

The largest full grid among the strategies of a cell is taken; its first strategy in the order of
the run has the reference level of each factor.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from evals.report.topics.cells import SEED, Cell
from evals.report.topics.streams import named
from evals.stats.factorial import Effect, factorial

__all__ = ["FACTORS", "Design", "design"]

FACTORS = ("passages", "prompt", "samples")
_MOST = 20_000  # grids looked at


@dataclass(frozen=True, slots=True)
class Design:
    """The strategies of the grid, the levels of each factor with two or more, and every effect."""

    strategies: tuple[str, ...]
    levels: Mapping[str, tuple[str, ...]]
    effects: tuple[Effect, ...]


def design(cell: Cell) -> Design | None:
    """The effects of the largest grid; None where no two factors vary fully crossed."""
    at: dict[tuple[str, ...], str] = {}
    for strategy in cell.strategies:
        name = named(strategy)
        if name is not None:
            access = str(name.access) if name.access else "as asked"
            samples = f"{name.rule}{name.draws or ''}" if name.rule else "one greedy"
            at.setdefault((access, name.way, samples), strategy)
    grid = _largest(at)
    if grid is None:
        return None
    cells = [where for where in at if all(v in grid[i] for i, v in enumerate(where))]
    strategies = [at[where] for where in cells]
    scores = np.column_stack([cell.correct(name) for name in strategies])
    described = [dict(zip(FACTORS, where, strict=True)) for where in cells]
    effects = factorial(scores, described, cell.clusters, seed=SEED)
    levels = {f: g for f, g in zip(FACTORS, grid, strict=True) if len(g) > 1}
    return Design(tuple(strategies), levels, tuple(effects))


def _largest(at: Mapping[tuple[str, ...], str]) -> tuple[tuple[str, ...], ...] | None:
    """The levels of the complete grid with most cells in which two or more factors vary."""
    levels = [list(dict.fromkeys(where[i] for where in at)) for i in range(len(FACTORS))]
    choices = [
        [c for size in range(len(found), 0, -1) for c in itertools.combinations(found, size)]
        for found in levels
    ]
    best: tuple[tuple[str, ...], ...] | None = None
    most = 0
    for grid in itertools.islice(itertools.product(*choices), _MOST):
        size = math.prod(len(part) for part in grid)
        varied = sum(len(part) > 1 for part in grid)
        if size > most and varied > 1 and all(c in at for c in itertools.product(*grid)):
            best, most = grid, size
    return best
