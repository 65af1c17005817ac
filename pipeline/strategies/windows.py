"""Early-stopping self-consistency (arXiv 2401.10480): draws come in windows, and a window in which
all say the same ends it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.strategies.base import Decision, Question
from pipeline.strategies.limits import require
from pipeline.strategies.polling import elect, poll
from pipeline.strategies.way import Way
from pipeline.types import Sample, SampleRequest

__all__ = ["Windows"]


@dataclass(frozen=True, slots=True)
class Windows:
    """At most `draws` replies, `window` at a time; all made so far vote.

    A draw that cannot vote is not agreement: its window goes on. No error rate is promised: an
    answer that another is likelier than fills a window with a chance of up to 2**-window (all such
    answers together), and there are `draws / window` windows.
    """

    name: str
    way: Way
    draws: int = 40
    window: int = 5

    def __post_init__(self) -> None:
        require(self.window >= 2, "esc.window", self.window, "a number of draws from 2 up")

    def step(self, question: Question, samples: Sequence[Sample]) -> list[SampleRequest] | Decision:
        left = self.draws - len(samples)
        begun = len(samples) % self.window
        if left <= 0 or (samples and not begun and self._agrees(question, samples[-self.window :])):
            return self.decide(question, samples)
        return self.way.draw(question, len(samples), min(left, self.window - begun))

    def decide(self, question: Question, samples: Sequence[Sample]) -> Decision:
        readings = [self.way.read(question, sample) for sample in samples]
        return elect(poll(question, readings), max(len(samples), 1))

    def _agrees(self, question: Question, window: Sequence[Sample]) -> bool:
        parties = poll(question, [self.way.read(question, sample) for sample in window])
        return bool(parties) and len(parties[0].draws) == len(window)
