"""Compares models on one task: the size of model that this much thinking replaces."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evals.report.topics.cells import SEED, Cell, cells
from evals.run.records import Run
from evals.stats.frontier import pareto
from evals.stats.proportions import accuracy_interval
from evals.stats.replacement import Replacement, replacement

__all__ = ["ModelEquivalent", "ModelPrice", "ModelSizes", "sizes"]


@dataclass(frozen=True, slots=True)
class ModelPrice:
    """A model with a strategy: FLOPs a question against accuracy. `best`: nothing that costs fewer
    FLOPs is as good."""

    model: str
    strategy: str
    flops: float
    accuracy: float
    ci: tuple[float, float]
    best: bool


@dataclass(frozen=True, slots=True)
class ModelEquivalent:
    """A model that thinks, and the model that is as accurate without: its parameters, and FLOPs a
    question, beside the `flops` that the thinking spends."""

    model: str
    strategy: str
    flops: float
    by_flops: Replacement
    by_parameters: Replacement | None


@dataclass(frozen=True, slots=True)
class ModelSizes:
    """One task over all its models, on the `n` questions that all of them answered."""

    task: str
    n: int
    baseline: str
    priced: tuple[ModelPrice, ...]
    replaced: tuple[ModelEquivalent, ...]


def sizes(run: Run) -> tuple[ModelSizes, ...]:
    """Every task that two or more models of known and different price answered."""
    by: dict[str, list[Cell]] = {}
    for cell in cells(run):
        by.setdefault(cell.task, []).append(cell)
    found = [_sizes(same) for same in by.values() if len(same) > 1]
    return tuple(f for f in found if f is not None)


def _sizes(same: list[Cell]) -> ModelSizes | None:
    base = same[0].strategies[0]
    common = set.intersection(*({item.id for item in cell.items} for cell in same))
    same = [_only(cell, common) for cell in same if base in cell.strategies]
    spent = [float(cell.flops(base).mean()) for cell in same if cell.n]
    if len(spent) < 2 or min(spent) <= 0 or len(set(spent)) < len(spent):
        return None
    clusters = same[0].clusters
    priced = []
    for cell in same:
        for strategy in cell.strategies:
            found = accuracy_interval(cell.correct(strategy), clusters)
            flops = float(cell.flops(strategy).mean())
            ci = (found.low, found.high)
            priced.append(ModelPrice(cell.model.name, strategy, flops, found.value, ci, False))
    best = pareto([p.flops for p in priced], [p.accuracy for p in priced])
    priced = [
        ModelPrice(p.model, p.strategy, p.flops, p.accuracy, p.ci, bool(on))
        for p, on in zip(priced, best, strict=True)
    ]
    return ModelSizes(same[0].task, same[0].n, base, tuple(priced), _replaced(same, base, spent))


def _replaced(same: list[Cell], base: str, spent: list[float]) -> tuple[ModelEquivalent, ...]:
    without = np.column_stack([cell.correct(base) for cell in same])
    parameters = [float(cell.model.parameters) for cell in same]
    known = min(parameters) > 0 and len(set(parameters)) == len(parameters)
    clusters = same[0].clusters
    found = []
    for cell in same:
        for strategy in cell.strategies:
            if strategy == base:
                continue
            right = cell.correct(strategy)
            found.append(
                ModelEquivalent(
                    cell.model.name,
                    strategy,
                    float(cell.flops(strategy).mean()),
                    replacement(right, spent, without, clusters, seed=SEED),
                    replacement(right, parameters, without, clusters, seed=SEED) if known else None,
                )
            )
    return tuple(found)


def _only(cell: Cell, names: set[str]) -> Cell:
    inside = [i for i, item in enumerate(cell.items) if item.id in names]
    return Cell(
        cell.task,
        cell.model,
        tuple(cell.items[i] for i in inside),
        cell.strategies,
        tuple(tuple(row[i] for i in inside) for row in cell.rows),
        cell.dropped,
    )
