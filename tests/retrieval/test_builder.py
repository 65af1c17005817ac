"""What is read, embedded, kept and forgotten when notes change."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from pipeline.config import Config, load_config
from pipeline.errors import IndexError_, NotesError
from pipeline.retrieval import build, ensure, is_stale, open_index


def contents(config: Config) -> dict[str, Any]:
    with open_index(config) as index:
        return {
            "passages": sorted(passage.id for passage in index.passages),
            "hits": [hit.passage.id for hit in index.search("honey in winter 소금", 5)],
        }


def rewrite(config: Config, name: str, old: str, new: str) -> None:
    path = config.notes_path / name
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def test_nothing_changed_writes_nothing(workshop: Config) -> None:
    build(workshop)
    before = (workshop.index_path / "CURRENT").read_text(encoding="utf-8")
    report = build(workshop)
    assert not report.changed
    assert (workshop.index_path / "CURRENT").read_text(encoding="utf-8") == before
    assert is_stale(workshop) == ""


def test_only_the_changed_file_is_read(workshop: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    import pipeline.notes

    build(workshop)
    rewrite(workshop, "bees.md", "shiver", "tremble")
    opened = []
    real = pipeline.notes.read

    def read(root: Path, path: str) -> Any:
        opened.append(path)
        return real(root, path)

    monkeypatch.setattr(pipeline.notes, "read", read)
    report = build(workshop)
    assert opened == ["bees.md"]
    assert report.read == 1
    with open_index(workshop) as index:
        assert "tremble" in index.search("why do workers tremble", 1)[0].passage.text


def test_a_touched_file_is_not_read_again(workshop: Config) -> None:
    build(workshop)
    path = workshop.notes_path / "bees.md"
    os.utime(path, ns=(1, 1))
    assert not build(workshop).changed


def test_a_removed_file_leaves_and_a_new_one_comes(workshop: Config) -> None:
    build(workshop)
    (workshop.notes_path / "bees.md").unlink()
    (workshop.notes_path / "금.md").write_text(
        "# 금\n\n금은 녹슬지 않아서 오래된 반지도 빛난다.\n", encoding="utf-8"
    )
    assert re.search(r"\b1 .*changed.*\b1 ", is_stale(workshop))
    with ensure(workshop) as index:
        sources = {passage.source for passage in index.passages}
    assert "bees.md" not in sources
    assert "금.md" in sources


def test_refreshed_equals_rebuilt(workshop: Config) -> None:
    build(workshop)
    rewrite(workshop, "바다.md", "보름에는", "그믐에는")
    build(workshop)
    refreshed = contents(workshop)
    build(workshop, rebuild=True)
    assert contents(workshop) == refreshed


def test_a_folded_duplicate_survives_its_first_copy(workshop: Config) -> None:
    text = (workshop.notes_path / "bread.md").read_text(encoding="utf-8")
    (workshop.notes_path / "a copy.md").write_text(text, encoding="utf-8")
    build(workshop)
    (workshop.notes_path / "a copy.md").unlink()
    build(workshop)
    with open_index(workshop) as index:
        assert index.search("sourdough starter flour", 1)[0].passage.source == "bread.md"


def test_no_notes_is_an_error_and_the_old_index_stays(workshop: Config) -> None:
    build(workshop)
    for path in workshop.notes_path.iterdir():
        path.unlink()
    with pytest.raises(NotesError, match="no text to index"):
        build(workshop)
    with open_index(workshop) as index:
        assert index.search("bread", 1)


def test_one_bad_note_stops_nothing(workshop: Config) -> None:
    (workshop.notes_path / "bad.pdf").write_bytes(b"%PDF-1.4 but no more")
    report = build(workshop)
    assert report.passages
    assert [source for source, _ in report.problems] == ["bad.pdf"]


def test_a_failed_build_leaves_nothing(workshop: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline.retrieval import store

    def fail(self: store.IndexDraft, manifest: dict[str, Any]) -> Path:
        raise OSError("disk full")

    monkeypatch.setattr(store.IndexDraft, "publish", fail)
    with pytest.raises(IndexError_, match=r"disk full.*Make room"):
        build(workshop)
    assert not list((workshop.index_path / "generations").iterdir())


@pytest.mark.model
def test_only_new_passages_are_embedded(embedded_config: Config) -> None:
    rewrite(embedded_config, "bread.md", "apples", "pears")
    report = build(embedded_config)
    assert report.read == 1
    assert report.embedded == 1


@pytest.mark.model
def test_another_embedder_is_refused_until_rebuilt(embedded_config: Config) -> None:
    other = embedded_config.file.with_name("other.yaml")
    other.write_text(
        "notes: {path: notes}\nindex: {path: index}\n"
        "embedder: {model: english, query_prompt: 'query: '}\n",
        encoding="utf-8",
    )
    config = load_config(other)
    with pytest.raises(IndexError_, match=r"query_prompt.*Run: thinkscale index"):
        open_index(config)
    assert "query_prompt" in is_stale(config)
    with pytest.raises(IndexError_, match="query_prompt"):
        ensure(config)  # to embed everything again is dear: only `build` does it
    build(config)
    with open_index(config) as index:
        assert index.manifest["embedder"]["fingerprint"]["query_prompt"] == "query: "
    build(embedded_config)
