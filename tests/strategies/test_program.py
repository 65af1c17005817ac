"""Program of thoughts: what is voted for is the value of what was written."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.prompts.exemplar import Exemplar
from pipeline.strategies import make_strategy
from pipeline.strategies.common.prompt_method import PromptMethod
from pipeline.types import Sample, SampleParams
from tests.strategies.helpers import run, sum_question

WAY = PromptMethod("program")


def read(reply: str, finish: str = "stop") -> str | None:
    question = sum_question()
    found = WAY.read(question, Sample(WAY.request(question, 0), reply, finish, 5))  # type: ignore[arg-type]
    return found.text if found else None


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("ans = 3 + 5 + 9", "17"),
        ("a = 3 + 5\nans = a + 9", "17"),
        ("```python\nans = 3 + 5 + 9\n```\nSo the answer is 18.", "17"),
        ("3 + 5 + 9", "17"),
        ("ans = 1 / 4", "0.25"),
        ("ans = 1 / 3", "1/3"),
        ("The answer is 17.", None),
        ("ans = open('/etc/passwd')", None),
        ("ans = 1 / 0", None),
        ("", None),
    ],
)
def test_the_answer_is_the_value(reply: str, value: str | None) -> None:
    assert read(reply) == value


def test_a_program_that_was_cut_off_has_no_value() -> None:
    assert read("ans = 3 + 5 + 9", "length") is None  # it may have gone on: 3 + 5 + 91
    assert read("```\nans = 17\n```\nThat is becau", "length") == "17"
    assert read("ans = 17", "cancelled") is None


def test_votes_are_over_values_not_over_words() -> None:
    replies = ["ans = 3 + 5 + 9", "x = 18\nans = x", "a = 8\nb = 9\nans = a + b", "ans = 1 / 0"]
    thought, _ = run(make_strategy("program@sc4"), lambda _, draw: replies[draw])
    assert [(v.answer, v.count) for v in thought.decision.votes] == [("17", 2), ("18", 1)]
    assert thought.decision.share == 0.5


def test_its_examples_are_programs_even_where_the_question_has_examples_in_words() -> None:
    own = (Exemplar("What is 1 + 1?", "2", "1 + 1 = 2."),)
    prompt = WAY.prompt(sum_question(exemplars=own))
    shown = [m.content for m in prompt.messages if m.role == "assistant"]
    assert len(shown) == 4
    assert all("ans = " in text for text in shown)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_shipped_programs_compute_the_answers_beside_them(language: str) -> None:
    examples = WAY.template.worked[language]
    assert len(examples) == 4
    assert [read(one.reasoning) for one in examples] == [one.answer for one in examples]


@given(st.integers(-999, 999), st.integers(-999, 999), st.sampled_from("+-*"))
def test_whole_sums_come_out_as_they_are(a: int, b: int, sign: str) -> None:
    right = {"+": a + b, "-": a - b, "*": a * b}[sign]
    assert read(f"a = {a}\nans = a {sign} {b}") == str(right)


def test_no_more_is_written_than_the_template_or_the_question_says() -> None:
    question = sum_question()
    assert WAY.request(question, 0).params.max_tokens == WAY.template.max_tokens
    longer = replace(question, params=SampleParams(max_tokens=7))
    assert WAY.request(longer, 0).params.max_tokens == 7
