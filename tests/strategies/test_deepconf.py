"""DeepConf offline: who may vote, and with what weight."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ConfigError
from pipeline.strategies import make_strategy
from pipeline.strategies.deepconf import surest
from pipeline.types import Confidence
from tests.strategies.driving import INVALID, drive, said


def test_the_surest_half_votes_weighed() -> None:
    answers, sure = ["1", "1", "1", "1", "2", "2", "3", "1"], [5, 5, 5, 5, 9, 9, 11, 10]
    decision = drive(make_strategy("cot@deepconf8"), answers, [float(s) for s in sure]).decision
    assert said(decision) == "2"
    votes = [(vote.answer, vote.count, vote.weight) for vote in decision.votes]
    assert votes == [("2", 2, 18), ("3", 1, 11), ("1", 1, 10)]
    assert decision.confidence == pytest.approx(18 / 39)
    assert decision.share == pytest.approx(18 / 39 * 4 / 8)


def test_replies_without_an_answer_do_not_take_the_place_of_others() -> None:
    answers, sure = [INVALID, INVALID, "1", "2", "2"], [9.0, 9.0, 3.0, 2.0, 2.0]
    decision = drive(make_strategy("cot@deepconf5"), answers, sure).decision
    assert said(decision) == "2", "three are kept at the least, of those with an answer"
    assert decision.confidence == pytest.approx(4 / 7 * 3 / 5)


def test_one_sure_reply_alone_decides_nothing() -> None:
    options = {"deepconf": {"keep": 0.01}}
    strategy = make_strategy("cot@deepconf8", options=options)
    sure = [9.0, 8.0, 8.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    assert said(drive(strategy, ["1", "2", "2", *["3"] * 5], sure).decision) == "2"


@pytest.mark.parametrize(
    ("measure", "winner"), [("lowest_group", "1"), ("tail", "2"), ("mean", "3")]
)
def test_the_measure_is_a_choice(measure: str, winner: str) -> None:
    numbers = [Confidence(-1, 1, 1, 9), Confidence(-1, 1, 9, 1), Confidence(-1, 9, 1, 1)]
    options = {"deepconf": {"measure": measure, "least": 1, "keep": 0.3}}
    strategy = make_strategy("cot@deepconf3", options=options)
    found = drive(strategy, ["1", "2", "3"], lambda _, draw: numbers[draw])
    assert said(found.decision) == winner


def test_an_engine_without_confidence_counts_votes() -> None:
    found = drive(make_strategy("cot@deepconf3"), ["1", "2", "2"], lambda *_: Confidence())
    assert [(vote.answer, vote.weight) for vote in found.decision.votes] == [("2", 2), ("1", 1)]


@given(st.lists(st.floats(0, 30), max_size=30), st.floats(0.01, 1), st.integers(1, 5))
def test_the_bar_keeps_the_share_that_it_says(values: list[float], keep: float, least: int) -> None:
    bar = surest(values, keep, least)
    kept = [value for value in values if value >= bar]
    assert len(kept) >= min(len(values), max(least, keep * len(values) - 1e-6))
    assert len([value for value in kept if value > bar]) < max(least, keep * len(values) + 1)


@pytest.mark.parametrize("wrong", [{"keep": 0}, {"least": 0}, {"measure": "luck"}])
def test_parameters_that_make_no_sense_are_named(wrong: dict[str, float]) -> None:
    (key,) = wrong
    with pytest.raises(ConfigError, match=rf"strategies\.deepconf\.{key}"):
        make_strategy("cot@deepconf", options={"deepconf": wrong})
