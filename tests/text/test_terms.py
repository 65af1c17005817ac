"""What a question is about, without the words that say what kind of answer is wanted."""

from __future__ import annotations

import pytest

from pipeline.text.terms import subject, terms


@pytest.mark.parametrize(
    ("question", "left"),
    [
        ("RTT가 뭐야?", "RTT"),
        ("빵 반죽에 효모를 몇 그램 넣나요?", "빵 반죽에 효모를 그램 넣"),
        ("금성은 누가 관측했나요?", "금성은 관측"),
        ("모세혈관이 뭐냐", "모세혈관이"),
        ("왜 왜란이 일어났나요?", "왜란이 일어났"),
        ("How many moons does Mars have?", "moons Mars"),
        ("What does the femur connect to?", "femur connect"),
        ("TCP와 UDP", "TCP UDP"),
    ],
)
def test_words_that_ask_are_left_out(question: str, left: str) -> None:
    assert subject(question).replace("?", "").split() == left.split()


@pytest.mark.parametrize("question", ["오보에는 누가 발명했나요?", "How large is the oven?"])
def test_a_question_has_the_terms_of_what_it_is_about(question: str) -> None:
    assert terms(question, question=True) == terms(subject(question)) != terms(question)
