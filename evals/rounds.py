"""Many questions thought through side by side, so that the engine is always full.

Every question is a course (`pipeline.think.thinking`) that says which samples it needs next. Round
after round the needs of all courses under way are put together, replayed from the pool where they
were drawn before, and drawn in one batch where not. What is drawn is in the pool before anything
else happens: a run killed at any moment goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field

from pipeline.engine.base import Engine
from pipeline.errors import PromptError
from pipeline.pool import Pool
from pipeline.think import Thought
from pipeline.types import Prompt, Sample, SampleRequest

__all__ = ["Course", "Failed", "think_many"]

WINDOW = 256
"""Courses under way at once: enough to fill any engine, few enough to hold in memory."""


@dataclass(eq=False, slots=True)
class Course:
    """One question under one strategy. `name` is the caller's."""

    name: tuple[str, ...]
    steps: Generator[list[SampleRequest], list[Sample], Thought]
    wanted: list[SampleRequest] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Failed:
    """A question that cannot be asked: its prompt does not fit."""

    why: str


def think_many(
    courses: Iterable[Course],
    engine: Engine,
    pool: Pool,
    on_sample: Callable[[Sample], None] | None = None,
    window: int = WINDOW,
) -> Iterator[tuple[tuple[str, ...], Thought | Failed]]:
    """Run every course to its end; yields each with its thought as it ends, in no promised order.

    `on_sample` is told of every draw made, not of those replayed. Raises what the engine and the
    pool raise; a prompt that is too long fails its own course only.
    """
    waiting = iter(courses)
    active: list[Course] = []
    while True:
        for course in waiting:
            ended = _send(course, None)
            if ended is not None:
                yield course.name, ended
            else:
                active.append(course)
            if len(active) >= window:
                break
        if not active:
            return
        have, missing = _replayed(active, pool)
        if missing:
            too_long = yield from _drawn(missing, have, active, engine, pool, on_sample)
            if too_long:
                continue
        still: list[Course] = []
        for course in active:
            ended = _send(course, [have[request] for request in course.wanted])
            if ended is not None:
                yield course.name, ended
            else:
                still.append(course)
        active = still


def _send(course: Course, samples: list[Sample] | None) -> Thought | None:
    try:
        course.wanted = next(course.steps) if samples is None else course.steps.send(samples)
    except StopIteration as end:
        thought: Thought = end.value
        return thought
    return None


def _replayed(
    active: list[Course], pool: Pool
) -> tuple[dict[SampleRequest, Sample], list[SampleRequest]]:
    """What the pool has of this round's needs, and the rest, draws of one prompt together."""
    have: dict[SampleRequest, Sample] = {}
    missing: dict[Prompt, dict[SampleRequest, None]] = {}
    for course in active:
        for request in course.wanted:
            if request in have or request in missing.get(request.prompt, ()):
                continue
            stored = pool.get(request)
            if stored is not None:
                have[request] = stored
            else:
                missing.setdefault(request.prompt, {})[request] = None
    return have, [request for group in missing.values() for request in group]


def _drawn(
    missing: list[SampleRequest],
    have: dict[SampleRequest, Sample],
    active: list[Course],
    engine: Engine,
    pool: Pool,
    on_sample: Callable[[Sample], None] | None,
) -> Generator[tuple[tuple[str, ...], Failed], None, bool]:
    """Draw what is missing. True where prompts were too long: their courses have been failed and
    taken out, and nothing was drawn."""
    try:
        for sample in engine.sample(missing):
            have[sample.request] = pool.put(sample)
            if on_sample:
                on_sample(sample)
    except PromptError:
        prompts = {request.prompt for request in missing}
        bad = {prompt: why for prompt in prompts if (why := _why(engine, prompt))}
        if not bad:
            raise
        for course in [c for c in active if any(r.prompt in bad for r in c.wanted)]:
            active.remove(course)
            course.steps.close()
            yield course.name, Failed(next(bad[r.prompt] for r in course.wanted if r.prompt in bad))
        return True
    return False


def _why(engine: Engine, prompt: Prompt) -> str:
    """Why a prompt cannot be asked, or "" where it can."""
    try:
        tokens = engine.count(prompt)
    except PromptError as error:
        return error.what
    context = engine.info.context
    if context and tokens >= context:
        return f"the prompt has {tokens} tokens, the context {context}"
    return ""
