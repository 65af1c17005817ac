"""Confidence-weighted votes, worked by hand."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.answering.loop import run_strategy
from pipeline.errors import ConfigError
from pipeline.pool import MemoryPool
from pipeline.strategies import make_strategy
from pipeline.strategies.weighted import softmax
from pipeline.types import Confidence
from tests.strategies.driving import INVALID, NUMBERS, asked_whether_right, drive, said


def likely(*chances: float) -> Callable[[str, int], Confidence]:
    """Draw i is written with this probability per token."""
    return lambda _, draw: Confidence(math.log(chances[draw]), 1, 1, 1)


def test_one_sure_reply_against_two_unsure() -> None:
    # exp(.5 / .3) = 5.294 twice against exp(.9 / .3) = 20.086; shares of three votes.
    decision = drive(
        make_strategy("cot@weighted3"), ["1", "1", "2"], likely(0.5, 0.5, 0.9)
    ).decision
    assert said(decision) == "2"
    assert [vote.weight for vote in decision.votes] == pytest.approx([1.9643, 1.0357], abs=1e-4)
    assert decision.share == pytest.approx(0.6548, abs=1e-4)


def test_a_higher_temperature_is_closer_to_one_draw_one_vote() -> None:
    options = {"weighted": {"temperature": 1}}
    strategy = make_strategy("cot@weighted3", options=options)
    assert said(drive(strategy, ["1", "1", "2"], likely(0.5, 0.5, 0.9)).decision) == "1"


def test_what_cannot_vote_lends_no_weight() -> None:
    decision = drive(make_strategy("cot@weighted2"), [INVALID, "2"], likely(0.9, 0.1)).decision
    assert (said(decision), decision.votes[0].weight, decision.share) == ("2", 1.0, 0.5)


def test_one_reply_never_outweighs_sixty() -> None:
    sure = [1.0] + [1e-9] * 60
    decision = drive(make_strategy("cot@weighted61"), ["1"] + ["2"] * 60, likely(*sure)).decision
    assert said(decision) == "2"


def test_an_engine_without_confidence_counts_votes() -> None:
    nothing = drive(make_strategy("cot@weighted3"), ["1", "2", "2"], lambda *_: Confidence())
    assert [vote.weight for vote in nothing.decision.votes] == pytest.approx([2, 1])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20), st.floats(0.01, 10))
def test_softmax_shares(values: list[float], temperature: float) -> None:
    shares = softmax(values, temperature)
    assert math.fsum(shares) == pytest.approx(1)
    assert sorted(range(len(values)), key=lambda i: values[i]) == sorted(
        range(len(values)), key=lambda i: (shares[i], values[i])
    )


def test_weighed_by_what_the_model_says_of_its_replies() -> None:
    options = {"weighted": {"confidence": "ptrue"}}
    engine = asked_whether_right(["1", "1", "2"], {"1": "False", "2": "True"})
    strategy = make_strategy("cot@weighted6", options=options)
    thought = run_strategy(NUMBERS, strategy, engine, MemoryPool(engine.info))
    # exp(.9 / .3) = 20.1 against twice exp(.1 / .3) = 1.4; replies in the same words share a check.
    assert said(thought.decision) == "2"
    assert [s.request.parent is not None for s in thought.samples] == [False] * 3 + [True] * 2
    assert thought.decision.share == pytest.approx(20.0855 / (20.0855 + 2 * 1.3956), abs=1e-4)


@pytest.mark.parametrize("wrong", [{"temperature": 0}, {"confidence": "luck"}])
def test_parameters_that_make_no_sense_are_named(wrong: dict[str, float]) -> None:
    (key,) = wrong
    with pytest.raises(ConfigError, match=rf"strategies\.weighted\.{key}"):
        make_strategy("cot@weighted", options={"weighted": wrong})
