"""Readings -> classes of equal answers, heaviest first: what every vote here is counted with."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.answers.voting import classes
from pipeline.evidence.reply_reading import ParsedReply
from pipeline.strategies.base import Decision, Question
from pipeline.types import Agreement, Vote

__all__ = ["AnswerGroup", "decided", "elect", "poll"]


@dataclass(frozen=True, slots=True)
class AnswerGroup:
    """One answer and who voted for it: `draws` are positions in the readings given."""

    answer: ParsedReply
    draws: tuple[int, ...]
    weight: float


def poll(
    question: Question,
    readings: Sequence[ParsedReply | None],
    weights: Sequence[float] | None = None,
) -> list[AnswerGroup]:
    """The groups, heaviest first; of equals the one that was drawn first. None never votes, and
    nor does a weight of 0. The best supported reading, then the shortest, then the first, speaks
    for its group.

    Raises ValueError for a weight that is negative or not finite.
    """
    given = [1.0] * len(readings) if weights is None else list(weights)
    groups: list[tuple[tuple[int, ...], float]]
    if question.kind is not None:
        ballots = [(r.text if r else None, w) for r, w in zip(readings, given, strict=True)]
        found = classes(ballots, question.kind, question.language)
        groups = [(c.draws, c.weight) for c in found]
    else:
        members: dict[str, list[int]] = {}
        for draw, (reading, weight) in enumerate(zip(readings, given, strict=True)):
            if not math.isfinite(weight) or weight < 0:
                raise ValueError(f"vote {draw} has the weight {weight}, not a number from 0 up")
            if reading is not None and weight:
                members.setdefault(reading.key, []).append(draw)
        alike = [same for draws in members.values() for same in _alike(readings, draws)]
        summed = [(tuple(d), math.fsum(given[i] for i in d)) for d in alike]
        groups = sorted(summed, key=lambda g: (-float(f"{g[1]:.12g}"), g[0][0]))
    return [AnswerGroup(_speaker(readings, draws), draws, weight) for draws, weight in groups]


def elect(groups: Sequence[AnswerGroup], draws: int, quorum: int = 1) -> Decision:
    """The decision for the heaviest group, if it has `quorum` votes. `draws` counts all that were
    made, those that could not vote included."""
    if not groups or len(groups[0].draws) < quorum:
        return decided(groups, None, draws, needed=quorum)
    total = math.fsum(p.weight for p in groups)
    valid = sum(len(p.draws) for p in groups)
    share = groups[0].weight / total * valid / max(draws, 1)
    return decided(groups, groups[0].answer, draws, share=share, confidence=share, needed=quorum)


def decided(
    groups: Sequence[AnswerGroup],
    winner: ParsedReply | None,
    replies: int,
    *,
    share: float = 0.0,
    confidence: float = 0.0,
    needed: int = 1,
) -> Decision:
    """A decision for `winner`, a reading of the first group (None: for nobody). The one place where
    votes are written down, so that the text that is shown is the text that has the votes."""
    votes = [Vote(p.answer.text, len(p.draws), p.weight) for p in groups]
    if winner is not None:
        votes[0] = replace(votes[0], answer=winner.text)
    agreeing = votes[0].count if votes else 0
    agreement = Agreement(agreeing, replies, needed)
    return Decision(winner, tuple(votes), share, confidence, agreement)


_SAID = 0.5
"""The part of the shorter one's words that two answers in words about one sentence must share."""


def _alike(readings: Sequence[ParsedReply | None], draws: Sequence[int]) -> list[list[int]]:
    """Readings of one key, parted where they are words about one sentence that say different
    things: around the best supported one, then around the best of what is left."""
    parted: list[list[int]] = []
    left = list(draws)
    while left:
        speaker = _speaker(readings, left)
        together = [i for i in left if _says_same(readings[i], speaker)]
        parted.append(together)
        left = [i for i in left if i not in together]
    return parted


def _says_same(one: ParsedReply | None, other: ParsedReply) -> bool:
    if one is None or one.firm or other.firm or one is other:
        return one is not None
    fewest = min(len(one.claim), len(other.claim))
    return len(one.claim & other.claim) >= _SAID * fewest


def _speaker(readings: Sequence[ParsedReply | None], draws: Sequence[int]) -> ParsedReply:
    members = [reading for i in draws if (reading := readings[i]) is not None]
    return max(members, key=lambda r: (round(r.support, 3), -len(r.text)))
