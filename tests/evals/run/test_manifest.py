"""The commit of code and notes is told where git keeps them, and only there."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from evals.run.manifest import commit_of, machine


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), "-c", "user.name=n", "-c", "user.email=e@e", *arguments],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip()


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_the_commit_of_notes(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    note = notes / "tides.md"
    note.write_text("The tide turns at six.", encoding="utf-8")
    assert commit_of(notes) == ""
    git(tmp_path, "init", "-q")
    assert commit_of(notes) == ""  # in a repository, but not kept by it
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "notes")
    assert commit_of(notes) == commit_of(note) == git(tmp_path, "rev-parse", "HEAD")
    note.write_text("The tide turns at seven.", encoding="utf-8")
    assert commit_of(notes).endswith("+changes")
    other = tmp_path / "other"
    other.mkdir()
    (other / "new.md").write_text("x", encoding="utf-8")
    assert commit_of(other) == ""


def test_without_git_nothing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert commit_of(Path(__file__)) == ""


def test_the_machine_is_told() -> None:
    found = machine()
    assert found["cores"] >= 1
    assert found["processor"] or found["machine"]
