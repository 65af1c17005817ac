"""Equal answers, choices, candidates, citations, refusals, the judge, and the registry."""

from __future__ import annotations

import pytest

from evals.scorers import (
    abstention_score,
    citation_score,
    may_gate,
    scorer,
    scorer_names,
)
from evals.scorers.choices import option_index
from evals.scorers.judge import judge
from evals.tasks.base import GoldSpan, Item
from pipeline.engine.scripted import ScriptedEngine
from pipeline.errors import DatasetError
from pipeline.pool import MemoryPool
from pipeline.types import Citation, Passage, Place

from .items import asked, unanswerable


@pytest.mark.parametrize(
    ("name", "gold", "answer", "right"),
    [
        ("numeric", "18", "$18", True),
        ("numeric", "1750억", "175 billion", True),
        ("numeric", "0.5", "1/2", True),
        ("numeric", "18", "19", False),
        ("numeric", "18", "eighteen", True),
        ("numeric", "50 %", "50", False),
        ("numeric", "25", "25%", True),
        ("numeric", "25", "25 percent", True),
        ("numeric", "25", "25\\%", True),
        ("exact", "25", "25%", True),
        ("numeric", "25", "0.25", False),
        ("numeric", "25", "2.5%", False),
        ("numeric", "25%", "0.25", True),
        ("numeric", "0.25", "25%", True),
        ("numeric", "$25", "25%", False),
        ("numeric", "1234", "1 234", True),
        ("numeric", "1234.5", "$1,234.50", True),
        ("numeric", "2", "2√3", False),
        ("numeric", "3", "3+4i", False),
        ("text", "C++", "C#", False),
        ("text", "A+", "A-", False),
        ("exact", "x >= 5", "x<=5", False),
        ("numeric", "18", "18 and 19", False),
        ("yesno", "yes", "Yes, it does.", True),
        ("yesno", "아니요", "아닙니다", True),
        ("yesno", "no", "yes", False),
        ("text", "nrs", "NRS.", True),
        ("text", "the harbour", "Harbour", True),
        ("date", "2021-03-14", "14 March 2021", True),
        ("list", "red, blue", "blue and red", True),
        ("list", "red, blue", "red", False),
        ("exact", "1,040", "1040", True),
    ],
)
def test_equal(name: str, gold: str, answer: str, right: bool) -> None:
    score = scorer(name)(asked(gold), answer, answer)
    assert score.correct is right
    assert score.value == float(right)
    assert score.detail


def test_no_answer_is_wrong_and_says_so() -> None:
    for name in ("numeric", "choice", "named", "yesno"):
        score = scorer(name)(asked("A", options=("x", "y")), "", None)
        assert (score.correct, score.detail) == (False, "no answer was given")


def test_tolerance_is_relative_and_only_where_it_is_given() -> None:
    numeric = scorer("numeric")
    near = asked("200", data={"tolerance": 0.01})
    assert numeric(near, "", "202").correct
    assert numeric(near, "", "198").correct
    assert not numeric(near, "", "203").correct
    assert not numeric(asked("200"), "", "202").correct
    assert not numeric(asked("24 GB", data={"tolerance": 0.1}), "", "24 MB").correct


OPTIONS = ("north", "south", "east", "west")


@pytest.mark.parametrize(
    ("answer", "index"),
    [
        ("B", 1), ("(b)", 1), ("B. south", 1), ("②", 1), ("2", 1), ("2번", 1), ("나", 1),
        ("ㄴ", 1), ("south", 1), ("South.", 1), ("E", None), ("5", None), ("0", None),
        ("up", None), ("A or B", None),
    ],
)  # fmt: skip
def test_which_option(answer: str, index: int | None) -> None:
    assert option_index(answer, OPTIONS) == index


def test_the_text_of_an_option_goes_before_its_number() -> None:
    assert option_index("4", ("3", "4", "5")) == 1
    assert option_index("2", ("3", "4", "5")) == 1  # none is called 2, so the second


def test_choice() -> None:
    choice = scorer("choice")
    item = asked("C", options=OPTIONS)
    assert choice(item, "", "③").correct
    assert choice(item, "", "east").correct
    assert not choice(item, "", "D").correct
    assert "none of the options" in choice(item, "", "up").detail


def test_a_choice_with_its_reasons_is_the_letter_at_its_marker() -> None:
    choice = scorer("choice")
    item = asked("B", options=OPTIONS)
    assert choice(item, "", "B, because A and C are wrong").correct
    assert choice(item, "", "The south").correct
    assert not choice(item, "", "A, because B is wrong").correct
    assert not choice(item, "", "B or C").correct


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("blue", True),
        ("Ana has the blue ball.", True),
        ("red", False),
        ("red or blue", False),
        ("bluebell", False),
        ("neither", False),
    ],
)
def test_named(answer: str, right: bool) -> None:
    item = asked("blue", data={"candidates": ["red", "blue", "green"]})
    assert scorer("named")(item, answer, answer).correct is right


def test_a_sign_makes_another_candidate() -> None:
    item = asked("C", data={"candidates": ["C", "C++", "C#"]})
    named = scorer("named")
    assert named(item, "", "It is written in C.").correct
    assert not named(item, "", "It is written in C++.").correct
    assert not named(item, "", "C# is the language").correct


def test_named_in_korean() -> None:
    item = asked("파란색", "파란", language="ko", data={"candidates": ["파란", "빨간"]})
    named = scorer("named")
    assert named(item, "", "파란색입니다").correct
    assert named(item, "", "파란 공을 가지고 있습니다").correct
    assert not named(item, "", "빨간색").correct
    assert not named(item, "", "새파란색").correct


# --- citations ------------------------------------------------------------------------------------

ONE = GoldSpan("harbour.md", "The lighthouse was built in 1871.")
TWO = GoldSpan("harbour.md", "Its keeper was Anna Holm.")


def cited(source: str, quote: str) -> Citation:
    place = Place(source, 1, 1)
    return Citation(Passage("p1", quote, source, place), quote, place)


@pytest.mark.parametrize(
    ("citations", "precision", "recall"),
    [
        ([cited("harbour.md", ONE.quote), cited("harbour.md", TWO.quote)], 1, 1),
        ([cited("harbour.md", ONE.quote)], 1, 0.5),
        ([cited("harbour.md", f"{ONE.quote} {TWO.quote}")], 1, 1),
        ([cited("harbour.md", ONE.quote), cited("harbour.md", "It rained.")], 0.5, 0.5),
        ([cited("other.md", ONE.quote)], 0, 0),  # the words, but of another source
        ([cited("./harbour.md", "the *lighthouse*  was built in 1871")], 1, 0.5),
        ([], 0, 0),
    ],
)
def test_citations(citations: list[Citation], precision: float, recall: float) -> None:
    score = citation_score(asked("1871", spans=(ONE, TWO)), citations)
    assert (score.parts["precision"], score.parts["recall"]) == (precision, recall)
    assert score.correct == (precision == recall == 1)
    both = precision + recall
    assert score.value == pytest.approx(2 * precision * recall / both if both else 0)


def test_a_sentence_that_says_it_too_is_enough() -> None:
    also = [{"source": "town.md", "quote": "Anna Holm kept the lighthouse of 1871."}]
    item = asked("1871", spans=(ONE, TWO), data={"also": also})
    assert citation_score(item, [cited("town.md", also[0]["quote"])]).correct


def test_nothing_to_cite() -> None:
    assert citation_score(unanswerable(), []).correct
    assert not citation_score(unanswerable(), [cited("a.md", "It rained.")]).correct


@pytest.mark.parametrize(
    ("item", "abstained", "right"),
    [
        (asked("x"), False, True),
        (asked("x"), True, False),
        (unanswerable(), True, True),
        (unanswerable(), False, False),
    ],
)
def test_abstention(item: Item, abstained: bool, right: bool) -> None:
    score = abstention_score(item, abstained)
    assert score.correct is right
    assert score.parts == {"refused": float(abstained)}
    reply = "" if abstained else "It is red."
    assert scorer("abstention")(item, reply, reply or None).correct is right


# --- the judge ------------------------------------------------------------------------------------


def test_the_judge_is_asked_and_believed() -> None:
    engine = ScriptedEngine(
        {"judged: crimson": "Yes.", "judged: green": "No", "judged: grey": "Hm"}
    )
    score = judge(engine)
    assert score(asked("red"), "crimson", "crimson").correct
    assert not score(asked("red"), "green", "green").correct
    undecided = score(asked("red"), "grey", "grey")
    assert (undecided.correct, undecided.parts) == (False, {"undecided": 1.0})
    shown = engine.requests[0].prompt.messages[0].content
    assert "What is it?" in shown
    assert "red" in shown
    assert engine.requests[0].params.temperature == 0


def test_what_the_judge_said_is_replayed_from_a_pool() -> None:
    engine = ScriptedEngine({"judged: crimson": "Yes."})
    pool = MemoryPool(engine.info)
    for _ in range(2):
        assert judge(engine, pool=pool)(asked("red"), "crimson", "crimson").correct
    assert len(engine.requests) == 1


def test_the_judge_is_not_asked_about_refusals() -> None:
    engine = ScriptedEngine({})
    assert judge(engine)(unanswerable(), "", None).correct
    assert not judge(engine)(asked("red"), "  ", None).correct
    assert engine.requests == []


def test_a_judge_is_no_gate() -> None:
    assert [name for name in scorer_names() if not may_gate(name)] == ["judge"]


# --- the registry ---------------------------------------------------------------------------------


def test_every_scorer_can_be_had() -> None:
    for name in scorer_names():
        if name not in ("judge", "citations"):
            score = scorer(name)(asked("A", options=("x", "y")), "x", "x")
            assert 0 <= score.value <= 1


def test_unknown_scorers_are_told_apart() -> None:
    with pytest.raises(DatasetError, match="Did you mean `numeric`"):
        scorer("numerc")
    with pytest.raises(DatasetError, match="no model to judge with"):
        scorer("judge")
    with pytest.raises(DatasetError, match="citation_score"):
        scorer("citations")
