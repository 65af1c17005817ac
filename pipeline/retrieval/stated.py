"""Finds where the notes say what was decided or is to be done next."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.notes.passage_units import Unit, answering_units
from pipeline.text.question_kinds import asks_for
from pipeline.text.statements import plans, states
from pipeline.types import Hit, Passage

if TYPE_CHECKING:
    from pipeline.retrieval.index import Index

__all__ = ["stated"]

_WIDE = 60
"""Passages near the question that are looked through."""
_OTHER = {"decision": "task", "task": "decision"}
_GOES_ON = -0.2
_FOLLOWING = 0.01
"""How little of a decision or task there may be in a sentence after one, and what it then has."""
_LABELLED = 0.2
"""How much like a question for it what a sentence stands under ("Next steps") must read."""


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
    """How much each unit of a passage that may answer reads like a decision or a task: by itself,
    because it goes on from one (hysteresis: what follows needs less than what begins), or because
    of what it stands under, which also says what it is not."""
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
        for label in _labels(passage, unit):
            if asks_for(label, what) >= _LABELLED:
                score = max(score, asks_for(label, what))
            elif asks_for(label, _OTHER[what]) >= _LABELLED:
                score = min(score, 0.0)
        found.append(score)
    return found


def _labels(passage: Passage, unit: Unit) -> list[str]:
    """What a unit stands under, the nearest last: the last heading, and of a list the items above
    it or the line that leads into it."""
    above = unit.context.split(": ") if unit.kind in ("item", "lead") else []
    return [label for label in (*passage.headings[-1:], *above) if label]
