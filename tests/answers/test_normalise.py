"""Equivalence classes: the labelled pairs, and what must hold for any number."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pipeline.answers.normalise import canonical, same
from tests.answers.writings import WRITINGS, korean_words

PAIRS: list[dict[str, Any]] = [
    json.loads(line)
    for line in (Path(__file__).parent / "equivalence.jsonl").read_text("utf-8").splitlines()
]


def test_the_labelled_pairs_are_enough_and_of_both_kinds() -> None:
    labels = Counter(pair["same"] for pair in PAIRS)
    assert len(PAIRS) >= 990
    assert min(labels.values()) >= 450
    assert len({(p["a"], p["b"], p["kind"]) for p in PAIRS}) == len(PAIRS)


def test_at_least_99_in_100_pairs_are_right_and_nothing_different_is_merged() -> None:
    judged = [(p, same(p["a"], p["b"], p["kind"])) for p in PAIRS]
    wrong = [(p["a"], p["b"], v.reason) for p, v in judged if bool(v) is not p["same"]]
    merged = [(p["a"], p["b"], v.reason) for p, v in judged if v and not p["same"]]
    assert merged == []
    assert len(wrong) <= len(PAIRS) // 100, wrong


def test_sameness_has_no_order() -> None:
    for pair in PAIRS:
        one = same(pair["a"], pair["b"], pair["kind"])
        other = same(pair["b"], pair["a"], pair["kind"])
        assert one.same is other.same, pair


def test_every_answer_is_its_own_class_and_says_why() -> None:
    for pair in PAIRS:
        for answer in (pair["a"], pair["b"]):
            found = canonical(answer, pair["kind"])
            assert found is not None
            assert found.reason
            assert canonical(f"  {answer}\n", pair["kind"]) == found or "\n" in answer


kinds = st.sampled_from(["auto", "number", "choice", "yesno", "date", "list", "text"])
writings = st.sampled_from(WRITINGS)
numbers = st.one_of(st.integers(11, 10**6), st.integers(11, 10**15))


@given(numbers, writings, writings)
@settings(max_examples=400, deadline=None)
def test_one_number_is_one_class_however_written(
    value: int, one: Callable[[int], str], other: Callable[[int], str]
) -> None:
    verdict = same(one(value), other(value), "number")
    assert verdict, (one(value), other(value), verdict.reason)


@given(numbers, numbers, writings, writings, st.sampled_from(["auto", "number", "text", "list"]))
@settings(max_examples=600, deadline=None)
def test_different_numbers_are_never_merged(
    value: int, peer: int, one: Callable[[int], str], other: Callable[[int], str], kind: Any
) -> None:
    assume(value != peer)
    a, b = one(value), other(peer)
    assert not same(a, b, kind), (a, b)


@given(numbers, st.sampled_from([10, 100, 1000, 10_000, 10**6]), writings, writings)
@settings(max_examples=400, deadline=None)
def test_numbers_a_power_of_ten_apart_are_never_merged(
    value: int, factor: int, one: Callable[[int], str], other: Callable[[int], str]
) -> None:
    assume(value * factor < 10**15)
    a, b = one(value), other(value * factor)
    assert not same(a, b), (a, b)
    assert not same(f"값은 {a}", f"값은 {b}"), (a, b)


@given(numbers, numbers, writings, writings)
@settings(max_examples=300, deadline=None)
def test_figures_inside_of_text_keep_texts_apart(
    value: int, peer: int, one: Callable[[int], str], other: Callable[[int], str]
) -> None:
    assume(value != peer)
    assume(one is not korean_words)
    assume(other is not korean_words)
    for sentence in ("The model has {} parameters", "이 모델의 크기는 {} 정도이다"):
        a, b = sentence.format(one(value)), sentence.format(other(peer))
        assert not same(a, b), (a, b)


@given(st.integers(1, 9), st.integers(0, 9), st.integers(0, 9))
@settings(deadline=None)
def test_names_with_different_versions_are_never_merged(name: int, one: int, other: int) -> None:
    assume(one != other)
    assert not same(f"GPT-{name}.{one}", f"GPT-{name}.{other}")
    assert same(f"GPT-{name}.{one}", f"gpt {name}.{one}")


@given(st.text(max_size=120), kinds)
@settings(max_examples=500, deadline=None)
def test_any_text_has_a_class_or_none(text: str, kind: Any) -> None:
    found = canonical(text, kind)
    assert found is None or (found.key and found.reason)


@pytest.mark.parametrize(
    "text",
    ["", "   ", "...", "[invalid]", "N/A", "unknown", "I don't know.", "모르겠습니다",
     "알 수 없습니다",
     "The answer cannot be determined",
     "not mentioned in the notes", "<answer>", "??", "—"],
)  # fmt: skip
def test_what_is_no_answer_has_no_class(text: str) -> None:
    for kind in ("auto", "text", "number", "choice", "yesno", "date", "list"):
        assert canonical(text, kind) is None, kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Paris", "number"),
        ("between 3 and 5 or 7", "number"),
        ("Paris", "yesno"),
        ("Paris", "choice"),
        ("(A) or (B)", "choice"),
        ("Paris", "date"),
        ("2023 or 2024", "date"),
        ("Yes and no", "yesno"),
    ],
)
def test_an_answer_of_another_kind_has_no_class(text: str, kind: Any) -> None:
    assert canonical(text, kind) is None


def test_reasons_are_words() -> None:
    assert same("1,750억", "175B").reason == "both are the number 175000000000"
    assert same("18", "$18").reason == "the number 18 and 18 USD: one leaves the unit out"
    assert same("7B", "7GB").reason == "the number 7000000000 is not 7 GB"
    assert "no answer" in same("[invalid]", "7").reason


@pytest.mark.parametrize(
    ("text", "written"),
    [("0.5", "0.5"), ("-0.25", "-0.25"), ("12.05", "12.05"), ("1/3", "1/3"), ("3/8", "0.375"),
     ("-7.5", "-7.5"), ("50 %", "0.5"), ("10^30", "31-digit number"),
     ("40", "40")],
)  # fmt: skip
def test_a_reason_writes_the_number_as_people_do(text: str, written: str) -> None:
    found = canonical(text, "number")
    assert found is not None
    assert found.reason == f"the number {written}"


@pytest.mark.parametrize(
    ("text", "key"),
    [("999", None), ("1000", "n:1000"), ("2999", "n:2999"), ("3000", None), ("1066년", "n:1066"),
     ("1492.5", None)],
)  # fmt: skip
def test_a_bare_number_that_can_be_a_year_is_a_date(text: str, key: str | None) -> None:
    found = canonical(text, "date")
    assert (found.key if found else None) == key
