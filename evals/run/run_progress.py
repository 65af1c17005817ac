"""Shows a run while it goes on: the plan, then one line that moves."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING

from pipeline.errors import filled
from pipeline.shown import SWEEP
from pipeline.types import Draw, Prompt, Sample

if TYPE_CHECKING:
    from evals.run.spec import RunSpec
    from evals.tasks.base import Task

__all__ = ["RunProgress", "foretold", "seen_from", "spread"]

_DISCORDANCE = 0.3
_CORRELATION = 0.1


def seen_from(task: Task, strategies: int = 2) -> str:
    """The smallest difference from the first of so many strategies that a task of this size would
    show, with 80 % power. A guess before anything is measured: two strategies differ on three
    questions of ten or on as many as the difference takes, differences of one source hang together
    with a correlation of 0.1, and strategies share half of their luck, that of the first."""
    import numpy as np

    from evals.stats.multiple_testing import family_alpha
    from evals.stats.power import detectable

    n = len(task.items)
    found = Counter(item.cluster or item.id for item in task.items)
    others = max(1, strategies - 1)
    together = np.full((others, others), 0.5)
    np.fill_diagonal(together, 1.0)
    least = detectable(
        n,
        _DISCORDANCE,
        alpha=family_alpha(together),
        sizes=list(found.values()),
        correlation=_CORRELATION,
    )
    few = len(found) < n
    words = (
        "{task}: {count} questions from {sources} sources" if few else "{task}: {count} questions"
    )
    asked = filled(words, task=task.name, count=f"{n:,}", sources=f"{len(found):,}")
    if least is None:
        return filled("{asked} are too few to show any difference, however large.", asked=asked)
    said = filled(
        "{asked}; differences from about {points} points are seen four times in five.",
        asked=asked,
        points=f"{100 * least:.0f}",
    )
    if least <= 0.25:
        return said
    return filled("{seen} That is few: nothing but a great gain will show.", seen=said)


def spread(requests: Sequence[Draw], count: int) -> list[Draw]:
    """So many of the requests, evenly over all: the first ones are of one strategy, whose prompts
    may be the shortest."""
    step = max(1.0, len(requests) / count)
    return [requests[int(at * step)] for at in range(min(count, len(requests)))]


def foretold(
    made: Sequence[Sample],
    seconds: float,
    requests: Sequence[Draw],
    count: Callable[[Prompt], int],
) -> float:
    """Seconds that the rest of `requests` will take, by what those `made` took for each token read
    or written. A prompt is read once, and `count` counts its tokens; replies are as long as those
    made."""
    written = sum(sample.tokens for sample in made)
    asked = {sample.request for sample in made}
    known = {request.prompt for request in asked}
    price = seconds / max(1, sum(map(count, known)) + written)
    rest = [request for request in requests if request not in asked]
    unread = {request.prompt for request in rest} - known
    tokens = sum(map(count, unread)) + len(rest) * written / max(1, len(made))
    return price * tokens


class RunProgress:
    """Lines on standard error, and on a terminal a moving one. Quiet keeps only the plan.
    `translated` puts each into the reader's language."""

    def __init__(
        self, quiet: bool = False, translated: Callable[[str], str] = lambda line: line
    ) -> None:
        self._translated = translated
        self._moves = sys.stderr.isatty() and not quiet
        self._begun = time.monotonic()
        self._shown = 0.0
        self._planned = self._drawn = self._tokens = self._done = 0
        self._spent = 0.0
        self._line = False
        self.made: set[str] = set()
        """Keys of the draws made while this watched."""

    def __enter__(self) -> RunProgress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._clear()
        if kind is KeyboardInterrupt:
            self.say("Stopped; what was drawn is kept. Run the same command to go on.")

    def say(self, line: str) -> None:
        """A line that stays."""
        self._clear()
        print(self._translated(line), file=sys.stderr)

    def stage(self, name: str, done: int, total: int) -> None:
        """How far the reading, indexing or searching before the run is."""
        self._show(f"{name} {done}/{total}" if total else f"{name} {done}")

    def plan(self, first: int, missing: int, order: RunSpec) -> None:
        """What will be drawn: `first` draws are certain, `missing` of them not made yet."""
        self._planned = missing
        self._drawn = self._tokens = 0
        most = sum(spec.strategy.draws for spec in order.specs) * sum(
            len(t.items) for t in order.tasks
        )
        said = "{first} samples to begin with, {pooled} of them in the pool."
        if most > first:
            said = (
                "{first} samples to begin with, {pooled} of them in the pool; "
                "at most {most} in all."
            )
        values = {"first": first, "pooled": first - missing, "most": most}
        self.say(filled(said, **{name: f"{value:,}" for name, value in values.items()}))

    def estimate(self, seconds: float) -> None:
        """How long the samples that are missing will take."""
        words = "About {time} for the samples that are missing."
        self.say(filled(words, time=_duration(seconds)))
        self._begun = time.monotonic()

    def sample(self, sample: Sample) -> None:
        """A draw was made."""
        self._drawn += 1
        self.made.add(sample.key)
        self._tokens += sample.tokens
        now = time.monotonic()
        spent = max(now - self._begun, 1e-9)
        left = max(self._planned - self._drawn, 0) * spent / max(self._drawn, 1)
        self._show(
            filled(
                "{made}/{planned} samples · {speed} tokens/s · {time} left · {answers} answers",
                made=f"{self._drawn:,}",
                planned=f"{max(self._planned, self._drawn):,}",
                speed=f"{self._tokens / spent:.0f}",
                time=_duration(left),
                answers=f"{self._done:,}",
            )
        )

    def thought(self, name: tuple[str, ...], whole: bool) -> None:
        """A question was answered by a strategy, or could not be asked."""
        self._done += 1
        if not whole:
            words = "{task}: {item} is too long to be asked; it counts as not answered."
            self.say(filled(words, task=name[0], item=name[1]))

    def _show(self, line: str) -> None:
        now = time.monotonic()
        if not self._moves or now - self._shown < 0.1:
            return
        self._shown = now
        self._line = True
        sys.stderr.write(f"{SWEEP}{self._translated(line)}")
        sys.stderr.flush()

    def _clear(self) -> None:
        if self._line:
            sys.stderr.write(SWEEP)
            sys.stderr.flush()
            self._line = False


def _duration(seconds: float) -> str:
    if seconds < 90:
        return filled("{seconds} s", seconds=f"{seconds:.0f}")
    if seconds < 5400:
        return filled("{minutes} min", minutes=f"{seconds / 60:.0f}")
    return filled("{hours} h", hours=f"{seconds / 3600:.1f}")
