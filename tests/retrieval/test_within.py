"""The passages of a place that a question names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.notes.passage_units import answering_units
from pipeline.retrieval import Index, build, open_index
from pipeline.retrieval.stated import stated
from pipeline.retrieval.within import within
from pipeline.text.places import references
from tests.retrieval.conftest import make_config, write_notes

TALK = """WEBVTT

00:00:05.000 --> 00:00:12.000
Good morning, this is about lighthouses.

00:07:00.000 --> 00:07:09.000
The lamp at Dover was lit with oil until 1862.

00:20:00.000 --> 00:20:06.000
We decided to visit the lens museum on Friday.
"""
OTHER = TALK.replace("lighthouses", "windmills").replace("The lamp at Dover", "The mill at Ely")
LABS = """# Labs

## Lab 1: Lenses

Hold the glass by its rim.

## Lab 2: Mirrors

Never touch the silvered face.

## Type 2 errors

A miss is a type 2 error.
"""


@pytest.fixture
def places(tmp_path: Path) -> Iterator[Index]:
    write_notes(tmp_path / "n" / "notes", {"talk.vtt": TALK, "mills.vtt": OTHER, "labs.md": LABS})
    config = make_config(tmp_path / "n")
    build(config)
    with open_index(config) as index:
        yield index


def found(index: Index, question: str) -> list[str]:
    for reference in references(question):
        hits = within(index, reference.without(question), reference.key, 9)
        if hits:
            return [hit.passage.source for hit in hits]
    return []


def test_a_time_is_looked_for_in_transcripts(places: Index) -> None:
    assert found(places, "What was said at about 7 minutes about Dover?") == ["talk.vtt"]
    assert found(places, "In the mills recording, what was said at 7 minutes?") == ["mills.vtt"]
    assert found(places, "What was said at 55 minutes?") == []


def test_a_numbered_part_is_one_of_several(places: Index) -> None:
    hits = within(places, "What must I not touch?", "2 lab", 9)
    assert [hit.passage.headings[-1] for hit in hits] == ["Lab 2: Mirrors"]
    assert found(places, "What is a type 2 error?") == []
    assert found(places, "What is on slide 3?") == []


def test_decisions_are_told_by_how_they_read(places: Index) -> None:
    best = {}
    for hit in stated(places, "What did we decide?", "decision", 9):
        states = [signal.states for signal in hit.signals]
        best[hit.passage.source] = states.index(max(states))
    assert best["talk.vtt"] == 2


MINUTES = """# Minutes of May

- Stand
  - Decided
    - two teams of three instead of one
  - To do
    - Ines borrows the stretcher
"""


def test_what_stands_under_a_label_is_what_that_says(tmp_path: Path) -> None:
    write_notes(tmp_path / "notes", {"minutes.md": MINUTES, "talk.vtt": TALK})
    config = make_config(tmp_path)
    build(config)
    with open_index(config) as index:
        for what, wanted in (("decision", "two teams"), ("task", "Ines borrows")):
            said = [
                hit.passage.text[unit.start : unit.end]
                for hit in stated(index, "What about the stand?", what, 9)
                for unit, signal in zip(answering_units(hit.passage), hit.signals, strict=True)
                if signal.states > 0.2 and hit.passage.source == "minutes.md"
                if unit.kind == "item"
            ]
            assert [text.startswith(wanted) for text in said] == [True], said


def test_a_file_that_could_not_be_read_is_no_place(tmp_path: Path) -> None:
    write_notes(tmp_path / "notes", {"labs.md": LABS})
    (tmp_path / "notes" / "broken.pdf").write_bytes(b"%PDF-1.4 but no more")
    config = make_config(tmp_path)
    build(config)
    with open_index(config) as index:
        assert found(index, "What was said at 7 minutes?") == []
        assert found(index, "What must I not touch in lab 2?") == ["labs.md"]
