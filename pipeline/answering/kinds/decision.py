"""What was decided, and what is to be done next."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from pipeline.answering.kinds.base import (
    SHORTEST,
    Asked,
    Composition,
    Course,
    Part,
    overlaps,
    position,
)
from pipeline.answering.kinds.summary import PARTS
from pipeline.evidence.gather import Evidence, gather
from pipeline.text.kinds import only_asks
from pipeline.types import Hits, Search

__all__ = ["decided", "decision"]

_NEAR_DECISION = 0.25
_DECISIONS_APART = 1.0
_CLEARLY = 0.25
"""What speaks for a sentence, beside reading like a decision; how far behind the best one it may be
where a question names what was decided about; and how much like one the best must read."""
_BEHIND = 5.0
"""How far behind the best sentence, as a logarithm, all that reads like a decision may be."""
_FADES = 1.0
"""How much less speaks for a sentence than for the one before it, as a logarithm, at least."""


def decision(asked: Asked) -> Course:
    """The sentences that state a decision, or a task (`asked.kind`)."""
    inquiry = asked.inquiry
    if asked.found:
        best = asked.evidence[0]
        if best.opens or (inquiry.wanted.kind != "text" and best.fits):
            return None  # a cell or section that the question names; who, when, how many
    (hits,) = yield [Search(inquiry.text, PARTS, asked.index, states=asked.kind)]
    assert isinstance(hits, Hits)
    pointed = not only_asks(inquiry.text)
    evidence = gather(inquiry, hits.hits)
    parts = decided(evidence, pointed)
    if pointed and asked.found and not _is_near(asked.evidence[0], parts, evidence):
        return None
    if parts and (asked.likely or not pointed):
        return Composition(asked.kind, parts, cost=hits.cost)
    return None


def _is_near(best: Evidence, parts: Sequence[Part], evidence: Sequence[Evidence]) -> bool:
    """Whether one of them speaks of what the best sentence of the notes speaks of."""
    about = _carried(evidence)
    scores = [about.get(_key(part.evidence), part.evidence.score) for part in parts]
    return max(scores, default=-math.inf) >= best.score - _BEHIND


def decided(evidence: Sequence[Evidence], pointed: bool, most: int = 6) -> tuple[Part, ...]:
    """The sentences that state a decision or a task, of the note that has the best of them, in
    order. Their signals' `states` says how much they read like one. `pointed`: the question names
    what about, so that only those near it answer."""
    about = _carried(evidence) if pointed else {}
    worth = [
        (one.signal.states + _NEAR_DECISION * about.get(_key(one), 0.0), one)
        for one in evidence
        if one.signal.states > 0 and one.unit.kind != "row" and len(one.text) >= SHORTEST // 2
    ]
    if max((one.signal.states for _, one in worth), default=0.0) < _CLEARLY:
        return ()
    worth.sort(key=lambda pair: -pair[0])
    chosen: list[Part] = []
    for value, one in worth:
        here = Part(replace(one, start=one.unit.start, end=one.unit.end))
        near = not pointed or value >= worth[0][0] - _DECISIONS_APART
        same = one.passage.source == worth[0][1].passage.source
        if near and same and len(chosen) < most and not overlaps(here.evidence, chosen):
            chosen.append(here)
    if not pointed and len(chosen) < 2:
        return ()  # one sentence that happens to read like a decision
    return tuple(sorted(chosen, key=lambda part: position(part.evidence)))


def _carried(evidence: Sequence[Evidence]) -> dict[tuple[str, int], float]:
    """How much speaks for each sentence, or for one before it in its note: what is spoken of is
    named once ("Now the trip."), and what was decided about it follows."""
    found: dict[tuple[str, int], float] = {}
    source, before = "", -math.inf
    for one in sorted(evidence, key=lambda one: (one.passage.source, position(one))):
        if one.passage.source != source:
            source, before = one.passage.source, -math.inf
        before = found[_key(one)] = max(one.score, before - _FADES)
    return found


def _key(one: Evidence) -> tuple[str, int]:
    return one.passage.id, one.unit.start
