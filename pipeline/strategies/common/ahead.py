"""Samples that must be made in any case, asked for at once.

An aggregation that looks after every sample whether it may stop knows how many more it takes at the
least: with fewer, no outcome could settle it. Asking for that many together makes the same decision
from the same samples as asking one by one, in fewer steps of the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pipeline.evidence.reply_reading import ParsedReply
from pipeline.strategies.base import Plan, Question
from pipeline.strategies.common.polling import AnswerGroup, elect, poll
from pipeline.strategies.common.prompt_method import PromptMethod

__all__ = ["counted", "fewest_more", "vote_until"]

Settled = Callable[[Sequence[int]], bool]
"""Whether votes settle the question; counts by answer, in the order in which they first came."""


def counted(groups: Sequence[AnswerGroup]) -> list[int]:
    """The votes of each answer, in the order in which answers first came."""
    return [len(group.draws) for group in sorted(groups, key=lambda group: group.draws[0])]


def fewest_more(counts: Sequence[int], settled: Settled, left: int) -> int:
    """The least number of further votes, up to `left`, with which `settled` can hold; `left` where
    none can. All of them for one answer settle soonest, a new answer's included."""
    # Of answers with as many votes the one that came first settles first.
    hopeful = {count: answer for answer, count in reversed(list(enumerate([*counts, 0])))}
    low, high = 1, left
    while low < high:
        middle = (low + high) // 2
        if any(settled(_given(counts, answer, middle)) for answer in hopeful.values()):
            high = middle
        else:
            low = middle + 1
    return low


def _given(counts: Sequence[int], answer: int, votes: int) -> list[int]:
    more = [*counts, 0]
    more[answer] += votes
    return more if answer == len(counts) else more[:-1]


def vote_until(
    question: Question, method: PromptMethod, settled: Settled, draws: int, batch: int
) -> Plan:
    """One vote each, at most `draws` and at least `batch` at a time, until they are `settled`."""
    readings: list[ParsedReply | None] = []
    while True:
        left = draws - len(readings)
        groups = poll(question, readings)
        counts = counted(groups)
        if left <= 0 or settled(counts):
            break
        wanted = min(left, max(batch, fewest_more(counts, settled, left)))
        samples = yield method.draw(question, len(readings), wanted)
        readings += [method.read(question, sample) for sample in samples]
        if len(samples) < wanted:
            groups = poll(question, readings)
            break
    return elect(groups, len(readings))
