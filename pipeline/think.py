"""The one loop: ask the strategy, replay from the pool, draw the rest from the engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pipeline.engine.base import Engine, OnToken
from pipeline.pool import MemoryPool
from pipeline.strategies import Decision, Question, Strategy
from pipeline.types import Cost, Sample

__all__ = ["Thought", "think"]


@dataclass(frozen=True, slots=True)
class Thought:
    """A decision, the samples it rests on in draw order, and what was paid."""

    decision: Decision
    samples: tuple[Sample, ...]
    cost: Cost


def think(
    question: Question,
    strategy: Strategy,
    engine: Engine,
    pool: MemoryPool,
    on_token: OnToken | None = None,
    on_sample: Callable[[Sample], None] | None = None,
) -> Thought:
    """Run a strategy on one question to its decision.

    `on_token` sees text as it is written and `on_sample` each finished draw, in completion order;
    the strategy sees them in draw order only.
    """
    samples: list[Sample] = []
    cost = Cost()
    while True:
        step = strategy.step(question, samples)
        if isinstance(step, Decision):
            return Thought(step, tuple(samples), cost)
        missing = [request for request in step if pool.get(request) is None]
        for sample in engine.sample(missing, on_token=on_token):
            pool.put(sample)
            cost += sample.cost
            if on_sample:
                on_sample(sample)
        for request in step:
            drawn = pool.get(request)
            assert drawn is not None, "the engine owes a sample for every request"
            samples.append(drawn)
