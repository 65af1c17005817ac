"""Chain of thought by example, also where the question brings no example."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.prompts.exemplar import Exemplar
from pipeline.strategies.common.prompt_method import PromptMethod
from tests.strategies.helpers import sum_question

WAY = PromptMethod("fewshot")


@pytest.mark.parametrize(("language", "mark"), [("en", "Answer:"), ("ko", "답:")])
def test_four_examples_of_the_language_are_shown(language: str, mark: str) -> None:
    prompt = WAY.prompt(replace(sum_question(), language=language))
    replies = [m.content for m in prompt.messages if m.role == "assistant"]
    assert [m.role for m in prompt.messages] == ["user", "assistant"] * 4 + ["user"]
    assert all(f"\n{mark} " in reply for reply in replies)
    korean = [any("가" <= c <= "힣" for c in m.content) for m in prompt.messages[:-1]]
    assert all(korean) if language == "ko" else not any(korean)


def test_the_examples_of_the_question_come_first() -> None:
    own = (Exemplar("What is 1 + 1?", "2", "1 + 1 = 2."),)
    prompt = WAY.prompt(sum_question(exemplars=own))
    assert [m.content for m in prompt.messages] == [
        "What is 1 + 1?",
        "1 + 1 = 2.\nAnswer: 2",
        "What is 3 + 5 + 9?",
    ]


def test_other_ways_show_no_example_of_their_own() -> None:
    assert len(PromptMethod("cot").prompt(sum_question()).messages) == 1
