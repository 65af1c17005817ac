"""Follow-up questions: what is rewritten, into what, and what is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.answering.conversation import Turn, readings

GPT2 = Turn("How many parameters does GPT-2 have?", "1.5 billion")
GOPHER = Turn("Who made Gopher?", "DeepMind")
BACKPROP = Turn("What is backpropagation?", "A way to compute gradients.")
GPT3 = Turn("GPT-3의 파라미터는 몇 개인가요?", "1,750억 개")
CHINCHILLA = Turn("친칠라는 누가 만들었나요?", "딥마인드")
YEOKJEON = Turn("역전파가 뭐야?", "기울기를 구하는 방법")


@pytest.mark.parametrize(
    ("before", "question", "whole"),
    [
        (GPT2, "And GPT-3?", "How many parameters does GPT-3 have?"),
        (GPT2, "What about PaLM?", "How many parameters does PaLM have?"),
        (GPT2, "GPT-3?", "How many parameters does GPT-3 have?"),
        (GPT2, "and for GPT-3", "How many parameters does GPT-3 have?"),
        (GPT2, "Who made it?", "Who made GPT-2?"),
        (GPT2, "What is its context length?", "What is GPT-2's context length?"),
        (GPT2, "How does that work?", "How does GPT-2 work?"),
        (GPT2, "Which models are better than that?", "Which models are better than GPT-2?"),
        (GPT2, "Who wrote that paper?", "Who wrote the GPT-2 paper?"),
        (GPT2, "Where is that company?", "Where is the GPT-2 company?"),
        (GPT2, "When?", "When? (parameters GPT-2)"),
        (GPT2, "Why is that?", "Why? (parameters GPT-2)"),
        (GPT2, "Compare it with GPT-3.", "Compare GPT-2 with GPT-3."),
        (GPT2, "Could you explain in more detail?", "Tell me more about GPT-2."),
        (GPT2, "What about in 2020?", "How many parameters does GPT-2 have in 2020?"),
        (GPT3, "더 자세히 알려줘", "GPT-3에 대해 더 자세히 알려 주세요."),
        (GPT3, "걔는 누가 만들었어?", "GPT-3는 누가 만들었어?"),
        (GOPHER, "What else did they make?", "What else did DeepMind make?"),
        (GOPHER, "When did they release it?", "When did DeepMind release Gopher?"),
        (GOPHER, "Where is that company?", "Where is DeepMind?"),
        (BACKPROP, "How does it work?", "How does backpropagation work?"),
        (GPT3, "그럼 GPT-2는?", "GPT-2의 파라미터는 몇 개인가요?"),
        (GPT3, "GPT-2?", "GPT-2의 파라미터는 몇 개인가요?"),
        (GPT3, "Gopher의 경우는 어때요?", "Gopher의 파라미터는 몇 개인가요?"),
        (GPT3, "그건 누가 만들었어?", "GPT-3는 누가 만들었어?"),
        (GPT3, "그 모델은 언제 나왔나요?", "GPT-3 모델은 언제 나왔나요?"),
        (GPT3, "그것의 문맥 길이는?", "GPT-3의 문맥 길이는?"),
        (GPT3, "그 회사는 어디에 있나요?", "GPT-3 회사는 어디에 있나요?"),
        (CHINCHILLA, "언제?", "친칠라는 언제 만들었나요?"),
        (CHINCHILLA, "그들은 또 무엇을 만들었나요?", "딥마인드는 또 무엇을 만들었나요?"),
        (CHINCHILLA, "그 회사가 만든 다른 모델은?", "딥마인드가 만든 다른 모델은?"),
        (CHINCHILLA, "그게 뭐야?", "친칠라가 뭐야?"),
        (YEOKJEON, "그건 왜 필요해?", "역전파는 왜 필요해?"),
        (YEOKJEON, "왜?", "역전파는 왜?"),
    ],
)
def test_what_leans_back_is_made_whole(before: Turn, question: str, whole: str) -> None:
    (found,) = readings(question, [before])
    assert found.text == whole


@pytest.mark.parametrize(
    ("before", "question"),
    [
        (GPT2, "What is quantization?"),
        (GPT2, "How long does it take to train GPT-3?"),
        (GPT2, "Is it true that bigger is better?"),
        (GPT2, "What is LoRA and how does it work?"),
        (GPT2, "If dropout is used, why does it help?"),
        (GPT2, "Which model did Google make?"),
        (GPT2, "What do models that are small cost?"),
        (GPT2, "Is this the year of agents, or that of chips?"),
        (GPT2, "Thanks!"),
        (GPT2, "Are you sure?"),
        (GPT2, "Is that a lot?"),
        (GPT3, "정말?"),
        (GPT3, "고마워"),
        (GPT3, "다른 건?"),
        (GPT3, "GPT-2도 그래?"),
        (GPT3, "역전파가 뭐야?"),
        (GPT3, "양자화란 무엇인가요?"),
        (GPT3, "Gopher와 친칠라 중 어느 것이 더 큰가요?"),
        (GPT3, "BERT는 무엇이고 그것은 누가 만들었나요?"),
        (GPT3, "그림을 그리는 Midjourney는 뭐야?"),
    ],
)
def test_what_stands_by_itself_is_left_alone(before: Turn, question: str) -> None:
    assert readings(question, [before]) == []


@pytest.mark.parametrize(
    ("before", "question", "ways"),
    [
        (GPT2, "And chinchilla?",
         {"How many parameters does chinchilla have?", "Chinchilla of GPT-2?"}),
        (GPT2, "And the number of layers?",
         {"Number of layers of GPT-2?", "How many parameters does number of layers have?"}),
        (GPT3, "친칠라는?", {"친칠라의 파라미터는 몇 개인가요?", "GPT-3의 친칠라는?"}),
        (GPT3, "층 수는?", {"GPT-3의 층 수는?", "층 수의 파라미터는 몇 개인가요?"}),
        (YEOKJEON, "드롭아웃은?", {"드롭아웃이 뭐야?", "역전파의 드롭아웃은?"}),
    ],
)  # fmt: skip
def test_where_words_do_not_decide_there_are_two_readings(
    before: Turn, question: str, ways: set[str]
) -> None:
    assert {reading.text for reading in readings(question, [before])} == ways


@pytest.mark.parametrize(
    ("before", "question", "text", "lean"),
    [
        (GPT2, "How many layers?", "How many layers does GPT-2 have?", "left out"),
        (GPT2, "and how many layers?", "How many layers does GPT-2 have?", "left out"),
        (GPT3, "파라미터는 몇 개야?", "GPT-3의 파라미터는 몇 개야?", "left out"),
        (GPT3, "누가 만들었어?", "GPT-3는 누가 만들었어?", "left out"),
        (GPT2, "Who made it?", "Who made GPT-2?", "points"),
        (GPT2, "When?", "When? (parameters GPT-2)", "empty"),
        (GPT2, "Tell me more.", "Tell me more about GPT-2.", "empty"),
    ],
)
def test_what_makes_it_lean_is_told(before: Turn, question: str, text: str, lean: str) -> None:
    (found,) = readings(question, [before])
    assert (found.text, found.lean) == (text, lean)


def test_which_one_is_of_the_last_two_things() -> None:
    (english,) = readings("Which one is larger?", [GOPHER, GPT2])
    assert english.text == "Which one is larger, Gopher or GPT-2?"
    (korean,) = readings("둘 중 어느 것이 더 큰가요?", [CHINCHILLA, GPT3])
    assert korean.text == "친칠라와 GPT-3 중 어느 것이 더 큰가요?"
    assert not readings("Which one is larger?", [GPT2])
    for asked in ("Compare them.", "What's the difference?", "How do they differ?"):
        (both,) = readings(asked, [GOPHER, GPT2])
        assert both.text == "What is the difference between Gopher and GPT-2?"
    (both,) = readings("둘의 차이는 뭐야?", [CHINCHILLA, GPT3])
    assert both.text == "친칠라와 GPT-3의 차이는 뭐야?"


def test_it_is_what_was_spoken_of_last_and_a_turn_about_nothing_is_passed_over() -> None:
    assert readings("Who made it?", [GPT2, BACKPROP])[0].text == "Who made backpropagation?"
    assert readings("Who made it?", [GPT2, Turn("Why?", "")])[0].text == "Who made GPT-2?"


@pytest.mark.parametrize(
    ("before", "question", "whole"),
    [
        (Turn("Who was Ada Lovelace?", "A mathematician"), "When did she write the program?",
         "When did Ada Lovelace write the program?"),
        (Turn("When was the War of 1812 fought?", "1812 to 1815"), "Who won it?",
         "Who won War of 1812?"),
        (Turn("Where is St. Petersburg?", "On the Neva"), "Who founded it?",
         "Who founded St. Petersburg?"),
    ],
)  # fmt: skip
def test_a_name_is_put_in_whole_and_a_description_is_no_name(
    before: Turn, question: str, whole: str
) -> None:
    (found,) = readings(question, [before])
    assert found.text == whole


def test_the_first_question_is_asked_as_it_is() -> None:
    for question in ("And GPT-3?", "Who made it?", "그건 누가 만들었어?"):
        assert readings(question, []) == []


WORDS = st.lists(
    st.sampled_from("it that they its And What about GPT-3 which is and why 그건 그 모델은 둘 중 "
                    "왜 친칠라는 층 수는 ? , GPT-2? 몇 개야?".split()),
    max_size=8,
).map(" ".join)  # fmt: skip


@given(st.one_of(WORDS, st.text(max_size=60)), st.lists(st.builds(Turn, WORDS, WORDS), max_size=3))
def test_any_question_has_a_reading_and_never_the_same_twice(
    question: str, history: list[Turn]
) -> None:
    found = [reading.text for reading in readings(question, history)]
    assert len(found) <= 2
    assert len(set(found)) == len(found)
