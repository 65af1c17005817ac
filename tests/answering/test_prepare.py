"""For which questions the model is asked at all."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from pipeline.answering.loop import run, run_strategy
from pipeline.answering.prepare import Prepared, PrepareSettings, QuestionRequest, prepare
from pipeline.answering.result import conclude
from pipeline.engine import Engine, ScriptedEngine
from pipeline.pool.memory_pool import MemoryPool
from pipeline.strategies import make_strategy
from pipeline.types import Answer, Hit, Hits, Passage, Place, Search, Signal

TIDES = Passage(
    "1", "The sea rises because the moon pulls the water.", "sea.md", Place("sea.md", 1, 1)
)


class Notes:
    """One passage, and a question of a known kind."""

    passages: Sequence[Passage] = (TIDES,)
    identity = "sea"

    def __init__(self, kind: str) -> None:
        self._kind = kind

    def look_up(self, request: Search, _: object) -> Hits:
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


NIGHT = Passage(
    "2", "The land breeze blows at night, out to sea.", "sea.md", Place("sea.md", 2, 2), ("Night",)
)
DAY = Passage(
    "3", "The sea breeze blows by day, towards the land.", "sea.md", Place("sea.md", 3, 3), ("Day",)
)


class Outlined(Notes):
    """Notes of two sections, for a question that asks for their summary."""

    passages: Sequence[Passage] = (NIGHT, DAY)

    def look_up(self, request: Search, _: object) -> Hits:
        hits = tuple(Hit(one, 1.0, signals=(Signal(1.0),)) for one in self.passages)
        return Hits(request, hits, kind="summary")


def answered(reply: str, *, explains: bool, languages: tuple[str, ...] = ("en",)) -> Answer:
    notes = Outlined("summary")
    settings = PrepareSettings(sure=0.0, explains=explains, languages=languages)
    engine = ScriptedEngine(lambda prompt, draw: reply)
    course = prepare(QuestionRequest("Summarise the notes on breezes."), settings, notes)
    found = run(course, lambda: engine, notes.look_up)
    strategy = make_strategy("direct@verified2")
    thought = None
    if found.question is not None:
        pool = MemoryPool(engine.info)
        thought = run_strategy(
            found.question, strategy, engine, pool, search=notes.look_up, spent=found.cost
        )
    return conclude(found, thought, notes=None, strategy=strategy.name, model="m")


def test_a_model_that_can_explain_writes_the_summary_from_the_quotations() -> None:
    written = answered(
        "Out to sea at night: that is the land breeze. By day the sea breeze blows.", explains=True
    )
    assert not written.quoted
    assert written.kind == "summary"
    assert written.text.count("[") == 2
    assert [one.passage.text for one in written.citations] == [NIGHT.text, DAY.text]
    assert len(written.samples) == 2
    assert written.cost.generated_tokens > 0


@pytest.mark.parametrize(
    ("reply", "explains", "languages", "samples"),
    [
        ("Whales sing in winter.", True, ("en",), 2),
        ("By day the sea breeze blows.", False, ("en",), 0),
        ("By day the sea breeze blows.", True, ("ko",), 0),
    ],
)
def test_else_the_quotations_are_the_summary(
    reply: str, explains: bool, languages: tuple[str, ...], samples: int
) -> None:
    answer = answered(reply, explains=explains, languages=languages)
    assert answer.quoted
    assert NIGHT.text in answer.text
    assert DAY.text in answer.text
    assert len(answer.samples) == samples
