"""Both steps of an answer are quoted where more speaks for the two than for one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from pipeline.answering.kinds.base import Asked
from pipeline.answering.kinds.second_step import second_step, two_steps
from pipeline.answering.loop import run
from pipeline.answering.prepare import PrepareSettings, QuestionRequest, prepare
from pipeline.answering.result import conclude
from pipeline.engine import Engine
from pipeline.evidence.gather import gather, inquire
from pipeline.types import Answer, Hit, Hits, Passage, Place, Search, Signal

PLAN = Passage("1", "We settled on the cable car for the visit.", "plan.md", Place("plan.md", 1, 1))
FARES = Passage(
    "2",
    "| way | price |\n| bus | 4 euros |\n| cable car | 19 euros |",
    "fares.md",
    Place("fares.md", 1, 3),
)
QUESTION = "What is the price of the way that we settled on for the visit?"


class Notes:
    """An index that finds the plan, and with `pair` the plan and the fares together; with `fares`
    these beside the plan."""

    passages: Sequence[Passage] = (PLAN, FARES)
    identity = "trip"

    def __init__(self, pair: Signal | None, fares: bool = False, kind: str = "fact") -> None:
        self._pair, self._fares, self._kind = pair, fares, kind

    def look_up(self, request: Search, _: object) -> Hits:
        if request.hops:
            if self._pair is None:
                return Hits(request, ())
            alone = replace(self._pair, states=0.0)
            first = Hit(PLAN, 1.0, {}, (self._pair,))
            return Hits(request, (first, Hit(FARES, 1.0, {}, (alone, self._pair))))
        plan = Hit(PLAN, 1.0, {}, (Signal(0.5, 3.0, 3.0, 1.0),))
        fares = Hit(FARES, 1.0, {}, (Signal(0.2, 1.0, 1.0, -1.0),) * 2)
        return Hits(request, (plan, fares) if self._fares else (plan,), kind=self._kind)


def answered(pair: Signal | None, fares: bool = False, kind: str = "fact") -> Answer:
    def no_engine() -> Engine:
        raise AssertionError("no model is asked here")

    notes = Notes(pair, fares, kind)
    course = prepare(QuestionRequest(QUESTION), PrepareSettings(languages=()), notes)
    found = run(course, no_engine, notes.look_up)
    return conclude(found, None, notes=None, strategy="verified", model="")


@pytest.mark.parametrize(
    ("pair", "fares"),
    [
        (Signal(0.9, 3.5, 3.5, 1.5, states=1.0), False),  # two that have more of the question
        (None, True),  # a row that the plan names, of which the question asks for a cell
    ],
)
def test_both_steps_are_quoted_and_the_cell_is_marked(pair: Signal | None, fares: bool) -> None:
    found = answered(pair, fares)
    assert found.kind == "steps"
    assert [one.passage.id for one in found.citations] == ["1", "2"]
    assert found.text.splitlines() == [
        "- We settled on the cable car for the visit. [1]",
        "- way: cable car; price: 19 euros [2]",
    ]
    assert found.marked is not None
    assert found.text[slice(*found.marked)] == "19 euros"


@pytest.mark.parametrize(("kind", "steps"), [("block", True), ("list", True), ("about", False)])
def test_where_the_notes_have_nothing_of_the_form_asked_for(kind: str, steps: bool) -> None:
    assert (answered(None, True, kind).kind == "steps") is steps


@pytest.mark.parametrize(
    "pair",
    [
        None,
        Signal(0.6, 3.5, 3.5, 1.5, states=1.0),  # they have hardly more of the question
        Signal(0.9, -3.0, -3.0, -9.0, states=1.0),  # they are far from it
    ],
)
def test_else_there_is_no_second_step(pair: Signal | None) -> None:
    found = answered(pair)
    assert found.kind == ""
    assert found.abstained  # the plan has no price


@pytest.mark.parametrize(
    ("second", "count"),
    [
        ("Herons nest in tall trees by the lake.", 2),
        ("The paper on storks came out in the same month.", 0),  # adds what asks, not what about
    ],
)
def test_each_step_says_something_of_what_was_asked_about(second: str, count: int) -> None:
    inquiry = inquire("In which month did the report on herons that nest in trees come out?", "en")
    one = Passage("1", "The report on herons is of May.", "a.md", Place("a.md", 1, 1))
    two = Passage("2", second, "b.md", Place("b.md", 1, 1))
    (first,) = gather(inquiry, [Hit(one, 1.0, {}, (Signal(0.5, 3.0, 3.0, 1.0),))])
    pair = (Signal(0.9, 3.5, 3.5, 1.5, states=1.0),)
    found = two_steps(inquiry, first, [Hit(passage, 1.0, {}, pair) for passage in (one, two)])
    assert len(found) == count


@pytest.mark.parametrize(("sure", "steps"), [(0.9, False), (0.4, True)])
def test_what_answers_by_itself_is_not_left_out_for_two_that_may(sure: float, steps: bool) -> None:
    question = "In which month did the report on herons that nest in trees come out?"
    inquiry = inquire(question, "en")
    texts = "It came out late.", "The report is of the month of May.", "Herons nest in tall trees."
    alone, one, two = (
        Passage(str(at), text, f"{at}.md", Place(f"{at}.md", 1, 1)) for at, text in enumerate(texts)
    )
    found = gather(inquiry, [Hit(alone, 1.0, {}, (Signal(0.1, 1.0, 1.0, 1.0),))])
    course = second_step(Asked("fact", inquiry, found, "notes", question, sure, 0.5))
    (search,) = next(course)
    assert isinstance(search, Search)
    pair = (Signal(0.9, 3.5, 3.5, 1.5, states=1.0),)
    hits = tuple(Hit(passage, 1.0, {}, pair) for passage in (one, two))
    with pytest.raises(StopIteration) as ended:
        course.send([Hits(search, hits)])
    assert (ended.value.value is not None) is steps
