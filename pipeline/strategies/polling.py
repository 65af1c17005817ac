"""Readings -> classes of equal answers, heaviest first: what every vote here is counted with."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.answers.reading import Reading
from pipeline.answers.votes import classes
from pipeline.strategies.base import Decision, Question
from pipeline.types import Vote

__all__ = ["Party", "elect", "poll"]


@dataclass(frozen=True, slots=True)
class Party:
    """One answer and who voted for it: `draws` are positions in the readings given."""

    answer: Reading
    draws: tuple[int, ...]
    weight: float


def poll(
    question: Question,
    readings: Sequence[Reading | None],
    weights: Sequence[float] | None = None,
) -> list[Party]:
    """The parties, heaviest first; of equals the one that was drawn first. None never votes, and
    nor does a weight of 0. The best supported reading, then the shortest, then the first, speaks
    for its party.

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
        summed = [(tuple(d), math.fsum(given[i] for i in d)) for d in members.values()]
        groups = sorted(summed, key=lambda g: (-float(f"{g[1]:.12g}"), g[0][0]))
    return [Party(_speaker(readings, draws), draws, weight) for draws, weight in groups]


def elect(parties: Sequence[Party], draws: int, quorum: int = 1) -> Decision:
    """The decision for the heaviest party, if it has `quorum` votes. `draws` counts all that were
    made, those that could not vote included."""
    votes = tuple(Vote(p.answer.text, len(p.draws), p.weight) for p in parties)
    if not parties or len(parties[0].draws) < quorum:
        return Decision(None, votes)
    total = math.fsum(p.weight for p in parties)
    valid = sum(len(p.draws) for p in parties)
    share = parties[0].weight / total * valid / draws
    return Decision(parties[0].answer, votes, share, share)


def _speaker(readings: Sequence[Reading | None], draws: Sequence[int]) -> Reading:
    members = [reading for i in draws if (reading := readings[i]) is not None]
    return max(members, key=lambda r: (round(r.support, 3), -len(r.text)))
