"""Answers questions about what was decided, and what is to be done next."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pipeline.answering.kinds.base import (
    COVERED,
    SHORTEST,
    Asked,
    Composition,
    Course,
    Part,
    overlaps,
    position,
)
from pipeline.answering.kinds.summary import PARTS
from pipeline.evidence.answerability import answerability
from pipeline.evidence.gather import Evidence, gather
from pipeline.text.question_kinds import only_asks
from pipeline.types import Hits, Search

__all__ = ["carried", "decided", "decision"]

_NEAR_DECISION = 0.5
_DECISIONS_APART = 1.0
_CLEARLY = 0.25
"""What speaks for a sentence, beside reading like a decision; how far behind the best one it may be
where a question names what was decided about; and how much like one the best must read."""
_OPENING = 60.0
"""Seconds in which the first words of a recording are said."""
_BEHIND = 5.0
"""How far behind the best sentence, as a logarithm, all that reads like a decision may be."""
_FADES = 0.5
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
    if pointed and asked.found and _opens(asked.evidence[0]):
        source = asked.evidence[0].passage.source  # it is the recording that the question names
        evidence, pointed = tuple(one for one in evidence if one.passage.source == source), False
    about = carried(evidence) if pointed else {}
    parts = decided(evidence, about)
    if pointed and asked.found and not _is_near(asked.evidence[0], parts, about):
        return None
    if parts and (not pointed or _likely(asked, parts)):
        return Composition(asked.kind, parts, cost=hits.cost)
    return None


def _opens(one: Evidence) -> bool:
    """Whether it is the first that was said of a recording, which says what this is about."""
    place = one.passage.place
    return place.unit == "time" and place.first < _OPENING and one.start == 0


def _likely(asked: Asked, parts: Sequence[Part]) -> bool:
    """Whether the notes are likely to say it: by their best sentence, which may be one of them, or
    by these, which hold the kind of answer wanted."""
    if asked.likely:
        return True
    if any(one.coverage >= COVERED and overlaps(one, parts) for one in asked.evidence[:1]):
        return True
    sure = [answerability(asked.inquiry, (replace(p.evidence, fits=1.0),)) for p in parts]
    return replace(asked, sure=max(sure)).likely


def _is_near(best: Evidence, parts: Sequence[Part], about: Mapping[tuple[str, int], float]) -> bool:
    """Whether one of them speaks of what the best sentence of the notes speaks of."""
    scores = [about.get(_key(part.evidence), part.evidence.score) for part in parts]
    return max(scores, default=-math.inf) >= best.score - _BEHIND


def decided(
    evidence: Sequence[Evidence], about: Mapping[tuple[str, int], float], most: int = 6
) -> tuple[Part, ...]:
    """The sentences that state a decision or a task, of the note that has the best of them, in
    order. Their signals' `states` says how much they read like one. `about`: how much speaks for
    each where the question names what about, so that only those near it answer; else empty."""
    pointed = bool(about)
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
        end = max(one.unit.end, one.unit.until if one.unit.kind == "lead" else 0)
        here = Part(replace(one, start=one.unit.start, end=end), lines=one.unit.kind == "lead")
        near = not pointed or value >= worth[0][0] - _DECISIONS_APART
        same = one.passage.source == worth[0][1].passage.source
        if near and same and len(chosen) < most and not overlaps(here.evidence, chosen):
            chosen.append(here)
    if not pointed and len(chosen) < 2:
        return ()  # one sentence that happens to read like a decision
    return tuple(sorted(chosen, key=lambda part: position(part.evidence)))


def carried(evidence: Sequence[Evidence]) -> dict[tuple[str, int], float]:
    """How much speaks for each sentence, or for one before it in its note: what is spoken of is
    named once ("Now the trip."), and what was decided about it follows."""
    found: dict[tuple[str, int], float] = {}
    source, before = "", -math.inf
    once = {_key(one): one for one in evidence}.values()
    for one in sorted(once, key=lambda one: (one.passage.source, position(one))):
        if one.passage.source != source:
            source, before = one.passage.source, -math.inf
        before = found[_key(one)] = max(one.score, before - _FADES)
    return found


def _key(one: Evidence) -> tuple[str, int]:
    return one.passage.id, one.unit.start
