"""Early-stopping self-consistency (arXiv 2401.10480): samples come in windows, and a window in
which all say the same ends it."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.evidence.reply_reading import ParsedReply
from pipeline.strategies.base import Plan, Question, Strategy
from pipeline.strategies.common.limits import require
from pipeline.strategies.common.polling import elect, poll
from pipeline.strategies.common.prompt_method import PromptMethod

__all__ = ["EarlyStopping"]


@dataclass(frozen=True, slots=True)
class EarlyStopping(Strategy):
    """At most `draws` replies, `window` at a time; all made so far vote.

    A sample that cannot vote is not agreement: its window goes on. No error rate is promised: an
    answer that another is likelier than fills a window with a chance of up to 2**-window (all such
    answers together), and there are `draws / window` windows.
    """

    name: str
    prompt_method: PromptMethod
    draws: int = 40
    window: int = 5

    def __post_init__(self) -> None:
        require(self.window >= 2, "esc.window", self.window, "a number of samples from 2 up")

    def plan(self, question: Question) -> Plan:
        readings: list[ParsedReply | None] = []
        while len(readings) < self.draws:
            wanted = min(self.draws - len(readings), self.window)
            samples = yield self.prompt_method.draw(question, len(readings), wanted)
            window = [self.prompt_method.read(question, sample) for sample in samples]
            readings += window
            if len(samples) < wanted:
                break
            groups = poll(question, window)
            if wanted == self.window and groups and len(groups[0].draws) == wanted:
                break
        return elect(poll(question, readings), len(readings))
