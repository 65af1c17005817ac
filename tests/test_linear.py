"""Patterns take time in proportion to the text they are used on.

Those that read replies and questions, whose length is limited, are not tried one by one; what tells
whether two answers are equal is tried as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from pipeline.answers.normalise import AnswerKind, canonical
from tests.linear import (
    ALPHABETS,
    Named,
    between_words,
    grows,
    named_patterns,
    repeated,
    try_pattern,
)

BOUNDED = {
    "pipeline.notes.formats.pdf.furniture._PAGE": "a line of at most 40 characters",
}
"""Patterns that never see a long text, and why."""
PATTERNS = {named.name: named for named in named_patterns("pipeline")}
READ_NOTES = ("language", "sentences", "tokens", "particles", "messages")
"""The modules of `pipeline.text` that are given more than a question, a sentence or a reply."""
PACKAGES = sorted({name.split(".")[1] for name in PATTERNS} - {"answers", "evidence"})


def test_patterns_are_found_wherever_they_are_written() -> None:
    assert len(PATTERNS) > 250
    assert "pipeline.text.sentences._TERMINAL" in PATTERNS
    assert any(":" in name for name in PATTERNS)  # written where it is used
    assert set(BOUNDED) <= set(PATTERNS)


@pytest.mark.parametrize("package", PACKAGES)
def test_patterns_take_time_in_proportion_to_the_text(package: str) -> None:
    named = [one for one in PATTERNS.values() if one.name.split(".")[1] == package]
    if package == "text":
        named = [one for one in named if one.name.split(".")[2] in READ_NOTES]
    assert [s for one in named if one.name not in BOUNDED if (s := try_pattern(one))] == []


@pytest.mark.parametrize("kind", ["auto", "number", "list", "text"])
def test_equal_answers_are_told_in_time_in_proportion_to_them(kind: AnswerKind) -> None:
    def run(text: str) -> object:
        return canonical(text, kind)

    found = [grows(run, between_words(unit), 1500) for unit in ALPHABETS]
    assert [said for said in found if said] == []
    assert grows(run, lambda n: f"a {' ' * n} b = {' ' * n} 5", 6000) == ""


@pytest.mark.parametrize(
    ("source", "method"),
    [
        (r"\s*:", "search"),  # every space begins anew
        (r"[^.\s]{2,}[.!?]\s", "finditer"),
        (r"^\s*:?\s*\d*$", "match"),
        (r"(?:a+)+$", "match"),
        (r"([A-Za-z][A-Za-z0-9-]*) ?\(", "finditer"),
    ],
)
def test_a_pattern_that_does_not_is_caught(source: str, method: str) -> None:
    assert try_pattern(Named("bad", re.compile(source), (method,)))
    good = re.compile(r"(?<!\s)\s*+:|[A-Za-z]++ ?\(?")
    assert not try_pattern(Named("good", good, (method,)))


def test_what_doubles_with_every_character_is_caught_on_a_fast_machine_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tests.linear._CERTAIN", 60.0)  # whatever it takes is little
    assert try_pattern(Named("bad", re.compile(r"(?:a+)+$"), ("match",)))


def test_growth_is_told_from_size() -> None:
    def cube(text: str) -> None:
        for _ in range(0, len(text), 20):
            for at in range(0, len(text), 20):
                text.count("a", at)

    # By the cube, so that no noise of a busy machine makes it look like proportion.
    assert grows(cube, lambda size: repeated("ab", size), 1000)
    assert not grows(lambda text: text.count("a"), lambda size: repeated("ab", size), 10**6)


@pytest.mark.parametrize(
    ("seconds", "found"),
    [
        (lambda size: size**2 / 10**10, True),
        (lambda size: size**1.9 / 10**9, True),
        (lambda size: size / 10**5, False),
        (lambda size: size**2 / 10**13, False),  # too little to matter
        (lambda size: size / 10**7 * (20 if size > 50_000 else 1), False),  # a step
    ],
)
def test_squares_are_told_from_proportion_and_from_steps(
    monkeypatch: pytest.MonkeyPatch, seconds: Callable[[int], float], found: bool
) -> None:
    def clock(run: Callable[[int], float], size: int, times: int) -> float:
        return run(size)

    monkeypatch.setattr("tests.linear._clock", clock)
    assert bool(grows(seconds, lambda size: size, 20_000)) is found
