"""What is asked of the notes: a whole question as it is, a follow-up with what it leans on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.answering.conversation.context import Notes, Turn, in_context
from pipeline.answering.search import OrderedIndex
from pipeline.config import load_config
from pipeline.retrieval import ensure
from pipeline.retrieval.embedder import open_embedder
from pipeline.text.language import language_of
from pipeline.text.leaning import leans, on_both
from pipeline.types import Hit
from tests.conftest import ROOT

FILE = Path(__file__).with_name("conversations.yaml")
TALKS: dict[str, list[dict[str, Any]]] = yaml.safe_load(FILE.read_text("utf-8"))


class Corpus:
    """The shipped notes, searched by words alone, which takes no time to index; whether a question
    leans is told as it is by default, with the embedder."""

    def __init__(self, index: OrderedIndex) -> None:
        self._index = index
        self.name_tokens, self.overlap = index.name_tokens, index.overlap
        embedder = open_embedder(load_config(None))

        @cache
        def told(question: str) -> float:
            return leans(question, language_of(question), embedder.questions([question])[0])

        @cache
        def both(question: str) -> bool:
            return on_both(question, language_of(question), embedder.questions([question])[0])

        self.leans: Callable[[str], float] = told
        self.leans_on_both: Callable[[str], bool] = both

    def search(self, question: str, k: int) -> list[Hit]:
        return self._index.search(question, k)


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Notes]:
    folder = tmp_path_factory.mktemp("talks")
    (folder / "config.yaml").write_text(
        f"notes: {{path: {ROOT / 'corpus'}}}\nindex: {{path: index}}\n"
        "retrieval: {arms: [words, grams]}\n",
        encoding="utf-8",
    )
    with ensure(load_config(folder / "config.yaml")) as index:
        yield Corpus(OrderedIndex(index))


def turns(row: dict[str, Any]) -> list[Turn]:
    return [Turn(question, answer) for question, answer in row["before"]]


def shown(row: dict[str, Any]) -> str:
    return f"{row['before'][-1][0]} | {row['ask']}"


@pytest.mark.parametrize("row", TALKS["whole"], ids=shown)
def test_a_whole_question_is_asked_as_it_is(notes: Notes, row: dict[str, Any]) -> None:
    assert in_context(row["ask"], turns(row), notes) == row["ask"]


def test_follow_ups_are_asked_with_what_they_lean_on(notes: Notes) -> None:
    lost = []
    for row in TALKS["leaning"]:
        asked = in_context(row["ask"], turns(row), notes)
        if not all(word in asked for word in row["about"]):
            lost.append(f"{shown(row)} -> {asked}")
    assert len(lost) <= 5, lost


def test_there_are_enough_of_both_kinds_in_both_languages() -> None:
    def korean(row: dict[str, Any]) -> bool:
        return any("가" <= char <= "힣" for char in row["ask"])

    for kind, least in (("whole", 25), ("leaning", 15)):
        rows = TALKS[kind]
        assert len({row["ask"] for row in rows}) >= least
        assert least / 2 - 1 <= sum(map(korean, rows)) <= len(rows) - least / 2 + 1


def test_hardly_any_question_of_the_shipped_set_leans(notes: Notes) -> None:
    """They stand by themselves; every fifth is asked."""
    text = (ROOT / "evals/datasets/notes-qa.jsonl").read_text("utf-8")
    questions = [json.loads(line)["question"] for line in text.splitlines()[::5]]
    assert len(questions) > 100
    lean = [question for question in questions if notes.leans(question) > 0]
    assert len(lean) <= 0.02 * len(questions), lean
