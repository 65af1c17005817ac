"""Two runs side by side: which questions, strategies and models of one are those of the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evals.report.topics.cells import cluster_of
from evals.run.records import Outcome, QuestionRecord, Run
from evals.stats.checks import FloatArray

__all__ = ["StrategyPair", "pairs", "scorer_of"]


@dataclass(frozen=True)
class StrategyPair:
    """One strategy with one model on one task, before and after. `items` are the questions that
    both have answered and that are the same, word for word; `first` and `second` their outcomes in
    that order. `all_first` and `all_second` are all that each run has.
    """

    task: str
    strategies: tuple[str, str]
    models: tuple[str, str]
    items: tuple[QuestionRecord, ...]
    first: tuple[Outcome, ...]
    second: tuple[Outcome, ...]
    all_first: tuple[tuple[QuestionRecord, Outcome], ...]
    all_second: tuple[tuple[QuestionRecord, Outcome], ...]
    of_many: bool = False
    """There are several models: their names tell pairs apart."""

    @property
    def all(
        self,
    ) -> tuple[
        tuple[tuple[QuestionRecord, Outcome], ...], tuple[tuple[QuestionRecord, Outcome], ...]
    ]:
        """All that the first and the second run have."""
        return self.all_first, self.all_second

    @property
    def clusters(self) -> list[str]:
        return [cluster_of(item) for item in self.items]

    @property
    def name(self) -> str:
        """What is compared, in a few words."""
        what = _both(self.strategies)
        if self.of_many or self.models[0] != self.models[1]:
            what += f", {_both(self.models)}"
        return f"{self.task}, {what}"

    def correct(self, which: int) -> FloatArray:
        """1 where right, shape (items,), of the first (0) or second (1) run."""
        rows = (self.first, self.second)[which]
        return np.array([float(row.correct) for row in rows])

    def mean(self, which: int, measure: Callable[[Outcome], float]) -> float:
        """The mean of a measure over the questions both have."""
        rows = (self.first, self.second)[which]
        return float(np.mean([measure(row) for row in rows]))


def pairs(first: Run, second: Run) -> tuple[StrategyPair, ...]:
    """Every strategy that both runs have on a task that both have, model by model.

    Models are matched by name; where no name is in both, the first of one with the first of the
    other. Strategies likewise, where each run has only one.
    """
    models = _matched([m.name for m in first.models], [m.name for m in second.models], lone=False)
    strategies = _matched(list(first.strategies), list(second.strategies), lone=True)
    tasks = list(dict.fromkeys(item.task for item in first.items))
    found = []
    for task in tasks:
        for model in models:
            for strategy in strategies:
                one = _rows(first, task, model[0], strategy[0])
                other = _rows(second, task, model[1], strategy[1])
                if one and other:
                    found.append(_pair(task, strategy, model, one, other, len(models) > 1))
    return tuple(found)


def scorer_of(run: Run, task: str) -> str:
    """The name of the scorer that a run's accuracies on a task rest on."""
    described: Any = next((t for t in run.tasks if t.get("name") == task), {})
    return str(described.get("scorer", ""))


def _matched(one: Sequence[str], other: Sequence[str], *, lone: bool) -> list[tuple[str, str]]:
    same = [(name, name) for name in one if name in other]
    if same or not one or not other:
        return same
    if lone and (len(one) > 1 or len(other) > 1):
        return []
    return [(one[0], other[0])]


def _rows(
    run: Run, task: str, model: str, strategy: str
) -> dict[str, tuple[QuestionRecord, Outcome]]:
    asked = {item.id: item for item in run.items if item.task == task}
    return {
        row.item: (asked[row.item], row)
        for row in run.outcomes
        if (row.task, row.model, row.strategy) == (task, model, strategy) and row.item in asked
    }


def _pair(
    task: str,
    strategies: tuple[str, str],
    models: tuple[str, str],
    one: dict[str, tuple[QuestionRecord, Outcome]],
    other: dict[str, tuple[QuestionRecord, Outcome]],
    of_many: bool,
) -> StrategyPair:
    both = [name for name in one if name in other and _same(one[name][0], other[name][0])]
    return StrategyPair(
        task,
        strategies,
        models,
        tuple(one[name][0] for name in both),
        tuple(one[name][1] for name in both),
        tuple(other[name][1] for name in both),
        tuple(one.values()),
        tuple(other.values()),
        of_many,
    )


def _same(one: QuestionRecord, other: QuestionRecord) -> bool:
    asked = (one.question, one.answers, one.answerable)
    return asked == (other.question, other.answers, other.answerable)


def _both(names: tuple[str, str]) -> str:
    return names[0] if names[0] == names[1] else f"{names[0]} -> {names[1]}"
