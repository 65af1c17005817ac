"""A run as cells: one task with one model, a row for each question and a column a strategy.

Strategies are compared on the questions that all of them have answered, so that every comparison
is paired; what a run that was cut short lacks is counted in `dropped`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from evals.run.records import ModelRecord, Outcome, QuestionRecord, Run, SampleRecord
from evals.stats.checks import FloatArray
from pipeline.strategies import PROMPT_METHODS

__all__ = ["SEED", "Cell", "cells", "cluster_of", "find_cell"]

SEED = 20_220_321
"""Of every permutation and bootstrap of an analysis: the same run always gives the same numbers."""


@dataclass(frozen=True)
class Cell:
    """One task with one model. `rows[s][i]` is what strategy `strategies[s]` made of `items[i]`.

    Only strategies with an outcome are in it, in the order of the run; the first is the baseline.
    `cut[s]` is the share of that strategy's replies that hit their limit of tokens.
    """

    task: str
    model: ModelRecord
    items: tuple[QuestionRecord, ...]
    strategies: tuple[str, ...]
    rows: tuple[tuple[Outcome, ...], ...]
    dropped: int = 0
    cut: tuple[float, ...] = ()

    @property
    def n(self) -> int:
        return len(self.items)

    @property
    def clusters(self) -> list[str]:
        """The cluster of each question, shape (items,)."""
        return [cluster_of(item) for item in self.items]

    def of(self, strategy: str) -> tuple[Outcome, ...]:
        """The outcomes of a strategy by name, in the order of `items`."""
        return self.rows[self.strategies.index(strategy)]

    def values(self, strategy: str, measure: Callable[[Outcome], float]) -> FloatArray:
        """A number an item, shape (items,)."""
        return np.array([measure(row) for row in self.of(strategy)], dtype=np.float64)

    def correct(self, strategy: str) -> FloatArray:
        """1 where the answer counts as right, shape (items,)."""
        return self.values(strategy, lambda row: float(row.correct))

    def tokens(self, strategy: str) -> FloatArray:
        """Prompt and generated tokens, shape (items,)."""
        return self.values(strategy, lambda row: float(row.tokens))

    def seconds(self, strategy: str) -> FloatArray:
        """Seconds of sampling and of search, shape (items,)."""
        return self.values(strategy, lambda row: row.seconds + row.retrieval_seconds)

    def flops(self, strategy: str) -> FloatArray:
        """Floating-point operations, shape (items,)."""
        return self.values(strategy, lambda row: row.flops)


def cluster_of(item: QuestionRecord) -> str:
    """What an item came from; itself where that is not said."""
    return item.cluster or item.id


def cells(run: Run) -> tuple[Cell, ...]:
    """Every task with every model that has an outcome, in the order of the run."""
    by: dict[tuple[str, str, str], dict[str, Outcome]] = {}
    for row in run.outcomes:
        by.setdefault((row.task, row.model, row.strategy), {})[row.item] = row
    asked: dict[str, list[QuestionRecord]] = {}
    for item in run.items:
        asked.setdefault(item.task, []).append(item)
    replies = {sample.key: sample for sample in run.samples if sample.template in PROMPT_METHODS}
    found = []
    for task in asked:
        for model in run.models:
            given = {
                s: by[task, model.name, s] for s in run.strategies if by.get((task, model.name, s))
            }
            if cell := _cell(task, model, asked[task], given, replies):
                found.append(cell)
    return tuple(found)


def _cell(
    task: str,
    model: ModelRecord,
    asked: list[QuestionRecord],
    given: Mapping[str, Mapping[str, Outcome]],
    replies: Mapping[str, SampleRecord],
) -> Cell | None:
    if not given:
        return None
    items = [item for item in asked if all(item.id in rows for rows in given.values())]
    if not items:
        return None
    rows = tuple(tuple(found[item.id] for item in items) for found in given.values())
    return Cell(
        task,
        model,
        tuple(items),
        tuple(given),
        rows,
        len(asked) - len(items),
        tuple(_cut(found, replies) for found in rows),
    )


def _cut(rows: tuple[Outcome, ...], replies: Mapping[str, SampleRecord]) -> float:
    """The share of replies that were cut off. A check of one token is no reply, and a step that is
    gone on with ends at a limit of its own, below that of the reply."""
    cut = total = 0
    for row in rows:
        found = [replies[key] for key in row.samples if key in replies]
        most = max((draw.limit for draw in found), default=0)
        whole = [draw for draw in found if draw.limit == most]
        total += len(whole)
        cut += sum(draw.finish == "length" for draw in whole)
    return cut / total if total else 0.0


def find_cell(run: Run, task: str, model: str) -> Cell | None:
    """The cell of a task and a model by name."""
    return next((c for c in cells(run) if (c.task, c.model.name) == (task, model)), None)
