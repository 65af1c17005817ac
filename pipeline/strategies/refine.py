"""Self-refine (arXiv 2303.17651): a draft, what is wrong with it, a revision; and again.

Everything is greedy, and in chat form one chat: each turn goes on from the one before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.prompts import turn
from pipeline.prompts.completion import load_completion
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
    way: PromptMethod
    draws: int = 5
    rounds: int = 2

    def __post_init__(self) -> None:
        require(self.rounds >= 1, "refine.rounds", self.rounds, "a number of rounds from 1 up")

    def plan(self, question: Question) -> Plan:
        if question.form == "completion":
            return (yield from self._by_example(question))
        lang, mark = question.language, self.way.mark(question)
        check = Message("user", turn("feedback", lang))
        ending = turn("ending", lang, mark=mark) if mark else ""
        revise = Message("user", f"{turn('revise', lang)} {ending}".strip())
        turns: list[Message] = []
        drafts: list[Sample] = []
        drafts += yield [self.way.request(question, 0, greedy=True)]
        for first in range(1, min(self.draws, 1 + 2 * self.rounds) - 1, 2):
            if not _usable(drafts):
                break
            turns += [Message("assistant", drafts[-1].text), check]
            found = yield [self._next(question, first, turns, drafts[-1])]
            if not _usable(found) or _content(found[0].text):
                break
            turns += [Message("assistant", found[0].text), revise]
            revised = yield [self._next(question, first + 1, turns, found[0])]
            drafts += revised
            if not revised:
                break
        return last_word(question, [self.way.read(question, draft) for draft in drafts])

    def _by_example(self, question: Question) -> Plan:
        """The same in completion form: each turn is a prompt with worked examples of such turns."""
        drafts: list[Sample] = []
        drafts += yield [self.way.request(question, 0, greedy=True)]
        for first in range(1, min(self.draws, 1 + 2 * self.rounds) - 1, 2):
            if not _usable(drafts):
                break
            draft = drafts[-1].text
            prompt = by_example("feedback", question, reply=draft)
            most = load_completion("feedback").max_tokens
            found = yield [
                self.way.request(question, first, greedy=True, prompt=prompt, max_tokens=most)
            ]
            if not _usable(found) or _content(found[0].text):
                break
            prompt = by_example("revise", question, reply=draft, mistakes=found[0].text)
            revised = yield [self.way.request(question, first + 1, greedy=True, prompt=prompt)]
            drafts += revised
            if not revised:
                break
        return last_word(question, [self.way.read(question, draft) for draft in drafts])

    def _next(self, question: Question, draw: int, turns: Sequence[Message], last: Sample) -> Draw:
        prompt = self.way.prompt(question, then=turns)
        return self.way.request(question, draw, greedy=True, prompt=prompt, parent=last.key)


def _usable(samples: Sequence[Sample]) -> bool:
    """There is a last reply, and something can be said about it."""
    return bool(samples) and samples[-1].finish in ("stop", "length") and bool(samples[-1].text)


def _content(feedback: str) -> bool:
    """The criticism found nothing."""
    return feedback.strip().strip(".!\"'").upper() in ("", "OK")
