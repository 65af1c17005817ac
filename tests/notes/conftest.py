"""The fixtures as a folder of notes, and a shorthand to read one text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.notes import Document, read
from tests.notes.fixtures import write_all


@pytest.fixture(scope="session")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a note of every format."""
    root = tmp_path_factory.mktemp("notes")
    write_all(root)
    return root


@pytest.fixture
def read_text(tmp_path: Path) -> Callable[..., Document]:
    """Write a text as a note and read it."""

    def reader(text: str | bytes, name: str = "note.md") -> Document:
        data = text.encode() if isinstance(text, str) else text
        (tmp_path / name).write_bytes(data)
        return read(tmp_path, name)

    return reader
