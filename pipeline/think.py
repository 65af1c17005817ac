"""The one loop: ask the strategy, replay from the pool, draw the rest from the engine.

The loop itself (`thinking`) knows neither: it says which samples it needs and is sent them, so that
one question can be thought through at the terminal, and a thousand side by side in an evaluation.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass

from pipeline.engine.base import Engine, OnToken
from pipeline.pool import Pool, is_whole
from pipeline.strategies import Decision, Question, Strategy, Weighing
from pipeline.types import Cost, Prompt, Sample, SampleRequest

__all__ = ["UNLIMITED", "Budget", "Thought", "think", "thinking"]


@dataclass(frozen=True, slots=True)
class Budget:
    """What one question may cost: tokens read and written, or seconds. None is no limit."""

    tokens: int | None = None
    seconds: float | None = None


UNLIMITED = Budget()
_PART = 4  # of a budget of tokens, at most this part goes into weighing


@dataclass(frozen=True, slots=True)
class Thought:
    """A decision and the samples it rests on, in draw order. `cost` is the price of all of them,
    cancelled ones too, whether they were drawn now or replayed; `complete` is False where a budget
    ended the thinking early."""

    decision: Decision
    samples: tuple[Sample, ...]
    cost: Cost
    complete: bool = True
    question: Question | None = None
    """As the strategy saw it, after any weighing."""


def thinking(
    question: Question,
    strategy: Strategy,
    budget: Budget = UNLIMITED,
    count: Callable[[Prompt], int] | None = None,
) -> Generator[list[SampleRequest], list[Sample], Thought]:
    """One question thought through: yields the requests it needs next, is sent their samples in
    the same order, and returns the thought.

    Under a budget of tokens, draws are asked for only while all of them together, each at its
    longest, stay within it; `count` then says how long a prompt is. One draw that was cancelled for
    lack of time ends the thinking. What a question has weighed first is part of the price, and is
    left out where it would take more than a quarter of the tokens.
    """
    samples: list[Sample] = []
    cost = Cost()
    weighing = question.weighing
    if weighing and (budget.tokens is None or _price(weighing, count) <= budget.tokens / _PART):
        weighed = yield list(weighing.requests)
        cost = sum((sample.cost for sample in weighed), cost)
        question = weighing.made(weighed)

    def ended() -> Thought:
        decision = strategy.decide(question, samples)
        return Thought(decision, tuple(samples), cost, complete=False, question=question)

    step: list[SampleRequest] | Decision
    while not isinstance(step := strategy.step(question, samples), Decision):
        wanted = step
        while wanted:
            now = wanted
            if budget.tokens is not None:
                assert count is not None, "a budget of tokens needs a count of prompt tokens"
                seen = {s.request.prompt for s in samples}
                left = budget.tokens - cost.prompt_tokens - cost.generated_tokens
                now = _within(wanted, left, seen, count)
                if not now:
                    return ended()
            drawn = yield now
            samples += drawn
            for sample in drawn:
                cost += sample.cost
            if any(s.finish == "cancelled" and not is_whole(s) for s in drawn):
                return ended()
            wanted = wanted[len(now) :]
    return Thought(step, tuple(samples), cost, question=question)


def think(
    question: Question,
    strategy: Strategy,
    engine: Engine,
    pool: Pool,
    on_token: OnToken | None = None,
    on_sample: Callable[[Sample], None] | None = None,
    budget: Budget = UNLIMITED,
) -> Thought:
    """Run a strategy on one question to its decision.

    `on_token` sees text as it is written and `on_sample` each finished draw, in completion order;
    the strategy sees them in draw order only.
    """
    deadline = None if budget.seconds is None else time.monotonic() + budget.seconds

    def token(request: SampleRequest, piece: str) -> bool | None:
        if deadline is not None and time.monotonic() > deadline:
            return False
        return on_token(request, piece) if on_token else None

    course = thinking(question, strategy, budget, engine.count)
    try:
        wanted = next(course)
        while True:
            have = {request: pool.get(request) for request in wanted}
            missing = [request for request in wanted if have[request] is None]
            for sample in engine.sample(missing, on_token=token):
                have[sample.request] = pool.put(sample)
                if on_sample and sample.request.given is None:
                    on_sample(sample)
            wanted = course.send(_in_order(wanted, have))
    except StopIteration as end:
        thought: Thought = end.value
        return thought


def _price(weighing: Weighing, count: Callable[[Prompt], int] | None) -> int:
    """About what a weighing reads: each prompt, and the same text after each."""
    assert count is not None, "a budget of tokens needs a count of prompt tokens"
    return sum(count(r.prompt) + count(Prompt(text=r.given or "")) for r in weighing.requests)


def _in_order(
    wanted: Sequence[SampleRequest], have: dict[SampleRequest, Sample | None]
) -> list[Sample]:
    drawn = [have[request] for request in wanted]
    assert all(drawn), "the engine owes a sample for every request"
    return [sample for sample in drawn if sample is not None]


def _within(
    wanted: Sequence[SampleRequest],
    tokens: int,
    seen: set[Prompt],
    count: Callable[[Prompt], int],
) -> list[SampleRequest]:
    """The first of the draws wanted that fit into the tokens left, each at its longest."""
    read = set(seen)
    now: list[SampleRequest] = []
    for request in wanted:
        tokens -= request.params.max_tokens
        if request.prompt not in read:
            read.add(request.prompt)
            tokens -= count(request.prompt)
        if tokens < 0:
            break
        now.append(request)
    return now
