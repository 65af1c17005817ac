"""The index folder: whole or not at all, and every kind of damage named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.checksums import describe
from pipeline.config import Config
from pipeline.errors import IndexError_
from pipeline.retrieval import build, ensure, open_index, store
from tests.retrieval.conftest import make_config


def generation(config: Config) -> Path:
    return store.current(config.index_path)


def reseal(config: Config, **changes: object) -> None:
    """Rewrite the manifest with a good digest."""
    path = generation(config) / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest.pop("digest")
    manifest.update(changes)
    manifest["digest"] = store._digest(manifest)
    path.write_text(json.dumps(manifest, ensure_ascii=False), encoding="utf-8")


def test_missing(workshop: Config) -> None:
    with pytest.raises(IndexError_, match="`thinkscale index`"):
        open_index(workshop)


def test_a_foreign_folder_is_never_written_into(workshop: Config) -> None:
    workshop.index_path.mkdir()
    (workshop.index_path / "thesis.doc").write_text("mine", encoding="utf-8")
    for action in (open_index, build, ensure):
        with pytest.raises(IndexError_, match=r"something else|not a Thinkscale index"):
            action(workshop)
    assert [p.name for p in workshop.index_path.iterdir() if p.name != "lock"] == ["thesis.doc"]


def test_a_newer_index_is_recognised(workshop: Config) -> None:
    build(workshop)
    reseal(workshop, version=store.VERSION + 1)
    with pytest.raises(IndexError_, match="newer Thinkscale"):
        open_index(workshop)


def test_another_format_is_recognised(workshop: Config) -> None:
    build(workshop)
    reseal(workshop, format="somebody-elses")
    with pytest.raises(IndexError_, match="not a Thinkscale index"):
        open_index(workshop)


def test_current_cannot_point_outside(workshop: Config) -> None:
    build(workshop)
    (workshop.index_path / "CURRENT").write_text("../../notes", encoding="utf-8")
    with pytest.raises(IndexError_, match="names no generation"):
        open_index(workshop)


def test_a_reader_goes_on_while_the_index_is_rebuilt(workshop: Config) -> None:
    build(workshop)
    with open_index(workshop) as index:
        before = [hit.passage.id for hit in index.search("dance of the bee", 3)]
        build(workshop, rebuild=True)
        assert [hit.passage.id for hit in index.search("dance of the bee", 3)] == before


def test_old_generations_and_leftovers_go(workshop: Config) -> None:
    build(workshop)
    (workshop.index_path / "generations" / "x.part").mkdir()
    for _ in range(3):
        build(workshop, rebuild=True)
    assert len(list((workshop.index_path / "generations").iterdir())) == 2


def test_two_writers_take_turns(workshop: Config) -> None:
    with (
        store.locked(workshop.index_path),
        pytest.raises(IndexError_, match="another process"),
        store.locked(workshop.index_path, wait=0.1),
    ):
        pass


def test_no_pickle_is_read(workshop: Config) -> None:
    """An array that needs pickle is refused, even where every hash is right."""
    import numpy as np

    build(workshop)
    folder = generation(workshop)
    np.save(folder / "words.terms.npy", np.asarray([{}], object), allow_pickle=True)
    files = {path.name: describe(path) for path in folder.iterdir() if path.suffix != ".json"}
    reseal(workshop, files={"glossary.json": describe(folder / "glossary.json"), **files})
    with open_index(workshop) as index, pytest.raises(IndexError_, match="damaged"):
        index.search("bread", 1)


def test_an_index_that_is_a_file(tmp_path: Path) -> None:
    config = make_config(tmp_path)
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.md").write_text("Some words about bread and honey.", encoding="utf-8")
    config.index_path.write_text("", encoding="utf-8")
    with pytest.raises(IndexError_, match="cannot be written there"):
        build(config)


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("20260101-000000-abc", True),
        ("..", False),
        ("", False),
        (" ", False),
        ("a/b", False),
        ("a\\b", False),
        ("..\\notes", False),
        ("C:notes", False),
        ("\\\\server\\share", False),
        ("/etc", False),
    ],
)
def test_a_generation_is_one_step_of_a_path_on_every_system(name: str, good: bool) -> None:
    assert store.is_name(name) is good
