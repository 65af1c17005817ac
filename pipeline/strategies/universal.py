"""Universal self-consistency (arXiv 2311.17311): the model itself says which of its replies is the
most consistent with the others. For answers in free words, where no two replies are equal."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.prompts import turn
from pipeline.strategies.base import Decision, Plan, Question, Strategy
from pipeline.strategies.common.limits import require
from pipeline.strategies.common.polling import elect, poll
from pipeline.strategies.common.prompt_method import PromptMethod, by_example
from pipeline.strategies.common.settle import settle
from pipeline.types import Message, Prompt

__all__ = ["Universal"]


@dataclass(frozen=True, slots=True)
class Universal(Strategy):
    """`draws - 1` replies, then one greedy request that names the number of the best.

    Only replies that may vote are shown to it, each with its last part if all together are longer
    than `characters`. Where they all say the same nothing is asked, and where it names none of them
    the votes decide. `share` is the part of all replies that say what the chosen one says.
    """

    name: str
    prompt_method: PromptMethod
    draws: int = 9
    characters: int = 3000

    def __post_init__(self) -> None:
        least = self.characters >= 100
        require(least, "universal.characters", self.characters, "a number from 100 up")

    def plan(self, question: Question) -> Plan:
        replies = yield self.prompt_method.draw(question, 0, max(self.draws - 1, 1))
        readings = [self.prompt_method.read(question, reply) for reply in replies]
        shown = [i for i, reading in enumerate(readings) if reading is not None]
        groups = poll(question, readings)
        votes: Decision = elect(groups, len(readings))
        if len(groups) < 2 or self.draws < 2:
            return votes
        put = question.checked()
        prompt = self._choice(put, [replies[i].text for i in shown])
        chosen = yield [
            self.prompt_method.request(put, 0, greedy=True, prompt=prompt, max_tokens=6)
        ]
        usable = bool(chosen) and chosen[0].finish in ("stop", "length")
        number = _number(chosen[0].text) if usable else 0
        if not 1 <= number <= len(shown):
            return votes
        return settle(question, readings, shown[number - 1])

    def _choice(self, question: Question, replies: Sequence[str]) -> Prompt:
        lang, most = question.language, self.characters // len(replies)
        listed = [
            turn("reply", lang, number=str(number), text=_end(reply.strip(), most))
            for number, reply in enumerate(replies, start=1)
        ]
        if question.form == "completion":
            return by_example("choose", question, (), replies="\n".join(listed))
        asked = turn("choose", lang, question=question.text, replies="\n\n".join(listed))
        messages = (Message("user", asked), Message("assistant", turn("chosen", lang)))
        return Prompt(messages, template="choose", role=question.role)


def _end(text: str, most: int) -> str:
    """The last part of a reply: there stands its answer."""
    return text if len(text) <= most else f"...{text[-most:]}"


def _number(text: str) -> int:
    """The number a reply begins with, 0 for none. Words may stand before it, no other figure."""
    found = re.match(r"[^\d]{0,20}?(\d{1,4})(?!\d)", text)
    return int(found[1]) if found else 0
