"""What a question is about."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.answering.conversation.topic import topics


@pytest.mark.parametrize(
    ("question", "about"),
    [
        ("How many parameters does GPT-2 have?", ["GPT-2"]),
        ("How does LoRA differ from QLoRA?", ["LoRA", "QLoRA"]),
        ("What is backpropagation?", ["backpropagation"]),
        ("How does gradient descent work?", ["gradient descent"]),
        ("What is a mixture of experts?", ["mixture of experts"]),
        ("Who invented dropout?", ["dropout"]),
        ("Why?", []),
        ("역전파가 뭐야?", ["역전파"]),
        ("어텐션 메커니즘은 무엇인가요?", ["어텐션 메커니즘"]),
        ("친칠라는 누가 만들었나요?", ["친칠라"]),
        ("언제 트랜스포머가 나왔나요?", ["트랜스포머"]),
        ("GPT-3의 파라미터는 몇 개인가요?", ["GPT-3"]),
        ("평가 방법은 무엇인가요?", ["평가"]),
        ("왜?", []),
    ],
)
def test_the_topic(question: str, about: list[str]) -> None:
    assert [topic.text for topic in topics(question)] == about


@given(st.text(st.characters(codec="utf-8"), max_size=80))
def test_a_topic_stands_where_it_says(question: str) -> None:
    for topic in topics(question):
        assert question[topic.start : topic.end] == topic.text != ""
