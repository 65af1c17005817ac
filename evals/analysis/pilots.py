"""Would a pilot of twenty questions have told? Checked on a run that knows the answer."""

from __future__ import annotations

from dataclasses import dataclass

from evals.analysis.cells import SEED, Cell
from evals.pilot import PILOT
from evals.stats.pilot import Rehearsal, rehearse

__all__ = ["PILOT", "Rehearsed", "rehearsals"]

_LEAST = 2 * PILOT  # questions from which a run says anything of its pilots


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What pilots would have said of a strategy against the baseline."""

    strategy: str
    rehearsal: Rehearsal


def rehearsals(cell: Cell) -> tuple[Rehearsed, ...]:
    """Every strategy but the first; none where the run is too small to hold a pilot."""
    if cell.n < _LEAST or len(set(cell.clusters)) < 2:
        return ()
    base = cell.correct(cell.strategies[0])
    return tuple(
        Rehearsed(name, rehearse(cell.correct(name), base, cell.clusters, size=PILOT, seed=SEED))
        for name in cell.strategies[1:]
    )
