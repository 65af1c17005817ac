"""Bylines, rooms and dates of a course are no material for questions about its subject."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from evals.draft.about_notes import AboutNotes, _examples
from evals.draft.drafting import Drafter
from evals.draft.leakage import KnownQuestions
from evals.draft.material import read_notes
from pipeline.retrieval.embedder import open_embedder
from tests.conftest import write_notes

from .harbour import sentence

ABOUT_NOTES = [
    "By Anna Keller, 12 May 2024.",
    "Room B-214, Monday 9:00.",
    "Updated on 3 March 2024 in Room 12 of the Newton Building.",
    "Course LAW-210, spring term 2025, taught by Dr. Elena Rossi.",
    "담당 교수: 이영희, 연구실 205호",
    "작성자는 김민수이며 2024년 3월에 작성되었다.",
    "과제는 10월 31일까지 조교실 B102호에 제출한다.",
]
SUBJECT = [
    "The Aletsch Glacier is 20 kilometres long and is the largest in the Alps.",
    "The Bay of Fundy has tides of 16 metres.",
    "Gaius wrote his Institutes around 161, and the praetor was elected for a year.",
    "Room was made for 300 senators in the curia.",
    "장영실은 1434년에 자격루를 만들었다.",
    "소나무는 전체 산림의 약 25%를 이룬다.",
    "시화호 조력 발전소는 2011년에 세워졌으며 발전 용량은 254메가와트이다.",
]


@pytest.mark.model
def test_lines_about_notes_are_told_from_those_about_subjects(tmp_path: Path) -> None:
    about = AboutNotes(open_embedder(write_notes(tmp_path)))
    assert [text for text in ABOUT_NOTES if not about([sentence(text)])] == []
    assert [text for text in SUBJECT if about([sentence(text)])] == []


class Blind:
    """An embedder to which every text looks alike, but for noise."""

    def passages(self, texts: Sequence[str]) -> Any:
        noise = np.random.default_rng(len(texts)).normal(size=(len(texts), 8))
        return noise.astype(np.float32)


def test_an_embedder_that_cannot_tell_the_examples_apart_is_not_believed() -> None:
    about = AboutNotes(cast(Any, Blind()))
    assert not any(about([sentence(text)]) for text in ABOUT_NOTES)


def test_the_examples_are_many_and_all_different() -> None:
    for groups in _examples().values():
        assert min(map(len, groups.values())) >= 20
        texts = [text for group in groups.values() for text in group]
        assert len(set(texts)) == len(texts)
        assert not set(texts) & {*ABOUT_NOTES, *SUBJECT}


def test_such_a_sentence_is_dropped_and_counted(tmp_path: Path) -> None:
    config = write_notes(tmp_path)
    material = read_notes(config.notes_path, config)
    assert Drafter(material, KnownQuestions()).draft(9)
    drafter = Drafter(material, KnownQuestions(), about_notes=lambda spans: True)
    assert drafter.draft(9) == []
    assert "about the notes themselves, not their subject" in drafter.dropped
