"""Checks on a whole run what a pilot of twenty of its questions would have told."""

from __future__ import annotations

from dataclasses import dataclass

from evals.report.topics.cells import SEED, Cell
from evals.run.pilot import PILOT
from evals.stats.pilot import Rehearsal, rehearse
from evals.stats.plan import plan_from
from evals.stats.verdict import MARGIN

__all__ = ["PILOT", "PilotCheck", "rehearsals"]

_LEAST = 2 * PILOT  # questions from which a run says anything of its pilots


@dataclass(frozen=True, slots=True)
class PilotCheck:
    """What pilots would have said of a strategy against the baseline; `questions`: how many like
    these show a gain of the margin four times in five (None: more than ten million)."""

    strategy: str
    rehearsal: Rehearsal
    questions: int | None


def rehearsals(cell: Cell, margin: float = MARGIN) -> tuple[PilotCheck, ...]:
    """Every strategy but the first; none where the run is too small to hold a pilot."""
    clusters = cell.clusters
    if cell.n < _LEAST or len(set(clusters)) < 2:
        return ()
    base = cell.correct(cell.strategies[0])
    found = []
    for name in cell.strategies[1:]:
        right = cell.correct(name)
        full = rehearse(right, base, clusters, size=PILOT, worth=margin, seed=SEED)
        needed = plan_from(right, base, clusters).questions(margin)
        found.append(PilotCheck(name, full, needed))
    return tuple(found)
