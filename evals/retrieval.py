"""How well passages are found: recall@k, MRR@10 and nDCG@10, per language, per arm and fused.

nDCG has linear gain: a passage of gain g at rank r adds g / log2(r + 1), divided by the best
order's sum. Intervals are 95 % percentile bootstrap over clusters (documents), since questions of
one document are not independent; differences between two ways of searching are paired by question.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from evals.tasks.collection import Collection, Query

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pipeline.config import Config
    from pipeline.retrieval import Index
    from pipeline.types import Hit

__all__ = [
    "DEPTH",
    "METRICS",
    "Row",
    "Run",
    "compare",
    "evaluate",
    "index_collection",
    "measure",
    "ndcg",
    "rows",
    "run_arms",
    "write_trec",
]

DEPTH = 10
METRICS = ("recall@1", "recall@5", "recall@10", "mrr@10", "ndcg@10")
_RESAMPLES = 2000


@dataclass(frozen=True)
class Run:
    """What one way of searching returned: for each query id the passage ids, best first, and
    their scores."""

    name: str
    ranked: dict[str, list[tuple[str, float]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
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


def recall(ranked: Sequence[str], gains: Mapping[str, int], k: int) -> float:
    """Share of the right passages among the first k."""
    right = {passage for passage, gain in gains.items() if gain > 0}
    return len(right.intersection(ranked[:k])) / len(right)


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
    return {
        "recall@1": recall(ranked, query.gains, 1),
        "recall@5": recall(ranked, query.gains, 5),
        "recall@10": recall(ranked, query.gains, 10),
        "mrr@10": reciprocal_rank(ranked, query.gains),
        "ndcg@10": ndcg(ranked, query.gains),
    }


def index_collection(config: Config, collection: Collection) -> Index:
    """An index of the collection's passages in the configuration's index folder."""
    from pipeline.retrieval import build, open_index

    build(config, passages=collection.passages, rebuild=True)
    return open_index(config)


def run_arms(
    index: Index,
    queries: Sequence[Query],
    extra: Mapping[str, Callable[[str], list[Hit]]] | None = None,
    progress: Callable[[int, int], None] | None = None,
    costs: dict[str, float] | None = None,
) -> list[Run]:
    """The fused search first, then each arm alone, then `extra` ways of searching by name.

    `costs`, where given, gets the mean seconds a question took each way.
    """
    ways: dict[str, Callable[[str], list[Hit]]] = {
        "fused": lambda question: index.search(question, DEPTH)
    }
    for arm in index.arms:
        ways[arm] = lambda question, arm=arm: index.search(question, DEPTH, arms=[arm])  # type: ignore[misc]
    ways.update(extra or {})
    runs = [Run(name) for name in ways]
    spent = dict.fromkeys(ways, 0.0)
    for done, query in enumerate(queries, 1):
        for run, way in zip(runs, ways.values(), strict=True):
            start = time.perf_counter()
            hits = way(query.text)
            spent[run.name] += time.perf_counter() - start
            run.ranked[query.id] = [(hit.passage.id, hit.score) for hit in hits]
        if progress is not None:
            progress(done, len(queries))
    if costs is not None:
        costs.update({name: seconds / max(1, len(queries)) for name, seconds in spent.items()})
    return runs


def _bootstrap(
    values: NDArray[np.float64], clusters: Sequence[str], seed: int
) -> tuple[float, float]:
    """95 % interval of the mean, resampling clusters. `values` has the shape (queries,)."""
    import numpy as np

    names = {name: i for i, name in enumerate(dict.fromkeys(clusters))}
    group = np.asarray([names[name] for name in clusters])
    sums = np.bincount(group, weights=values, minlength=len(names))
    sizes = np.bincount(group, minlength=len(names))
    drawn = np.random.default_rng(seed).integers(0, len(names), (_RESAMPLES, len(names)))
    means = sums[drawn].sum(1) / sizes[drawn].sum(1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


def compare(
    queries: Sequence[Query], first: Run, second: Run, metric: str, seed: int = 0
) -> tuple[float, float, float]:
    """Mean of first - second over the same questions, with its 95 % interval."""
    import numpy as np

    values = np.asarray([_value(q, first, metric) - _value(q, second, metric) for q in queries])
    return (float(values.mean()), *_bootstrap(values, [q.cluster for q in queries], seed))


def _value(query: Query, run: Run, metric: str) -> float:
    return measure(query, [passage for passage, _ in run.ranked[query.id]])[metric]


def rows(
    queries: Sequence[Query], runs: Sequence[Run], metrics: Iterable[str] = METRICS, seed: int = 0
) -> list[Row]:
    """The table: every language, every run, every metric."""
    import numpy as np

    found = []
    for language in sorted({query.language for query in queries}):
        some = [query for query in queries if query.language == language]
        clusters = [query.cluster for query in some]
        for run in runs:
            for metric in metrics:
                values = np.asarray([_value(query, run, metric) for query in some])
                gain: tuple[float | None, ...] = (None, None, None)
                if run is not runs[0]:
                    gain = compare(some, run, runs[0], metric, seed)
                low, high = _bootstrap(values, clusters, seed)
                mean = float(values.mean())
                found.append(Row(language, run.name, metric, len(some), mean, low, high, *gain))
    return found


def evaluate(config: Config, collection: Collection) -> tuple[list[Run], list[Row]]:
    """Index a collection, ask every question of every arm, and make the table."""
    with index_collection(config, collection) as index:
        runs = run_arms(index, collection.queries)
    return runs, rows(collection.queries, runs)


def write_trec(path: Path, runs: Sequence[Run]) -> None:
    """Runs in the TREC format: `query Q0 passage rank score tag`, spaces in ids as underscores."""
    lines = [
        f"{_word(query)} Q0 {_word(passage)} {rank} {score:.6f} {run.name}"
        for run in runs
        for query, ranked in run.ranked.items()
        for rank, (passage, score) in enumerate(ranked, 1)
    ]
    part = path.with_name(path.name + ".part")
    part.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    part.replace(path)


def _word(name: str) -> str:
    return "_".join(name.split()) or "_"
