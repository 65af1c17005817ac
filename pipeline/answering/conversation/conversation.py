"""A conversation: follow-up questions put in context, asked of the notes, remembered."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipeline.answering.conversation.context import Turn, in_context
from pipeline.answering.question import check_question
from pipeline.answering.session import Asker
from pipeline.engine.base import OnToken
from pipeline.types import Answer, Sample, Vote

__all__ = ["Conversation", "ConversationReply", "StandaloneQuestion"]


@dataclass(frozen=True, slots=True)
class StandaloneQuestion:
    """A question as it is put to the notes. `changed`: words of an earlier turn were put in."""

    text: str
    changed: bool = False


@dataclass(frozen=True, slots=True)
class ConversationReply:
    """An answer, and the question it answers."""

    standing: StandaloneQuestion
    answer: Answer


class Conversation:
    """Remembers the last `remember` turns, those before it (`turns`) among them; not to be shared
    between threads."""

    def __init__(self, asker: Asker, remember: int = 8, turns: Sequence[Turn] = ()) -> None:
        self._asker = asker
        self._turns: deque[Turn] = deque(turns, maxlen=remember)

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

    def standing(self, question: str) -> StandaloneQuestion:
        """The question as one that stands by itself.

        Raises PromptError for a question that is empty, too long or not text.
        """
        question = check_question(question)
        text = in_context(question, self.turns, self._asker.index)
        return StandaloneQuestion(text, changed=text != question)

    def ask(
        self,
        standing: StandaloneQuestion,
        on_token: OnToken | None = None,
        on_sample: Callable[[Sample], None] | None = None,
        on_votes: Callable[[Sequence[Vote], int], None] | None = None,
    ) -> ConversationReply:
        """Answer a question, and remember both."""
        answer = self._asker.ask(standing.text, on_token, on_sample, on_votes)
        self._turns.append(Turn(standing.text, "" if answer.abstained else answer.text))
        return ConversationReply(standing, answer)
