"""Requests become results: replayed from the pool where they are in it, made by the engine or the
search where not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from pipeline.engine.base import Engine, OnToken
from pipeline.pool import Pool
from pipeline.types import Draw, Hits, Likelihood, Prompt, Request, Result, Score, Search

__all__ = ["Likelihoods", "Needs", "Searcher", "made", "replayed"]

Likelihoods = Callable[[Sequence[Score]], list[Likelihood]]
"""Has the model score texts, each with its price, in order."""

Searcher = Callable[[Search, Likelihoods], Hits]
"""Makes a search, with its price. What it needs scored to order its hits, the loop has scored."""


@dataclass(slots=True)
class Needs:
    """The results there are, and the requests that are still to be met, by their kind."""

    results: dict[Request, Result] = field(default_factory=dict)
    draws: list[Draw] = field(default_factory=list)
    scores: list[Score] = field(default_factory=list)
    searches: dict[Search, Searcher | None] = field(default_factory=dict)


def replayed(
    wanted: Iterable[tuple[Sequence[Request], Searcher | None]], pool: Pool | None
) -> Needs:
    """What the pool has of these requests, and the rest; samples of one prompt stand together."""
    needs = Needs()
    draws: dict[Prompt, dict[Draw, None]] = {}
    scores: dict[Score, None] = {}
    for requests, search in wanted:
        for request in requests:
            if request in needs.results:
                continue
            stored = pool.get(request) if pool is not None else None
            if stored is not None:
                needs.results[request] = stored
            elif isinstance(request, Draw):
                draws.setdefault(request.prompt, {})[request] = None
            elif isinstance(request, Score):
                scores[request] = None
            else:
                needs.searches[request] = search
    needs.draws = [request for group in draws.values() for request in group]
    needs.scores = list(scores)
    return needs


def made(
    needs: Needs,
    engine: Callable[[], Engine],
    scores: Likelihoods,
    pool: Pool | None,
    on_token: OnToken | None,
) -> Iterator[Result]:
    """Everything that is missing, made and kept. `scores` are for searches that need some."""
    for request, search in needs.searches.items():
        assert search is not None, "a course that searches has something to search"
        yield _kept(search(request, scores), pool)
    if needs.scores:
        for likelihood in engine().score(needs.scores):
            yield _kept(likelihood, pool)
    if needs.draws:
        for sample in engine().sample(needs.draws, on_token=on_token):
            yield _kept(sample, pool)


def _kept(result: Result, pool: Pool | None) -> Result:
    return pool.put(result) if pool is not None else result
