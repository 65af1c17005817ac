"""Best of N: the answer of the reply that scores highest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.evidence.reply_reading import ParsedReply
from pipeline.strategies.base import Decision, Question
from pipeline.strategies.common.polling import decided, elect, poll

__all__ = ["choose", "plain_vote"]


def choose(
    question: Question,
    readings: Sequence[ParsedReply | None],
    scores: Sequence[float],
    *,
    chances: bool = True,
) -> Decision:
    """The decision for the reply with the highest score among those that may vote.

    Of equal scores the answer given by more replies wins, then the one that was drawn first.
    `share` is its part of the replies. Where scores are `chances` (0 to 1) the winner's is the
    confidence and an answer weighs as much as its best one; else these are its share and its count.
    """
    groups = poll(question, readings)
    if not groups:
        return decided([], None, len(readings))
    best = [max(scores[i] for i in group.draws) for group in groups]
    order = sorted(
        range(len(groups)),
        key=lambda p: (-_rounded(best[p]), -len(groups[p].draws), groups[p].draws[0]),
    )
    first = groups[order[0]]
    spokes = [(r, scores[i]) for i in first.draws if (r := readings[i]) is not None]
    winner, score = max(
        spokes, key=lambda s: (_rounded(s[1]), round(s[0].support, 3), -len(s[0].text))
    )
    ordered = [replace(groups[p], weight=best[p] if chances else groups[p].weight) for p in order]
    share = len(first.draws) / len(readings)
    confidence = min(1.0, max(0.0, score)) if chances else share
    return decided(ordered, winner, len(readings), share=share, confidence=confidence)


def plain_vote(question: Question, readings: Sequence[ParsedReply | None]) -> Decision:
    """Where nothing could be scored: one reply, one vote."""
    return elect(poll(question, readings), len(readings))


def _rounded(score: float) -> float:
    return float(f"{score:.12g}")
