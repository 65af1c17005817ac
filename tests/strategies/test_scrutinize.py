"""Replies checked one by one, and those too close to call compared in pairs."""

from __future__ import annotations

import math

import pytest

from pipeline.answering.loop import StrategyResult, run_strategy
from pipeline.engine import ScriptedEngine
from pipeline.errors import ConfigError
from pipeline.pool import MemoryPool
from pipeline.strategies import make_strategy
from pipeline.strategies.scrutinize import first_wins
from pipeline.types import Confidence, Draw, Prompt, Sample
from tests.strategies.driving import NUMBERS, said


def drive(
    answers: list[str], verdicts: dict[str, str], best: str = "", draws: int = 12, far: bool = False
) -> tuple[StrategyResult, list[Draw]]:
    """Verdicts as in `asked_whether_right`; of two replies the one that holds `best` is preferred,
    and A where neither does. `far`: comparisons fail."""

    def script(prompt: str, draw: int) -> str:
        if "Reply A:" in prompt:
            second = prompt.split("Reply B:")[1]
            return "" if far else "B" if best in second.split("\n")[0] else "A"
        if "True or False" in prompt:
            reply = prompt.split("assistant: ")[-1]
            return next(verdict for key, verdict in verdicts.items() if key in reply)
        return f"Answer: {answers[draw]}"

    def confidence(text: str, _: int) -> Confidence:
        return Confidence(math.log(0.6 if text in ("Tru", "Fals") else 0.8), 1, 1, 1)

    engine = ScriptedEngine(script, confidence=confidence)
    strategy = make_strategy(f"cot@scrutinize{draws}")
    result = run_strategy(NUMBERS, strategy, engine, MemoryPool(engine.info))
    return result, engine.requests


def compared(requests: list[Draw]) -> list[Draw]:
    return [one for one in requests if one.prompt.template == "compare"]


def test_close_answers_are_compared_both_ways_and_the_one_that_wins_is_taken() -> None:
    result, requests = drive(["1", "1", "2", "3"], {"1": "True", "2": "True", "3": "Fals"}, "2")
    assert len(compared(requests)) == 2
    for one in (r for r in requests if r.prompt.template != "cot"):
        assert one.params.max_tokens == 1
        assert one.params.stop == ()
        assert (one.params.think_budget, one.params.think_min) == (0, 0), "a token, no thinking"
    said_to_it = [one.prompt.messages[-1].content for one in compared(requests)]
    assert "Reply A: Answer: 1\nReply B: Answer: 2" in said_to_it[0]
    assert "Reply A: Answer: 2\nReply B: Answer: 1" in said_to_it[1]
    assert said(result.decision) == "2", "though more replies said 1"
    assert [(vote.answer, vote.count) for vote in result.decision.votes] == [
        ("2", 1), ("1", 2), ("3", 1),
    ]  # fmt: skip
    assert result.decision.confidence == pytest.approx(0.9)


def test_a_model_that_always_says_a_decides_nothing() -> None:
    result, requests = drive(["2", "1", "1", "2"], {"1": "True", "2": "True"}, "none")
    assert len(compared(requests)) == 2
    assert said(result.decision) == "2", "the first one, as where nothing was compared"


def test_what_is_not_close_is_not_compared() -> None:
    result, requests = drive(["1", "2", "2", "2"], {"1": "True", "2": "Tru"}, "2")
    assert not compared(requests)
    assert said(result.decision) == "1"


def test_near_is_how_close_they_must_be() -> None:
    strategy = make_strategy("cot@scrutinize12", options={"scrutinize": {"near": 0.2}})
    result, _ = drive(["1", "2", "2", "2"], {"1": "True", "2": "Tru"})
    wanted = strategy.step(NUMBERS, result.samples[: 4 + 2])
    assert isinstance(wanted, list)
    assert len(wanted) == 2


def test_the_draws_are_the_most_that_are_asked_for() -> None:
    for draws in range(1, 40):
        answers = [str(n) for n in range(draws)]
        _, requests = drive(answers, {"": "True"}, draws=draws)
        assert len(requests) <= draws
    _, requests = drive([str(n) for n in range(8)], {"": "True"}, draws=24)
    assert len(compared(requests)) == 6, "the best three, each with each, of eight left"


def test_every_prefix_gives_a_decision() -> None:
    result, _ = drive(["1", "2", "3", "1", "1", "1"], {"": "True"}, "3", draws=18)
    assert said(result.decision) == "3"
    assert len(result.samples) == 6 + 3 + 6
    strategy = make_strategy("cot@scrutinize18")
    seen = [said(strategy.decide(NUMBERS, result.samples[:n])) for n in range(1, 16)]
    assert seen[:9] == ["1"] * 9, "before anything is compared"
    assert seen[14] == "3"


def test_comparisons_that_fail_leave_the_order_of_the_checks() -> None:
    result, requests = drive(
        ["2", "1", "1", "3"], {"1": "True", "2": "True", "3": "Fals"}, far=True
    )
    assert compared(requests)
    assert said(result.decision) == "1"


def sample(text: str, p: float, finish: str = "length") -> Sample:
    confidence = Confidence(math.log(p), 1, 1, 1)
    return Sample(Draw(Prompt()), text, finish, 1, confidence=confidence)  # type: ignore[arg-type]


def test_the_chance_that_the_first_wins() -> None:
    assert first_wins(sample("A", 0.8)) == pytest.approx(0.9)
    assert first_wins(sample(" B", 0.8)) == pytest.approx(0.1)
    assert first_wins(sample("C", 0.8)) == first_wins(sample("", 1.0)) == first_wins(None) == 0.5
    assert first_wins(sample("A", 0.8, "error")) == 0.5


def test_parameters_are_checked() -> None:
    for near in (-0.1, 1.5, math.nan):
        with pytest.raises(ConfigError, match=r"scrutinize\.near"):
            make_strategy("cot@scrutinize", options={"scrutinize": {"near": near}})
