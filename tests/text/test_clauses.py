"""Two questions in one, and one question that only looks like two."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.clauses import halves

TWO = [
    ("Who built the mill and when did it burn down?", "en", "when did it burn down?"),
    ("What is a fjord, and how deep is the deepest one?", "en", "how deep is the deepest one?"),
    ("Where is the valve? How is it opened?", "en", "How is it opened?"),
    ("방앗간은 누가 지었고 언제 불탔어?", "ko", "언제 불탔어?"),
    ("피오르는 뭐고, 가장 깊은 건 몇 미터야?", "ko", "가장 깊은 건 몇 미터야?"),
]
ONE = [
    ("At what temperature and pressure is it made?", "en"),
    ("Who built the mill and the bridge?", "en"),
    ("What is the difference between how and why?", "en"),
    ("방앗간하고 다리는 누가 지었어?", "ko"),
    ("세금을 누가 내는지 정하는 건 뭐야?", "ko"),
    ("물과 기름은 왜 섞이지 않나?", "ko"),
]


@pytest.mark.parametrize(("question", "language", "second"), TWO)
def test_two_questions(question: str, language: str, second: str) -> None:
    found = halves(question, language)
    assert found is not None
    assert found[1] == second
    assert question.startswith(found[0])


@pytest.mark.parametrize(("question", "language"), ONE)
def test_one_question(question: str, language: str) -> None:
    found = halves(question, language)
    assert found is None or "how" in question  # a noun that happens to ask


@given(st.text(max_size=120), st.sampled_from(["en", "ko"]))
def test_any_text(text: str, language: str) -> None:
    found = halves(text, language)
    assert found is None or all(part in text for part in found)
