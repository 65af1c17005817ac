"""Best of N by any scorer."""

from __future__ import annotations

import math

from pipeline.evidence.reply_reading import ParsedReply
from pipeline.strategies import AGGREGATIONS, Question
from pipeline.strategies.common.prompt_method import PromptMethod
from pipeline.strategies.reranked import Reranked, on_topic
from tests.evidence.test_verify import read
from tests.strategies.driving import INVALID, drive, said

ANSWERS = ["1", "2", INVALID, "2", "3"]


def by(scores: dict[str, float]) -> Reranked:
    def scorer(question: Question, reply: str, reading: ParsedReply) -> float:
        assert reply == f"Answer: {reading.text}"
        return scores[reading.text]

    return Reranked("cot@rerank5", PromptMethod("cot"), 5, scorer)


def test_the_highest_score_wins_on_any_scale() -> None:
    decision = drive(by({"1": -9.5, "2": -4, "3": -3.5}), ANSWERS).decision
    assert said(decision) == "3"
    assert decision.share == decision.confidence == 0.2
    assert [(vote.answer, vote.weight) for vote in decision.votes] == [("3", 1), ("2", 2), ("1", 1)]


def test_of_equal_scores_the_most_frequent_then_the_first() -> None:
    assert said(drive(by({"1": 0, "2": 0, "3": 0}), ANSWERS).decision) == "2"
    assert said(drive(by({"1": 5, "2": 0, "3": 5}), ANSWERS).decision) == "1"


def test_a_score_that_is_no_number_is_the_worst() -> None:
    for odd in (math.nan, math.inf, -math.inf):
        assert said(drive(by({"1": odd, "2": -1e9, "3": odd}), ANSWERS).decision) == "2"
    assert said(drive(by(dict.fromkeys("123", math.nan)), ANSWERS).decision) == "2"


def test_the_scorer_that_needs_no_model() -> None:
    question = Question("How many layers does Alpha have?")
    assert on_topic(question, "Alpha has 7 layers.", ParsedReply("7")) == 1.0
    assert on_topic(question, "Alpha is old.", ParsedReply("7")) == 0.5
    assert on_topic(question, "It is 7.", ParsedReply("7")) == 0.0


def test_evidence_is_what_is_looked_at_where_there_is_some() -> None:
    inquiry, evidence = read("How many layers does GPT-3 have?")
    reading = ParsedReply("96", evidence=(evidence[0],))
    assert on_topic(Question(inquiry.text), "parameters", reading) == 1.0


def test_a_function_is_no_key_of_the_configuration() -> None:
    assert AGGREGATIONS["rerank"].parameters == {}
