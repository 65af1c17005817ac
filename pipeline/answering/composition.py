"""Questions that one sentence does not answer: summaries, comparisons, lists, explanations.

Each kind has an answer put together of quotations, for which no model is asked. What kind a
question is of is told by `pipeline.text.kinds`.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.evidence.blocks import whole_block
from pipeline.evidence.compose import (
    Part,
    best_list,
    bridged,
    compare,
    completed,
    decided,
    digest,
    explained,
    outlined,
    sections_below,
    sides_known,
    unsaid,
    whole_list,
    widened,
)
from pipeline.evidence.gather import Evidence, Inquiry, asked_span, gather, inquire
from pipeline.evidence.sides import sides
from pipeline.text.kinds import only_asks
from pipeline.text.places import references
from pipeline.types import Cost, Hit, Hits, Request, Search

__all__ = ["Composition", "Part", "compose", "quoted_for"]

_SAID = 0.5
"""The share of its terms that a question taken for small talk has in a sentence of the notes, from
which on it is rather asked of them."""
_PLAIN = ("fact", "definition", "why")
_SECOND = 8
"""Passages searched for the second step to an answer."""
_IN_OWN_WORDS = ("summary", "comparison", "explain", "steps", "two")
_PARTS = 12
_NAMED_FIRST, _NAMED_AT_ALL = 0.6, 0.35
"""How like the question the name of a note or section must be (see `pipeline.retrieval.outline`),
for its sections to be the list asked for: rather than a list in the notes, or for want of one."""
_SIDE = 3
"""Passages searched for each side of a comparison, and quoted for an explanation."""


@dataclass(frozen=True, slots=True)
class Composition:
    """An answer of several quotations. `parts` is empty for a question about the tool itself, which
    is told the names of the notes, `sources`. `missing`: of a question in two halves, the one that
    the notes do not answer."""

    kind: str
    parts: tuple[Part, ...] = ()
    sources: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    cost: Cost = field(default_factory=Cost)

    @property
    def to_tell(self) -> bool:
        """A model may put it into words: it is no list, formula or listing, nor what was decided,
        which are quoted as they stand, and nothing is missing."""
        return bool(self.parts) and self.kind in _IN_OWN_WORDS and not self.missing


def compose(
    kind: str,
    inquiry: Inquiry,
    evidence: Sequence[Evidence],
    found: bool,
    index: str,
    likely: bool = False,
) -> Generator[list[Request], list[Any], Composition | None]:
    """The course that puts an answer together, with None where a sentence is to answer.

    `evidence` is that of the question, the best first, and `found` whether it is taken to answer;
    `index` names what is searched. `likely`: it may well answer, which is enough where the kind of
    the question says what is looked for.
    """
    if kind == "summary":
        (hits,) = yield [Search(inquiry.text, _PARTS, index, outline=True)]
        assert isinstance(hits, Hits)
        everything = only_asks(inquiry.text) and not references(inquiry.text)
        if _named(hits.hits) or (hits.hits and everything):
            return Composition(kind, outlined(hits.hits), cost=hits.cost)
        return Composition(kind, digest(evidence), cost=hits.cost) if found else None
    if kind == "comparison" and found:
        found_both = yield from _compared(inquiry, evidence, index)
        if found_both is not None or evidence[0].unit.kind != "lead":
            return found_both
        kind = "list"
    if kind == "list" and likely:
        listed = yield from _listed(inquiry, evidence, index)
        if listed is not None:
            return listed
    if kind == "block" and (shown := whole_block(evidence)) is not None and likely:
        return Composition(kind, (Part(shown, lines=True),))
    told = found and inquiry.wanted.kind != "text" and evidence[0].fits  # who, when, how many
    if kind in ("decision", "task") and not told:
        (hits,) = yield [Search(inquiry.text, _PARTS, index, states=kind)]
        assert isinstance(hits, Hits)
        pointed = not only_asks(inquiry.text)
        parts = decided(gather(inquiry, hits.hits), pointed)
        if parts and (likely or not pointed):
            return Composition(kind, parts, cost=hits.cost)
    if kind == "explain" and likely and evidence:
        return Composition(kind, explained(evidence) or digest(evidence, _SIDE))
    if kind == "about" and (not found or only_asks(inquiry.text) or evidence[0].coverage < _SAID):
        return Composition(kind)
    plain = kind in _PLAIN and found and asked_span(inquiry, evidence[0]) is None
    if plain and unsaid(inquiry.text, evidence[0]):
        joined = Search(f"{evidence[0].text} {inquiry.text}", _SECOND, index)
        (hits,) = yield [joined]
        assert isinstance(hits, Hits)
        second = bridged(inquiry.text, evidence[0], gather(inquiry, hits.hits))
        if second is not None:
            return Composition("steps", (Part(evidence[0]), Part(second)), cost=hits.cost)
    return None


def _listed(
    inquiry: Inquiry, evidence: Sequence[Evidence], index: str
) -> Generator[list[Request], list[Any], Composition | None]:
    """The sections of what the question names, where its name is much like the question; else the
    best list, or the sections all the same."""
    (hits,) = yield [Search(inquiry.text, _PARTS, index, outline=True)]
    assert isinstance(hits, Hits)
    sections = sections_below(hits.hits)
    like = sections[0].score if sections else 0.0
    best = best_list(evidence)
    if best is not None and like < _NAMED_FIRST:
        return Composition("list", (Part(whole_list(best), lines=True),), cost=hits.cost)
    if like >= _NAMED_AT_ALL:
        return Composition("list", outlined(sections), cost=hits.cost)
    return None


def _compared(
    inquiry: Inquiry, evidence: Sequence[Evidence], index: str
) -> Generator[list[Request], list[Any], Composition | None]:
    """Both sides of a comparison; None where one is not spoken of."""
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
    return Composition("comparison", parts, cost=cost) if parts else None


def quoted_for(kind: str, question: str, evidence: Evidence) -> Evidence:
    """What is quoted of the best sentence for a question of this kind: an explanation takes in
    what follows it, any other the neighbour that says the rest of what was asked."""
    return widened(evidence) if kind in ("why", "explain") else completed(question, evidence)


def _named(hits: Sequence[Hit]) -> bool:
    return bool(hits) and hits[0].score > 0
