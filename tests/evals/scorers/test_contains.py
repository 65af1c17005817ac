"""Contained or not: figures as figures, words as words, Korean with its particles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.scorers.contains import contains, stands

from .items import asked, unanswerable


@pytest.mark.parametrize(
    ("gold", "reply"),
    [
        ("15", "It has 15 valves."),
        ("15", "The answer is 15."),
        ("1,040", "about 1040 GB"),
        ("175 billion", "GPT-3 has 175B parameters"),
        ("1,750억", "GPT-3 has 175 billion parameters"),
        ("50 %", "that is 50 percent of them"),
        ("0.5", "one half: 1/2"),
        ("2021", "in June 2021"),
        ("24 GB", "it needs 24GB of memory"),
        ("80 to 90 percent", "between 80% and 90% of them"),
        ("Anna Holm", "It was anna holm's lamp."),
        ("a query, a key and a value", "query, key and value"),
        ("self-consistency", "This is called self consistency."),
        ("expert", "It has eight experts."),
        ("GPT-4", "It was GPT-4."),
        ("등대", "그것은 등대입니다."),
        ("등대", "등대에서는 보이지 않는다"),
        ("지식 증류", "지식증류라고 한다"),
        ("지식증류", "이를 지식 증류라고 부른다"),
        ("증류", "작은 모델로 증류한다"),
        ("지피티", "지피티는 모델이다"),
        ("전문가 혼합", "전문가 혼합(MoE)이다"),
        ("GPT-4", "GPT-4는 크다"),
        ("00:02:17", "It begins at 00:02:17."),
    ],
)
def test_stands(gold: str, reply: str) -> None:
    assert stands(gold, reply)


@pytest.mark.parametrize(
    ("gold", "reply"),
    [
        ("15", "It has 150 valves."),
        ("15", "It has 1.15 valves."),
        ("15", "It has 15,000 valves."),
        ("8", "GPT-8 has 12 layers"),
        ("8", "It has 8 billion parameters"),
        ("1.5 billion", "1.5 million"),
        ("50 %", "it has 50 parts"),
        ("2021", "in June 2022"),
        ("Ann", "It was Anna."),
        ("GPT-4", "It was GPT-4o."),
        ("GPT-4", "It was GPT-4.1."),
        ("등", "등대입니다"),
        ("서울", "서울역에 있다"),
        ("리", "고리는 둥글다"),
        ("80 to 90 percent", "80 percent"),
        ("", "anything"),
        ("the", "anything"),
        ("no", "nothing is known"),
    ],
)
def test_does_not_stand(gold: str, reply: str) -> None:
    assert not stands(gold, reply)


def test_any_gold_will_do() -> None:
    assert contains(asked("2:17", "00:02:17"), "At 00:02:17.", None).correct
    assert not contains(asked("red", "blue"), "It is green.", None).correct


def test_a_list_is_worth_the_share_that_is_named() -> None:
    item = asked("7, 13 and 65 billion", data={"parts": ["7", "13", "65"]})
    score = contains(item, "It comes in 7B and 13B.", None)
    assert score.value == pytest.approx(2 / 3)
    assert not score.correct
    assert "65" in score.detail
    assert contains(item, "7B, 13B and 65B", None).correct
    assert contains(item, "70B, 130B and 650B", None).value == 0


def test_refusals() -> None:
    assert contains(unanswerable(), "Not found in your notes.", None).correct
    assert not contains(unanswerable(), "It is 15.", "15").correct


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_a_figure_stands_only_where_it_is(gold: int, other: int) -> None:
    assert stands(str(gold), f"They counted {gold} of them.")
    assert stands(str(gold), f"They counted {other} of them.") == (gold == other)


@given(st.text(max_size=40), st.text(max_size=200))
def test_nothing_breaks_it(gold: str, reply: str) -> None:
    assert stands(gold, reply) in (True, False)


@pytest.mark.parametrize(
    ("gold", "reply", "stands_there"),
    [
        ("C#", "It is C++.", False), ("C++", "It is C++.", True), ("C", "It is C++.", False),
        ("A+", "He got an A-.", False), ("A+", "He got an A+.", True), ("F#", "in F", False),
        ("vitamin A", "vitamin C", False), ("vitamin A", "It is vitamin A.", True),
        ("Na", "Na+ ions", False), ("Na+", "Na⁺ ions", True), ("x >= 5", "so x<=5", False),
        ("x >= 5", "so x ≥ 5 holds", True), ("A*", "uses A search", False),
        ("A*", "A* search", True), ("p -> q", "p <-> q", False), ("-x", "the x axis", False),
        ("5' end", "at the 5′ end", True), ("5' end", "at the 3' end", False),
        ("R&D", "R and D", True), ("the harbour", "in a harbour", True),
        ("self-consistency", "self consistency works", True),
    ],
)  # fmt: skip
def test_signs_that_mean_something_must_stand_there_too(
    gold: str, reply: str, stands_there: bool
) -> None:
    assert stands(gold, reply) is stands_there
