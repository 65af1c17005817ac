"""Questions that one sentence does not answer: summaries, comparisons, lists, explanations.

Each kind has an answer put together of quotations, for which no model is asked. What kind a
question is of is told by `pipeline.text.kinds`.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.evidence.compose import (
    Part,
    compare,
    digest,
    explained,
    outlined,
    sides_known,
    whole_list,
    widened,
)
from pipeline.evidence.gather import Evidence, Inquiry, gather, inquire
from pipeline.evidence.sides import sides
from pipeline.text.kinds import only_asks
from pipeline.types import Cost, Hit, Hits, Request, Search

__all__ = ["Composition", "compose", "quoted_for"]

_PARTS = 12
_SIDE = 3
"""Passages searched for each side of a comparison, and quoted for an explanation."""


@dataclass(frozen=True, slots=True)
class Composition:
    """An answer of several quotations. `parts` is empty for a question about the tool itself, which
    is told the names of the notes, `sources`."""

    kind: str
    parts: tuple[Part, ...] = ()
    sources: tuple[str, ...] = ()
    cost: Cost = field(default_factory=Cost)


def compose(
    kind: str, inquiry: Inquiry, evidence: Sequence[Evidence], found: bool, index: str
) -> Generator[list[Request], list[Any], Composition | None]:
    """The course that puts an answer together, with None where a sentence is to answer.

    `evidence` is that of the question, the best first, and `found` whether it is taken to answer;
    `index` names what is searched.
    """
    if kind == "summary":
        (hits,) = yield [Search(inquiry.text, _PARTS, index, outline=True)]
        assert isinstance(hits, Hits)
        if _named(hits.hits) or (hits.hits and only_asks(inquiry.text)):
            return Composition(kind, outlined(hits.hits), cost=hits.cost)
        return Composition(kind, digest(evidence), cost=hits.cost) if found else None
    if kind == "comparison" and found:
        pair = sides_known(sides(inquiry.text, inquiry.language), evidence)
        if pair is None:
            return None
        both = yield [Search(side, _SIDE, index) for side in pair]
        alone = [
            gather(inquire(side, inquiry.language), one.hits)
            for side, one in zip(pair, both, strict=True)
        ]
        parts = compare(pair, evidence, alone)
        cost = sum((one.cost for one in both), Cost())
        return Composition(kind, parts, cost=cost) if parts else None
    if kind == "list" and found and evidence[0].unit.kind in ("lead", "item"):
        return Composition(kind, (Part(whole_list(evidence[0])),))
    if kind == "explain" and found:
        parts = explained(evidence)
        return Composition(kind, parts if len(parts) > 1 else digest(evidence, _SIDE))
    if kind == "about" and not found:
        return Composition(kind)
    return None


def quoted_for(kind: str, evidence: Evidence) -> Evidence:
    """What is quoted of the best sentence for a question of this kind: an explanation takes in
    what follows it."""
    return widened(evidence) if kind in ("why", "explain") else evidence


def _named(hits: Sequence[Hit]) -> bool:
    return bool(hits) and hits[0].score > 0
