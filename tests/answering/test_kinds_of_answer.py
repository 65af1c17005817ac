"""Two questions in one, places, decisions and listings, asked of an index without an embedder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.answering.loop import run
from pipeline.answering.prepare import PrepareSettings, QuestionRequest, prepare
from pipeline.answering.requests import Likelihoods
from pipeline.answering.result import conclude
from pipeline.answering.search import OrderedIndex
from pipeline.engine import Engine
from pipeline.retrieval import build, open_index
from pipeline.types import Answer, Hits, Search
from tests.retrieval.conftest import NOTES, make_config, write_notes

TALK = """WEBVTT

00:00:05.000 --> 00:00:12.000
Good morning, this is about beekeeping.

00:07:00.000 --> 00:07:09.000
The smoker is filled with dried grass and sacking.

00:20:00.000 --> 00:20:06.000
We decided to visit the heather moor on Friday.
"""
LABS = """# Sheets

## Sheet 1: Syrup

The sugar for a litre of syrup is computed by this script:

```python
def sugar(litres):
    return 1.2 * litres
```

## Sheet 2: Frames

Scrape the frames clean before storing them.
"""


class Asked(OrderedIndex):
    """An index in which every question is of one kind."""

    kind: str = "fact"

    def look_up(self, request: Search, scores: Likelihoods | None = None) -> Hits:
        return replace(super().look_up(request, scores), kind=self.kind)


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    folder = tmp_path_factory.mktemp("kinds")
    write_notes(folder / "notes", {**NOTES, "talk.vtt": TALK, "sheets.md": LABS})
    config = make_config(folder)
    build(config)

    def no_engine() -> Engine:
        raise AssertionError("no model is asked here")

    with open_index(config) as index:

        def answered(question: str, kind: str = "fact") -> Answer:
            notes = Asked(index)
            object.__setattr__(notes, "kind", kind)
            course = prepare(QuestionRequest(question), PrepareSettings(languages=()), notes)
            prepared = run(course, no_engine, notes.look_up)
            root = Path(config.notes_path)
            return conclude(prepared, None, notes=root, strategy="verified", model="")

        yield answered


def test_both_halves_are_answered(ask) -> None:  # type: ignore[no-untyped-def]
    found = ask("What does the angle of the dance tell, and who described the bees' language?")
    assert found.kind == "two"
    assert "direction from the" in found.text
    assert "Karl von Frisch" in found.text
    assert len(found.citations) == 2


def test_a_half_that_the_notes_lack_is_named(ask) -> None:  # type: ignore[no-untyped-def]
    found = ask("What does the angle of the dance tell, and who invented the violin?")
    assert found.kind == "two"
    assert "direction from the" in found.text
    assert found.text.endswith("Not found in your notes: who invented the violin")


def test_what_a_half_refers_back_to_is_looked_for_in_the_same_note(ask) -> None:  # type: ignore[no-untyped-def]
    found = ask("How is a sourdough starter fed, and when does it double?")
    assert {citation.place.source for citation in found.citations} == {"bread.md"}


def test_where_neither_half_is_answered_it_is_refused(ask) -> None:  # type: ignore[no-untyped-def]
    assert ask("Who composed the opera, and who invented the violin?").abstained


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("What was said at about 7 minutes?", "The smoker is filled"),
        ("What does sheet 2 say?", "Scrape the frames clean"),
    ],
)
def test_what_stands_at_a_place(ask, question: str, said: str) -> None:  # type: ignore[no-untyped-def]
    found = ask(question)
    assert said in found.text
    assert len(found.citations) == 1
    assert "morning" not in found.text


def test_a_listing_keeps_its_lines(ask) -> None:  # type: ignore[no-untyped-def]
    found = ask("Show the script for the sugar of a litre of syrup.", "block")
    assert found.kind == "block"
    assert "script:\ndef sugar(litres):\n    return 1.2 * litres" in found.text


def test_a_decision_is_quoted(ask) -> None:  # type: ignore[no-untyped-def]
    found = ask("What did we decide about the heather moor?", "decision")
    assert found.kind == "decision"
    assert "We decided to visit the heather moor on Friday." in found.text
    assert "smoker" not in found.text
