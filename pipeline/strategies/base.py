"""The contract: a strategy is a pure function of the question and the samples seen so far.

`step` asks for more draws or decides. It never calls the model, reads a clock or rolls a die, so
the same samples in draw order always give the same decision, and a stored run can be replayed.
`decide` is the best that can be said from the samples there are: what is asked when a budget is
spent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pipeline.answers.evidence import Evidence
from pipeline.answers.normalise import Kind
from pipeline.answers.reading import FinalReader, Reader, Reading
from pipeline.prompts.exemplar import Exemplar
from pipeline.types import Passage, Sample, SampleParams, SampleRequest, Vote

__all__ = ["Decision", "Question", "Strategy", "Weighing"]


@dataclass(frozen=True, slots=True)
class Weighing:
    """What is to be known before any strategy begins: `requests`, all of given texts, and the
    question that their samples make of this one."""

    requests: tuple[SampleRequest, ...]
    made: Callable[[Sequence[Sample]], Question]


@dataclass(frozen=True, slots=True)
class Question:
    """What a strategy may look at.

    `read` finds the answer in a reply; `kind` says how answers are compared (None: by the key they
    were read with). `passages` are shown to the model, `pieces` are what they are made of, best
    first, for a strategy that shows less or other parts. `again` gives the same question with the
    passages that another query finds; None where nothing is searched (closed book).
    """

    text: str
    language: str = "en"
    read: Reader = field(default_factory=FinalReader)
    kind: Kind | None = None
    passages: tuple[Passage, ...] = ()
    pieces: tuple[Passage, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    exemplars: tuple[Exemplar, ...] = ()
    options: tuple[str, ...] = ()
    params: SampleParams = field(default_factory=SampleParams)
    max_tokens: int = 0
    """The most that a reply needs, whatever the prompt; 0 where that is not known."""
    id: str = ""
    again: Callable[[str], Question] | None = field(default=None, compare=False)
    weighing: Weighing | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer that won (None: no draw gave one that may count), and how the votes fell.

    `share` is the winner's part of all draws, those that did not count included; `confidence` is
    what the strategy makes of it (0 to 1), for deciding whether to answer at all.
    """

    winner: Reading | None
    votes: tuple[Vote, ...] = ()
    share: float = 0.0
    confidence: float = 0.0


class Strategy(Protocol):
    """One way of thinking."""

    @property
    def name(self) -> str:
        """As the user writes it, e.g. `cot@sc8`."""
        ...

    @property
    def draws(self) -> int:
        """The most draws it will ask for on one question."""
        ...

    def step(self, question: Question, samples: Sequence[Sample]) -> list[SampleRequest] | Decision:
        """More draws wanted, or the decision. `samples` come in draw order, all that were asked
        for so far."""
        ...

    def decide(self, question: Question, samples: Sequence[Sample]) -> Decision:
        """The decision from these samples, with no more to come. There may be none."""
        ...
