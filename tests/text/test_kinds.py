"""The kind of a question, of questions that nothing was fitted on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.question_kinds import (
    KINDS,
    asks_for,
    grams,
    kind_of,
    kind_scores,
    only_asks,
    subject_of,
)

TOLD = [
    ("How do a lake and a lagoon differ?", "en", "comparison"),
    ("What is the difference between a hedge fund and a mutual fund?", "en", "comparison"),
    ("Summarise the chapter on glaciers.", "en", "summary"),
    ("Give me an overview of all the notes.", "en", "summary"),
    ("List the causes of the strike.", "en", "list"),
    ("types of glacier", "en", "list"),
    ("빙하의 종류", "ko", "list"),
    ("다음 연습까지 뭘 해야 돼?", "ko", "task"),
    ("What has to be done before the next rehearsal?", "en", "task"),
    ("Who designed the lighthouse?", "en", "fact"),
    ("How many locks does the canal have?", "en", "fact"),
    ("hello", "en", "about"),
    ("호수와 석호는 어떻게 다른가?", "ko", "comparison"),
    ("헤지 펀드랑 뮤추얼 펀드 차이가 뭐야", "ko", "comparison"),
    ("빙하 단원을 요약해 줘", "ko", "summary"),
    ("노트 전체를 정리해 주세요", "ko", "summary"),
    ("등대를 설계한 사람은 누구인가?", "ko", "fact"),
    ("운하에는 갑문이 몇 개야?", "ko", "fact"),
    ("안녕하세요", "ko", "about"),
]


@pytest.mark.parametrize(("question", "language", "kind"), TOLD)
def test_kinds_by_words_alone(question: str, language: str, kind: str) -> None:
    assert kind_of(question, language) == kind


def test_a_plain_question_is_seldom_taken_for_another_kind() -> None:
    """Questions of many subjects: what is asked for is a fact, a meaning or a reason."""
    plain = [
        ("Where is the gearbox mounted?", "en"),
        ("Why did the bridge collapse?", "en"),
        ("What is a caesura?", "en"),
        ("Which metal is the bell made of?", "en"),
        ("When was the treaty signed?", "en"),
        ("How does search and replace work?", "en"),
        ("다리는 왜 무너졌나?", "ko"),
        ("종은 어떤 금속으로 만들어?", "ko"),
        ("조약은 언제 맺어졌나요?", "ko"),
        ("휴지부가 뭐야?", "ko"),
        ("기어박스는 어디에 달려 있나", "ko"),
    ]
    found = [kind_of(question, language) for question, language in plain]
    assert sum(kind in ("fact", "definition", "why") for kind in found) >= 9, found


def test_a_question_about_everything_has_no_subject() -> None:
    assert only_asks("Summarise this note.")
    assert only_asks("노트 전체를 요약해 줘")
    assert not only_asks("Summarise the note on glaciers.")
    assert not only_asks("빙하 노트를 요약해 줘")


def test_what_a_question_is_about_is_what_else_it_says() -> None:
    assert subject_of("Could you explain glaciers to me in simple words?") == "glaciers"
    assert "빙하가" in subject_of("빙하가 뭔지 쉽게 설명해 줘")


@pytest.mark.parametrize(
    ("label", "kind", "asks"),
    [
        ("Decided", "decision", True),
        ("결정 사항", "decision", True),
        ("Next steps", "task", True),
        ("할 일", "task", True),
        ("Players", "task", False),
        ("증상", "decision", False),
    ],
)
def test_labels_of_minutes(label: str, kind: str, asks: bool) -> None:
    assert (asks_for(label, kind) >= 0.2) is asks


@given(st.text(max_size=200))
def test_any_text_has_a_kind(text: str) -> None:
    for language in ("en", "ko"):
        assert kind_of(text, language) in KINDS
        assert len(kind_scores(text, language)) == len(KINDS)
    assert grams(text) == grams(text)
