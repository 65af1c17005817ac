"""Minimum Bayes risk over the F1 of units."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.evidence.reply_reading import FinalReader
from pipeline.strategies import Question, make_strategy
from pipeline.strategies.minimum_bayes_risk import agreement, overlap, units
from tests.strategies.driving import INVALID, drive

WORDS = Question("Why?", read=FinalReader("text"), id="q")
bags = st.lists(st.sampled_from("abcde"), max_size=6).map(Counter)


def f1(one: str, other: str) -> float:
    return overlap(Counter(units(one)), Counter(units(other)))


def test_units() -> None:
    assert units("GPT-3's 1,750 layers") == ["gpt", "3", "s", "1750", "layers"]
    assert units("지식 증류란?") == ["지", "식", "증", "류", "란"]


def test_answers_of_signs_alone_are_equal() -> None:
    assert f1("?", "…") == 1


def test_korean_by_syllables() -> None:
    # 4 shared of 4 and 5: particles and spacing cost little.
    assert f1("지식 증류", "지식증류는") == pytest.approx(8 / 9)
    assert f1("지식 증류", "양자화") == 0


def test_the_reply_in_the_middle_wins() -> None:
    replies = ["it saves memory", "it saves memory and time", "it saves time", "no idea at all"]
    decision = drive(make_strategy("cot@mbr4"), replies, question=WORDS).decision
    assert decision.winner is not None
    # F1 of the second with the others: 6 / 8, 1, 6 / 8, 0.
    assert decision.winner.text == "it saves memory and time"
    assert decision.confidence == pytest.approx((6 / 8 + 1 + 6 / 8) / 4)
    assert decision.share == 0.25


def test_an_invalid_reply_lowers_the_confidence_of_the_others() -> None:
    decision = drive(make_strategy("cot@mbr2"), [INVALID, "to save time"], question=WORDS).decision
    assert decision.confidence == 0.5


@given(bags, bags)
def test_overlap_is_a_share_and_the_same_both_ways(one: Counter[str], other: Counter[str]) -> None:
    assert 0 <= overlap(one, other) == overlap(other, one) <= 1
    assert (overlap(one, other) == 1) == (one == other)


@given(st.lists(bags | st.none(), min_size=1, max_size=6), st.randoms())
def test_the_order_of_replies_changes_no_score(
    found: list[Counter[str] | None], rng: object
) -> None:
    order = list(range(len(found)))
    rng.shuffle(order)  # type: ignore[attr-defined]
    scores, shuffled = agreement(found), agreement([found[i] for i in order])
    assert shuffled == pytest.approx([scores[i] for i in order])
