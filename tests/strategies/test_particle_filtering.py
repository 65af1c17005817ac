"""Particle filtering: fair resampling that needs no die, and one vote a draw."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.strategies import make_strategy
from pipeline.strategies.base import Question
from pipeline.strategies.common.partial_replies import PartialReply
from pipeline.strategies.common.prompt_method import PromptMethod
from pipeline.strategies.particle_filtering import Particles, _chance, resample
from tests.strategies.helpers import first_draws, run, sum_question

scores = st.lists(st.floats(0, 1e6), min_size=1, max_size=30)
chances = st.floats(0, 1, exclude_max=True)


@given(scores, chances)
def test_each_is_taken_in_proportion_rounded_up_or_down(values: list[float], chance: float) -> None:
    taken = resample(values, chance)
    assert len(taken) == len(values)
    assert taken == sorted(taken)
    total = math.fsum(values)
    if total <= 0:
        assert taken == list(range(len(values)))
        return
    counts = Counter(taken)
    for i, value in enumerate(values):
        assert abs(counts[i] - len(values) * (value / total)) < 1 + 1e-6
        assert value > 0 or counts[i] == 0


@given(st.integers(1, 30), chances)
def test_equals_all_stay(n: int, chance: float) -> None:
    assert resample([0.3] * n, chance) == list(range(n)) or n > 1
    assert max(Counter(resample([0.25] * n, chance)).values()) <= 2


def test_over_many_chances_it_is_fair() -> None:
    drawn = Counter(i for k in range(1000) for i in resample([1, 2, 5], k / 1000))
    assert [drawn[i] / 3000 for i in range(3)] == pytest.approx([1 / 8, 2 / 8, 5 / 8], abs=0.002)


@pytest.mark.parametrize("bad", [[-1.0, 2.0], [math.nan], [math.inf, 1.0]])
def test_a_score_must_be_a_number_from_0_up(bad: list[float]) -> None:
    with pytest.raises(ValueError, match="scores"):
        resample(bad, 0.5)


def test_the_chance_depends_on_question_seed_and_round_alone() -> None:
    made = [_chance(q, s, r) for q in ("a", "b") for s in (0, 1) for r in (0, 1)]
    assert len(set(made)) == 8
    assert all(0 <= chance < 1 for chance in made)
    assert made == [_chance(q, s, r) for q in ("a", "b") for s in (0, 1) for r in (0, 1)]


def script(prompt: str, draw: int) -> str:
    if "assistant: " not in prompt:
        return f"{'good' if draw == 0 else 'bad'} {draw}"
    return "Answer: 17" if "good" in prompt else "Answer: 18"


def good(question: Question, line: PartialReply) -> float:
    return 1.0 if line.text.startswith("good") else 0.0


def test_draws_go_where_the_score_is() -> None:
    thought, requests = run(Particles("p", PromptMethod("cot"), 24, scorer=good), script)
    assert len(requests) == 8
    assert all("good" in r.prompt.messages[-1].content for r in requests[4:])
    assert len(set(requests)) == 8, "copies of one line get draws of their own"
    assert [v.answer for v in thought.decision.votes] == ["17"]
    assert thought.decision.votes[0].count == 4


def test_a_draw_taken_again_has_one_vote_of_more_weight() -> None:
    def ends_at_once(prompt: str, draw: int) -> str:
        return "Answer: 17" if draw == 0 else "step\nAnswer: 18"

    def prefers_the_end(question: Question, line: PartialReply) -> float:
        return 3.0 if line.ended else 1.0

    strategy = Particles("p", PromptMethod("cot"), 24, depth=1, scorer=prefers_the_end)
    thought, requests = run(strategy, ends_at_once)
    votes = {v.answer: v for v in thought.decision.votes}
    assert votes["17"].count == 1
    assert votes["17"].weight == 6.0  # two of four places, at 3 each
    assert votes["18"].count == 2
    assert len(requests) == 4 + 2


@pytest.mark.parametrize("draws", [1, 2, 3, 6, 7, 24, 50])
def test_draws_bound_it_and_every_line_comes_to_an_end(draws: int) -> None:
    def endless(prompt: str, draw: int) -> str:
        return f"step {draw} of {len(prompt)}\nAnswer: {draw % 3}"

    thought, requests = run(make_strategy(f"cot@particles{draws}"), endless)
    assert 0 < len(requests) <= draws
    assert thought.decision.winner is not None


def test_another_seed_resamples_otherwise() -> None:
    def course(seed: int) -> list[str]:
        question = sum_question()
        params = replace(question.params, seed=seed)
        strategy = Particles("p", PromptMethod("cot"), 24)
        _, requests = run(
            strategy, lambda p, d: f"step {d}\nAnswer: 1", replace(question, params=params)
        )
        return [r.prompt.messages[-1].content for r in requests]

    assert course(0) == course(0)
    assert any(course(0) != course(seed) for seed in range(1, 6))


def test_shares_that_add_up_to_less_than_1_by_rounding_take_nothing_that_is_not_there() -> None:
    taken = resample([0.1] * 10, 1 - 2**-53)
    assert len(taken) == 10
    assert max(taken) == 9


@pytest.mark.parametrize("draws", range(1, 26))
def test_replies_that_never_end_are_written_to_their_end_in_what_is_left(draws: int) -> None:
    strategy = make_strategy(f"cot@particles{draws}")
    thought, requests = run(strategy, lambda prompt, draw: f"{draw}\nmore\nAnswer: {draw % 3}")
    assert len(requests) <= draws
    lines = min(4, max(1, draws // 2))
    assert len(first_draws(strategy, sum_question())) == lines
    assert sum(vote.count for vote in thought.decision.votes) <= lines
