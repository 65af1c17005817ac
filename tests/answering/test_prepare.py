"""For which questions the model is asked at all."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from pipeline.answering.loop import run
from pipeline.answering.prepare import Prepared, PrepareSettings, QuestionRequest, prepare
from pipeline.engine import Engine, ScriptedEngine
from pipeline.types import Hit, Hits, Passage, Place, Search

TIDES = Passage(
    "1", "The sea rises because the moon pulls the water.", "sea.md", Place("sea.md", 1, 1)
)


class Notes:
    """One passage, and a question of a known kind."""

    passages: Sequence[Passage] = (TIDES,)
    identity = "sea"

    def __init__(self, kind: str) -> None:
        self._kind = kind

    def look_up(self, request: Search) -> Hits:
        return Hits(request, (Hit(TIDES, 1.0),), kind=self._kind)


def prepared(kind: str, *, explains: bool) -> Prepared:
    notes = Notes(kind)
    settings = PrepareSettings(sure=0.0, explains=explains)
    engine: Engine = ScriptedEngine(lambda prompt, draw: "the moon")
    course = prepare(QuestionRequest("Why does the sea rise?"), settings, notes)
    return run(course, lambda: engine, notes.look_up)


@pytest.mark.parametrize(
    ("kind", "explains", "asked"),
    [("why", True, True), ("why", False, False), ("fact", False, True), ("", False, True)],
)
def test_a_small_model_is_asked_for_facts_alone(kind: str, explains: bool, asked: bool) -> None:
    found = prepared(kind, explains=explains)
    assert (found.question is not None) == asked
    assert found.quotation is not None
