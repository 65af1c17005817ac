"""A second step: what the best sentence leaves unsaid, another says of what both speak of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from pipeline.answering.kinds.base import Asked, Composition, Course, Part, overlaps, terms_of
from pipeline.evidence.gather import Evidence, asked_span, gather
from pipeline.text.terms import terms
from pipeline.types import Hits, Search

__all__ = ["bridged", "second_step", "unsaid"]

_SECOND = 8
"""Passages searched for the second step to an answer."""
_UNSAID = 0.5
_BRIDGED = 0.5
"""Shares of a question's terms: left unsaid by the first sentence, and of these said by another."""
_RARE = 3


def second_step(asked: Asked) -> Course:
    """Both steps of an answer, where one sentence does not say it all."""
    if not asked.found:
        return None
    text, first = asked.inquiry.text, asked.evidence[0]
    if asked_span(asked.inquiry, first) is not None or not unsaid(text, first):
        return None
    (hits,) = yield [Search(f"{first.text} {text}", _SECOND, asked.index)]
    assert isinstance(hits, Hits)
    second = bridged(text, first, gather(asked.inquiry, hits.hits))
    if second is None:
        return None
    return Composition("steps", (Part(first), Part(second)), cost=hits.cost)


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
