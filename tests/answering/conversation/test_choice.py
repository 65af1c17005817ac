"""What is asked of the notes: a whole question as it is, a follow-up with what it leans on."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from pipeline.answering.conversation import Conversation, Turn
from pipeline.answering.conversation.choice import choose
from pipeline.answering.conversation.followup import Interpretation
from pipeline.answering.search import OrderedIndex
from pipeline.answering.session import Asker
from pipeline.config import load_config
from pipeline.retrieval import ensure
from tests.conftest import ROOT

FILE = Path(__file__).with_name("conversations.yaml")
TALKS: dict[str, list[dict[str, Any]]] = yaml.safe_load(FILE.read_text("utf-8"))


class Remembering(Conversation):
    """A conversation in which some turns have been had."""

    def after(self, turns: Sequence[Sequence[str]]) -> Remembering:
        self.forget()
        self._turns.extend(Turn(question, answer) for question, answer in turns)
        return self


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Remembering]:
    folder = tmp_path_factory.mktemp("talks")
    (folder / "config.yaml").write_text(
        f"notes: {{path: {ROOT / 'corpus'}}}\nindex: {{path: index}}\n"
        "retrieval: {arms: [words, grams]}\n",
        encoding="utf-8",
    )
    with ensure(load_config(folder / "config.yaml")) as index:
        asker = type("Notes", (), {"index": OrderedIndex(index)})()
        yield Remembering(cast(Asker, asker))


def shown(row: dict[str, Any]) -> str:
    return f"{row['before'][-1][0]} | {row['ask']}"


@pytest.mark.parametrize("row", TALKS["whole"], ids=shown)
def test_a_whole_question_is_asked_as_it_is(talk: Remembering, row: dict[str, Any]) -> None:
    standing = talk.after(row["before"]).standing(row["ask"])
    assert (standing.text, standing.changed) == (row["ask"], False)


@pytest.mark.parametrize("row", TALKS["leaning"], ids=shown)
def test_a_follow_up_is_asked_with_what_it_leans_on(talk: Remembering, row: dict[str, Any]) -> None:
    standing = talk.after(row["before"]).standing(row["ask"])
    assert standing.changed
    assert [word for word in row["about"] if word not in standing.text] == []


def test_there_are_enough_of_both_kinds_in_both_languages() -> None:
    def korean(row: dict[str, Any]) -> bool:
        return any("가" <= char <= "힣" for char in row["ask"])

    for kind, least in (("whole", 25), ("leaning", 15)):
        rows = TALKS[kind]
        assert len({row["ask"] for row in rows}) >= least
        assert least / 2 - 1 <= sum(map(korean, rows)) <= len(rows) - least / 2 + 1


def test_hardly_any_question_of_the_shipped_set_is_changed_after_another(
    talk: Remembering,
) -> None:
    """599 questions that stand by themselves: each after one about the same note, and after one
    about another."""
    text = (ROOT / "evals/datasets/notes-qa.jsonl").read_text("utf-8")
    rows = [json.loads(line) for line in text.splitlines()]
    mixed = random.Random(7).sample(rows, len(rows))
    pairs = [*pairwise(rows), *pairwise(mixed)]
    changed = [
        (before["question"], standing.text)
        for before, row in pairs
        if (
            standing := talk.after([(before["question"], (before["answers"] or [""])[0])]).standing(
                row["question"]
            )
        ).changed
    ]
    assert len(pairs) > 1000
    assert len(changed) <= 0.005 * len(pairs), changed


# -- the rule --------------------------------------------------------------------------------------


def notes(**weights: tuple[float, float]) -> Any:
    """Weights by text: of all its words, and of those that one passage has together."""
    given = {text.replace("_", " "): pair for text, pair in weights.items()}
    return lambda text: given.get(text, (0.0, 0.0))


@pytest.mark.parametrize(
    ("alone", "reading", "lean", "taken"),
    [
        ((0.8, 0.8), (1.8, 1.8), "points", True),
        ((0.8, 0.8), (1.8, 0.8), "points", True),  # it cannot stand alone: nothing is lost
        ((0.0, 0.0), (0.0, 0.0), "points", False),  # the notes have none of it
        ((3.0, 3.0), (4.0, 3.0), "points", False),  # says enough, and nothing is found with it
        ((3.0, 3.0), (4.0, 3.5), "points", False),  # only half of what is added is there
        ((3.0, 3.0), (4.0, 3.9), "points", True),
        ((0.4, 0.4), (1.4, 1.4), "left out", True),
        ((0.4, 0.4), (1.4, 0.4), "left out", False),  # found as well without it: as asked
        ((1.0, 1.0), (2.0, 2.0), "left out", False),  # a rare word of its own: it is whole
        ((0.4, 0.4), (0.4, 0.4), "left out", False),  # nothing is added
        ((0.5, 0.5), (0.5, 0.5), "fragment", True),  # asks nothing by itself
        ((1.4, 1.4), (1.5, 0.8), "empty", True),  # its words only ask for more
        ((1.4, 1.4), (1.4, 0.0), "empty", False),
    ],
)
def test_when_a_reading_is_asked(
    alone: tuple[float, float], reading: tuple[float, float], lean: Any, taken: bool
) -> None:
    found = choose("q", [Interpretation("r", lean)], notes(q=alone, r=reading))
    assert (found is not None) is taken


def test_of_two_readings_the_one_that_a_passage_holds_is_asked() -> None:
    both = [Interpretation("a b", "fragment"), Interpretation("a c", "fragment")]
    found = choose("a", both, notes(a=(1, 1), a_b=(2, 1), a_c=(2, 2)))
    assert found is both[1]


def test_a_noun_that_the_notes_do_not_have_is_what_the_question_is_about() -> None:
    reading = Interpretation("r", "left out", own=("기말고사",))
    assert choose("q", [reading], notes(q=(0, 0), r=(1, 1))) is None
    assert choose("q", [reading], notes(q=(0, 0), r=(1, 1), 기말고사=(0.3, 0.3))) is reading
