"""A strategy whose later draws depend on earlier ones, written down as the course it takes.

`stages` yields the draws that it wants next, is sent their samples, and returns its decision. The
course is run again from its start for every step, over the samples there are: nothing is remembered
between two steps, so it stays a pure function of the samples.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Sequence

from pipeline.strategies.base import Decision, Question
from pipeline.types import Sample, SampleRequest

__all__ = ["Course", "Staged"]

Course = Generator[list[SampleRequest], list[Sample], Decision]


class Staged(ABC):
    """The two halves of the contract, from one course."""

    __slots__ = ()

    @abstractmethod
    def stages(self, question: Question) -> Course:
        """The course. It may be sent fewer samples than it asked for, in the same order: then no
        more will come, and it has to decide from what it has."""

    def step(self, question: Question, samples: Sequence[Sample]) -> list[SampleRequest] | Decision:
        return self._run(question, samples, ended=False)

    def decide(self, question: Question, samples: Sequence[Sample]) -> Decision:
        decision = self._run(question, samples, ended=True)
        assert isinstance(decision, Decision)
        return decision

    def _run(
        self, question: Question, samples: Sequence[Sample], ended: bool
    ) -> list[SampleRequest] | Decision:
        course, used = self.stages(question), 0
        try:
            wanted = next(course)
            while True:
                given = list(samples[used : used + len(wanted)])
                used += len(given)
                if len(given) < len(wanted) and not ended:
                    return wanted[len(given) :]
                wanted = course.send(given)
        except StopIteration as end:
            decision: Decision = end.value
            return decision
