"""Which note or section is meant, and what it consists of."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.config import Config
from pipeline.retrieval import Index, build, open_index
from pipeline.retrieval.outline import outline
from tests.retrieval.conftest import make_config, write_notes


@pytest.mark.parametrize(
    ("query", "headings"),
    [
        ("Summarise the note on bees.", ["The waggle dance", "Winter cluster"]),
        ("What are the main points of bread?", ["Sourdough starter", "Oven temperature"]),
        ("감자 노트를 요약해 줘", ["심는 때", "거두어 두기"]),
        ("Sum up the section about the winter cluster.", ["Winter cluster"]),
        ("밀물과 썰물 부분 정리", ["밀물과 썰물"]),
    ],
)
def test_what_is_named_is_outlined_part_by_part(
    lexical: Index, query: str, headings: list[str]
) -> None:
    hits = outline(lexical, query, 12)
    assert [hit.passage.headings[-1] for hit in hits] == headings
    assert all(hit.score > 0 for hit in hits)
    assert all(len(hit.signals) > 0 for hit in hits)


def test_where_nothing_is_named_every_note_has_its_place(lexical: Index) -> None:
    hits = outline(lexical, "Summarise everything.", 4)
    assert {hit.score for hit in hits} == {0.0}
    assert len({hit.passage.source for hit in hits}) == 4


def test_no_more_parts_than_asked_for(lexical: Index) -> None:
    assert len(outline(lexical, "Summarise everything.", 3)) == 3
    assert len(outline(lexical, "Summarise everything.", 99)) == 8


@pytest.mark.model
def test_with_vectors_the_central_sentence_is_about_its_part(embedded_config: Config) -> None:
    with open_index(embedded_config) as index:
        (hit,) = outline(index, "Sum up the section about the winter cluster.", 12)
    best = max(range(len(hit.signals)), key=lambda at: hit.signals[at].standard or 0.0)
    assert hit.signals[best].standard


def test_properties_of_a_note_are_no_part_of_it(tmp_path: Path) -> None:
    notes = (
        "---\ntitle: Locks\nlayout: lecture\nvideo:\n  id: tj7wobAm9KTo2x\n---\n\n"
        "# Padlock\n\nA padlock can be closed by anyone.\n\n"
        "# Door lock\n\nA door lock is closed with its key.\n"
    )
    write_notes(tmp_path / "notes", {"locks.md": notes})
    config = make_config(tmp_path)
    build(config)
    with open_index(config) as index:
        assert "tj7wobAm9KTo2x" in " ".join(passage.text for passage in index.passages)
        hits = outline(index, "Summarise the note on locks.", 12)
    assert [hit.passage.headings[-1] for hit in hits] == ["Padlock", "Door lock"]


def test_of_names_that_fit_alike_the_one_is_meant_under_which_more_is_found(tmp_path: Path) -> None:
    notes = {
        "a.md": "# Tidal river: gauges\n\nRead at noon. The staff gauge is cleaned in May.\n",
        "b.md": "# Tidal river: flooding\n\nA levee holds the high water back, a polder takes it\n",
    }
    write_notes(tmp_path / "notes", notes)
    config = make_config(tmp_path)
    build(config)
    with open_index(config) as index:
        for words, heading in (("levee and polder", "flooding"), ("cleaning the staff", "gauges")):
            hits = outline(index, f"Sum up the tidal river lecture on {words}.", 12)
            assert {hit.passage.headings[-1] for hit in hits} == {f"Tidal river: {heading}"}


ASPECTS = {
    "Violins.md": "# Woods\n\nThe table is of spruce, the back of maple.\n\n"
    "# Strings\n\nThey are of gut or of steel and cross the bridge.\n\n"
    "# Repairs\n\n## Cracks\n\nA crack is glued and backed with cleats.\n\n"
    "## Pegs\n\nThe hole of a peg is filled and drilled anew.\n",
    "Harps.md": "# Woods\n\nThe neck is of laminated maple throughout.\n\n"
    "# Repairs\n\nOnly by the maker, as a loose pin splits the neck.\n",
    "Repairs and woods.md": "# Tools\n\nA short knife and a clamp are enough.\n\n"
    "# Woods\n\nBoxwood is hard and takes a thread.\n",
}


@pytest.mark.parametrize(
    ("query", "source", "headings"),
    [
        ("What are the repairs of violins?", "Violins.md", ["Cracks", "Pegs"]),
        ("What are the repairs of harps?", "Harps.md", ["Repairs"]),
        ("Sum up the note on violins.", "Violins.md", ["Woods", "Strings", "Cracks"]),
        ("Main points of repairs and woods?", "Repairs and woods.md", ["Tools", "Woods"]),
    ],
)
def test_a_heading_that_adds_what_the_names_above_lack_is_meant_before_the_file(
    tmp_path: Path, query: str, source: str, headings: list[str]
) -> None:
    write_notes(tmp_path / "notes", ASPECTS)
    config = make_config(tmp_path)
    build(config)
    with open_index(config) as index:
        hits = outline(index, query, 12)
    assert {hit.passage.source for hit in hits} == {source}
    assert [hit.passage.headings[-1] for hit in hits][: len(headings)] == headings
