"""Hostile files: each is read or refused with a reason, in bounded time, and nothing escapes."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from pipeline.errors import NotesError
from pipeline.notes import Document, cite, read, survey
from tests.notes.hostile import write_hostile

_SECONDS = 45.0
"""For one file on a busy machine, the loading of the language model included."""


def _read(root: Path, path: str) -> tuple[Document | None, NotesError | None]:
    try:
        return read(root, path), None
    except NotesError as error:
        return None, error


def _peak(anew: bool = False) -> int:
    """The most memory of this process, in bytes; `anew`: counted from now on."""
    if anew:
        Path("/proc/self/clear_refs").write_text("5")
    status = Path("/proc/self/status").read_text("utf-8")
    (line,) = (one for one in status.splitlines() if one.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def _try_all(root: Path, count: int, seed: int) -> None:
    before = _peak(anew=True) if sys.platform == "linux" else 0
    written = list(write_hostile(root, count, seed))
    found = survey(root)
    assert {file.path for file in found.files} >= set(written)
    assert {item.path for item in found.skipped} >= {"loop", "out", "secret.md", "pipe.md"}
    for file in found.files:
        started = time.monotonic()
        document, refused = _read(root, file.path)
        assert time.monotonic() - started < _SECONDS, file
        if document is None:
            assert refused is not None
            assert file.path in refused.what
            assert refused.remedy
            assert "\n" not in str(refused)
            continue
        assert document.passages or document.report.problems
        for passage in document.passages[:30]:
            assert "must never be read" not in passage.text
            assert passage.text.strip()
            cite(root, passage, 0, len(passage.text))
    assert not Path("/tmp/escaped.txt").exists()
    if sys.platform == "linux":
        assert _peak() - before < 3 * 1024**3


@pytest.mark.model
def test_two_hundred_hostile_files(tmp_path: Path) -> None:
    _try_all(tmp_path / "notes", 200, seed=1)


@pytest.mark.long
def test_two_thousand_hostile_files(tmp_path: Path) -> None:
    _try_all(tmp_path / "notes", 2000, seed=2)
