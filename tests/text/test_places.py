"""Times and numbered places in questions, and what only looks like one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.places import Reference, references

TIMES = [
    ("What was said at about 12 minutes?", 720, 779),
    ("What happens around 16:30?", 990, 990),
    ("what did she say at 1:02:05", 3725, 3725),
    ("Around minute 23, what is shown?", 1380, 1439),
    ("At 12 minutes 30 seconds, who speaks?", 750, 750),
    ("What comes at the 40 minute mark?", 2400, 2459),
    ("12분쯤에 뭐라고 했어?", 720, 779),
    ("강의 21분 30초에 나온 내용이 뭐야", 1290, 1290),
    ("1시간 5분 무렵에는 무슨 이야기를 하나", 3900, 3959),
]
NUMBERS = [
    ("What is on slide 4?", "slide", 4, "What is ?"),
    ("3쪽에는 무슨 표가 있어?", "쪽", 3, "무슨 표가 있어?"),
    ("5번 슬라이드에 뭐라고 쓰여 있나", "슬라이드", 5, "뭐라고 쓰여 있나"),
    ("슬라이드 7에서는 뭘 설명해?", "슬라이드", 7, "뭘 설명해?"),
    ("In lab 2, which salt do we weigh?", "lab", 2, "which salt do we weigh?"),
    ("What does the fourth slide show?", "slide", 4, "What does the show?"),
]


@pytest.mark.parametrize(("question", "first", "last"), TIMES)
def test_times(question: str, first: float, last: float) -> None:
    (found,) = [one for one in references(question) if not one.word]
    assert (found.first, found.last) == (first, last)


@pytest.mark.parametrize(("question", "word", "number", "rest"), NUMBERS)
def test_numbers(question: str, word: str, number: int, rest: str) -> None:
    found = next(one for one in references(question) if one.calls(word))
    assert found.number == number
    assert found.without(question) == rest


@pytest.mark.parametrize(
    "question",
    [
        "How long does it take, 12 minutes or more?",
        "Simmer for 20 minutes: what for?",
        "한 번에 12분 걸리는 일은?",
        "Is 3.5 more than pi?",
    ],
)
def test_an_amount_of_time_is_no_place(question: str) -> None:
    assert [one for one in references(question) if not one.word] == []


@given(st.text(max_size=120))
def test_any_text(text: str) -> None:
    for one in references(text):
        assert 0 <= one.start < one.end <= len(text)
        again = Reference.from_key(one.key)
        assert (again.first, again.last, again.number, again.word) == (
            one.first, one.last, one.number, one.word,
        )  # fmt: skip
