"""Computes recall@k, MRR@10 and nDCG@10 of a search, per language and per way of searching.

nDCG has linear gain: a passage of gain g at rank r adds g / log2(r + 1), divided by the best
order's sum. Where one right passage answers a question (`Query.parts`), recall@k is the share of
questions with one among the first k, and all@k the share with a passage for every part of the
answer. Intervals are 95 % and allow for clusters (documents), since questions of one document are
not independent; differences between two ways of searching are paired by question.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from evals.tasks.collection import Query

if TYPE_CHECKING:
    from evals.stats.interval import Interval

__all__ = [
    "DEPTH",
    "METRICS",
    "RetrievalRow",
    "RetrievalRun",
    "compare",
    "measure",
    "metrics_of",
    "ndcg",
    "rows",
]

DEPTH = 10
METRICS = ("recall@1", "recall@5", "recall@10", "mrr@10", "ndcg@10")


@dataclass(frozen=True)
class RetrievalRun:
    """What one way of searching returned: for each query id the passage ids, best first, and
    their scores."""

    name: str
    ranked: dict[str, list[tuple[str, float]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RetrievalRow:
    """One line of the table: a mean and its interval; `gain` is the paired difference from the
    fused search (None for itself)."""

    language: str
    run: str
    metric: str
    queries: int
    mean: float
    low: float
    high: float
    gain: float | None = None
    gain_low: float | None = None
    gain_high: float | None = None


def recall(query: Query, ranked: Sequence[str], k: int) -> float:
    """Share of the right passages among the first k; where one is enough, whether one is there."""
    right = {passage for passage, gain in query.gains.items() if gain > 0}
    found = right.intersection(ranked[:k])
    return float(bool(found)) if query.parts else len(found) / len(right)


def complete(query: Query, ranked: Sequence[str], k: int) -> float:
    """Whether the first k hold a passage for every part of the answer."""
    return float(all(part.intersection(ranked[:k]) for part in query.parts))


def reciprocal_rank(ranked: Sequence[str], gains: Mapping[str, int], k: int = DEPTH) -> float:
    """1 / rank of the first right passage among the first k, else 0."""
    for rank, passage in enumerate(ranked[:k], 1):
        if gains.get(passage, 0) > 0:
            return 1 / rank
    return 0.0


def ndcg(ranked: Sequence[str], gains: Mapping[str, int], k: int = DEPTH) -> float:
    """Normalised discounted cumulative gain with linear gain."""
    found = sum(gains.get(p, 0) / math.log2(r + 1) for r, p in enumerate(ranked[:k], 1))
    best = sorted(gains.values(), reverse=True)[:k]
    return found / sum(gain / math.log2(r + 1) for r, gain in enumerate(best, 1))


def measure(query: Query, ranked: Sequence[str]) -> dict[str, float]:
    """Every metric for one query."""
    found = {
        "recall@1": recall(query, ranked, 1),
        "recall@5": recall(query, ranked, 5),
        "recall@10": recall(query, ranked, 10),
        "mrr@10": reciprocal_rank(ranked, query.gains),
        "ndcg@10": ndcg(ranked, query.gains),
    }
    if query.parts:
        found |= {"all@5": complete(query, ranked, 5), "all@10": complete(query, ranked, 10)}
    return found


def metrics_of(queries: Iterable[Query]) -> tuple[str, ...]:
    """The metrics that every one of these queries has."""
    return (*METRICS, "all@5", "all@10") if all(query.parts for query in queries) else METRICS


def compare(
    queries: Sequence[Query], first: RetrievalRun, second: RetrievalRun, metric: str
) -> Interval:
    """The mean of first - second over the same questions, with its interval."""
    from evals.stats.paired import paired_interval

    mine, other = (_values(queries, run, metric) for run in (first, second))
    return paired_interval(mine, other, [query.cluster for query in queries])


def _values(queries: Sequence[Query], run: RetrievalRun, metric: str) -> list[float]:
    return [
        measure(query, [passage for passage, _ in run.ranked[query.id]])[metric]
        for query in queries
    ]


def rows(
    queries: Sequence[Query], runs: Sequence[RetrievalRun], metrics: Sequence[str] | None = None
) -> list[RetrievalRow]:
    """The table: every language (or group, see `Query`), every run, every metric."""
    from evals.stats.proportions import accuracy_interval

    found = []
    metrics = metrics_of(queries) if metrics is None else metrics
    for language in sorted({query.row for query in queries}):
        some = [query for query in queries if query.row == language]
        clusters = [query.cluster for query in some]
        for run in runs:
            for metric in metrics:
                mean = accuracy_interval(_values(some, run, metric), clusters)
                row = RetrievalRow(
                    language, run.name, metric, len(some), mean.value, mean.low, mean.high
                )
                if run is not runs[0]:
                    gain = compare(some, run, runs[0], metric)
                    row = replace(row, gain=gain.value, gain_low=gain.low, gain_high=gain.high)
                found.append(row)
    return found
