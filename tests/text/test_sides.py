"""The two things that a comparison is about, as its words allow them to be read."""

from __future__ import annotations

import pytest

from pipeline.text.sides import content, sides


@pytest.mark.parametrize(
    ("question", "language", "pair"),
    [
        ("How do a virus and a bacterium differ?", "en", ("virus", "bacterium")),
        ("What is the difference between land breeze and sea breeze?", "en",
         ("land breeze", "sea breeze")),
        ("바이러스와 세균은 어떻게 다른가요?", "ko", ("바이러스", "세균")),
        ("How does a cold front differ from a warm front?", "en", ("cold front", "warm front")),
        ("open vs closed circuits", "en", ("open circuits", "closed circuits")),
        ("빠른 세포하고 느린 세포 차이", "ko", ("빠른 세포", "느린 세포")),
        ("Tigers and lions: what sets them apart?", "en", ("Tigers", "lions")),
    ],
)  # fmt: skip
def test_both_are_found(question: str, language: str, pair: tuple[str, str]) -> None:
    assert pair in sides(question, language)


def test_a_question_about_one_thing_has_none() -> None:
    assert sides("How high is the tower?", "en") == []


def test_no_way_to_read_it_ends_in_a_word_that_compares() -> None:
    found = sides("How does a cold front differ from a warm front?", "en")
    assert found
    assert not any("differ" in left for left, _ in found)


@pytest.mark.parametrize(
    ("question", "language", "words"),
    [
        ("Compare moss with fern", "en", ["moss", "fern"]),
        ("동맥과 정맥의 벽 차이", "ko", ["동맥", "정맥의", "벽"]),
        ("moss vs. fern: the difference?", "en", ["moss", "fern", "the"]),
    ],
)
def test_the_words_of_a_comparison_but_those_that_compare(
    question: str, language: str, words: list[str]
) -> None:
    assert content(question, language) == words
