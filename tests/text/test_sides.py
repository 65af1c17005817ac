"""The two things that a comparison is about, as its words allow them to be read."""

from __future__ import annotations

import pytest

from pipeline.text.sides import sides


@pytest.mark.parametrize(
    ("question", "language", "pair"),
    [
        ("How do a virus and a bacterium differ?", "en", ("virus", "bacterium")),
        ("What is the difference between land breeze and sea breeze?", "en",
         ("land breeze", "sea breeze")),
        ("바이러스와 세균은 어떻게 다른가요?", "ko", ("바이러스", "세균")),
    ],
)  # fmt: skip
def test_both_are_found(question: str, language: str, pair: tuple[str, str]) -> None:
    assert pair in sides(question, language)


def test_a_question_about_one_thing_has_none() -> None:
    assert sides("How high is the tower?", "en") == []
