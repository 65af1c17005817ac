"""Where the index is kept when nothing can be written beside the configuration."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

import pipeline.config
from pipeline.config import load_config
from pipeline.retrieval import build, open_index
from tests.retrieval.conftest import NOTES, make_config, write_notes


def test_beside_the_configuration(tmp_path: Path) -> None:
    assert make_config(tmp_path).index_path == tmp_path / "index"


def test_an_installed_package_keeps_its_index_in_the_users_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From any folder: the package's own configuration answers, and nothing is written into it."""
    package = tmp_path / "site-packages" / "pipeline"
    write_notes(package / "shipped" / "notes", NOTES)
    config = make_config(package / "shipped")
    monkeypatch.setattr(pipeline.config, "_HERE", package)
    monkeypatch.setenv("THINKSCALE_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    found = load_config()
    assert found.file == config.file
    build(found)
    assert found.index_path.is_relative_to(tmp_path / "cache" / "index")
    assert not (package / "shipped" / "index").exists()
    with open_index(found) as index:
        assert index.search("waggle dance of bees", 1)[0].passage.source == "bees.md"


def test_a_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = make_config(tmp_path)
    write_notes(tmp_path / "notes", NOTES)
    able: Any = os.access

    def access(path: Any, mode: int) -> bool:
        return bool(able(path, mode)) and not (mode == os.W_OK and Path(path) == tmp_path)

    monkeypatch.setattr(os, "access", access)
    monkeypatch.setenv("THINKSCALE_CACHE", str(tmp_path / "elsewhere"))
    assert config.index_path.parent == tmp_path / "elsewhere" / "index"
    other = make_config(tmp_path / "b")
    assert other.index_path == tmp_path / "b" / "index"


def test_an_index_that_is_there_is_read_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_notes(tmp_path / "notes", NOTES)
    config = make_config(tmp_path)
    build(config)
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert config.index_path == tmp_path / "index"
