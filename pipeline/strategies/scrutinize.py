"""Sample, scrutinize and scale (arXiv 2502.01839): each reply is checked by itself, and the answers
whose checks are too close to call are compared in pairs."""

from __future__ import annotations

import itertools
import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pipeline.evidence.reply_reading import ParsedReply
from pipeline.prompts import build_prompt, load_template
from pipeline.prompts.turns import turn
from pipeline.strategies.base import Decision, Plan, Question, Strategy
from pipeline.strategies.common.checking import one_token, with_checks
from pipeline.strategies.common.choosing import plain_vote
from pipeline.strategies.common.limits import require
from pipeline.strategies.common.polling import AnswerGroup, decided, poll
from pipeline.strategies.common.prompt_method import PromptMethod, by_example
from pipeline.strategies.ptrue import ask, chance
from pipeline.types import Draw, Request, Sample

__all__ = ["Scrutinized", "compare", "first_wins"]

_GRAMMAR = 'root ::= "A" | "B"'
_AFTER_LABEL = 'root ::= " "? ("A" | "B")'
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Scrutinized(Strategy):
    """A third of the `draws` are replies, a third checks as those of `ptrue`, the rest comparisons.

    Answers whose best check is within `near` of the best of all are compared, each with each and in
    both orders, as many of the best as the rest of the draws allow. The one that wins most is
    taken. Where the paper takes the mean of many sampled verdicts, the probability of one greedy
    token stands for it.
    """

    name: str
    prompt_method: PromptMethod
    draws: int = 24
    near: float = 0.05

    def __post_init__(self) -> None:
        require(0 <= self.near <= 1, "scrutinize.near", self.near, "a number from 0 to 1")

    def plan(self, question: Question) -> Plan:
        third = max(1, self.draws // 3)
        found = yield from with_checks(
            question, self.prompt_method, min(2 * third, self.draws), ask
        )
        readings, checks, replies = found.readings, found.checks, found.texts
        if not any(checks):
            return plain_vote(question, readings)
        chances = [chance(check) for check in checks]
        groups = sorted(
            poll(question, readings),
            key=lambda g: (-chances[_speaker(g, chances)], -len(g.draws), g.draws[0]),
        )
        spoken = [_speaker(group, chances) for group in groups]
        least = chances[spoken[0]] - self.near - _ROUNDING
        close = [i for i in spoken if chances[i] >= least][: _most(self.draws - 2 * third)]
        wins = yield from self._compared(question, [replies[i] for i in close])
        order = sorted(range(len(close)), key=lambda at: -wins[at])
        return _decision([*(groups[at] for at in order), *groups[len(close) :]], readings, chances)

    def _compared(
        self, question: Question, replies: Sequence[str]
    ) -> Generator[Sequence[Request], list[Any], list[float]]:
        """How many comparisons each reply wins, as sums of chances; one half where none came."""
        wins = [0.0] * len(replies)
        pairs = list(itertools.permutations(range(len(replies)), 2))
        if not pairs:
            return wins
        asked = [compare(question, self.prompt_method, replies[a], replies[b]) for a, b in pairs]
        made = yield asked
        for (a, b), check in itertools.zip_longest(pairs, made[: len(pairs)]):
            won = first_wins(check)
            wins[a] += won
            wins[b] += 1 - won
        return wins


def compare(question: Question, method: PromptMethod, first: str, second: str) -> Draw:
    """Which of two replies is right, to be answered greedily in one token, of a prompt that shows
    the passages, the question and both."""
    put = question.checked()
    if put.form == "completion":
        prompt = by_example("compare", put, first=first, second=second)
        fields = {**one_token(_AFTER_LABEL), "max_tokens": 2}  # a space may be a token of its own
        return method.request(put, 0, greedy=True, prompt=prompt, parent=None, **fields)
    words = turn("compared", put.language, question=put.text, first=first, second=second)
    prompt = build_prompt(
        words, put.passages, load_template("compare"), put.language, lines=put.by_sentence
    )
    prompt = replace(prompt, role=put.role)
    return method.request(put, 0, greedy=True, prompt=prompt, parent=None, **one_token(_GRAMMAR))


def first_wins(check: Sample | None) -> float:
    """The chance that the first of two replies is the right one, by a comparison: the middle of
    what it may be, as `ptrue` takes it; one half where there is none."""
    word = check.text.strip() if check and check.finish not in ("cancelled", "error") else ""
    if check is None or word not in ("A", "B"):
        return 0.5
    p = math.exp(min(0.0, check.confidence.mean_logprob))
    return (1 + p) / 2 if word == "A" else (1 - p) / 2


def _most(left: int) -> int:
    """How many answers can be compared, each with each and both ways, in so many requests."""
    return (1 + math.isqrt(1 + 4 * max(0, left))) // 2


def _decision(
    groups: Sequence[AnswerGroup],
    readings: Sequence[ParsedReply | None],
    chances: Sequence[float],
) -> Decision:
    """The first of these answers wins, by its best checked reply."""
    ordered = [replace(group, weight=max(chances[i] for i in group.draws)) for group in groups]
    winner = _speaker(groups[0], chances)
    share = len(groups[0].draws) / len(readings)
    return decided(
        ordered, readings[winner], len(readings), share=share, confidence=chances[winner]
    )


def _speaker(group: AnswerGroup, chances: Sequence[float]) -> int:
    """The reply of an answer that has the best check, of equals the first."""
    return max(group.draws, key=lambda i: (chances[i], -i))
