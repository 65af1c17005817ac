"""Questions that name a place in the notes: "at 12 minutes", "slide 4", "lab 2"."""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pipeline.answering.kinds.base import Asked, Composition, Part, position
from pipeline.evidence.answerability import answerability
from pipeline.evidence.gather import Evidence, Inquiry, gather, inquire
from pipeline.text.places import references
from pipeline.text.question_kinds import only_asks
from pipeline.types import Cost, Hits, Request, Search

__all__ = ["at_place", "everything", "spoken_at"]

_SHORT, _SHORTEST = 12, 4
"""Sentences of a place that is shown as it is, where that is asked for, and where it is not."""
_PARTS = 12
"""Passages of a place that are looked at."""
_INSIDE = 0.2
"""So much less sure need it be that one section answers, where the question names it."""


@dataclass(frozen=True, slots=True)
class _Place:
    """The evidence of the place that a question names, the best first, for the question less that
    place. `everything`: nothing more is asked than what stands there, or it is a moment."""

    inquiry: Inquiry
    evidence: tuple[Evidence, ...]
    everything: bool
    cost: Cost

    @property
    def numbered(self) -> bool:
        """The file itself says where it is (a time, slide, page or cell), not a heading."""
        return self.evidence[0].passage.place.unit != "line"

    @property
    def short(self) -> bool:
        """It can be shown as a whole."""
        return len(self.evidence) <= (_SHORT if self.numbered or self.everything else _SHORTEST)


def at_place(
    asked: Asked,
) -> Generator[list[Request], list[Any], tuple[Asked, Composition | None]]:
    """The course that answers from the place that a question names: all that stands there, or None
    and the question as one that is asked of this place alone. As it was where none is named."""
    place = yield from _named(asked)
    if place is None:
        return asked, None
    asked = replace(asked, cost=asked.cost + place.cost)
    inside = answerability(place.inquiry, place.evidence)
    whole = Composition("place", everything(place.evidence)) if place.short else None
    if whole and (place.everything or (place.numbered and asked.kind in ("list", "summary"))):
        return asked, whole
    if inside >= (asked.least if place.numbered else _INSIDE * asked.least):
        kind = "" if asked.kind in ("summary", "decision", "task") else asked.kind
        asked = replace(
            asked,
            kind=kind,
            inquiry=place.inquiry,
            evidence=place.evidence,
            sure=max(inside, asked.least),
        )
        return asked, None
    return asked, whole


def _named(asked: Asked) -> Generator[list[Request], list[Any], _Place | None]:
    """The place that a question names; None where it names none that the notes have."""
    question, language = asked.inquiry.text, asked.inquiry.language
    for reference in references(question):
        rest = reference.without(question)
        (hits,) = yield [Search(rest or question, _PARTS, asked.index, within=reference.key)]
        assert isinstance(hits, Hits)
        if not hits.hits:
            continue
        inquiry = inquire(rest or question, language)
        evidence = gather(inquiry, hits.hits)
        if not reference.word:
            evidence = spoken_at(evidence, reference.first, reference.last)
        if evidence:
            whole = not reference.word or not inquiry.weights or only_asks(rest)
            return _Place(inquiry, evidence, whole, hits.cost)
    return None


def spoken_at(evidence: Sequence[Evidence], first: float, last: float) -> tuple[Evidence, ...]:
    """What was said from second `first` to `last`, or else nearest to that, the best first."""

    def apart(one: Evidence) -> float:
        spans = [s for s in one.passage.spans if s.start < one.end and one.start < s.end]
        begins = min((span.first for span in spans), default=math.inf)
        ends = max((span.last for span in spans), default=-math.inf)
        return max(begins - last, first - ends, 0.0)

    near = [(apart(one), one) for one in evidence]
    least = min((gap for gap, _ in near), default=0.0)
    return tuple(one for gap, one in near if gap <= least)


def everything(evidence: Sequence[Evidence], most: int = 6) -> tuple[Part, ...]:
    """All units in the order of the notes, those that follow each other as one quotation."""
    ordered = sorted(evidence, key=position)
    parts: list[Part] = []
    for one in ordered[:most]:
        last = parts[-1].evidence if parts else None
        start, end = one.unit.start, max(one.unit.end, one.unit.until)
        if last is not None and last.passage.id == one.passage.id:
            parts[-1] = Part(replace(last, end=max(last.end, end)), lines=True)
        else:
            parts.append(Part(replace(one, start=start, end=end), lines=True))
    return tuple(parts)
