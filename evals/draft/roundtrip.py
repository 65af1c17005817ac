"""Checks that the notes answer a candidate with its own sentence. If another sentence answers
it better, or its own holds a second figure that could be meant, the question is not clear enough
to be asked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from evals.draft.candidate import DraftQuestion
from evals.draft.material import same_sentence
from pipeline.evidence.gather import Evidence, Inquiry, answers_kind, belongs, gather, inquire
from pipeline.text.numbers.bounds import TIME_UNITS
from pipeline.text.numbers.quantities import quantities
from pipeline.types import Hit, Passage

__all__ = ["RoundTrip"]

_PLAINLY = 0.7
"""How well a figure must fit what is asked; a bare number fits a little whatever is counted."""

_HOW_LONG = re.compile(r"how long (?:do|does|did)\b", re.I)

_PASSAGES = 6
"""Passages that are looked at for each question."""


class RoundTrip:
    """Asks the notes a question without an index: by the terms that it shares with each passage."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._passages = passages
        self._texts = [f"{p.heading}\n{p.text}".lower() for p in passages]

    def comes_back(self, candidate: DraftQuestion) -> bool:
        """Whether its own sentence is the best evidence, and holds one answer only."""
        if candidate.made == "list":
            return True  # its evidence is several lines below one heading
        inquiry = inquire(candidate.question, candidate.language, self._passages)
        found = gather(inquiry, self._hits(inquiry, candidate.language))
        if not found:
            return False
        if candidate.made == "cloze":
            best = max(found, key=lambda evidence: evidence.coverage)
            return _is_own(best, candidate)
        best = found[0]
        if not _is_own(best, candidate) or best.fits <= 0:
            return False
        values = _fitting(inquiry, best)
        gold = {q.value for answer in candidate.answers for q in quantities(answer, alone=True)}
        if candidate.made == "model" and inquiry.wanted.kind in ("figure", "time"):
            return bool(values) and values <= gold
        return values <= gold

    def _hits(self, inquiry: Inquiry, language: str) -> list[Hit]:
        scored = [
            (sum(weight for term, weight in inquiry.weights.items() if term in text), -at)
            for at, text in enumerate(self._texts)
            if self._passages[at].language == language
        ]
        best = sorted(scored, reverse=True)[:_PASSAGES]
        return [Hit(self._passages[-at], score) for score, at in best if score > 0]


def _is_own(evidence: Evidence, candidate: DraftQuestion) -> bool:
    return same_sentence(candidate.spans, evidence.passage.id, evidence.start, evidence.end)


def _fitting(inquiry: Inquiry, evidence: Evidence) -> set[Fraction]:
    """The figures of a sentence that could answer: of the kind asked for, about what was asked."""
    if inquiry.wanted.kind not in ("figure", "time"):
        return set()
    lasts = _HOW_LONG.match(inquiry.text) is not None
    return {
        q.value
        for q in quantities(evidence.text)
        if (not lasts or q.unit in TIME_UNITS)
        and answers_kind(inquiry, q, evidence.text, evidence.header) > _PLAINLY
        and belongs(inquiry, evidence.text, q)
    }
