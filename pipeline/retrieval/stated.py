"""Where the notes say what was decided or is to be done next."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.notes.units import answering_units
from pipeline.text.statements import plans, states
from pipeline.types import Hit

if TYPE_CHECKING:
    from pipeline.retrieval.index import Index

__all__ = ["stated"]

_WIDE = 60
"""Passages near the question that are looked through."""
_OTHER = {"decision": "task", "task": "decision"}
_GOES_ON = -0.2
_FOLLOWING = 0.01
"""How little of a decision or task there may be in a sentence after one, and what it then has."""


def stated(index: Index, query: str, what: str, k: int) -> list[Hit]:
    """Of the passages found for a question, the best first, those with a sentence that states
    `what`, a decision or a task. The `states` of each unit's signal says how much it reads like
    one, above 0 where it does (`pipeline.text.statements`)."""
    found = []
    for row, hit in index.find(query, min(_WIDE, len(index.passages))):
        scores = _scores(index, row, what)
        if max(scores, default=0.0) > 0:
            marked = zip(hit.signals, scores, strict=True)
            found.append(replace(hit, signals=tuple(replace(s, states=m) for s, m in marked)))
    return found[:k]


def _scores(index: Index, row: int, what: str) -> list[float]:
    """How much each unit of a passage that may answer reads like a decision or a task, by itself or
    because it goes on from one (hysteresis: what follows needs less than what begins)."""
    passage = index.passages[row]
    units = answering_units(passage)
    vectors = index.sentences.of(row) if index.sentences is not None and index.has_nano else None
    found: list[float] = []
    for at, unit in enumerate(units):
        text = passage.text[unit.start : unit.end]
        vector = None if vectors is None else vectors[at]
        score = states(what, text, passage.language, vector)
        if score <= 0 and at > 0 and found[-1] > 0:
            rival = states(_OTHER[what], text, passage.language, vector)
            goes_on = plans(text, passage.language, vector) > _GOES_ON
            score = _FOLLOWING if goes_on and rival <= 0 else score
        found.append(score)
    return found
