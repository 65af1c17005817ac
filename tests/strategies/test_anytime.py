"""The anytime-valid stop: its error rate by simulation, beside a rule that has none."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import ConfigError
from pipeline.strategies import make_strategy
from pipeline.strategies.adaptive import Adaptive
from pipeline.strategies.anytime import Anytime
from pipeline.strategies.common.ahead import fewest_more
from pipeline.strategies.common.prompt_method import PromptMethod
from tests.strategies.driving import INVALID, drive, first_stop, said

WAY = PromptMethod("cot")


def stops_wrong(rule: Anytime | Adaptive, shares: Sequence[float], runs: int) -> float:
    """How often the rule, looking after every draw, stops on an answer that is not a most likely
    one. Answers are the places in `shares`."""
    rng = random.Random(7)
    wrong = 0
    for _ in range(runs):
        counts: dict[int, int] = {}
        for answer in rng.choices(range(len(shares)), shares, k=rule.draws):
            counts[answer] = counts.get(answer, 0) + 1
            if rule.settled(list(counts.values())):
                leader = max(counts, key=lambda a: counts[a])
                wrong += shares[leader] < max(shares)
                break
    return wrong / runs


@pytest.mark.parametrize(
    "shares",
    [(0.52, 0.48), (0.34, 0.33, 0.33), (0.06, *[0.05] * 18, 0.04), (0.6, 0.4)],
    ids=["two", "three", "twenty", "clear"],
)
@pytest.mark.parametrize("error", [0.05, 0.25])
def test_it_stops_wrong_no_more_often_than_it_says(shares: tuple[float, ...], error: float) -> None:
    runs = 600
    found = stops_wrong(Anytime("x", WAY, 100, error), shares, runs)
    assert found <= error + 3 * (error * (1 - error) / runs) ** 0.5


def test_the_simulation_tells_a_rule_without_that_guarantee() -> None:
    assert stops_wrong(Adaptive("x", WAY, 100, 0.95), (0.52, 0.48), 500) > 0.2


def test_nine_that_agree_are_enough_at_05() -> None:
    # 2 * 1.5 / .05 = 60 is needed; eight give 511 / 9 = 56.8, nine 1023 / 10 = 102.3.
    thought = drive(make_strategy("cot@anytime32"), ["7"] * 32)
    assert len(thought.samples) == 9
    assert said(thought.decision) == "7"


def test_an_answer_that_came_second_needs_more() -> None:
    rule = Anytime("x", WAY)
    # Against one vote 60 is needed: 8178 / 156 = 52.4 with 11 votes, 16369 / 182 = 89.9 with 12.
    assert [rule.settled([votes, 1]) for votes in (11, 12)] == [False, True]
    # For the second to appear 180: 32752 / 210 = 156.0 with 13, 65519 / 240 = 273.0 with 14.
    assert [rule.settled([1, votes]) for votes in (13, 14)] == [False, True]


@given(st.lists(st.sampled_from(["1", "1", "1", "2", INVALID]), min_size=32, max_size=32))
@settings(max_examples=25)
def test_asking_ahead_stops_where_one_by_one_would(answers: list[str]) -> None:
    rule = Anytime("cot@anytime32", WAY, error=0.2)
    whole = drive(make_strategy("cot@sc32"), answers)
    assert len(drive(rule, answers).samples) == first_stop(rule, whole.samples)


@given(st.lists(st.integers(1, 30), max_size=6))
def test_only_the_leader_is_ever_certified(counts: list[int]) -> None:
    if Anytime("x", WAY, error=0.9).settled(counts):
        assert sorted(counts)[-1] > ([0, *sorted(counts)])[-2]


@pytest.mark.parametrize("error", [0, 1, 1.5, -0.1])
def test_an_error_that_is_no_probability_is_refused(error: float) -> None:
    with pytest.raises(ConfigError, match=r"strategies\.anytime\.error"):
        make_strategy("cot@anytime", options={"anytime": {"error": error}})


@pytest.mark.parametrize(
    ("counts", "needed", "more"),
    [([3], 4, 1), ([3, 1], 6, 3), ([], 3, 3), ([1, 1], 9, 8), ([5], 5, 1), ([2], 50, 10)],
)
def test_the_fewest_more_votes_that_can_settle_it(
    counts: list[int], needed: int, more: int
) -> None:
    """Where the most frequent answer needs so many; of ten that are left, all where none can."""
    assert fewest_more(counts, lambda them: max(them, default=0) >= needed, 10) == more


def test_a_new_answer_may_settle_it_too() -> None:
    assert fewest_more([1], lambda them: len(them) > 1 and them[1] >= 3, 10) == 3
