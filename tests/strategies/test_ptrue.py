"""Best of N by what the model says of its own replies."""

from __future__ import annotations

import math

import pytest

from pipeline.answering.loop import Budget, StrategyResult, run_strategy
from pipeline.config import load_config
from pipeline.engine import open_engine
from pipeline.pool import MemoryPool
from pipeline.strategies import Decision, make_strategy
from pipeline.strategies.ptrue import chance
from pipeline.types import Confidence, Draw, Prompt, Sample
from tests.strategies.driving import INVALID, NUMBERS, asked_whether_right, said


def verdict(text: str, p: float) -> Sample:
    return Sample(Draw(Prompt()), text, "length", 1, confidence=Confidence(math.log(p), 1, 1, 1))


def drive(
    answers: list[str], verdicts: dict[str, str], budget: Budget | None = None
) -> StrategyResult:
    engine = asked_whether_right(answers, verdicts)
    strategy = make_strategy(f"cot@ptrue{2 * len(answers)}")
    pool = MemoryPool(engine.info)
    return run_strategy(NUMBERS, strategy, engine, pool, budget=budget or Budget())


def test_the_middle_of_what_the_chance_may_be() -> None:
    assert chance(verdict("True", 0.8)) == pytest.approx(0.9)
    assert chance(verdict(" False", 0.8)) == pytest.approx(0.1)
    assert chance(verdict("T", 0.3)) == pytest.approx(0.65)
    # An unsure "False" must not be read as a sure "True".
    assert chance(verdict("False", 0.1)) == pytest.approx(0.45)
    assert chance(verdict("Perhaps", 0.9)) == chance(verdict("", 0.9)) == chance(None) == 0.5


def test_the_reply_with_the_best_chance_wins_over_the_most_frequent() -> None:
    decision = drive(["1", "1", "2", "3"], {"1": "False", "2": "Tru", "3": "True"}).decision
    assert said(decision) == "3"
    assert decision.confidence == pytest.approx(0.9)
    assert decision.share == 0.25
    assert [(vote.answer, vote.count) for vote in decision.votes] == [("3", 1), ("2", 1), ("1", 2)]


def test_of_equal_chances_the_more_frequent_then_the_first() -> None:
    same = {"1": "True", "2": "True", "3": "True"}
    assert said(drive(["1", "2", "2"], same).decision) == "2"
    assert said(drive(["3", "1", "2"], same).decision) == "3"


def test_what_is_asked() -> None:
    thought = drive(["1", "1", INVALID, "2"], {"1": "True", "2": "False"})
    replies, checks = thought.samples[:4], thought.samples[4:]
    assert [check.request.parent for check in checks] == [replies[0].key, replies[3].key]
    for check in checks:
        params = check.request.params
        assert (params.temperature, params.max_tokens) == (0, 1)
        assert params.grammar == 'root ::= "True" | "False"'
        roles = [message.role for message in check.request.prompt.messages]
        assert roles == ["user", "assistant", "user"]
    assert checks[1].request.prompt.messages[1].content == "Answer: 2"


def test_every_prefix_gives_a_decision_and_a_check_is_no_vote() -> None:
    thought = drive(["1", "1", "2"], {"1": "False", "2": "True"})
    strategy = make_strategy("cot@ptrue6")
    seen = [said(strategy.decide(NUMBERS, thought.samples[:n])) for n in range(6)]
    # Without a check the vote; with the first alone, the reply that it does not call wrong.
    assert seen == [None, "1", "1", "1", "2", "2"]
    assert sum(vote.count for vote in thought.decision.votes) == 3


def test_one_draw_is_not_checked() -> None:
    engine = asked_whether_right(["1"], {})
    thought = run_strategy(NUMBERS, make_strategy("cot@ptrue1"), engine, MemoryPool(engine.info))
    assert (len(thought.samples), said(thought.decision)) == (1, "1")


@pytest.mark.model
def test_the_embedded_model_checks_its_own_replies() -> None:
    strategy = make_strategy("direct@ptrue6")
    with open_engine(load_config(None)) as engine:
        thought = run_strategy(NUMBERS, strategy, engine, MemoryPool(engine.info))
        checks = [s for s in thought.samples if s.request.parent]
        wanted = strategy.step(NUMBERS, thought.samples[:3])
    assert isinstance(wanted, list | Decision)
    assert len(thought.samples) <= 6
    for check in checks:
        assert check.text in ("True", "False")
        assert check.confidence.mean_logprob < 0
        assert 0 < check.cost.prompt_tokens < 40, "only the turn after the reply is paid for"
