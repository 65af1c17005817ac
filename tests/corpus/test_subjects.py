"""Notes and questions on thirteen subjects: what they say of each other is so."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from pipeline.evidence.answerability import answerability
from pipeline.evidence.gather import gather, inquire
from pipeline.notes import read
from pipeline.types import Hit, Passage, Place

FOLDER = Path(__file__).parents[2] / "evals/datasets/subjects"
SUBJECTS = sorted(path.parent.name for path in FOLDER.glob("*/questions.jsonl"))
OF_KINDS = sorted(path.parent.name for path in FOLDER.glob("*/kinds.jsonl"))


def questions(subject: str) -> list[dict[str, Any]]:
    lines = (FOLDER / subject / "questions.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def squeezed(text: str) -> str:
    return "".join(char for char in text if char.isalnum())


def test_every_subject_is_in_one_part() -> None:
    parts = json.loads((FOLDER / "splits.json").read_text("utf-8"))
    assert sorted(subject for part in parts.values() for subject in part) == OF_KINDS
    assert set(OF_KINDS) - set(SUBJECTS) == set(parts["held-out-kinds"])
    assert len(SUBJECTS) >= 12
    assert len(parts) == 4


@pytest.mark.parametrize("subject", SUBJECTS)
def test_quotes_stand_in_the_notes_and_hold_an_answer(subject: str) -> None:
    notes = {p.name: squeezed(p.read_text("utf-8")) for p in (FOLDER / subject / "notes").iterdir()}
    rows = questions(subject)
    assert len({row["id"] for row in rows}) == len(rows) >= 35
    for row in rows:
        spans = row.get("spans", ())
        for span in spans:
            assert squeezed(span["quote"]) in notes[span["source"]], row["id"]
        if row["answerable"]:
            assert spans, row["id"]
            assert row["answers"], row["id"]
        else:
            assert not row.get("answers"), row["id"]


@pytest.mark.parametrize("subject", SUBJECTS)
def test_what_is_not_answered_is_as_long_as_what_is(subject: str) -> None:
    """So that a gate cannot tell them apart by their length."""
    lengths: dict[bool, list[int]] = {True: [], False: []}
    for row in questions(subject):
        lengths[row["answerable"]].append(len(row["question"]))
    means = {key: sum(values) / len(values) for key, values in lengths.items()}
    assert 0.75 < means[False] / means[True] < 1.35, means
    assert len(lengths[False]) >= 10


def test_both_languages_and_several_kinds() -> None:
    rows = [row for subject in SUBJECTS for row in questions(subject)]
    assert min(Counter(row["language"] for row in rows).values()) > 100
    kinds = Counter(row["kind"] for row in rows)
    assert {"fact", "definition", "why", "list", "comparison"} <= set(kinds)


def test_hits_that_were_not_measured_are_told_by_their_words() -> None:
    passages = [
        Passage("p", "The heart has four chambers. Blood is red.", "a.md", Place("a.md", 1, 1)),
        Passage("q", "The lungs have five lobes.", "a.md", Place("a.md", 2, 2)),
    ]
    inquiry = inquire("How many chambers has the heart?", "en", passages)
    found = gather(inquiry, [Hit(passage, 1.0) for passage in passages])
    assert found[0].text == "The heart has four chambers."
    assert answerability(inquiry, found) > answerability(inquiry, found[1:])
    assert answerability(inquiry, []) == 0.0


def _texts(subject: str) -> dict[str, str]:
    """The text of every note and lecture, as it is read."""
    found = {}
    for part in ("notes", "lectures"):
        for path in sorted((FOLDER / subject / part).iterdir()):
            document = read(FOLDER / subject / part, path.name)
            headings = (heading for p in document.passages for heading in p.headings)
            found[path.name] = "\n".join([*(p.text for p in document.passages), *headings])
    return found


@pytest.mark.parametrize("subject", OF_KINDS)
def test_what_a_kind_of_answer_must_show_stands_in_the_notes(subject: str) -> None:
    texts = _texts(subject)
    rows = [
        json.loads(line)
        for line in (FOLDER / subject / "kinds.jsonl").read_text("utf-8").splitlines()
    ]
    assert len({row["id"] for row in rows}) == len(rows) >= 35
    for row in rows:
        assert row["points"] or row["kind"] == "about", row["id"]
        for point in row["points"]:
            text = point.get("heading") or point["quote"]
            assert squeezed(text) in squeezed(texts[point["source"]]), row["id"]
        if "block" in row:
            assert row["block"] in texts[row["points"][0]["source"]], row["id"]


def test_every_kind_has_twenty_questions_held_out_in_each_language() -> None:
    parts = json.loads((FOLDER / "splits.json").read_text("utf-8"))
    rows = [
        json.loads(line)
        for subject in OF_KINDS
        if subject not in parts["tune"]
        for line in (FOLDER / subject / "kinds.jsonl").read_text("utf-8").splitlines()
    ]
    counted = Counter((row["kind"], row["language"]) for row in rows)
    assert len(counted) == 2 * 13
    assert min(counted.values()) >= 20, counted


def test_follow_ups_and_whole_questions_stand_on_the_notes() -> None:
    lines = (FOLDER / "followups.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    assert len({row["id"] for row in rows}) == len(rows)
    assert len({(*row["turns"], row["question"]) for row in rows}) == len(rows)
    counted = Counter((row["kind"], row["language"]) for row in rows)
    assert {key: n >= 50 for key, n in counted.items()} == dict.fromkeys(
        [("follow-up", "ko"), ("follow-up", "en"), ("whole", "ko"), ("whole", "en")], True
    )
    assert {row["subject"] for row in rows} == set(SUBJECTS)
    for row in rows:
        assert row["turns"], row["id"]
        assert bool(row["spans"]) is (row["kind"] == "follow-up"), row["id"]
        for span in row["spans"]:
            text = (FOLDER / row["subject"] / "notes" / span["source"]).read_text("utf-8")
            assert span["quote"] in text, row["id"]
