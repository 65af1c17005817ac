"""The contract of a pool, and the one that lives as long as the process."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator
from typing import Protocol

from pipeline.engine.base import ModelInfo, request_key
from pipeline.types import Draw, Request, Result, Sample, Score, Search

__all__ = ["MemoryPool", "Pool", "is_whole", "search_key", "settled"]


class Pool(Protocol):
    """Results by the key of their request."""

    def get(self, request: Request) -> Result | None:
        """The stored result of a request, if it was asked for before."""
        ...

    def put(self, result: Result) -> Result:
        """Keep a result, unless it is there already, or is a sample cut short from outside; the
        result as it counts: a prompt whose draw 0 is here was paid by that."""
        ...


def is_whole(sample: Sample) -> bool:
    """It is what its request asked for: not cut short by a failure, a budget or a person."""
    least = sample.request.params.stop_below
    unsure = sample.finish == "cancelled" and sample.confidence.lowest_group < least
    return sample.finish in ("stop", "length") or unsure


def settled(sample: Sample, pool: Pool, model: ModelInfo) -> Sample:
    """An engine charges a prompt to draw 0, and to a later one where it was asked for no sample 0:
    as when a run goes on after a stop. Here it is known whether the prompt was paid."""
    paid, request = sample.cost.prompt_tokens, sample.request
    if not paid or not request.draw:
        return sample
    unstopped = dataclasses.replace(request.params, stop_below=0.0, group=0)
    firsts = [dataclasses.replace(request, draw=0, params=p) for p in (request.params, unstopped)]
    if all(pool.get(first) is None for first in firsts):
        return sample
    asked = model.serving(request.prompt)
    flops = max(0.0, sample.cost.flops - asked.flops(paid, heads=1))
    cost = dataclasses.replace(sample.cost, prompt_tokens=0, flops=flops)
    return dataclasses.replace(sample, cost=cost)


class MemoryPool:
    """For as long as the process lives."""

    def __init__(self, model: ModelInfo) -> None:
        self._model = model
        self._samples: dict[str, Sample] = {}
        self._others: dict[Score | Search, Result] = {}

    def get(self, request: Request) -> Result | None:
        if isinstance(request, Draw):
            return self._samples.get(request_key(self._model, request))
        return self._others.get(request)

    def put(self, result: Result) -> Result:
        if not isinstance(result, Sample):
            return self._others.setdefault(result.request, result)
        result = settled(result, self, self._model)
        if is_whole(result):
            self._samples.setdefault(request_key(self._model, result.request), result)
        return result

    def __len__(self) -> int:
        return len(self._samples)

    def __iter__(self) -> Iterator[Sample]:
        return iter(self._samples.values())


def search_key(request: Search) -> str:
    """Names a search: equal keys, equal hits."""
    line = f"{request.index}\x1f{request.k}\x1f{request.query}"
    if request.outline:
        line += "\x1foutline"
    if request.states:
        line += f"\x1fstated\x1f{request.states}"
    if request.hops:
        line += "\x1fhops"
    if request.within:
        line += f"\x1fwithin\x1f{request.within}"
    return hashlib.sha256(line.encode()).hexdigest()
