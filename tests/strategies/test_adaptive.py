"""Adaptive self-consistency: when it stops, and that asking ahead changes nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import ConfigError
from pipeline.strategies import make_strategy
from pipeline.strategies.adaptive import Adaptive
from tests.strategies.driving import INVALID, drive, first_stop, said

answers = st.lists(st.sampled_from(["1", "2", "3", INVALID]), min_size=20, max_size=20)


@pytest.mark.parametrize(("sure", "enough"), [(0.9, 3), (0.95, 4)])
def test_so_many_that_agree_are_enough(sure: float, enough: int) -> None:
    strategy = make_strategy("cot@adaptive20", options={"adaptive": {"sure": sure}})
    thought = drive(strategy, ["7"] * 20)
    assert len(thought.samples) == enough
    assert said(thought.decision) == "7"
    assert (thought.decision.share, thought.decision.votes[0].count) == (1.0, enough)


def test_one_that_dissents_asks_for_more() -> None:
    # P(p1 > p2): 3:1 13/16, 4:1 .891, 5:1 .938, 6:1 .965.
    thought = drive(make_strategy("cot@adaptive20"), ["7", "7", "3", *["7"] * 17])
    assert len(thought.samples) == 6


def test_what_cannot_vote_is_no_vote() -> None:
    thought = drive(make_strategy("cot@adaptive20"), [INVALID, "7", INVALID, *["7"] * 17])
    assert len(thought.samples) == 5
    assert thought.decision.share == pytest.approx(3 / 5)


def test_it_never_stops_on_a_tie_and_the_first_drawn_wins() -> None:
    thought = drive(make_strategy("cot@adaptive20"), ["2", "1"] * 10)
    assert len(thought.samples) == 20
    assert said(thought.decision) == "2"


@settings(max_examples=30)
@given(answers)
def test_asking_ahead_stops_where_one_by_one_would(given_answers: list[str]) -> None:
    strategy = Adaptive("cot@adaptive20", make_strategy("cot@sc").prompt_method, 20)
    whole = drive(make_strategy("cot@sc20"), given_answers)
    assert len(drive(strategy, given_answers).samples) == first_stop(strategy, whole.samples)


@settings(max_examples=30)
@given(answers, st.integers(1, 9))
def test_a_batch_looks_less_often_at_the_same_draws(given_answers: list[str], batch: int) -> None:
    alone = drive(make_strategy("cot@adaptive20"), given_answers)
    options = {"adaptive": {"batch": batch}}
    together = drive(make_strategy("cot@adaptive20", options=options), given_answers)
    assert together.samples[: len(alone.samples)] == alone.samples


def test_a_batch_is_made_as_a_whole() -> None:
    options = {"adaptive": {"batch": 6}}
    assert len(drive(make_strategy("cot@adaptive20", options=options), ["7"] * 20).samples) == 6


def test_surer_takes_longer() -> None:
    options = {"adaptive": {"sure": 0.999}}
    assert len(drive(make_strategy("cot@adaptive20", options=options), ["7"] * 20).samples) == 9


@pytest.mark.parametrize("wrong", [{"sure": 0.5}, {"sure": 1.0}, {"batch": 0}])
def test_parameters_that_make_no_sense_are_named(wrong: dict[str, float]) -> None:
    (key,) = wrong
    with pytest.raises(ConfigError, match=rf"strategies\.adaptive\.{key}"):
        make_strategy("cot@adaptive", options={"adaptive": wrong})
