"""Chooses what of the passages found is shown to the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.evidence.gather import Evidence, gather
from pipeline.evidence.verify import NotesReader
from pipeline.strategies.base import Question
from pipeline.types import Hit, Passage

__all__ = ["distinct_at_home", "sentence_passages", "with_evidence", "with_hits"]

_SENTENCES = 3


def with_evidence(question: Question, evidence: Sequence[Evidence]) -> Question:
    """The question with this evidence, the best first: replies are read against it, and where
    sentences are shown, they are its first."""
    evidence = tuple(evidence)
    read = question.read
    assert isinstance(read, NotesReader), "evidence belongs to a question that the notes answer"
    changed = replace(question, read=NotesReader(read.inquiry, evidence), evidence=evidence)
    if not question.by_sentence:
        return changed
    pieces = sentence_passages(evidence)
    return replace(changed, passages=pieces[:_SENTENCES], pieces=pieces)


def with_hits(question: Question, hits: Sequence[Hit]) -> Question:
    """The question with what another search found beside what it had. Nothing new, no change."""
    known = {hit.passage.id for hit in question.hits}
    found = (*question.hits, *(hit for hit in hits if hit.passage.id not in known))
    if isinstance(question.read, NotesReader):
        evidence = gather(question.read.inquiry, found)
        return with_evidence(_showing(question, found), evidence)
    return _showing(question, found)


def _showing(question: Question, hits: tuple[Hit, ...]) -> Question:
    if question.by_sentence:
        return replace(question, hits=hits)
    shown = tuple(hit.passage for hit in hits)
    return replace(question, hits=hits, passages=shown, pieces=shown)


def sentence_passages(evidence: Sequence[Evidence]) -> tuple[Passage, ...]:
    """The sentences that best bear on the question, in its language where there are any, each as a
    passage of its own: a small model reads them faster than whole passages, and is misled by them
    less. Twice as many as are shown at once."""
    return tuple(
        replace(one.passage, text=one.text, headings=())
        for one in distinct_at_home(evidence)[: 2 * _SENTENCES]
    )


def distinct_at_home(evidence: Sequence[Evidence]) -> list[Evidence]:
    """Each sentence once, the best first: those in the question's language where there are any."""
    at_home = [one for one in evidence if one.at_home] or evidence
    return list({one.text: one for one in reversed(at_home)}.values())[::-1]
