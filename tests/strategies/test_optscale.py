"""As many replies as a good one is likely to be among."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.answering.loop import StrategyResult, run_strategy
from pipeline.errors import ConfigError
from pipeline.pool import MemoryPool
from pipeline.strategies import make_strategy
from pipeline.strategies.optscale import replies_needed
from tests.strategies.driving import INVALID, NUMBERS, asked_whether_right, said


def drive(answers: list[str], verdicts: dict[str, str], draws: int = 32) -> StrategyResult:
    engine = asked_whether_right(answers, verdicts)
    strategy = make_strategy(f"cot@optscale{draws}")
    return run_strategy(NUMBERS, strategy, engine, MemoryPool(engine.info))


def counted(result: StrategyResult) -> tuple[int, int]:
    checks = sum(one.request.parent is not None for one in result.samples)
    return len(result.samples) - checks, checks


def test_a_reply_that_is_right_ends_it() -> None:
    result = drive(["1", "2", "3", "4"] * 8, {"1": "False", "2": "False", "3": "True", "4": "Fals"})
    assert counted(result) == (4, 4)
    assert said(result.decision) == "3"
    assert result.decision.confidence == pytest.approx(0.9)


def test_more_are_made_until_one_is_and_words_are_checked_once() -> None:
    answers = ["1", "2", "1", "2", "1", "2", "1", "3", *["1"] * 24]
    result = drive(answers, {"1": "Tru", "2": "Fals", "3": "True"})
    assert counted(result) == (8, 3), "four, then twice as many, each text checked once"
    assert said(result.decision) == "3"


def test_what_is_never_sure_spends_all_and_no_more() -> None:
    result = drive([str(n) for n in range(32)], {"": "False"}, draws=20)
    assert counted(result) == (10, 10)


def test_replies_that_cannot_be_read_are_not_checked() -> None:
    result = drive([INVALID] * 32, {"": "True"}, draws=12)
    assert counted(result) == (11, 0), "one is left, which would have no check"
    assert result.decision.winner is None


def test_every_prefix_gives_a_decision() -> None:
    result = drive([str(n % 5) for n in range(32)], {"4": "True", "": "Fals"}, draws=20)
    strategy = make_strategy("cot@optscale20")
    seen = [said(strategy.decide(NUMBERS, result.samples[:n])) for n in range(len(result.samples))]
    assert seen[0] is None
    assert all(one is not None for one in seen[1:])


def test_the_number_is_the_least_that_reaches_it() -> None:
    # Drawn from the normal distribution that the formula assumes, by simulation.
    seen = [0.5, 0.7, 0.6, 0.4]
    needed = replies_needed(seen, reach=0.75, sure=0.9)
    assert math.isfinite(needed)
    rng = random.Random(0)

    def best_of(count: int) -> float:
        found: list[float] = []
        while len(found) < count:
            one = rng.gauss(0.55, 0.12909944487358058)
            if 0 <= one <= 1:
                found.append(one)
        return max(found)

    reached = [
        sum(best_of(int(n)) >= 0.75 for _ in range(4000)) / 4000 for n in (needed, needed / 2)
    ]
    assert reached[0] == pytest.approx(0.9, abs=0.02)
    assert reached[1] < 0.75


@given(
    st.lists(st.floats(0, 1), min_size=0, max_size=12),
    st.floats(0.01, 0.99),
    st.floats(0.01, 0.98),
)
def test_more_asked_for_needs_no_fewer(seen: list[float], reach: float, sure: float) -> None:
    needed = replies_needed(seen, reach, sure)
    assert needed >= 0
    assert replies_needed(seen, min(0.99, reach + 0.005), sure) >= needed
    assert replies_needed(seen, reach, sure + 0.01) >= needed


@pytest.mark.parametrize(
    "wrong", [{"probe": 1}, {"reach": 1.0}, {"sure": 0.0}, {"reach": math.nan}]
)
def test_parameters_are_checked(wrong: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match=f"optscale.{next(iter(wrong))}"):
        make_strategy("cot@optscale", options={"optscale": wrong})
