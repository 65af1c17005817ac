"""Summaries: of what the question names its parts, else the best sentences of what was found."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pipeline.answering.kinds.base import (
    APART,
    SHORTEST,
    Asked,
    Composition,
    Course,
    Part,
    overlaps,
)
from pipeline.evidence.gather import Evidence
from pipeline.notes.passage_units import Unit, answering_units
from pipeline.text.places import references
from pipeline.text.question_kinds import only_asks
from pipeline.text.statements import states
from pipeline.types import Hit, Hits, Passage, Search

__all__ = ["PARTS", "digest", "outlined", "summary"]

PARTS = 12
"""Parts of an outline, at most."""
_STATED = 0.1
"""What speaks for a decision or a task in the summary of a transcript, as a cosine."""
_EACH = 5
"""Sentences that are quoted at most of one part of an outline."""


def summary(asked: Asked) -> Course:
    """The parts of the note or section that is named, or of all notes; else a digest."""
    text = asked.inquiry.text
    (hits,) = yield [Search(text, PARTS, asked.index, outline=True)]
    assert isinstance(hits, Hits)
    everything = only_asks(text) and not references(text)
    if hits.hits and (hits.hits[0].score > 0 or everything):
        return Composition("summary", outlined(hits.hits), cost=hits.cost)
    if not asked.found:
        return None
    return Composition("summary", digest(asked.evidence), cost=hits.cost)


def outlined(hits: Sequence[Hit], least: int = 6) -> tuple[Part, ...]:
    """The parts of an outline: of every hit the most central sentence, under its heading, or its
    note's name where all notes are outlined. Of few hits more sentences, so that there are about
    `least` in all."""
    parts: list[Part] = []
    each = max(1, min(_EACH, round(least / max(1, len(hits)))))
    for hit in hits:
        units = answering_units(hit.passage)
        worth = [
            (signal.standard or 0.0) + _STATED * _stated(hit.passage, unit)
            for unit, signal in zip(units, hit.signals, strict=True)
        ]
        able = [at for at, value in enumerate(worth) if value > -math.inf]
        headings = hit.passage.headings
        label = headings[-1] if headings and hit.score else hit.passage.source
        for at in sorted(sorted(able, key=lambda at: -worth[at])[:each]):
            unit = units[at]
            end = max(unit.end, unit.until)
            evidence = Evidence(hit.passage, unit, unit.start, end, hit.signals[at], hit.score)
            if not overlaps(evidence, parts):
                parts.append(Part(evidence, label))
    return tuple(parts)


def _stated(passage: Passage, unit: Unit) -> bool:
    """In a transcript: what was decided or is to be done, by its words."""
    if passage.place.unit != "time":
        return False
    text = passage.text[unit.start : unit.end]
    return any(states(what, text, passage.language) > 0 for what in ("decision", "task"))


def digest(evidence: Sequence[Evidence], most: int = 5) -> tuple[Part, ...]:
    """The best sentence of each passage, the best passages alone, in the order of the notes."""
    chosen: dict[str, Evidence] = {}
    for one in evidence:
        near = one.score >= evidence[0].score - APART
        if len(chosen) < most and near and len(one.text) >= SHORTEST:
            chosen.setdefault(one.passage.id, one)
    ordered = sorted(chosen.values(), key=lambda one: (one.passage.source, one.passage.id))
    return tuple(Part(one, one.passage.headings[-1] if one.passage.headings else "")
                 for one in ordered)  # fmt: skip
