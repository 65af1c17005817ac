"""Counts the votes while samples come in: each reply is read once."""

from __future__ import annotations

from pipeline.evidence.reply_reading import ParsedReply
from pipeline.strategies import Question, Strategy
from pipeline.strategies.common.polling import poll
from pipeline.types import Draw, Sample, Vote

__all__ = ["VoteProgress"]


class VoteProgress:
    """The votes of the replies so far, one each, whatever the strategy makes of them in the end.

    Only whole replies to the question count: no checks of replies, no single steps.
    """

    def __init__(self, question: Question, strategy: Strategy) -> None:
        self._question, self._strategy = question, strategy
        self._readings: dict[Draw, ParsedReply | None] = {}
        self.samples = 0
        """Samples seen."""

    def add(self, sample: Sample) -> None:
        """Count one more sample."""
        self.samples += 1
        self._readings[sample.request] = self._strategy.vote_of(self._question, sample)

    @property
    def votes(self) -> tuple[Vote, ...]:
        """The votes, the heaviest first; of equals the one that was drawn first."""
        in_order = [self._readings[one] for one in sorted(self._readings, key=lambda d: d.draw)]
        groups = poll(self._question, in_order)
        return tuple(Vote(p.answer.text, len(p.draws), p.weight) for p in groups)
