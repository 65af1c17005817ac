"""The notes folder: what is found, what is left out, and that nothing outside is ever opened."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest

from pipeline.errors import NotesError
from pipeline.notes import files as files_module
from pipeline.notes import survey, walk
from pipeline.notes.files import read_bytes


def test_notes_are_found_sorted_and_hidden_ones_are_not(tmp_path: Path) -> None:
    for name in ("b.md", "a/c.txt", "a/.hidden.md", ".git/x.md", "photo.png", "z/y/x.PDF"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    found = survey(tmp_path)
    assert [file.path for file in found.files] == ["a/c.txt", "b.md", "z/y/x.PDF"]
    assert found.others == 1
    assert found.files[0].size == 1
    assert found.files[0].mtime_ns > 0


def test_links_pipes_and_loops_are_left_out_with_a_reason(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    root = tmp_path / "notes"
    outside.mkdir()
    root.mkdir()
    (outside / "secret.md").write_text("secret")
    (root / "in.md").write_text("in")
    (root / "link.md").symlink_to(outside / "secret.md")
    (root / "folder").symlink_to(outside, target_is_directory=True)
    (root / "loop").symlink_to(root, target_is_directory=True)
    os.mkfifo(root / "pipe.md")
    found = survey(root)
    assert [file.path for file in found.files] == ["in.md"]
    assert {item.path for item in found.skipped} == {"link.md", "folder", "loop", "pipe.md"}
    assert all(item.reason for item in found.skipped)
    for path in ("link.md", "folder/secret.md", "loop/in.md", "pipe.md"):
        with pytest.raises(NotesError):
            read_bytes(root, path)


@pytest.mark.parametrize(
    "path", ["../outside/secret.md", "/etc/passwd", "a/../../x.md", "", "a\0b"]
)
def test_a_path_that_leads_out_is_refused(tmp_path: Path, path: str) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.md").write_text("secret")
    (tmp_path / "notes").mkdir()
    with pytest.raises(NotesError):
        read_bytes(tmp_path / "notes", path)


def test_decomposed_names_are_one_with_composed_ones(tmp_path: Path) -> None:
    name = "강의 노트.md"
    (tmp_path / unicodedata.normalize("NFD", name)).write_text("안녕")
    assert [file.path for file in walk(tmp_path)] == [name]
    assert read_bytes(tmp_path, name).decode() == "안녕"


def test_a_name_that_is_no_text_is_left_out(tmp_path: Path) -> None:
    os.close(os.open(os.fsencode(tmp_path) + b"/bad\xff.md", os.O_CREAT | os.O_WRONLY))
    found = survey(tmp_path)
    assert found.files == []
    assert "not valid text" in found.skipped[0].reason
    found.skipped[0].path.encode()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda p: None, "no such folder"),
        (lambda p: p.write_text("x"), "is not a folder"),
    ],
)
def test_a_folder_that_is_none_is_an_error_with_a_remedy(
    tmp_path: Path, make: object, words: str
) -> None:
    root = tmp_path / "notes"
    make(root)  # type: ignore[operator]
    with pytest.raises(NotesError, match=words) as caught:
        walk(root)
    assert caught.value.remedy


def test_empty_large_and_missing_files_are_errors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty.md").write_bytes(b" \n\0")
    (tmp_path / "large.md").write_bytes(b"x" * 101)
    monkeypatch.setattr(files_module, "MAX_BYTES", 100)
    for path, words in (
        ("empty.md", "is empty"),
        ("large.md", "more than"),
        ("gone.md", "no such note"),
    ):
        with pytest.raises(NotesError, match=words):
            read_bytes(tmp_path, path)


def test_deep_folders_end_somewhere(tmp_path: Path) -> None:
    here = tmp_path
    for _ in range(80):
        here = here / "d"
        here.mkdir()
    (here / "deep.md").write_text("x")
    found = survey(tmp_path)
    assert found.files == []
    assert "folders deep" in found.skipped[0].reason
