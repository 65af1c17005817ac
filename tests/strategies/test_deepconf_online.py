"""DeepConf online: the bar, what is stopped, and when it ends."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.errors import ConfigError
from pipeline.strategies import make_strategy
from pipeline.strategies.common.prompt_method import PromptMethod
from pipeline.strategies.deepconf_online import DeepConfOnline
from pipeline.types import Confidence
from tests.strategies.driving import NUMBERS, drive, said


def online(draws: int, **parameters: float) -> DeepConfOnline:
    given: dict[str, Any] = {"warmup": 4, "batch": 2, **parameters}
    return DeepConfOnline("x", PromptMethod("cot"), draws, **given)


def test_the_first_replies_set_the_bar_and_the_others_are_stopped_below_it() -> None:
    answers = ["1", "2", "1", "2", "1 because it is so", "2", "2", "2"]
    sure = [5.0, 9.0, 7.0, 1.0, 6.0, 8.0, 6.9, 7.5]
    thought = drive(online(8), answers, sure)
    params = [sample.request.params for sample in thought.samples]
    assert [p.stop_below for p in params] == [0, 0, 0, 0, 7, 7, 7, 7]
    assert {p.group for p in params} == {16}
    assert [s.finish for s in thought.samples[4:]] == ["cancelled", "stop", "cancelled", "stop"]
    assert [(v.answer, v.count, v.weight) for v in thought.decision.votes] == [
        ("2", 3, 24.5),
        ("1", 1, 7.0),
    ]
    assert said(thought.decision) == "2"
    assert thought.decision.confidence == pytest.approx(24.5 / 31.5)
    assert thought.decision.share == pytest.approx(24.5 / 31.5 * 4 / 8)


def test_what_was_stopped_is_charged_and_never_votes() -> None:
    answers = [*["1"] * 2, *["2"] * 2, *["3 and so on and on"] * 4]
    thought = drive(online(8), answers, [5.0] * 4 + [1.0] * 4)
    assert [sample.tokens for sample in thought.samples[4:]] == [3] * 4  # half of the seven words
    assert thought.cost.generated_tokens == sum(sample.tokens for sample in thought.samples)
    assert {vote.answer for vote in thought.decision.votes} == {"1", "2"}


def test_it_ends_when_the_vote_is_as_good_as_unanimous() -> None:
    sure = [5.0] * 20
    assert len(drive(online(20), ["1"] * 20, sure).samples) == 4
    assert len(drive(online(20), ["1", "1", "2", "1", *["1"] * 16], sure).samples) == 20
    low = online(20, consensus=0.85)
    assert len(drive(low, ["1", "1", "2", "1", *["1"] * 16], sure).samples) == 8  # 7 of 8


def test_two_that_agree_are_no_consensus() -> None:
    sure = [5.0, 5.0, 1.0, 1.0, 5.0, 5.0, 5.0, 5.0]
    assert len(drive(online(8), ["1"] * 8, sure).samples) == 6


def test_an_engine_without_confidence_stops_nothing() -> None:
    thought = drive(online(8), ["1", "2"] * 4, lambda *_: Confidence())
    assert {sample.request.params.stop_below for sample in thought.samples} == {0}
    assert [vote.weight for vote in thought.decision.votes] == [4, 4]


def test_the_first_replies_alone_are_a_decision() -> None:
    thought = drive(online(8), ["1", "2"] * 4, [5.0, 6.0, 7.0, 8.0, 9.0, 9.0, 9.0, 9.0])
    strategy = online(8)
    assert [said(strategy.decide(NUMBERS, thought.samples[:n])) for n in range(5)] == [
        *(None, "1", "2", "1", "2"),
    ]


@pytest.mark.parametrize("wrong", [{"keep": 0}, {"consensus": 0.5}, {"warmup": 0}, {"batch": 0}])
def test_parameters_that_make_no_sense_are_named(wrong: dict[str, float]) -> None:
    (key,) = wrong
    with pytest.raises(ConfigError, match=rf"strategies\.deepconf-online\.{key}"):
        make_strategy("cot@deepconf-online", options={"deepconf-online": wrong})
