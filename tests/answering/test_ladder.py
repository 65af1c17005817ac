"""Rungs are climbed while the time that they will take is left; the best answer so far stands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.answering.ladder import RUNGS, Pace, climb
from pipeline.answering.loop import Budget
from pipeline.answering.prepare import PrepareSettings
from pipeline.answering.search import OrderedIndex
from pipeline.answering.session import Asker, open_session
from pipeline.config import load_config
from pipeline.engine import ScriptedEngine
from pipeline.retrieval import Index, ensure
from pipeline.strategies import make_strategy
from pipeline.types import Answer, SampleParams, Score

NOTE = """# Bridges

Ines Duarte built the first bridge over the Vara of wood. Marek Duarte replaced it in 1912 with the
stone bridge, which is 86 metres long.
"""
QUESTION = "Who replaced the first bridge over the Vara in 1912 with the stone bridge?"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    folder = tmp_path_factory.mktemp("bridges")
    (folder / "notes").mkdir()
    (folder / "notes" / "bridges.md").write_text(NOTE, encoding="utf-8")
    (folder / "config.yaml").write_text("notes: {path: notes}\nindex: {path: index}\n")
    with ensure(load_config(folder / "config.yaml")) as opened:
        yield opened


class Clocked(ScriptedEngine):
    """Each sample takes a second of a clock of its own."""

    def __init__(self, *replies: str, seconds: float = 1.0) -> None:
        super().__init__(lambda _, draw: replies[min(draw, len(replies) - 1)])
        self.time = 0.0
        self._takes = seconds

    def sample(self, *arguments: Any, **options: Any) -> Any:
        for sample in super().sample(*arguments, **options):
            self.time += self._takes
            yield sample

    def clock(self) -> float:
        return self.time


def asker(index: Index, engine: ScriptedEngine) -> Asker:
    return Asker(
        notes=index.config.notes_path,
        index=OrderedIndex(index),
        engine=lambda: engine,
        strategy=make_strategy("direct@verified8"),
        params=SampleParams(),
        model="scripted",
        rules=PrepareSettings(languages=("en",), sure=0.0),
    )


def climbed(
    index: Index, engine: Clocked, seconds: float, question: str = QUESTION
) -> tuple[Answer, list[Answer]]:
    told: list[Answer] = []
    rungs = [make_strategy(name) for name in RUNGS]
    answer = climb(
        asker(index, engine), question, rungs, seconds, on_answer=told.append, clock=engine.clock
    )
    return answer, told


@pytest.mark.parametrize(
    ("seconds", "rungs"), [(0.5, 0), (2, 1), (3.9, 1), (4, 2), (8, 3), (15.9, 3), (16, 4), (100, 4)]
)
def test_a_rung_is_begun_only_if_it_will_fit(index: Index, seconds: float, rungs: int) -> None:
    engine = Clocked("Marek Duarte")
    answer, told = climbed(index, engine, seconds)
    assert engine.time <= seconds
    assert len(told) == rungs + 1
    assert told[-1] == answer
    assert [one.strategy for one in told[1:]] == list(RUNGS[:rungs])
    assert all(one.quoted and "stone bridge" in one.text for one in told)
    for one in told[1:]:
        assert one.marked is not None
        assert one.text[slice(*one.marked)] == "Marek Duarte"
    assert (engine.requests == []) == (rungs == 0)


def test_nothing_is_asked_twice(index: Index) -> None:
    engine = Clocked("Marek Duarte", "Ines Duarte")
    climbed(index, engine, 100)
    assert len(set(engine.requests)) == len(engine.requests) <= 16
    assert len(set(engine.scored)) == len(engine.scored)


def test_a_rung_that_finds_nothing_leaves_the_answer_that_there_was(index: Index) -> None:
    answer, told = climbed(index, Clocked("Jim"), 100)
    assert told == [answer]
    assert answer.quoted
    assert answer.samples == ()


def test_what_the_notes_do_not_answer_is_not_asked(index: Index) -> None:
    engine = Clocked("Marek Duarte")
    refusing = asker(index, engine)
    told: list[Answer] = []
    answer = climb(
        Asker(**{**_fields(refusing), "rules": PrepareSettings(sure=1.0)}),
        "How are mitochondria inherited?",
        [make_strategy(name) for name in RUNGS],
        100,
        on_answer=told.append,
    )
    assert answer.abstained
    assert told == [answer]
    assert engine.requests == []


def _fields(one: Asker) -> dict[str, Any]:
    return {name: getattr(one, name) for name in Asker.__dataclass_fields__}


def test_the_pace_is_of_what_was_new() -> None:
    pace = Pace()
    four, eight = make_strategy("direct@select4"), make_strategy("direct@select8")
    pace.measured(four, 2.0)
    assert pace.expected(eight) == pytest.approx(2.0)
    pace.measured(eight, 8.0)
    assert pace.expected(make_strategy("direct@select16")) == pytest.approx(16.0)


def test_seconds_climb_unless_a_strategy_was_asked_for(index: Index) -> None:
    config = index.config
    limit = Budget(seconds=5)
    with open_session(config, budget=limit) as session:
        assert [rung.name for rung in session.rungs] == list(RUNGS)
        engine = ScriptedEngine(lambda *_: "Marek Duarte")
        answer = Asker(**{**_fields(session), "engine": lambda: engine}).ask(QUESTION)
        assert answer.strategy == RUNGS[-1]
        assert any(isinstance(one, Score) for one in engine.scored)
    with open_session(config, strategy="direct@sc4", budget=limit) as session:
        assert session.rungs == ()
    with open_session(config, samples=4, budget=limit) as session:
        assert session.rungs == ()


def test_each_rung_asks_for_what_the_one_below_asked_for(index: Index) -> None:
    prepared = asker(index, ScriptedEngine({})).prepare(QUESTION)
    assert prepared.question is not None
    before: list[Any] = []
    for name in RUNGS[:3]:
        step = make_strategy(name).step(prepared.question, [])
        assert isinstance(step, list)
        assert step[: len(before)] == before
        before = step
    assert isinstance(index.config.file, Path)
