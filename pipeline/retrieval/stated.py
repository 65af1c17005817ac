"""Where the notes say what was decided or is to be done next."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.notes.units import answering_units
from pipeline.text.statements import states
from pipeline.types import Hit

if TYPE_CHECKING:
    from pipeline.retrieval.index import Index

__all__ = ["stated"]

_WIDE = 60
"""Passages near the question that are looked through."""


def stated(index: Index, query: str, what: str, k: int) -> list[Hit]:
    """Of the passages found for a question, the best first, those with a sentence that states
    `what`, a decision or a task. The `margin` of each unit's signal says how much it reads like
    one, above 0 where it does (`pipeline.text.statements`)."""
    found = []
    for row, hit in index.find(query, min(_WIDE, len(index.passages))):
        scores = _scores(index, row, what)
        if max(scores, default=0.0) > 0:
            marked = zip(hit.signals, scores, strict=True)
            found.append(replace(hit, signals=tuple(replace(s, margin=m) for s, m in marked)))
    return found[:k]


def _scores(index: Index, row: int, what: str) -> list[float]:
    """How much each unit of a passage that may answer reads like a decision or a task."""
    passage = index.passages[row]
    units = answering_units(passage)
    vectors = index.sentences.of(row) if index.sentences is not None and index.has_nano else None
    return [
        states(
            what,
            passage.text[unit.start : unit.end],
            passage.language,
            None if vectors is None else vectors[at],
        )
        for at, unit in enumerate(units)
    ]
