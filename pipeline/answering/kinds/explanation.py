"""Explanations: the best sentence with those around it, and what else a quotation takes in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.answering.kinds.base import (
    APART,
    COVERED,
    Asked,
    Composition,
    Course,
    Part,
    terms_of,
)
from pipeline.answering.kinds.lists import whole_list
from pipeline.answering.kinds.summary import digest
from pipeline.evidence.answerability import answerability
from pipeline.evidence.gather import Evidence, gather, inquire
from pipeline.notes.passage_units import answering_units
from pipeline.text.question_kinds import subject_of
from pipeline.text.terms import terms
from pipeline.types import Cost, Hits, Search

__all__ = ["completed", "explained", "explanation", "quoted_for", "widened"]

_FOUND = 5
"""Passages searched for the subject of an explanation."""
_PASSAGES = 3
"""Passages quoted where no paragraph explains."""
_MOST_CHARACTERS = 420


def explanation(asked: Asked) -> Course:
    """The paragraph around the best sentence, be it for the question or for its subject alone: how
    it asks to be told says nothing of what."""
    subject, cost = subject_of(asked.inquiry.text), Cost()
    if subject:
        (hits,) = yield [Search(subject, _FOUND, asked.index)]
        assert isinstance(hits, Hits)
        cost = hits.cost
        inquiry = inquire(subject, asked.inquiry.language)
        found = gather(inquiry, hits.hits)
        sure = answerability(inquiry, found)
        if sure > asked.sure:
            asked = replace(asked, inquiry=inquiry, evidence=found, sure=sure)
    if not asked.likely or not asked.evidence:
        return None
    parts = explained(asked.evidence) or digest(asked.evidence, _PASSAGES)
    return Composition("explain", parts, cost=cost)


def explained(evidence: Sequence[Evidence], most: int = 3) -> tuple[Part, ...]:
    """The best sentence with those around it, rather of its own paragraph, as they stand; of a list
    all of it. Empty for a table row."""
    near = [one for one in evidence if one.score >= evidence[0].score - APART]
    best = next((one for one in near if one.unit.kind == "sentence"), evidence[0])
    if best.unit.kind in ("lead", "item"):
        return (Part(whole_list(best), lines=True),)
    if best.unit.kind != "sentence":
        return ()
    worth = {one.unit.start: one.score for one in evidence if one.passage.id == best.passage.id}
    units = answering_units(best.passage)
    inside = [n for n, unit in enumerate(units) if best.start <= unit.start < best.end]
    low, high = inside[0], inside[-1]
    while high - low + 1 < most:
        beside = [n for n in (high + 1, low - 1)
                  if 0 <= n < len(units) and units[n].kind == "sentence"]  # fmt: skip
        if not beside:
            break
        at = max(beside, key=lambda n: (units[n].line == best.unit.line,
                                        worth.get(units[n].start, 0.0)))  # fmt: skip
        low, high = min(low, at), max(high, at)
    return (Part(replace(best, start=units[low].start, end=units[high].end)),)


def quoted_for(kind: str, question: str, evidence: Evidence) -> Evidence:
    """What is quoted of the best sentence for a question of this kind: an explanation takes in
    what follows it, any other the neighbour that says the rest of what was asked."""
    return widened(evidence) if kind in ("why", "explain") else completed(question, evidence)


def completed(question: str, evidence: Evidence) -> Evidence:
    """A sentence together with its neighbour, where this has most of what the question says and the
    sentence leaves unsaid."""
    missing = terms(question, question=True) - terms_of(evidence)
    units = answering_units(evidence.passage)
    inside = [n for n, unit in enumerate(units) if evidence.start <= unit.start < evidence.end]
    if not missing or not inside or evidence.unit.kind != "sentence":
        return evidence
    best: tuple[float, int] = (COVERED, -1)
    for at in (inside[-1] + 1, inside[0] - 1):
        if 0 <= at < len(units) and units[at].kind == "sentence":
            text = evidence.passage.text[units[at].start : units[at].end]
            near = units[at].line == evidence.unit.line
            gain = len(missing & terms(text)) / len(missing)
            best = max(best, (gain, at)) if near and gain >= COVERED else best
    if best[1] < 0:
        return evidence
    first, last = units[min(best[1], inside[0])], units[max(best[1], inside[-1])]
    return replace(evidence, start=first.start, end=last.end)


def widened(evidence: Evidence, sentences: int = 3) -> Evidence:
    """A sentence together with those that follow it in its paragraph or list item."""
    units = answering_units(evidence.passage)
    end, count = evidence.end, 1
    for unit in units:
        if unit.start < end:
            continue
        between = evidence.passage.text[end : unit.start]
        if (
            count >= sentences
            or unit.kind not in ("sentence", "item")
            or evidence.unit.kind != unit.kind
            or "\n" in between
            or unit.end - evidence.start > _MOST_CHARACTERS
        ):
            break
        end, count = unit.end, count + 1
    return replace(evidence, end=end)
