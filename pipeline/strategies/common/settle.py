"""Decisions that no vote makes: a last reply, the model or a search chose."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.evidence.reply_reading import ParsedReply
from pipeline.strategies.base import Decision, Question
from pipeline.strategies.common.polling import decided, elect, poll

__all__ = ["last_word", "settle"]


def settle(question: Question, readings: Sequence[ParsedReply | None], chosen: int) -> Decision:
    """The reading at position `chosen` wins. The votes say how many of the replies read stand
    behind each answer, the winner's first; `share` is the winner's part of all replies. Where that
    reading cannot be counted, the votes decide after all."""
    groups = poll(question, readings)
    group = next((p for p in groups if chosen in p.draws), None)
    reading = readings[chosen] if readings else None
    if group is None or reading is None:
        return elect(groups, len(readings))
    others = [p for p in groups if p is not group]
    share = len(group.draws) / len(readings)
    return decided([group, *others], reading, len(readings), share=share, confidence=share)


def last_word(question: Question, readings: Sequence[ParsedReply | None]) -> Decision:
    """The last reply that could be read wins: each was meant to be better than the one before."""
    read = [i for i, reading in enumerate(readings) if reading is not None]
    return settle(question, readings, read[-1] if read else 0)
