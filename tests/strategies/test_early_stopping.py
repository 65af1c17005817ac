"""Early stopping by windows."""

from __future__ import annotations

import pytest

from pipeline.errors import ConfigError
from pipeline.strategies import make_strategy
from tests.strategies.driving import INVALID, drive, said


def test_a_window_that_agrees_ends_it() -> None:
    thought = drive(make_strategy("cot@esc40"), ["7"] * 40)
    assert len(thought.samples) == 5
    assert said(thought.decision) == "7"


def test_agreement_across_windows_does_not() -> None:
    answers = ["3", *["7"] * 8, "3", *["7"] * 30]
    assert len(drive(make_strategy("cot@esc40"), answers).samples) == 15


def test_all_draws_vote_not_the_last_window_alone() -> None:
    answers = [*["3"] * 4, "7", *["3"] * 4, "7", *["7"] * 5]
    thought = drive(make_strategy("cot@esc15"), answers)
    assert said(thought.decision) == "3"
    assert [vote.count for vote in thought.decision.votes] == [8, 7]


def test_a_draw_that_cannot_vote_is_not_agreement() -> None:
    answers = [INVALID, *["7"] * 9]
    assert len(drive(make_strategy("cot@esc10"), answers).samples) == 10
    assert len(drive(make_strategy("cot@esc12"), [INVALID] * 12).samples) == 12


def test_the_last_window_may_be_short() -> None:
    strategy = make_strategy("cot@esc7", options={"esc": {"window": 4}})
    assert len(drive(strategy, ["1", "2"] * 4).samples) == 7


def test_a_window_of_one_would_stop_at_once() -> None:
    with pytest.raises(ConfigError, match=r"strategies\.esc\.window"):
        make_strategy("cot@esc", options={"esc": {"window": 1}})
