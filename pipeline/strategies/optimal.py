"""Compute-optimal thinking (arXiv 2408.03314): a few samples say how hard the question is, and that
says what the rest is spent on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.errors import ConfigError, filled
from pipeline.evidence.reply_reading import ParsedReply
from pipeline.prompts import load_template
from pipeline.strategies.base import Plan, Question, Strategy
from pipeline.strategies.common.limits import require
from pipeline.strategies.common.polling import elect, poll
from pipeline.strategies.common.prompt_method import PromptMethod

__all__ = ["PRIOR_TABLE", "Optimal"]

PRIOR_TABLE = "1 stop, 0.5 more, 0 plan"
"""What is done where nothing was learned: a guess, not a measurement."""


@dataclass(frozen=True, slots=True)
class Optimal(Strategy):
    """`probe` samples first. Ease is the part of them that give the most frequent answer: samples
    without an answer lower it, as disagreement does. The first row of `table` whose number ease
    reaches says what follows: `stop`, `more` (the rest of `draws` with the same prompt method), or
    the name of another, with which the rest is drawn. All samples vote, the probes too, and all are
    charged.

    The table is learned from a run (`evals.stats.allocation`). Without one it is a guess: all
    probes agree, so more of them would say the same; half or more agree, so votes will separate
    the answers; fewer, so this prompt method does not lead there.
    """

    name: str
    prompt_method: PromptMethod
    draws: int = 16
    probe: int = 4
    table: str = PRIOR_TABLE

    def __post_init__(self) -> None:
        require(self.probe >= 2, "optimal.probe", self.probe, "a number of samples from 2 up")
        rows = self._rows()
        numbers = [least for least, _ in rows]
        falling = numbers == sorted(set(numbers), reverse=True) and min(numbers) >= 0
        wanted = "rows like `0.5 more`, their numbers falling from 1 at most to 0"
        require(falling and max(numbers) <= 1, "optimal.table", self.table, wanted)
        for _, then in rows:
            if then not in ("stop", "more"):
                load_template(then)

    def plan(self, question: Question) -> Plan:
        samples = yield self.prompt_method.draw(question, 0, min(self.probe, self.draws))
        readings: list[ParsedReply | None] = [self.prompt_method.read(question, s) for s in samples]
        groups = poll(question, readings)
        ease = len(groups[0].draws) / len(samples) if groups else 0.0
        then = next((then for least, then in self._rows() if ease >= least), "stop")
        left = self.draws - len(samples)
        if then != "stop" and left > 0:
            method = self.prompt_method if then == "more" else PromptMethod(then)
            first = len(samples) if method == self.prompt_method else 0
            more = yield method.draw(question, first, left)
            samples = [*samples, *more]
            readings += [method.read(question, sample) for sample in more]
        return elect(poll(question, readings), len(samples))

    def _rows(self) -> Sequence[tuple[float, str]]:
        rows = []
        for row in self.table.split(","):
            least, _, then = row.strip().partition(" ")
            try:
                rows.append((float(least), then.strip()))
            except ValueError:
                raise ConfigError(
                    filled(
                        "strategies.optimal.table: {row} cannot be read.", row=repr(row.strip())
                    ),
                    "Write rows like `0.5 more`, with commas between them.",
                ) from None
        return rows
