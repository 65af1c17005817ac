"""Budget forcing (s1, arXiv 2501.19393): where the model would end, "Wait," is appended, so that
it goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.evidence.reply_reading import ParsedReply
from pipeline.prompts import turn
from pipeline.strategies.base import Plan, Question, Strategy
from pipeline.strategies.common.limits import require
from pipeline.strategies.common.prompt_method import PromptMethod
from pipeline.strategies.common.settle import last_word
from pipeline.types import Draw, Sample

__all__ = ["Force"]


@dataclass(frozen=True, slots=True)
class Force(Strategy):
    """A greedy reply that goes on after "Wait," (in Korean "잠깐,") `times` times; its final answer
    is cut off before, so that it may come out otherwise. If it ends without one, a last request
    begins with the words that lead to it.

    The last answer that can be read counts; `share` is the part of the answers on the way that are
    the same. A model that thinks inside its own tags is forced there: at least `think_min` tokens,
    at most `think_budget` (0: as it likes), which are added to the length of the reply; nothing is
    put behind its answer then.
    """

    name: str
    prompt_method: PromptMethod
    draws: int = 4
    times: int = 2
    think_min: int = 0
    think_budget: int = 0

    def __post_init__(self) -> None:
        require(self.times >= 1, "force.times", self.times, "a number from 1 up")
        require(self.think_min >= 0, "force.think_min", self.think_min, "a number of tokens")
        room = self.think_budget == 0 or self.think_budget >= self.think_min
        wanted = "0, or a number of tokens not below force.think_min"
        require(room, "force.think_budget", self.think_budget, wanted)

    def plan(self, question: Question) -> Plan:
        mark = self.prompt_method.mark(question)
        readings: list[ParsedReply | None] = []
        begun = ""
        drawn = yield [self._request(question, 0)]
        for draw in range(1, min(self.draws, 1 + self.times)):
            if not _alive(drawn):
                break
            readings.append(self.prompt_method.read(question, drawn[0], begun))
            if drawn[0].thinking and (self.think_min or self.think_budget):
                return last_word(question, readings)
            text = _thoughts(begun + drawn[0].text, mark)
            begun = f"{text}\n{turn('wait', question.language)}".lstrip()
            drawn = yield [self._request(question, draw, begun, drawn[0])]
        readings += [self.prompt_method.read(question, sample, begun) for sample in drawn]
        if _alive(drawn) and mark and mark not in drawn[0].text and len(readings) < self.draws:
            begun = f"{(begun + drawn[0].text).rstrip()}\n{mark}".lstrip()
            last = yield [self._request(question, len(readings), begun, drawn[0])]
            readings += [self.prompt_method.read(question, sample, begun) for sample in last]
        return last_word(question, readings)

    def _request(
        self, question: Question, draw: int, begun: str = "", parent: Sample | None = None
    ) -> Draw:
        prompt = self.prompt_method.prompt(question, begun=begun or None)
        key = parent.key if parent else None
        plain = self.prompt_method.request(question, draw, greedy=True, prompt=prompt, parent=key)
        thinking = {"think_min": self.think_min, "think_budget": self.think_budget}
        given = {name: tokens for name, tokens in thinking.items() if tokens}
        if not given:
            return plain
        most = plain.params.max_tokens + max(given.values())
        return self.prompt_method.request(
            question, draw, greedy=True, prompt=prompt, parent=key, max_tokens=most, **given
        )


def _alive(drawn: Sequence[Sample]) -> bool:
    """There is a reply that can be gone on with."""
    return bool(drawn) and drawn[0].finish in ("stop", "length")


def _thoughts(reply: str, mark: str) -> str:
    """A reply without the final answer it ends in."""
    head = reply.rsplit(mark, 1)[0] if mark and mark in reply else reply
    return head.rstrip()
