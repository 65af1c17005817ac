"""The contract: a strategy is a pure function of the question and the results so far.

It is written down as a `plan`: a generator that yields the requests it wants next (samples, scores,
searches), is sent their results in request order, and returns its decision. It never calls the
model, reads a clock or rolls a die, so the same results always give the same decision, and a stored
run can be replayed. The loop runs a plan once, without looking twice at any result; `step` and
`decide` say of any results what the plan makes of them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pipeline.answers.normalise import AnswerKind
from pipeline.evidence.gather import Evidence
from pipeline.evidence.reply_reading import FinalReader, ParsedReply, ReplyReader
from pipeline.prompts.exemplar import Exemplar
from pipeline.types import (
    Agreement,
    Form,
    Hit,
    Passage,
    Request,
    Result,
    Role,
    Sample,
    SampleParams,
    Search,
    Vote,
)

if TYPE_CHECKING:
    from pipeline.strategies.common.prompt_method import PromptMethod

__all__ = ["Decision", "Plan", "Question", "Strategy"]


@dataclass(frozen=True, slots=True)
class Question:
    """What a strategy may look at; plain data.

    `read` finds the answer in a reply; `kind` says how answers are compared (None: by the key they
    were read with). `passages` are shown to the model, `pieces` are what they are made of, best
    first, for a strategy that shows less or other parts. `search` is the search that found them: a
    strategy searches again with other words (None: there is nothing to search).

    >>> Question("한글은 언제 반포되었는가?", "ko").passages  # asked without notes
    ()
    >>> Question("Which gas do plants take in?", kind="choice", options=("O2", "CO2")).options[1]
    'CO2'
    """

    text: str
    language: str = "en"
    read: ReplyReader = field(default_factory=FinalReader)
    kind: AnswerKind | None = None
    passages: tuple[Passage, ...] = ()
    pieces: tuple[Passage, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    exemplars: tuple[Exemplar, ...] = ()
    options: tuple[str, ...] = ()
    params: SampleParams = field(default_factory=SampleParams)
    max_tokens: int = 0
    """The most that a reply needs, whatever the prompt; 0 where that is not known."""
    form: Form = "chat"
    """The form of its prompts: the one that the model is asked in."""
    role: Role = "read"
    """Which of two models answers it."""
    reasoner: Form | None = None
    """Where another model checks its replies (`models.reason`), the form that one is asked in."""
    id: str = ""
    search: Search | None = None
    hits: tuple[Hit, ...] = ()
    """What `search` found."""
    by_sentence: bool = False
    """The passages shown are single sentences, a line each."""

    def checked(self) -> Question:
        """As it is put to the model that checks its replies: itself, where that one wrote them."""
        if self.reasoner is None or self.role == "reason":
            return self
        return replace(self, role="reason", form=self.reasoner)


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer that won (None: no sample gave one that may count), and how the votes fell.

    The first vote is for the winner's own text. `share` is the winner's part of all samples, those
    that did not count included; `confidence` is what the strategy makes of it (0 to 1), for
    deciding whether to answer at all. Whatever is said about an answer is said from `agreement`.

    >>> decision = Decision(ParsedReply("9.8"), (Vote("9.8", 6, 6.0), Vote("10", 2, 2.0)), 0.75)
    >>> decision.winner.text, decision.share
    ('9.8', 0.75)
    """

    winner: ParsedReply | None
    votes: tuple[Vote, ...] = ()
    share: float = 0.0
    confidence: float = 0.0
    agreement: Agreement = field(default_factory=Agreement)


Plan = Generator[Sequence[Request], list[Any], Decision]
"""Yields requests, is sent their results (of a `Draw` a `Sample`, and so on), returns a
decision."""


class Strategy(ABC):
    """One strategy, e.g. self-consistency over step-by-step replies.

    A class gives `name` (as the user writes it, e.g. `cot@sc8`), `prompt_method` (what it asks
    with), `draws` (the most samples it will ask for on one question) and `plan`. `way` is the old
    name of `prompt_method`: a class that gives the one has the other, too.

    Example:
        @dataclass(frozen=True, slots=True)
        class First(Strategy):
            name: str
            prompt_method: PromptMethod
            draws: int = 1

            def plan(self, question: Question) -> Plan:
                samples = yield [self.prompt_method.request(question, 0)]
                read = [self.prompt_method.read(question, sample) for sample in samples]
                return Decision(read[0] if read else None)
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def name(self) -> str: ...
        @property
        def prompt_method(self) -> PromptMethod: ...
        @property
        def way(self) -> PromptMethod: ...
        @property
        def draws(self) -> int: ...

    else:

        def __getattr__(self, name: str) -> PromptMethod:
            # No property: a dataclass would take it for the default of a field of that name.
            other = {"way": "prompt_method", "prompt_method": "way"}.get(name)
            if other is None:
                raise AttributeError(f"{type(self).__name__!r} has no attribute {name!r}")
            return object.__getattribute__(self, other)

    def needed(self, replies: int) -> int:
        """How many of so many replies must give a value or a name for it to win."""
        return 1

    def vote_of(self, question: Question, sample: Sample) -> ParsedReply | None:
        """What a reply says for itself, to be counted while others are awaited; None where it says
        nothing that may count, or is a check or a step and no reply."""
        request = sample.request
        if request.prompt.template != self.prompt_method.name or request.parent is not None:
            return None
        return self.prompt_method.read(question, sample)

    @abstractmethod
    def plan(self, question: Question) -> Plan:
        """The plan. It may be sent fewer results than it asked for, in the same order: then no
        more will come, and it has to decide from what it has."""

    def step(self, question: Question, results: Sequence[Result]) -> list[Request] | Decision:
        """More requests, or the decision; `results` are all that were asked for so far."""
        return self._replay(question, results, ended=False)

    def decide(self, question: Question, results: Sequence[Result]) -> Decision:
        """The decision from these results, with no more to come. There may be none."""
        decision = self._replay(question, results, ended=True)
        assert isinstance(decision, Decision)
        return decision

    def _replay(
        self, question: Question, results: Sequence[Result], ended: bool
    ) -> list[Request] | Decision:
        plan, used = self.plan(question), 0
        try:
            wanted = next(plan)
            while True:
                given = list(results[used : used + len(wanted)])
                used += len(given)
                if len(given) < len(wanted) and not ended:
                    return list(wanted[len(given) :])
                wanted = plan.send(given)
        except StopIteration as end:
            decision: Decision = end.value
            return decision
