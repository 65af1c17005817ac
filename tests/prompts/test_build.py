"""Prompts: what the model is shown, and nothing read into what it is shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ConfigError
from pipeline.prompts import build_prompt, load_template, template_names
from pipeline.types import Passage, Place


def passage(text: str, *headings: str) -> Passage:
    return Passage("id" + text[:4], text, "a.md", Place("a.md", 1, 1), headings)


@pytest.mark.parametrize("name", template_names())
@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_template_shows_numbered_passages_and_the_question(name: str, language: str) -> None:
    shown = [passage("First fact.", "Models", "Sizes"), passage("Second fact.")]
    prompt = build_prompt("What is it?", shown, load_template(name), language)
    text = prompt.messages[-1].content
    assert "[1] Models > Sizes\nFirst fact." in text
    assert "[2] Second fact." in text
    assert text.index("Second fact.") < text.index("What is it?")
    assert prompt.passages == tuple(p.id for p in shown)
    assert prompt.template == name


@pytest.mark.parametrize("name", ["cot", "plan"])
@pytest.mark.parametrize("language", ["en", "ko"])
def test_templates_that_reason_name_the_mark_they_ask_for(name: str, language: str) -> None:
    template = load_template(name)
    text = build_prompt("?", [], template, language).messages[-1].content
    assert f'"{template.answer_mark[language]}"' in text


def test_a_single_passage_needs_no_number() -> None:
    prompt = build_prompt("What?", [passage("A fact.")], load_template("direct"), "en")
    assert prompt.messages[-1].content == "A fact.\n\nWhat?"


def test_the_three_ways_of_asking_are_there() -> None:
    assert {"direct", "cot", "plan"} <= set(template_names())


def test_a_language_without_a_template_gets_english() -> None:
    template = load_template("cot")
    assert build_prompt("q", [], template, "fr") == build_prompt("q", [], template, "en")


def test_an_unknown_template_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match="`plan`"):
        load_template("plans")


@given(st.text(), st.text())
def test_braces_in_notes_and_questions_are_text(question: str, note: str) -> None:
    note, question = "{question}{passages}" + note, question + "{passages} {question}"
    text = (
        build_prompt(question, [passage(note)], load_template("direct"), "en").messages[0].content
    )
    assert text == f"{note.strip()}\n\n{question.strip()}".strip()
