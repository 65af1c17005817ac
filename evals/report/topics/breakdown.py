"""The same comparison within parts of the questions: by kind, language, difficulty, source.

These are for looking, not for deciding: the parts are small and many, and no interval here is
adjusted for how many there are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from evals.report.topics.cells import Cell, cluster_of
from evals.run.records import QuestionRecord
from evals.stats.paired import paired_interval
from evals.stats.proportions import accuracy_interval

__all__ = ["FIELDS", "Breakdown", "breakdowns"]

FIELDS: dict[str, Callable[[QuestionRecord], str]] = {
    "kind": lambda item: item.kind,
    "language": lambda item: item.language,
    "difficulty": lambda item: item.difficulty,
    "cluster": cluster_of,
    "answerable": lambda item: "answerable" if item.answerable else "not answerable",
}


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Questions that have `value` in a field: accuracy by strategy with 95 % intervals, and the
    difference of each strategy from the first (None for the first itself)."""

    value: str
    n: int
    accuracy: tuple[float, ...]
    ci: tuple[tuple[float, float], ...]
    delta: tuple[float | None, ...]
    delta_ci: tuple[tuple[float, float] | None, ...]


def breakdowns(cell: Cell) -> dict[str, tuple[Breakdown, ...]]:
    """The parts of every field that splits the questions, largest first.

    Sources are left out where each question has its own.
    """
    found = {}
    for name, read in FIELDS.items():
        values = [read(item) for item in cell.items]
        distinct = set(values)
        if len(distinct) < 2 or (name == "cluster" and len(distinct) > cell.n / 2):
            continue
        order = sorted(distinct, key=lambda v: (-values.count(v), v))
        found[name] = tuple(_part(cell, value, values) for value in order)
    return found


def _part(cell: Cell, value: str, values: list[str]) -> Breakdown:
    inside = [i for i, v in enumerate(values) if v == value]
    rows = tuple(tuple(row[i] for i in inside) for row in cell.rows)
    part = replace(cell, items=tuple(cell.items[i] for i in inside), rows=rows)
    clusters = part.clusters
    if len(set(clusters)) < 2:  # all of one source: the interval is over its questions
        clusters = [item.id for item in part.items]
    right = [part.correct(name) for name in part.strategies]
    accuracy = [accuracy_interval(found, clusters) for found in right]
    deltas = [paired_interval(found, right[0], clusters) for found in right[1:]]
    return Breakdown(
        value,
        part.n,
        tuple(a.value for a in accuracy),
        tuple((a.low, a.high) for a in accuracy),
        (None, *(d.value for d in deltas)),
        (None, *((d.low, d.high) for d in deltas)),
    )
