"""What a reply votes for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.answering.loop import run_strategy
from pipeline.answers.normalise import AnswerKind
from pipeline.engine import ScriptedEngine
from pipeline.evidence.reply_reading import FinalReader
from pipeline.pool import MemoryPool
from pipeline.strategies import Question, make_strategy
from pipeline.strategies.common.prompt_method import PromptMethod
from pipeline.types import Sample, SampleParams


@pytest.mark.parametrize(
    ("reply", "kind", "answer"),
    [
        # A cut reply without a marker has no answer, whatever stands last in it.
        ("There are 5 boxes with 12 eggs, so 5 x 12 = 60", "number", None),
        ("There are 5 boxes. Each has 12 eggs. We", "number", None), ("60", "number", None),
        ("60", "auto", None), ("The dam was built of", "text", None), ("Paris", "text", None),
        ("It began in 1914. The", "date", None), ("B", "choice", None),
        ("(A) is too", "choice", None), ("Yes, for it", "yesno", None), ("red, blue", "list", None),
        ("사과 5개와 배 3개를", "number", None),
        # With a marker it has one, unless the answer itself may have gone on.
        ("The answer is 60. To see this, take", "number", "60"),
        ("#### 60\nBecause", "number", "60"),
        ("So \\boxed{60}", "number", "60"), ("The answer is 60", "number", None),
        ("The answer is (B), since", "choice", "B"), ("The answer is B", "choice", None),
        ("정답은 60입니다. 왜냐하면", "number", "60"), ("정답은 60", "number", None),
        ("The answer is Paris. It lies on", "text", "Paris"), ("Answer: Par", "text", None),
    ],
)  # fmt: skip
def test_a_cut_reply_answers_only_where_it_says_so(
    reply: str, kind: AnswerKind, answer: str | None
) -> None:
    reading = FinalReader(kind)(reply, cut=True)
    assert (reading and reading.text) == answer


def test_after_the_mark_that_was_asked_for_a_cut_text_is_the_answer() -> None:
    reading = FinalReader("text")("It is old. Answer: a dam of earth and", "Answer:", cut=True)
    assert reading is not None
    assert reading.text == "a dam of earth and"
    assert FinalReader("text")("It is old.", "Answer:", cut=True) is None


def test_the_mark_may_be_left_out_and_may_be_there_twice() -> None:
    for reply in ("A dam", "Answer: A weir. Answer: A dam"):
        reading = FinalReader("text")(reply, "Answer:")
        assert reading is not None
        assert reading.text == "A dam"


def test_a_whole_reply_is_read_as_ever() -> None:
    for reply, kind, answer in (
        ("60", "number", "60"),
        ("B", "choice", "B"),
        ("A dam", "text", "A dam"),
    ):
        reading = FinalReader(kind)(reply)  # type: ignore[arg-type]
        assert reading is not None
        assert reading.text == answer


NUMBER = Question("How many?", read=FinalReader("number"), kind="number", id="q")


@pytest.mark.parametrize(("finish", "answer"), [("stop", "12"), ("length", None)])
def test_a_strategy_says_how_a_sample_ended(finish: str, answer: str | None) -> None:
    way = PromptMethod("direct")
    sample = Sample(way.request(NUMBER, 0), "5 boxes with 12 eggs", finish, 5)  # type: ignore[arg-type]
    reading = way.read(NUMBER, sample)
    assert (reading and reading.text) == answer


OPTIONS = ("the north", "the south", "12", "none of them")


def test_a_letter_a_number_and_a_text_vote_for_one_option() -> None:
    read = FinalReader("choice", "en", OPTIONS)
    for reply in (
        "B",
        "(b)",
        "2번",
        "②",
        "The answer is the south.",
        "B, because A is wrong",
        "나",
    ):
        reading = read(reply)
        assert reading is not None
        assert reading.key == "choice:B", reply
    assert read("the west") is None
    assert read("E") is None


def test_votes_are_counted_by_option() -> None:
    replies = ["The answer is the south.", "A", "B", "the north or the south", "정답: ②"]
    question = Question(
        "Where?", read=FinalReader("choice", "en", OPTIONS), id="q", options=OPTIONS,
        params=SampleParams(max_tokens=0),
    )  # fmt: skip
    engine = ScriptedEngine(lambda _, draw: replies[draw])
    thought = run_strategy(question, make_strategy("direct@sc5"), engine, MemoryPool(engine.info))
    assert [vote.count for vote in thought.decision.votes] == [3, 1]
    assert thought.decision.winner is not None
    assert thought.decision.winner.key == "choice:B"
    blind = replace(question, read=FinalReader("choice"), kind="choice")
    engine = ScriptedEngine(lambda _, draw: replies[draw])
    thought = run_strategy(blind, make_strategy("direct@sc5"), engine, MemoryPool(engine.info))
    assert [vote.count for vote in thought.decision.votes] == [1, 1, 1]
