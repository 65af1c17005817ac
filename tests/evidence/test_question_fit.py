"""Do the notes say? What is asked and there is surer than what is not."""

from __future__ import annotations

import pytest

from pipeline.evidence.question_fit import features, sureness
from tests.evidence.test_verify import read


@pytest.mark.parametrize(
    ("there", "not_there"),
    [
        ("How many parameters does GPT-2 have?", "How many attention heads does GPT-2 have?"),
        ("How many parameters does GPT-2 have?", "How many parameters does Claude 3 have?"),
        ("How many layers does GPT-3 have?", "When was GPT-3 released?"),
        ("Who published LoRA?", "What is the capital of Mongolia?"),
        ("GPT-3의 파라미터는 몇 개인가요?", "몽골의 수도는 어디인가요?"),
    ],
)
def test_what_is_there_is_surer(there: str, not_there: str) -> None:
    sure, unsure = sureness(*read(there)), sureness(*read(not_there))
    assert 0 <= unsure < 0.5 < sure <= 1


def test_what_is_compared_may_stand_in_two_sentences() -> None:
    notes = ("The ferry Skua has two decks.", "The ferry Tern has three decks.")
    asked = "Which has more decks, Skua or Tern?"
    assert features(*read(asked, *notes))["other"] > features(*read(asked, notes[0]))["other"] == 0
    assert sureness(*read(asked, *notes)) > 0.5 > sureness(*read(asked, notes[0]))
    assert features(*read("How many decks does Skua have?", *notes))["other"] == 0


def test_without_evidence_it_is_not_sure_at_all() -> None:
    inquiry, _ = read("Who published LoRA?")
    assert sureness(inquiry, ()) == 0
    assert features(inquiry, ()) == {}


def test_what_is_seen_is_between_0_and_1() -> None:
    for question in ("Who published LoRA?", "How many parameters does Alpha-3 have?", "?"):
        assert all(0 <= value <= 1.2 for value in features(*read(question)).values())
