"""How the votes stand while samples come in: each reply is read once."""

from __future__ import annotations

from pipeline.evidence.reading import ParsedReply
from pipeline.strategies import Question, Strategy
from pipeline.strategies.common.polling import poll
from pipeline.types import Sample, Vote

__all__ = ["VoteProgress"]


class VoteProgress:
    """The votes of the replies so far, one each, whatever the strategy makes of them in the end.

    Only whole replies to the question count: no checks of replies, no single steps.
    """

    def __init__(self, question: Question, strategy: Strategy) -> None:
        self._question, self._way = question, strategy.way
        self._readings: dict[int, ParsedReply | None] = {}
        self.samples = 0
        """Samples seen."""

    def add(self, sample: Sample) -> None:
        """Count one more sample."""
        self.samples += 1
        request = sample.request
        if request.prompt.template == self._way.name and request.parent is None:
            self._readings[request.draw] = self._way.read(self._question, sample)

    @property
    def votes(self) -> tuple[Vote, ...]:
        """The votes, the heaviest first; of equals the one that was drawn first."""
        in_order = [self._readings[draw] for draw in sorted(self._readings)]
        parties = poll(self._question, in_order)
        return tuple(Vote(p.answer.text, len(p.draws), p.weight) for p in parties)
