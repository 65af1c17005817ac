"""Measures how much of a number is chance: the same run in other wordings, with other seeds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evals.report.topics.cells import Cell
from evals.run.records import Run
from evals.stats.checks import FloatArray
from evals.stats.components import VarianceComponents, variance_components

__all__ = ["Repeated", "repeats"]


@dataclass(frozen=True, slots=True)
class Repeated:
    """One strategy over all passes: `here` is its accuracy in the run itself, `components` where
    its spread comes from; `delta_here`, `delta` (over all passes) and `delta_sd` (between passes)
    are of its difference from the first strategy, `agree` in how many passes that has the sign it
    has here (None for the first itself)."""

    strategy: str
    here: float
    components: VarianceComponents
    delta_here: float | None = None
    delta: float | None = None
    delta_sd: float | None = None
    agree: int | None = None


def repeats(run: Run, cell: Cell) -> tuple[Repeated, ...]:
    """Every strategy of a cell; none where the run was not repeated, or not to its end."""
    tables = {name: _table(run, cell, name) for name in cell.strategies}
    whole = {name: table for name, table in tables.items() if table is not None}
    if len(whole) < len(tables) or cell.n < 2:
        return ()
    base = whole[cell.strategies[0]]
    found = []
    for name, table in whole.items():
        parts = variance_components(table)
        here = float(table[:, 0, 0].mean())
        if name == cell.strategies[0]:
            found.append(Repeated(name, here, parts))
            continue
        apart = variance_components(table - base)
        delta_here = float(apart.means[0, 0])
        agree = int((np.sign(apart.means) == np.sign(delta_here)).sum())
        found.append(
            Repeated(
                name, here, parts, delta_here, float(apart.means.mean()), apart.between_runs, agree
            )
        )
    return tuple(found)


def _table(run: Run, cell: Cell, strategy: str) -> FloatArray | None:
    """Scores of shape (items, wordings, seeds); None where any is missing."""
    mine = [
        row
        for row in run.repeats
        if (row.task, row.model, row.strategy) == (cell.task, cell.model.name, strategy)
    ]
    if not mine:
        return None
    at = {item.id: i for i, item in enumerate(cell.items)}
    shape = (cell.n, 1 + max(row.wording for row in mine), 1 + max(row.seed for row in mine))
    found = np.full(shape, np.nan)
    found[:, 0, 0] = cell.correct(strategy)
    for row in mine:
        if row.item in at:
            found[at[row.item], row.wording, row.seed] = float(row.correct)
    return None if np.isnan(found).any() or min(shape[1:]) < 2 else found
