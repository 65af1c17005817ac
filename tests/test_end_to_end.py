"""The main job on the shipped notes with the real model, embedder and index.

The questions were written before anything was tuned to them; see tests/questions.yaml.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.answering.session import Asker, open_session
from pipeline.config import Config
from pipeline.types import Answer

pytestmark = pytest.mark.model

QUESTIONS = yaml.safe_load((Path(__file__).parent / "questions.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def asker(shipped: Config) -> Iterator[Asker]:
    with open_session(shipped, samples=4) as opened:
        yield opened


def is_right(answer: Answer, accepted: list[str]) -> bool:
    text = answer.text.lower().replace(",", "")
    return any(one.lower().replace(",", "") in text for one in accepted)


def assert_quotes_stand(config: Config, answer: Answer) -> None:
    """Every quote is in its file, at its lines, word for word."""
    assert answer.citations
    for citation in answer.citations:
        if citation.place.unit not in ("line", "time"):
            continue  # a page or a cell has no lines of its own to look at
        raw = (config.notes_path / citation.place.source).read_text(encoding="utf-8-sig")
        lines = raw.replace("\r\n", "\n").split("\n")
        there = "\n".join(lines[citation.place.start_line - 1 : citation.place.end_line])
        assert citation.quote in there


def test_at_least_18_of_20_single_facts_are_right_and_cited(asker: Asker, shipped: Config) -> None:
    assert len(QUESTIONS["english"]) == 20
    wrong: list[str] = []
    for row in QUESTIONS["english"]:
        begun = time.perf_counter()
        answer = asker.ask(row["question"])
        seconds = time.perf_counter() - begun
        if is_right(answer, row["answers"]):
            assert_quotes_stand(shipped, answer)
        else:
            wrong.append(f"{row['question']} -> {answer.text} ({seconds:.1f} s)")
    assert len(wrong) <= 2, "\n".join(wrong)


def test_the_readme_question(asker: Asker, shipped: Config) -> None:
    answer = asker.ask("How many parameters does GPT-2 have?")
    assert "1.5 billion" in answer.text
    assert not answer.abstained
    assert len(answer.samples) == 4
    assert_quotes_stand(shipped, answer)


@pytest.mark.parametrize("row", QUESTIONS["korean"], ids=lambda row: row["question"])
def test_a_korean_question_gets_the_evidence_and_is_told_why(
    asker: Asker, shipped: Config, row: dict[str, Any]
) -> None:
    answer = asker.ask(row["question"])
    assert is_right(answer, row["answers"])
    assert answer.quoted
    assert "한국어" in answer.notice
    assert answer.samples == ()
    assert_quotes_stand(shipped, answer)


def test_at_least_7_of_8_that_the_notes_do_not_say_are_refused(asker: Asker) -> None:
    answers = [asker.ask(row["question"]) for row in QUESTIONS["unanswerable"]]
    refused = [answer for answer in answers if answer.abstained]
    assert len(refused) >= len(QUESTIONS["unanswerable"]) - 1
    for answer in refused:
        assert answer.citations == ()
        assert answer.text in ("Not found in your notes.", "노트에서 찾지 못했습니다.")
        assert 1 <= len(answer.closest) <= 3
