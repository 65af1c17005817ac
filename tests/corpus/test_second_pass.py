"""The second pass answered every question without the gold; what it says must still count."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from evals.scorers import scorer
from evals.tasks.base import Item
from evals.tasks.formats.dataset_schemas import read_file

from .agreement import OUTCOMES, agreement, answers
from .reading import DATASET, items

PASSED = answers()


def _right(item: Item, said: str) -> bool:
    """By any of the scorers that compare an answer with a gold."""
    names = ("contains", "numeric", "list", "exact")
    return any(scorer(name)(item, said, said or None).correct for name in names)


def _read() -> tuple[Item, ...]:
    problems: list[object] = []
    task = read_file(DATASET, problems.append)
    assert task is not None
    assert problems == []
    return task.items


def test_every_question_was_answered_once() -> None:
    assert list(PASSED) == [item["id"] for item in items()]
    assert {row["outcome"] for row in PASSED.values()} <= set(OUTCOMES)


def test_what_the_second_pass_said_counts_as_right() -> None:
    wrong = [
        (item.id, said, item.answers)
        for item in _read()
        for said in [PASSED[item.id].get("again", PASSED[item.id]["answer"])]
        if not _right(item, said)
    ]
    assert wrong == []


def test_only_a_mended_question_was_answered_again() -> None:
    again = [row["outcome"] for row in PASSED.values() if "again" in row]
    assert set(again) <= {"question", "gold"}


def test_the_same_answers_are_wrong_elsewhere() -> None:
    """Scoring is not so lenient that any answer would agree."""
    asked = [item for item in _read() if item.answerable and PASSED[item.id]["answer"]]
    moved = [*asked[97:], *asked[:97]]
    hits = sum(
        _right(replace(item, id="moved"), PASSED[other.id]["answer"])
        for item, other in zip(asked, moved, strict=True)
        if item.cluster != other.cluster
    )
    assert hits < 0.03 * len(asked)


def test_the_card_carries_the_agreement() -> None:
    card = DATASET.with_suffix(".card.md").read_text(encoding="utf-8")
    assert agreement() in card
    count = Counter(row["outcome"] for row in PASSED.values())
    told = (
        f"{count['agreed']} of {len(PASSED)} answers agreed",
        f"{count['alias']} were right in other words",
        f"{count['question']} questions could be read in two ways",
    )
    assert all(words in card for words in told), told
