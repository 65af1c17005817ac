"""Whether a strategy knows when it does not know: risk against coverage, and what it refuses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evals.report.topics.cells import SEED, Cell
from evals.run.records import Outcome
from evals.stats.riskcoverage import Threshold, cross_checked_threshold, risk_coverage

__all__ = ["ConfidenceReport", "doubts"]

_ANSWERED = 0.9  # of the answerable questions that a threshold must still answer


@dataclass(frozen=True, slots=True)
class ConfidenceReport:
    """One strategy. `answered`: share of questions it answers; `right`: share of those answers that
    are right. `refused`: share of unanswerable questions refused (None where there are none).

    `coverage` and `risk` are the curve over the answers given, most confident first; `aurc` the
    area under it and `random` that of a confidence that says nothing (None: confidence does not
    vary). `threshold`: answers nine in ten answerable questions, cross-checked (None: no such set).
    """

    strategy: str
    answered: float
    right: float | None
    refused: float | None
    coverage: tuple[float, ...] = ()
    risk: tuple[float, ...] = ()
    aurc: float | None = None
    random: float | None = None
    threshold: Threshold | None = None


def doubts(cell: Cell) -> tuple[ConfidenceReport, ...]:
    """Every strategy of a cell."""
    return tuple(_doubt(cell, strategy) for strategy in cell.strategies)


def _doubt(cell: Cell, strategy: str) -> ConfidenceReport:
    rows = cell.of(strategy)
    given = [row for row in rows if not _silent(row)]
    unknown = [row for row, item in zip(rows, cell.items, strict=True) if not item.answerable]
    found = ConfidenceReport(
        strategy,
        len(given) / len(rows),
        sum(row.correct for row in given) / len(given) if given else None,
        sum(_silent(row) for row in unknown) / len(unknown) if unknown else None,
    )
    if len({row.confidence for row in given}) < 2:
        return found
    curve = risk_coverage([row.confidence for row in given], [float(row.correct) for row in given])
    return ConfidenceReport(
        strategy,
        found.answered,
        found.right,
        found.refused,
        tuple(curve.coverage.tolist()),
        tuple(curve.risk.tolist()),
        curve.aurc,
        curve.random,
        _threshold(cell, rows),
    )


def _threshold(cell: Cell, rows: tuple[Outcome, ...]) -> Threshold | None:
    answerable = np.array([float(item.answerable) for item in cell.items])
    confidence = [-1.0 if _silent(row) else row.confidence for row in rows]
    try:
        return cross_checked_threshold(
            confidence, answerable, cell.clusters, seed=SEED, answered=_ANSWERED
        )
    except ValueError:  # one kind of question only, or too few sources to check on others
        return None


def _silent(row: Outcome) -> bool:
    return row.abstained or row.answer is None
