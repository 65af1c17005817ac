"""Asking a question set of an index: every search alone, all weighed, and what reorders them."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from evals.retrieval.table import DEPTH, RetrievalRun
from evals.tasks.collection import Collection, Query

if TYPE_CHECKING:
    from pipeline.config import Config
    from pipeline.retrieval import Index
    from pipeline.retrieval.builder import IndexProgress
    from pipeline.retrieval.rerank import PassageScorer
    from pipeline.types import Hit, Passage

__all__ = [
    "RetrievalMethod",
    "diverse",
    "index_collection",
    "neighbourly",
    "notes_passages",
    "reranked",
    "run_arms",
    "with_index_path",
    "write_trec",
]

RetrievalMethod = Callable[[str], "list[Hit]"]
"""A question's hits, best first."""


def with_index_path(config: Config, path: str) -> Config:
    """The same configuration with its index elsewhere."""
    index = config.settings.index.model_copy(update={"path": path})
    settings = config.settings.model_copy(update={"index": index})
    return dataclasses.replace(config, settings=settings)


def notes_passages(config: Config) -> tuple[Passage, ...]:
    """The passages of the configured notes, as the index has them."""
    from pipeline.notes import fold
    from pipeline.retrieval.sources import gather, survey_notes

    return tuple(fold(gather(survey_notes(config.notes_path, {}), {})))


def index_collection(
    config: Config, collection: Collection, progress: IndexProgress | None = None
) -> Index:
    """An index of the collection's passages in the configuration's index folder."""
    from pipeline.retrieval import build, open_index

    build(config, passages=collection.passages, rebuild=True, progress=progress)
    return open_index(config)


def run_arms(
    index: Index,
    queries: Sequence[Query],
    extra: Mapping[str, RetrievalMethod] | None = None,
    progress: Callable[[int, int], None] | None = None,
    costs: dict[str, float] | None = None,
) -> list[RetrievalRun]:
    """The fused search first, then each arm alone, then `extra` ways of searching by name.

    `costs`, where given, gets the mean seconds a question took each way.
    """
    ways: dict[str, RetrievalMethod] = {"fused": lambda question: index.search(question, DEPTH)}
    for arm in index.arms:
        ways[arm] = lambda question, arm=arm: index.search(question, DEPTH, arms=[arm])  # type: ignore[misc]
    ways.update(extra or {})
    runs = [RetrievalRun(name) for name in ways]
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


def reranked(index: Index, score: PassageScorer, top: int) -> RetrievalMethod:
    """The fused search, its first `top` hits read again by a model."""
    from pipeline.retrieval.rerank import rerank

    return lambda question: rerank(index.search(question, DEPTH), question, score, top)


def diverse(index: Index, pull: float) -> RetrievalMethod:
    """The fused search, near-duplicates making room (see `order.diversify`)."""
    from pipeline.retrieval.ordered_search import diversify

    def way(question: str) -> list[Hit]:
        found = index.find(question, 4 * DEPTH)
        return diversify(index, [hit for _, hit in found], [row for row, _ in found], DEPTH, pull)

    return way


def neighbourly(index: Index, reach: int) -> RetrievalMethod:
    """The fused search, each hit followed by its neighbours: as many passages, fewer hits."""
    from pipeline.retrieval.ordered_search import with_neighbours

    def way(question: str) -> list[Hit]:
        found = index.find(question, DEPTH)
        hits, rows = [hit for _, hit in found], [row for row, _ in found]
        return with_neighbours(index, hits, rows, reach)[:DEPTH]

    return way


def write_trec(path: Path, runs: Sequence[RetrievalRun]) -> None:
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
