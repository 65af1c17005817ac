"""The worker on a node of a Ray cluster: one engine, called remotely.

Only plain values and the project's own dataclasses travel; an error of ours travels as its words.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from pipeline import errors
from pipeline.engine.base import Engine, ModelInfo
from pipeline.engine.continuation import begun
from pipeline.errors import ModelError, ThinkscaleError
from pipeline.types import Draw, Likelihood, Prompt, Sample, Score

__all__ = ["Maker", "NodeEngine", "raised"]

Maker = Callable[[int, str], Engine]
"""Opens the engine of a node, given the processors it may use and the form of the weights that the
nodes before it chose ("": it chooses)."""

WorkerReport = tuple[str, str, str]
"""An error's class, what happened, and the remedy."""


class NodeEngine:
    """The engine of one node. Several calls run side by side; the engine batches them."""

    def __init__(self, make: Maker, processors: int) -> None:
        self._make, self._processors = make, processors
        self._engine: Engine | None = None
        self._stopped: set[int] = set()
        self._lock = threading.Lock()

    def open(self, weights: str) -> ModelInfo | WorkerReport:
        """Load the model: which it is, or why it cannot be."""
        try:
            with self._lock:
                if self._engine is None:
                    self._engine = self._make(self._processors, weights)
                return self._engine.info
        except ThinkscaleError as error:
            return _told(error)

    def draw(
        self,
        batch: int,
        requests: Sequence[Draw],
        pays: Sequence[bool],
        cancelled: Sequence[Draw],
    ) -> list[Sample] | WorkerReport:
        """The samples of a batch, when all are made. `pays`: does the draw pay for its prompt?"""
        paying = dict(zip(requests, pays, strict=True))

        def going_on(_: Draw, __: str) -> bool:
            return batch not in self._stopped

        try:
            engine = self._open()
            for request in cancelled:
                engine.cancel(request)
            drawn = engine.sample(requests, on_token=going_on)
            return [s if paying[s.request] else self._free(s) for s in drawn]
        except ThinkscaleError as error:
            return _told(error)
        finally:
            self._stopped.discard(batch)

    def stop(self, batch: int) -> None:
        """End a batch that nobody waits for any more."""
        self._stopped.add(batch)

    def cancel(self, request: Draw) -> None:
        self._open().cancel(request)

    def score(self, requests: Sequence[Score]) -> list[Likelihood] | WorkerReport:
        try:
            return list(self._open().score(requests))
        except ThinkscaleError as error:
            return _told(error)

    def count(self, prompt: Prompt) -> int | WorkerReport:
        try:
            return self._open().count(prompt)
        except ThinkscaleError as error:
            return _told(error)

    def close(self) -> None:
        with self._lock:
            if self._engine is not None:
                self._engine.close()

    def process(self) -> int:
        """The process this runs in."""
        return os.getpid()

    def _open(self) -> Engine:
        if self._engine is None:
            raise ModelError("The engine of a node is not open.")
        return self._engine

    def _free(self, sample: Sample) -> Sample:
        """The sample without the price of its prompt, which another node's draw pays."""
        cost, request = sample.cost, sample.request
        if not cost.prompt_tokens:
            return sample
        engine = self._open()
        whole = engine.count(request.prompt)
        if request.parent is not None and begun(request.prompt) is None:
            whole = cost.prompt_tokens
        asked = engine.info.serving(request.prompt)
        read = asked.flops(cost.prompt_tokens, whole - cost.prompt_tokens, heads=1)
        return replace(sample, cost=replace(cost, prompt_tokens=0, flops=cost.flops - read))


def _told(error: ThinkscaleError) -> WorkerReport:
    return type(error).__name__, error.what, error.remedy


def raised(told: Any) -> Any:
    """What a node answered. Raises the error that it told of."""
    if isinstance(told, tuple) and len(told) == 3 and all(isinstance(x, str) for x in told):
        kind = getattr(errors, told[0], ThinkscaleError)
        raise kind(told[1], told[2])
    return told
