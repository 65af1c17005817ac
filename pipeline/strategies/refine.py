"""Self-refine (arXiv 2303.17651): a draft, what is wrong with it, a revision; and again.

Everything is greedy, and in chat form one chat: each turn goes on from the one before. In
completion form each turn is a prompt with worked examples of such turns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.prompts import turn
from pipeline.prompts.completion_prompts import load_completion
from pipeline.strategies.base import Plan, Question, Strategy
from pipeline.strategies.common.limits import require
from pipeline.strategies.common.prompt_method import PromptMethod, by_example
from pipeline.strategies.common.settle import last_word
from pipeline.types import Draw, Message, Sample

__all__ = ["Refine"]


@dataclass(frozen=True, slots=True)
class Refine(Strategy):
    """A draft and up to `rounds` rounds of criticism and revision, two requests a round, as far as
    `draws` reach. It ends where the criticism is empty or "OK".

    The last version that can be read is the answer. `share` is the part of the versions that agree
    with it: an answer that changes with every revision is not one to be sure of.
    """

    name: str
    prompt_method: PromptMethod
    draws: int = 5
    rounds: int = 2

    def __post_init__(self) -> None:
        require(self.rounds >= 1, "refine.rounds", self.rounds, "a number of rounds from 1 up")

    def plan(self, question: Question) -> Plan:
        turns: list[Message] = []
        drafts: list[Sample] = []
        drafts += yield [self.prompt_method.request(question, 0, greedy=True)]
        for first in range(1, min(self.draws, 1 + 2 * self.rounds) - 1, 2):
            if not _usable(drafts):
                break
            check = Message("user", turn("feedback", question.language))
            turns += [Message("assistant", drafts[-1].text), check]
            found = yield [self._criticism(question, first, turns, drafts[-1])]
            if not _usable(found) or _content(found[0].text):
                break
            turns += [Message("assistant", found[0].text), self._request(question)]
            revised = yield [self._revision(question, first + 1, turns, drafts[-1], found[0])]
            drafts += revised
            if not revised:
                break
        return last_word(question, [self.prompt_method.read(question, draft) for draft in drafts])

    def _request(self, question: Question) -> Message:
        mark = self.prompt_method.mark(question)
        ending = turn("ending", question.language, mark=mark) if mark else ""
        return Message("user", f"{turn('revise', question.language)} {ending}".strip())

    def _criticism(
        self, question: Question, draw: int, turns: Sequence[Message], draft: Sample
    ) -> Draw:
        put = question.checked()
        if put.form == "completion":
            prompt = by_example("feedback", put, reply=draft.text)
            most = load_completion("feedback").max_tokens
            return self.prompt_method.request(
                put, draw, greedy=True, prompt=prompt, max_tokens=most
            )
        asked = self._next(put, draw, turns, draft if put is question else None)
        return replace(asked, prompt=replace(asked.prompt, template="feedback"))

    def _revision(
        self,
        question: Question,
        draw: int,
        turns: Sequence[Message],
        draft: Sample,
        criticism: Sample,
    ) -> Draw:
        if question.form == "completion":
            prompt = by_example("revise", question, reply=draft.text, mistakes=criticism.text)
            return self.prompt_method.request(question, draw, greedy=True, prompt=prompt)
        own = question.checked() is question  # another model's criticism is read for the first time
        return self._next(question, draw, turns, criticism if own else None)

    def _next(
        self, question: Question, draw: int, turns: Sequence[Message], last: Sample | None
    ) -> Draw:
        prompt = self.prompt_method.prompt(question, then=turns)
        parent = last.key if last else None
        return self.prompt_method.request(question, draw, greedy=True, prompt=prompt, parent=parent)


def _usable(samples: Sequence[Sample]) -> bool:
    """There is a last reply, and something can be said about it."""
    return bool(samples) and samples[-1].finish in ("stop", "length") and bool(samples[-1].text)


def _content(feedback: str) -> bool:
    """The criticism found nothing."""
    return feedback.strip().strip(".!\"'").upper() in ("", "OK")
