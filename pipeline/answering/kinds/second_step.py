"""A second step: two sentences that answer together what the best one leaves unsaid."""

from __future__ import annotations

from collections import Counter
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
from pipeline.text.terms import terms
from pipeline.types import Hit, Hits, Search

__all__ = ["bridged", "second_step", "two_steps", "unsaid"]

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
_SECOND = 8
"""Passages searched for what goes on from the best sentence."""
_UNSAID = 0.5
_BRIDGED = 0.5
"""Shares of a question's terms: left unsaid by the first sentence, and of these said by another."""
_RARE = 3


def second_step(asked: Asked) -> Course:
    """Both steps of an answer, where one sentence does not say it all."""
    if not asked.evidence or asked.sure < _POSSIBLE * asked.least:
        return None
    first = asked.evidence[0]
    wanted = terms(asked.query, question=True)
    if len(wanted & terms_of(first)) >= _SAID * len(wanted):
        return None
    (hits,) = yield [Search(asked.query, _PAIRS, asked.index, hops=True)]
    assert isinstance(hits, Hits)
    steps = two_steps(asked.inquiry, first, hits.hits)
    if steps and (asked.found or answerability(asked.inquiry, steps) >= asked.least):
        parts = tuple(_part(asked.inquiry, one) for one in sorted(steps, key=_order))
        return Composition("steps", parts, cost=hits.cost)
    text = asked.inquiry.text
    alone = asked.found and asked_span(asked.inquiry, first) is None
    if not alone or not unsaid(text, first):
        return None
    (hits,) = yield [Search(f"{first.text} {text}", _SECOND, asked.index)]
    assert isinstance(hits, Hits)
    second = bridged(text, first, gather(asked.inquiry, hits.hits))
    if second is None:
        return None
    return Composition("steps", (Part(first), Part(second)), cost=hits.cost)


def two_steps(inquiry: Inquiry, first: Evidence, hits: Sequence[Hit]) -> tuple[Evidence, ...]:
    """The first of the pairs found (two hits each) for which clearly more speaks than for the best
    sentence alone, and of which each says something of what was asked about that the other does
    not; empty where none is."""
    wanted = terms(inquiry.text, question=True)
    meant = [_meant(inquiry, hit) for hit in hits]
    for one, two in zip(meant[::2], meant[1::2], strict=True):
        if one is None or two is None or max(one.fits, two.fits) < min(first.fits, 1.0):
            continue
        if not (_adds(wanted, one, two) and _adds(wanted, two, one)):
            continue
        more = one.signal.coverage - first.signal.coverage
        better = max(one.score, two.score) - first.score
        if more >= _MORE and better >= _BETTER:
            return (one, two) if one.score >= two.score else (two, one)
    return ()


def _adds(wanted: frozenset[str], one: Evidence, other: Evidence) -> bool:
    """Whether a sentence has terms of the question's subject that the other lacks; one in another
    language cannot show it."""
    return not one.at_home or bool((wanted & terms_of(one)) - terms_of(other))


def _meant(inquiry: Inquiry, hit: Hit) -> Evidence | None:
    """The sentence of a passage that is one of the two, by itself."""
    for one in gather(inquiry, [hit]):
        if one.signal.states > 0:
            return replace(one, start=one.unit.start, end=max(one.unit.end, one.unit.until))
    return None


def _order(one: Evidence) -> tuple[bool, str, tuple[float, int, int]]:
    """Sentences first, which lead to a row of a table."""
    return one.unit.kind == "row", one.passage.source, position(one)


def _part(inquiry: Inquiry, one: Evidence) -> Part:
    return Part(one, marked=asked_span(inquiry, one) if one.unit.kind == "row" else None)


def unsaid(question: str, first: Evidence) -> frozenset[str]:
    """The terms of a question that neither a sentence nor what stands around it has, where they are
    a good part of it: there may be a second step to what was asked."""
    asked = terms(question, question=True)
    missing = frozenset(asked - _around(first))
    return missing if len(missing) >= _UNSAID * len(asked) else frozenset()


def bridged(question: str, first: Evidence, others: Sequence[Evidence]) -> Evidence | None:
    """The second step: what says most of what the first sentence leaves unsaid, and shares with it
    a rare term that is not the question's ("graphite")."""
    missing = unsaid(question, first)
    known = _around(first) - terms(question, question=True)
    spread = Counter(term for one in others for term in terms(one.text))
    best: tuple[float, float, Evidence | None] = (_BRIDGED, 0.0, None)
    for one in others:
        link = {term for term in known & terms(one.text) if spread[term] <= _RARE}
        gain = len(missing & terms_of(one)) / max(1, len(missing))
        near = one.passage.source == first.passage.source and (
            one.passage.headings == first.passage.headings != ()
        )
        if (
            (link or near)
            and one.fits
            and not overlaps(one, [Part(first)])
            and (gain, one.score) > best[:2]
        ):
            best = gain, one.score, one
    return best[2]


def _around(one: Evidence) -> frozenset[str]:
    """The terms of a sentence, its headings, and its line."""
    text = one.passage.text
    low, high = text.rfind("\n", 0, one.start) + 1, text.find("\n", one.end)
    return terms_of(one) | terms(text[low : high if high >= 0 else len(text)])
