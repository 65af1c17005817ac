"""Draws spread over a Ray cluster: one engine that stands for an engine on every node.

The pool stays where the run was started; nodes make draws and keep nothing. A draw's key says which
model, prompt, sampling and number it is, not where it was made, so a run goes on from its pool on a
cluster or without one. When a node dies, what it was asked for is asked elsewhere.
"""

from __future__ import annotations

import importlib
import itertools
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from evals.ray.worker import raised
from pipeline.closing import Closing
from pipeline.engine.base import ModelInfo, OnToken
from pipeline.engine.billing import PromptBilling
from pipeline.errors import ModelError, filled
from pipeline.types import Draw, Likelihood, Prompt, Sample, Score

__all__ = ["CALLS", "RayEngine"]

_BATCH = 16  # draws sent at once; those of one prompt together, so that it is read once
_AHEAD = 3  # batches a node has at a time, so that it never waits for the next
CALLS = _AHEAD + 5  # calls a node answers side by side
_REMEMBERED = 65_536  # samples whose node is known, for those that go on from them
_PATIENCE = 600.0  # seconds for a node to load its model
_SAME = ("name", "sha256", "template_sha256", "engine", "version", "context")


@dataclass(eq=False, slots=True)
class _Node:
    """One node's engine. `busy` counts the batches it has."""

    seat: Any
    name: str
    busy: int = 0


@dataclass(eq=False, slots=True)
class _Batch:
    """Draws that are sent together, and on which node the samples are that they go on from."""

    number: int
    requests: list[Draw]
    pays: list[bool]
    home: _Node | None = None


class RayEngine(Closing):
    """Engines on all nodes as one; see `pipeline.engine.base` for the contract.

    A draw's text is told (`on_token`) when the draw is finished, in one piece: what was told of a
    draw that dies with its node could not be taken back. `cancel` reaches draws that are waiting or
    being made. Samples of a parent are drawn where that was, while the node lives.

    Raises ModelError when no node is left, or where nodes have different models.
    """

    def __init__(
        self, nodes: Sequence[tuple[str, Any]], on_notice: Callable[[str], None] = lambda _: None
    ) -> None:
        self._ray: Any = importlib.import_module("ray")
        self._nodes = [_Node(seat, name) for name, seat in nodes]
        self._notice = on_notice
        self._ledger = PromptBilling()
        self._numbers = itertools.count()
        self._cancelled: set[Draw] = set()
        self._made: OrderedDict[str, _Node] = OrderedDict()
        self._lock = threading.RLock()
        self._info = self._opened()

    @property
    def info(self) -> ModelInfo:
        return self._info

    @property
    def nodes(self) -> tuple[str, ...]:
        """The names of the nodes that live."""
        return tuple(node.name for node in self._nodes)

    def sample(self, requests: Iterable[Draw], on_token: OnToken | None = None) -> Iterator[Sample]:
        asked = list(requests)
        waiting = deque(self._batches(asked))
        flying: dict[Any, tuple[_Node, _Batch]] = {}
        try:
            while waiting or flying:
                self._send(waiting, flying)
                if not flying:
                    continue
                done, _ = self._ray.wait(list(flying), num_returns=1)
                node, batch = flying.pop(done[0])
                node.busy -= 1
                samples = self._fetched(done[0], node)
                if samples is None:  # its node is gone
                    waiting.appendleft(replace(batch, home=None))
                    continue
                for sample in samples:
                    self._remember(sample, node)
                    self._cancelled.discard(sample.request)
                    if on_token and sample.text:
                        on_token(sample.request, sample.text)
                    yield sample
        finally:
            for node, batch in flying.values():
                node.busy -= 1
                node.seat.stop.remote(batch.number)

    def cancel(self, request: Draw) -> None:
        self._cancelled.add(request)
        for node in self._nodes:
            if node.busy:
                node.seat.cancel.remote(request)

    def score(self, requests: Iterable[Score]) -> Iterator[Likelihood]:
        found: list[Likelihood] = self._anywhere("score", list(requests))
        yield from found

    def count(self, prompt: Prompt) -> int:
        found: int = self._anywhere("count", prompt)
        return found

    def close(self) -> None:
        nodes, self._nodes = self._nodes, []
        for node in nodes:
            self._ray.kill(node.seat)

    # -- the nodes -----------------------------------------------------------------------------

    def _opened(self) -> ModelInfo:
        """Load all models: the first, which settles the form of the weights, then the rest at the
        same time. A node that does not answer is left out and said so; one that has no model, or
        another, is an error: better now than after hours."""
        first = None
        while first is None:  # `_bury` raises where none is left
            first = self._loaded(self._nodes[0], self._nodes[0].seat.open.remote(""))
        rest = self._nodes[1:]
        loading = [node.seat.open.remote(first.weights or "file") for node in rest]
        for node, ref in zip(rest, loading, strict=True):
            info = self._loaded(node, ref)
            for field in _SAME if info else ():
                theirs, ours = getattr(info, field), getattr(first, field)
                if theirs != ours:
                    raise ModelError(
                        filled(
                            "The node {node} has another model: {field} is {theirs}, on {first} "
                            "it is {ours}.",
                            node=node.name,
                            field=field,
                            theirs=repr(theirs),
                            first=self._nodes[0].name,
                            ours=repr(ours),
                        ),
                        "Install the same thinkscale and the same model on every node.",
                    )
        return first

    def _loaded(self, node: _Node, ref: Any) -> ModelInfo | None:
        try:
            info: ModelInfo = self._answer(ref, node, _PATIENCE)
        except self._lost():
            self._bury(node)
            return None
        return info

    def _answer(self, ref: Any, node: _Node, seconds: float | None = None) -> Any:
        """What a call came to. Raises the node's own error as it was there."""
        try:
            return raised(self._ray.get(ref, timeout=seconds))
        except self._ray.exceptions.RayTaskError as error:
            why = str(error).strip().splitlines()[-1]
            raise ModelError(
                filled("The node {node}: {why}", node=node.name, why=why), "See the node's log."
            ) from None

    def _lost(self) -> tuple[type[Exception], ...]:
        """What a call raises whose node is gone, or its answer with it."""
        found = self._ray.exceptions
        return (found.RayActorError, found.ObjectLostError, found.GetTimeoutError,
                found.WorkerCrashedError, found.NodeDiedError)  # fmt: skip

    def _fetched(self, ref: Any, node: _Node) -> list[Sample] | None:
        try:
            samples: list[Sample] = self._answer(ref, node)
        except self._lost():
            self._bury(node)
            return None
        return samples

    def _bury(self, node: _Node) -> None:
        with self._lock:
            if node in self._nodes:
                self._nodes.remove(node)
                self._notice(
                    filled(
                        "The node {node} is gone; {left} go on with its samples.",
                        node=node.name,
                        left=len(self._nodes),
                    )
                )
        if not self._nodes:
            raise ModelError(
                "No node of the cluster is left.",
                "See the nodes' logs. What was drawn is kept: run it again.",
            )

    def _anywhere(self, method: str, *values: Any) -> Any:
        while True:
            node = self._freest()
            try:
                return self._answer(getattr(node.seat, method).remote(*values), node)
            except self._lost():
                self._bury(node)

    def _freest(self) -> _Node:
        if not self._nodes:
            raise ModelError("The engine is closed.", "Open it again.")
        return min(self._nodes, key=lambda node: node.busy)

    # -- the draws -----------------------------------------------------------------------------

    def _batches(self, asked: Sequence[Draw]) -> list[_Batch]:
        """The draws of one prompt together, small prompts' draws side by side, those that go on
        from samples of one node for that node."""
        kinds: dict[tuple[_Node | None, Prompt], list[tuple[Draw, bool]]] = {}
        for request, paying in zip(asked, self._ledger.payers(asked), strict=True):
            home = self._made.get(request.parent) if request.parent is not None else None
            home = home if home in self._nodes else None
            kinds.setdefault((home, request.prompt), []).append((request, paying))
        batches: list[_Batch] = []
        open_: dict[_Node | None, _Batch] = {}
        for (home, _), group in kinds.items():
            for at in range(0, len(group), _BATCH):
                part = group[at : at + _BATCH]
                batch = open_.get(home)
                if batch is None or len(batch.requests) + len(part) > _BATCH:
                    batch = open_[home] = _Batch(next(self._numbers), [], [], home)
                    batches.append(batch)
                batch.requests += [request for request, _ in part]
                batch.pays += [paying for _, paying in part]
        return batches

    def _send(self, waiting: deque[_Batch], flying: dict[Any, tuple[_Node, _Batch]]) -> None:
        """Give nodes that have room the next batches, those of a home to it if it has room."""
        for _ in range(len(waiting)):
            batch = waiting.popleft()
            node = batch.home if batch.home in self._nodes else self._freest()
            if node is None or node.busy >= _AHEAD:
                waiting.append(batch)
                continue
            ended = [request for request in batch.requests if request in self._cancelled]
            ref = node.seat.draw.remote(batch.number, batch.requests, batch.pays, ended)
            node.busy += 1
            flying[ref] = (node, batch)

    def _remember(self, sample: Sample, node: _Node) -> None:
        self._made[sample.key] = node
        while len(self._made) > _REMEMBERED:
            self._made.popitem(last=False)
