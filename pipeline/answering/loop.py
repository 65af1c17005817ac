"""The one loop: whatever a question needs is replayed from the pool or asked for, until it decides.

What runs here is a generator: it yields requests (samples, scores, searches), is sent their results
in the same order, and returns what it made of them. `run` takes one such course to its end,
`run_many` takes thousands side by side, so that the engine is always full. Neither knows what a
course is about; `strategy_course` is the course of a strategy under a budget.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from pipeline.answering.requests import Likelihoods, Needs, Searcher, made, replayed
from pipeline.engine.base import Engine, ModelInfo, OnToken
from pipeline.errors import PromptError, filled
from pipeline.pool import Pool, is_whole
from pipeline.strategies import Decision, Question, Strategy
from pipeline.types import (
    Cost,
    Draw,
    Likelihood,
    Prompt,
    Request,
    Result,
    Sample,
    Score,
    Search,
)

__all__ = [
    "UNLIMITED",
    "Budget",
    "Failed",
    "Steps",
    "StrategyResult",
    "WorkItem",
    "likelihoods",
    "one_step",
    "put_to",
    "run",
    "run_many",
    "run_strategy",
    "strategy_course",
]

T = TypeVar("T")

Steps = Generator[list[Request], list[Result], T]
"""A course: yields the requests it needs next, is sent their results, returns a T."""

WINDOW = 256
"""Courses under way at once: enough to fill any engine, few enough to hold in memory."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What one question may cost: tokens read and written, or seconds. None is no limit.

    `run_strategy` keeps to seconds by the clock; a work item among thousands, which share the
    engine, by the seconds that its own results were measured to take.

    >>> Budget(seconds=10)
    Budget(tokens=None, seconds=10)
    """

    tokens: int | None = None
    seconds: float | None = None


UNLIMITED = Budget()


@dataclass(frozen=True, slots=True)
class StrategyResult:
    """A decision and the results it rests on, in request order. `cost` is the price of all of them,
    cancelled samples and what was spent before included, whether they were made now or replayed;
    `complete` is False where a budget ended it early.

    >>> from pipeline.engine import ScriptedEngine
    >>> from pipeline.strategies import make_strategy
    >>> engine = ScriptedEngine({"17 + 25": "The answer is 42."})
    >>> question = Question("What is 17 + 25?", kind="number")
    >>> result = run_strategy(question, make_strategy("cot@sc3"), engine)
    >>> result.decision.winner.text, len(result.samples)
    ('42', 3)
    """

    decision: Decision
    results: tuple[Result, ...]
    cost: Cost
    complete: bool = True

    @property
    def samples(self) -> tuple[Sample, ...]:
        """The samples among the results."""
        return tuple(result for result in self.results if isinstance(result, Sample))


def put_to(question: Question, model: ModelInfo) -> Question:
    """The question in the form that the model which answers it is asked in."""
    forms = model.forms
    answers = forms.get(question.role, model.form)
    return replace(question, form=answers, reasoner=forms.get("reason"))


def strategy_course(
    question: Question,
    strategy: Strategy,
    budget: Budget = UNLIMITED,
    count: Callable[[Prompt], int] | None = None,
    spent: Cost | None = None,
) -> Steps[StrategyResult]:
    """A strategy on one question, to its decision. `spent` is what preparing the question cost.

    Under a budget of tokens, samples are asked for only while all of them together, each at its
    longest, stay within it; `count` then says how long a prompt is. Under one of seconds, the
    results count up to the first that ends later. One sample that was cancelled for lack of time
    ends the course. The strategy then decides from what there is.
    """
    results: list[Result] = []
    read: set[Prompt] = set()
    cost, complete = spent or Cost(), True
    plan = strategy.plan(question)
    try:
        wanted = next(plan)
        while True:
            got: list[Result] = []
            while complete and len(got) < len(wanted):
                now = list(wanted[len(got) :])
                if budget.tokens is not None:
                    assert count is not None, "a budget of tokens needs a count of prompt tokens"
                    left = budget.tokens - cost.prompt_tokens - cost.generated_tokens
                    now = _within(now, left, read, count)
                new = (yield now) if now else []
                made = len(new)
                if budget.seconds is not None:
                    new = _in_time(new, budget.seconds - cost.seconds)
                complete = bool(new) and len(new) == made
                complete = complete and not any(_cut_short(result) for result in new)
                read |= {r.prompt for r in now if isinstance(r, Draw)}
                cost = sum((result.cost for result in new), cost)
                got += new
            results += got
            wanted = plan.send(got)
    except StopIteration as end:
        return StrategyResult(end.value, tuple(results), cost, complete)


def _cut_short(result: Result) -> bool:
    return isinstance(result, Sample) and result.finish == "cancelled" and not is_whole(result)


def _in_time(results: Sequence[Result], seconds: float) -> list[Result]:
    """The first of the results that were made within so many seconds, one after the other."""
    found: list[Result] = []
    for result in results:
        seconds -= result.cost.seconds
        if seconds < 0:
            break
        found.append(result)
    return found


def _within(
    wanted: Sequence[Request],
    tokens: int,
    seen: set[Prompt],
    count: Callable[[Prompt], int],
) -> list[Request]:
    """The first of the requests that fit into the tokens left, each sample at its longest."""
    read = set(seen)
    scored: set[Prompt] = set()
    now: list[Request] = []
    for request in wanted:
        if isinstance(request, Draw):
            tokens -= request.params.max_tokens
            if request.prompt not in read:
                read.add(request.prompt)
                tokens -= count(request.prompt)
        elif isinstance(request, Score):
            tokens -= count(Prompt(text=request.text))
            if request.prompt not in scored:
                scored.add(request.prompt)
                tokens -= count(request.prompt)
        if tokens < 0:
            break
        now.append(request)
    return now


# -- one course ------------------------------------------------------------------------------------


def one_step(requests: Iterable[Request]) -> Steps[list[Result]]:
    """The course that asks for these, and is all that came of them, in order."""
    return (yield list(requests))


def likelihoods(engine: Callable[[], Engine], pool: Pool | None = None) -> Likelihoods:
    """Scores by the model that `engine` opens, replayed from the pool where they are in it."""

    def scored(wanted: Sequence[Score]) -> list[Likelihood]:
        found = run(one_step(wanted), engine, pool=pool)
        return [one for one in found if isinstance(one, Likelihood)]

    return scored


def run(
    steps: Steps[T],
    engine: Callable[[], Engine],
    search: Searcher | None = None,
    pool: Pool | None = None,
    on_token: OnToken | None = None,
    on_sample: Callable[[Sample], None] | None = None,
) -> T:
    """Take one course to its end. `engine` is called only where the model is needed."""
    try:
        wanted = next(steps)
        while True:
            have = replayed([(wanted, search)], pool)
            for result in made(have, engine, likelihoods(engine, pool), pool, on_token):
                have.results[result.request] = result
                if on_sample and isinstance(result, Sample):
                    on_sample(result)
            wanted = steps.send([have.results[request] for request in wanted])
    except StopIteration as end:
        value: T = end.value
        return value


def run_strategy(
    question: Question,
    strategy: Strategy,
    engine: Engine,
    pool: Pool | None = None,
    on_token: OnToken | None = None,
    on_sample: Callable[[Sample], None] | None = None,
    budget: Budget = UNLIMITED,
    search: Searcher | None = None,
    spent: Cost | None = None,
) -> StrategyResult:
    """Run a strategy on one question to its decision.

    `on_token` sees text as it is written and `on_sample` each finished sample, in completion order;
    the strategy sees results in request order only.

    Example:
        with open_engine(load_config()) as engine:
            question = Question("What is 17 + 25?", kind="number")
            print(run_strategy(question, make_strategy("cot@sc8"), engine).decision.winner)
    """
    deadline = None if budget.seconds is None else time.monotonic() + budget.seconds

    def token(request: Draw, piece: str) -> bool | None:
        if deadline is not None and time.monotonic() > deadline:
            return False
        return on_token(request, piece) if on_token else None

    limit = Budget(tokens=budget.tokens)  # seconds are kept by the clock
    put = put_to(question, engine.info)
    course = strategy_course(put, strategy, limit, engine.count, spent)
    return run(course, lambda: engine, search, pool, token, on_sample)


# -- many courses ----------------------------------------------------------------------------------


@dataclass(eq=False, slots=True)
class WorkItem(Generic[T]):
    """One question in a run. `name` is the caller's; `search` is over the notes it is asked of."""

    name: tuple[str, ...]
    steps: Steps[T]
    search: Searcher | None = None
    wanted: list[Request] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Failed:
    """A question that cannot be asked: its prompt does not fit."""

    why: str


def run_many(
    courses: Iterable[WorkItem[T]],
    engine: Engine,
    pool: Pool,
    on_result: Callable[[Result], None] | None = None,
    window: int = WINDOW,
) -> Iterator[tuple[tuple[str, ...], T | Failed]]:
    """Run every course to its end; yields each with its value as it ends, in no promised order.

    Round after round the needs of all courses under way are put together, replayed from the pool
    where they were met before, and met in one batch where not. What is made is in the pool before
    anything else happens: a run killed at any moment goes on from there. `on_result` is told of
    everything made, not of what is replayed, nor of what a search had scored. Raises what the
    engine and the pool raise; a prompt that is too long fails its own course only.
    """
    waiting = iter(courses)
    active: list[WorkItem[T]] = []
    while True:
        for course in waiting:
            ended, value = _send(course, None)
            if ended:
                yield course.name, value
            else:
                active.append(course)
            if len(active) >= window:
                break
        if not active:
            return
        have = replayed([(course.wanted, course.search) for course in active], pool)
        too_long = yield from _met(have, active, engine, pool, on_result)
        if too_long:
            continue
        still: list[WorkItem[T]] = []
        for course in active:
            ended, value = _send(course, [have.results[request] for request in course.wanted])
            if ended:
                yield course.name, value
            else:
                still.append(course)
        active = still


def _send(course: WorkItem[T], results: list[Result] | None) -> tuple[bool, Any]:
    """Whether the course has ended, and with what."""
    try:
        course.wanted = next(course.steps) if results is None else course.steps.send(results)
    except StopIteration as end:
        return True, end.value
    return False, None


def _met(
    have: Needs,
    active: list[WorkItem[T]],
    engine: Engine,
    pool: Pool,
    on_result: Callable[[Result], None] | None,
) -> Generator[tuple[tuple[str, ...], Failed], None, bool]:
    """Meet what is missing. True where prompts were too long: their courses have been failed and
    taken out."""
    scores = likelihoods(lambda: engine, pool)
    try:
        for result in made(have, lambda: engine, scores, pool, None):
            have.results[result.request] = result
            if on_result:
                on_result(result)
    except PromptError:
        prompts = {r.prompt for r in have.draws} | {r.prompt for r in have.scores}
        bad = {prompt: why for prompt in prompts if (why := _why(engine, prompt))}
        if not bad:
            raise
        for course in list(active):
            read = [r.prompt for r in course.wanted if not isinstance(r, Search)]
            reason = next((bad[prompt] for prompt in read if prompt in bad), None)
            if reason is not None:
                active.remove(course)
                course.steps.close()
                yield course.name, Failed(reason)
        return True
    return False


def _why(engine: Engine, prompt: Prompt) -> str:
    """Why a prompt cannot be asked, or "" where it can."""
    try:
        tokens = engine.count(prompt)
    except PromptError as error:
        return error.what
    context = engine.info.serving(prompt).context
    if context and tokens >= context:
        words = "the prompt has {tokens} tokens, the context {context}"
        return filled(words, tokens=tokens, context=context)
    return ""
