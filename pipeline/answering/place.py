"""Questions that name a place in the notes: "at 12 minutes", "slide 4", "lab 2"."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from pipeline.evidence.compose import spoken_at
from pipeline.evidence.gather import Evidence, Inquiry, gather, inquire
from pipeline.text.kinds import only_asks
from pipeline.text.places import references
from pipeline.types import Cost, Hits, Request, Search

__all__ = ["AtPlace", "at_place"]

_SHORT, _SHORTEST = 12, 4
"""Sentences of a place that is shown as it is, where that is asked for, and where it is not."""
_PARTS = 12
"""Passages of a place that are looked at."""


@dataclass(frozen=True, slots=True)
class AtPlace:
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
    question: str, language: str, index: str
) -> Generator[list[Request], list[Any], AtPlace | None]:
    """The course that looks for the place that a question names; None where it names none that the
    notes have. `index` names what is searched."""
    for reference in references(question):
        rest = reference.without(question)
        (hits,) = yield [Search(rest or question, _PARTS, index, within=reference.key)]
        assert isinstance(hits, Hits)
        if not hits.hits:
            continue
        inquiry = inquire(rest or question, language)
        evidence = gather(inquiry, hits.hits)
        if not reference.word:
            evidence = spoken_at(evidence, reference.first, reference.last)
        if evidence:
            whole = not reference.word or not inquiry.weights or only_asks(rest)
            return AtPlace(inquiry, evidence, whole, hits.cost)
    return None
