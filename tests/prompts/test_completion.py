"""Prompts in completion form: worked examples as data, in both languages, and what ends a reply."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.evidence.spans import find_span
from pipeline.prompts import completion_prompts
from pipeline.prompts.completion_prompts import completion_prompt, load_completion, worked_prompt
from pipeline.prompts.exemplar import Exemplar, exemplar_set
from pipeline.strategies import PROMPT_METHODS
from pipeline.text.language import language_of
from pipeline.types import Passage, Place

FILES = sorted(
    file.stem for file in Path(completion_prompts.__file__).with_name("completion").iterdir()
)
PIECES = {"span", "span-asked-first"}
NAMES = [name for name in FILES if name not in PIECES]
FOLLOWING = {"judge", "right", "compare", "feedback", "revise", "choose"}
FIELDS = {"reply": "It is grey.", "mistakes": "It is white.", "replies": "Reply 1: grey",
          "first": "grey", "second": "white"}  # fmt: skip
TEXT = st.text("ab{}가질문: ?", min_size=1, max_size=20).map(str.strip).filter(bool)


def passage(text: str, *headings: str) -> Passage:
    return Passage("id" + text[:4], text, "a.md", Place("a.md", 1, 1), headings)


def test_every_way_and_every_later_turn_has_one() -> None:
    assert set(FILES) == set(PROMPT_METHODS) | FOLLOWING | PIECES


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("shown", [True, False])
@pytest.mark.parametrize("name", NAMES)
def test_the_examples_are_whole_and_like_the_case(name: str, shown: bool, language: str) -> None:
    passages = [passage("The heron is grey.")] if shown else []
    question = {"en": "What is it?", "ko": "무엇인가?"}[language]
    prompt = completion_prompt(name, language, question, passages, (), False, **FIELDS)
    *examples, case = prompt.messages
    assert len(examples) >= 4
    assert [m.role for m in prompt.messages] == ["user", "assistant"] * (len(examples) // 2) + [
        "user"
    ]
    assert question in case.content
    assert case.content.rstrip().endswith((":", "："))
    for message in examples:
        assert message.content.strip()
        assert not re.search(r"\{\w+\}", message.content)
        assert "\n\n" not in message.content  # which ends a reply
    labels = [line.split(":")[0] for line in case.content.split("\n") if ":" in line]
    for asked in examples[::2]:
        if name not in ("program", "choose"):
            assert [x.split(":")[0] for x in asked.content.split("\n")][-1] == labels[-1]
            assert ("Passage" in asked.content or "본문" in asked.content) is shown
        assert language_of(asked.content) == language


@pytest.mark.parametrize("language", ["en", "ko"])
def test_stops_are_what_begins_another_case(language: str) -> None:
    stops = load_completion("cot").stops(language)
    prompt = completion_prompt("cot", language, "?", [passage("A fact.")])
    assert len(stops) == 2
    for stop in stops:
        assert stop.startswith("\n")
        assert stop in "\n" + prompt.messages[0].content
        assert not any(stop in "\n" + m.content for m in prompt.messages[1::2])


def test_checks_are_shown_right_and_wrong() -> None:
    for name in ("checked", "checked_closed"):
        for language in ("en", "ko"):
            rows = exemplar_set(name, language)
            assert {row["right"] for row in rows} == {"True", "False"}
            assert {row["mistakes"] == "OK" for row in rows} == {True, False}
            for row in rows:
                assert (row["grade"] in "45") is (row["right"] == "True")
                assert (row["mistakes"] == "OK") is (row["right"] == "True")


def test_answers_of_the_reading_examples_stand_in_their_passages() -> None:
    for language in ("en", "ko"):
        for row in exemplar_set("reading", language):
            assert row["answer"] in row["passages"]


def test_sentences_are_lines_and_passages_are_numbered() -> None:
    two = [passage("First fact.", "Birds", "Herons"), passage("Second fact.")]
    last = completion_prompt("direct", "en", "What?", two).messages[-1].content
    assert "Passage: [1] Birds > Herons\nFirst fact.\n[2] Second fact.\nQuestion: What?" in last
    lines = completion_prompt("direct", "en", "What?", two, lines=True).messages[-1].content
    assert "First fact.\nSecond fact.\nQuestion: What?" in lines
    assert completion_prompt("direct", "en", "What?", two).passages == tuple(p.id for p in two)


def test_the_examples_of_a_question_are_taken_for_the_shipped_ones() -> None:
    own = [Exemplar("1 + 1?", "2", "1 and 1 are 2."), Exemplar("2 + 2?", "4")]
    prompt = completion_prompt("cot", "en", "3 + 3?", exemplars=own)
    assert [m.content for m in prompt.messages] == [
        "Question: 1 + 1?\nReasoning:",
        "1 and 1 are 2.\nAnswer: 2",
        "Question: 2 + 2?\nReasoning:",
        "Answer: 4",
        "Question: 3 + 3?\nReasoning:",
    ]


def test_another_language_gets_english() -> None:
    assert completion_prompt("cot", "fr", "q") == completion_prompt("cot", "en", "q")


@given(TEXT, TEXT)
def test_braces_in_a_question_or_a_passage_are_text(question: str, text: str) -> None:
    last = completion_prompt("cot", "ko", question, [passage(text)]).messages[-1].content
    assert f"본문: {text}\n질문: {question}\n풀이:" == last


@pytest.mark.parametrize("language", ["en", "ko"])
def test_examples_of_pieces_are_pieces(language: str) -> None:
    rows = exemplar_set("spans", language)
    assert len(rows) >= 8
    for row in rows:
        assert find_span(row["answer"], row["passages"], language) is not None
        assert row["question"].endswith("?")


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("name", sorted(PIECES))
def test_every_order_is_another_prompt_that_ends_in_the_case(name: str, language: str) -> None:
    case = {"passages": "{A} heron.", "question": "What {is} it?", "answer": "heron"}
    texts = [worked_prompt(name, language, order, 5, **case).text for order in range(8)]
    assert len(set(texts)) == len({text.partition("\n\n")[0] for text in texts if text}) == 8
    for text in texts:
        assert text is not None
        *examples, last = text.split("\n\n")
        assert len(examples) == 5
        assert "{A} heron." in last
        assert last.endswith(":")
        label = last.rpartition("\n")[2]
        assert all(example.rpartition("\n")[2].startswith(f"{label} ") for example in examples)
