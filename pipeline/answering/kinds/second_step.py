"""A second step: two sentences that answer together what the best one leaves unsaid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.answering.kinds.base import (
    Asked,
    Composition,
    Course,
    Part,
    overlaps,
    position,
    terms_of,
)
from pipeline.evidence.answerability import answerability
from pipeline.evidence.gather import Evidence, Inquiry, asked_span, gather
from pipeline.evidence.table_cells import leads_to
from pipeline.notes.table_rows import cells
from pipeline.text.terms import terms
from pipeline.types import Hit, Hits, Search

__all__ = ["row_led_to", "second_step", "two_steps"]

_PAIRS = 3
"""Pairs of sentences that are looked at."""
_POSSIBLE = 0.3
"""So much less sure need it be that the best sentence answers, if two together are sure to."""
_SAID = 0.8
"""A sentence with this share of the question's terms is no half of an answer."""
_MORE = 0.15
"""So much more of the question's terms, weighed by rarity, have the two than the best sentence."""
_BETTER = 0.2
"""So much more speaks for the two, as a logarithm."""


def second_step(asked: Asked) -> Course:
    """Both steps of an answer, where one sentence does not say it all."""
    if not asked.evidence or asked.sure < _POSSIBLE * asked.least:
        return None
    first = asked.evidence[0]
    row = row_led_to(asked.inquiry, first, asked.evidence)
    if row is not None:
        together = replace(first, fits=1.0)
        if answerability(asked.inquiry, (together,)) >= asked.least:
            return Composition("steps", (Part(first), _part(asked.inquiry, row)))
    wanted = terms(asked.query, question=True)
    if len(wanted & terms_of(first)) >= _SAID * len(wanted):
        return None
    (hits,) = yield [Search(asked.query, _PAIRS, asked.index, hops=True)]
    assert isinstance(hits, Hits)
    steps = two_steps(asked.inquiry, first, hits.hits)
    if not steps or not (asked.found or answerability(asked.inquiry, steps) >= asked.least):
        return None
    parts = tuple(_part(asked.inquiry, one) for one in sorted(steps, key=_order))
    if asked.found and not overlaps(first, parts):
        return None  # what answers by itself is not left out for two that may
    return Composition("steps", parts, cost=hits.cost)


def row_led_to(inquiry: Inquiry, first: Evidence, others: Sequence[Evidence]) -> Evidence | None:
    """The best row of a table that the first sentence names, of which the question asks for a
    cell. Where the first is a row itself, one of its cells that the question speaks of names it."""
    asked, said = (inquiry.text, inquiry.language), first.text
    if first.unit.kind == "row":
        wanted = terms(inquiry.text, question=True)
        said = "; ".join(cell for _, cell in cells(first.text) if wanted & terms(cell))
    for one in others:
        other = (one.passage.id, one.start) != (first.passage.id, first.start)
        if other and leads_to(said, *asked, one.text, one.header):
            return one
    return None


def two_steps(inquiry: Inquiry, first: Evidence, hits: Sequence[Hit]) -> tuple[Evidence, ...]:
    """The first of the pairs found (two hits each) for which clearly more speaks than for the best
    sentence alone, and of which each says something of what was asked about that the other does
    not; empty where none is."""
    wanted = terms(inquiry.text, question=True)
    meant = [_meant(inquiry, hit, first.signal.coverage) for hit in hits]
    for one, two in zip(meant[::2], meant[1::2], strict=True):
        if one is None or two is None or max(one.fits, two.fits) < min(first.fits, 1.0):
            continue
        if not (_adds(wanted, one, two) and _adds(wanted, two, one)):
            continue
        more = one.signal.coverage - first.signal.coverage
        better = max(one.score, two.score) - first.score
        if more >= _MORE and better >= _BETTER:
            best, other = (one, two) if one.score >= two.score else (two, one)
            return replace(best, fits=max(one.fits, two.fits)), other
    return ()


def _adds(wanted: frozenset[str], one: Evidence, other: Evidence) -> bool:
    """Whether a sentence has terms of the question's subject that the other lacks; one in another
    language cannot show it."""
    return not one.at_home or bool((wanted & terms_of(one)) - terms_of(other))


def _meant(inquiry: Inquiry, hit: Hit, words: float) -> Evidence | None:
    """The sentence of a passage that is one of the two, by itself. `words` as `gather` has it."""
    for one in gather(inquiry, [hit], words):
        if one.signal.states > 0:
            return replace(one, start=one.unit.start, end=max(one.unit.end, one.unit.until))
    return None


def _order(one: Evidence) -> tuple[bool, str, tuple[float, int, int]]:
    """Sentences first, which lead to a row of a table."""
    return one.unit.kind == "row", one.passage.source, position(one)


def _part(inquiry: Inquiry, one: Evidence) -> Part:
    return Part(one, marked=asked_span(inquiry, one) if one.unit.kind == "row" else None)
