"""Finds the strategies that are worth their price: nothing cheaper in the cell is as good."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evals.report.topics.cells import SEED, Cell
from evals.report.topics.streams import method_of, named
from evals.stats.checks import FloatArray
from evals.stats.frontier import frontier_probability, pareto

__all__ = ["FrontierPoint", "frontier"]


@dataclass(frozen=True, slots=True)
class FrontierPoint:
    """A strategy by price: whether nothing cheaper is as good, and how settled that is (the share
    of clustered bootstraps in which it is so), by tokens, by seconds and by FLOPs. `family` names
    what it shares with strategies that differ in the number of draws alone (`cot@adaptive`)."""

    strategy: str
    accuracy: float
    ci: tuple[float, float]
    tokens: float
    seconds: float
    on_tokens: bool
    p_tokens: float
    on_seconds: bool
    p_seconds: float
    flops: float = 0.0
    on_flops: bool = False
    p_flops: float = 0.0
    family: str = ""


def frontier(cell: Cell, intervals: dict[str, tuple[float, float]]) -> tuple[FrontierPoint, ...]:
    """Every strategy of a cell. `intervals` are those of the accuracies, by strategy."""
    right = np.column_stack([cell.correct(name) for name in cell.strategies])
    tokens = np.column_stack([cell.tokens(name) for name in cell.strategies])
    taken = np.column_stack([cell.seconds(name) for name in cell.strategies])
    flops = np.column_stack([cell.flops(name) for name in cell.strategies])
    by_tokens, by_seconds = _settled(cell, right, tokens), _settled(cell, right, taken)
    by_flops = _settled(cell, right, flops)
    return tuple(
        FrontierPoint(
            name,
            float(right[:, at].mean()),
            intervals[name],
            float(tokens[:, at].mean()),
            float(taken[:, at].mean()),
            bool(by_tokens[0][at]),
            float(by_tokens[1][at]),
            bool(by_seconds[0][at]),
            float(by_seconds[1][at]),
            float(flops[:, at].mean()),
            bool(by_flops[0][at]),
            float(by_flops[1][at]),
            _family(name),
        )
        for at, name in enumerate(cell.strategies)
    )


def _family(strategy: str) -> str:
    name = named(strategy)
    return f"{method_of(strategy)}@{name.rule}" if name is not None and name.rule else ""


def _settled(cell: Cell, right: FloatArray, costs: FloatArray) -> tuple[FloatArray, FloatArray]:
    on = pareto(costs.mean(axis=0), right.mean(axis=0)).astype(np.float64)
    return on, frontier_probability(right, costs, cell.clusters, seed=SEED)
