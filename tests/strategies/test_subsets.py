"""Votes over different parts of what was found."""

from __future__ import annotations

from itertools import combinations, islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ConfigError
from pipeline.strategies import make_strategy
from pipeline.strategies.subsets import best_first
from pipeline.types import Passage, Place
from tests.strategies.helpers import run, sum_question

PIECES = tuple(Passage(c, f"Fact {c}.", "a.md", Place("a.md", 1, 1)) for c in "abcd")


@given(st.integers(1, 8), st.data())
def test_every_choice_once_the_best_ranks_first(n: int, data: st.DataObject) -> None:
    size = data.draw(st.integers(1, n))
    made = list(best_first(n, size))
    assert made == sorted(combinations(range(n), size), key=lambda c: (sum(c), c))


def test_choices_of_many_are_made_as_they_are_needed() -> None:
    assert len(list(islice(best_first(100, 50), 20))) == 20


def test_each_draw_sees_its_own_choice_and_they_come_round_again() -> None:
    question = sum_question(pieces=PIECES, passages=PIECES)
    _, requests = run(make_strategy("cot@subsets8"), lambda *_: "Answer: 17", question)
    requests.sort(key=lambda r: r.draw)
    shown = [r.prompt.passages for r in requests]
    assert shown[:6] == [tuple(s) for s in ("ab", "ac", "ad", "bc", "bd", "cd")]
    assert shown[6:] == shown[:2]
    assert [r.draw for r in requests] == list(range(8))


def test_the_size_can_be_given() -> None:
    question = sum_question(pieces=PIECES)
    strategy = make_strategy("cot@subsets4", options={"subsets": {"size": 3}})
    _, requests = run(strategy, lambda *_: "Answer: 17", question)
    assert {len(r.prompt.passages) for r in requests} == {3}
    strategy = make_strategy("cot@subsets2", options={"subsets": {"size": 9}})
    _, requests = run(strategy, lambda *_: "Answer: 17", question)
    assert {len(r.prompt.passages) for r in requests} == {4}


def test_an_answer_that_hangs_on_one_piece_is_outvoted() -> None:
    question = sum_question(pieces=PIECES)

    def script(prompt: str, _: int) -> str:
        return "Answer: 99" if "Fact d" in prompt and "Fact c" in prompt else "Answer: 17"

    thought, _ = run(make_strategy("cot@subsets6"), script, question)
    assert [(v.answer, v.count) for v in thought.decision.votes] == [("17", 5), ("99", 1)]


@pytest.mark.parametrize("pieces", [(), PIECES[:1]])
def test_with_nothing_to_choose_from_it_is_a_plain_vote(pieces: tuple[Passage, ...]) -> None:
    question = sum_question(pieces=pieces, passages=pieces)
    _, ours = run(make_strategy("cot@subsets4"), lambda *_: "Answer: 17", question)
    _, plain = run(make_strategy("cot@sc4"), lambda *_: "Answer: 17", question)
    assert ours == plain, "the same draws, so a pool serves both"


def test_parameters_are_checked() -> None:
    with pytest.raises(ConfigError, match=r"subsets\.size"):
        make_strategy("cot@subsets4", options={"subsets": {"size": -1}})
