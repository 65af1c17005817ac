"""A conversation: follow-up questions made whole, asked of the notes, remembered."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from pipeline.answering.question import LONGEST_QUESTION, check_question
from pipeline.answering.session import Asker
from pipeline.chat.followup import readings
from pipeline.chat.history import Turn
from pipeline.engine.base import OnToken
from pipeline.types import Answer, Sample, Vote

__all__ = ["Reply", "Standing", "Talk"]

Chosen = Literal["as asked", "rule", "notes"]


@dataclass(frozen=True, slots=True)
class Standing:
    """A question as it is put to the notes. `by` says who made it so: nobody, a rule, or the notes,
    which bore out this reading and not the other."""

    text: str
    by: Chosen = "as asked"

    @property
    def changed(self) -> bool:
        return self.by != "as asked"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, and the question it answers."""

    standing: Standing
    answer: Answer


class Talk:
    """Remembers the last `remember` turns; not to be shared between threads."""

    def __init__(self, asker: Asker, remember: int = 8) -> None:
        self._asker = asker
        self._turns: deque[Turn] = deque(maxlen=remember)

    @property
    def turns(self) -> tuple[Turn, ...]:
        """What is remembered, oldest first."""
        return tuple(self._turns)

    @property
    def sources(self) -> dict[str, int]:
        """The notes that are asked, and how many passages each has."""
        return dict(sorted(Counter(p.source for p in self._asker.index.passages).items()))

    def forget(self) -> None:
        """A new conversation."""
        self._turns.clear()

    def standing(self, question: str) -> Standing:
        """The question as one that stands by itself.

        Raises PromptError for a question that is empty, too long or not text.
        """
        question = check_question(question)
        found = [r for r in readings(question, self.turns) if len(r.text) <= LONGEST_QUESTION]
        if not found:
            return Standing(question)
        if len(found) == 1:
            return Standing(found[0].text, "rule" if found[0].changed else "as asked")
        least, sure = self._asker.rules.sure, [self._asker.prepare(one.text).sure for one in found]
        best = max(range(len(found)), key=lambda i: sure[i])
        if found[0].changed and sure[0] >= least:
            best = 0  # the likelier reading, and borne out
        elif not found[0].changed and sure[best] < least:
            best = 0  # neither is borne out: what was asked is what is refused
        return Standing(found[best].text, "notes" if found[best].changed else "as asked")

    def ask(
        self,
        standing: Standing,
        on_token: OnToken | None = None,
        on_sample: Callable[[Sample], None] | None = None,
        on_votes: Callable[[Sequence[Vote], int], None] | None = None,
    ) -> Reply:
        """Answer a question, and remember both."""
        answer = self._asker.ask(standing.text, on_token, on_sample, on_votes)
        self._turns.append(Turn(standing.text, "" if answer.abstained else answer.text))
        return Reply(standing, answer)
