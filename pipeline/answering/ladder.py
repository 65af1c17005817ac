"""Climb from the cheapest answer to the best one that there is time for.

Each rung is a strategy that costs more and answers better than the one before, and asks for what
that one asked for and more, so that nothing is asked twice. The first answer is a quotation, for
which no model is asked. The next rung is begun only if the time it will take, by what was measured
so far, is left; the best answer so far is told at once, and stands if nothing better comes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline.answering.loop import Budget, run_strategy
from pipeline.pool import MemoryPool
from pipeline.strategies import Strategy
from pipeline.types import Answer

if TYPE_CHECKING:
    from pipeline.answering.session import Asker
    from pipeline.engine.base import OnToken
    from pipeline.types import Sample

__all__ = ["RUNGS", "Pace", "climb"]

RUNGS = ("direct@select1", "direct@select4", "direct@select8", "direct@select16")
"""After the quotation: an answer marked in it, more prompts and a choice among what they say, more
samples, more sentences."""

_OPENING = 1.5
"""Seconds that opening the model and a first sample are taken to need, before any was measured."""

_WEIGHING = 6
"""What weighing the sentences takes, in samples, with as much left for the rung after it."""


@dataclass(slots=True)
class Pace:
    """What a sample was measured to take, with its part of the scores, in seconds."""

    seconds: float = _OPENING
    samples: int = 0
    """Samples that the last rung asked for."""

    def expected(self, strategy: Strategy) -> float:
        """Seconds that a rung will take: what the rung below asked for is there already."""
        return self.seconds * max(1, strategy.draws - self.samples)

    def measured(self, strategy: Strategy, seconds: float) -> None:
        """A rung was climbed in so many seconds."""
        self.seconds = seconds / max(1, strategy.draws - self.samples)
        self.samples = strategy.draws


def climb(
    asker: Asker,
    question: str,
    rungs: Sequence[Strategy],
    seconds: float,
    *,
    on_answer: Callable[[Answer], None] | None = None,
    on_token: OnToken | None = None,
    on_sample: Callable[[Sample], None] | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Answer:
    """The best answer that so many seconds allow. `on_answer` is told of each that is better than
    the one before, the first one included.

    Raises what `Asker.ask` raises.
    """
    begun = clock()
    quick = replace(asker, rules=replace(asker.rules, weigh=False))
    prepared = quick.prepare(question)
    answer = asker.conclude(prepared, None)
    if on_answer:
        on_answer(answer)
    if prepared.composition is not None and prepared.question is not None:
        # It is written, and not marked: the strategy does that, in the time there is.
        limit = Budget(seconds=max(0.0, begun + seconds - clock()))
        return replace(asker, rungs=(), budget=limit).ask(question, on_token, on_sample)
    pace = Pace()
    if prepared.question is None or not _fits(pace, rungs[0], begun + seconds - clock()):
        return answer
    engine = asker.engine()
    pool = MemoryPool(engine.info)
    for rung in rungs:
        left = begun + seconds - clock()
        if rung is not rungs[0] and not _fits(pace, rung, left):
            break
        if rung in rungs[1:2] and asker.rules.weigh and left >= _WEIGHING * pace.seconds:
            prepared = asker.prepare(question)
            left = begun + seconds - clock()
        if prepared.question is None or left <= 0:
            break
        started = clock()
        thought = run_strategy(
            prepared.question, rung, engine, pool, on_token, on_sample,
            Budget(seconds=max(left, 0.0)), asker.index.look_up, prepared.cost,
        )  # fmt: skip
        if thought.decision.winner is not None:
            better = replace(asker, strategy=rung).conclude(prepared, thought)
            answer = replace(better, form=engine.info.form)
            if on_answer:
                on_answer(answer)
        if not thought.complete:
            break
        pace.measured(rung, clock() - started)
    return answer


def _fits(pace: Pace, rung: Strategy, left: float) -> bool:
    return pace.expected(rung) <= left
