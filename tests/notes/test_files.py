"""The notes folder: what is found, what is left out, and that nothing outside is ever opened."""

from __future__ import annotations

import os
import tarfile
import tempfile
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import NotesError
from pipeline.notes import cite, read, survey, walk
from pipeline.notes import note_files as files_module
from pipeline.notes.note_files import read_bytes
from pipeline.notes.paths import escaped_name, shown_name


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


@pytest.mark.parametrize(
    ("on_disk", "shown"),
    [
        ("Lecture\u00a02.md", "Lecture\u00a02.md"),  # as macOS writes times of day
        ("at 10.55\u202fAM.md", "at 10.55\u202fAM.md"),
        ("강의\u3000노트.md", "강의\u3000노트.md"),
        ("soft\u00adhyphen.md", "soft\u00adhyphen.md"),
        ("👩‍🔬 실험.md", "👩‍🔬 실험.md"),
        ("\U0001fae9 tired.md", "\U0001fae9 tired.md"),  # newer than some Pythons
        ("week\n4.md", "week\\n4.md"),
        ("\u202edm.dneirf.md", "\\u202edm.dneirf.md"),
        ("a\u2028b.md", "a\\u2028b.md"),
        (os.fsdecode("식물원.md".encode("cp949")), "식물원.md"),
        (os.fsdecode(b"bad\xff.md"), "bad\\xff.md"),
    ],
)
def test_unusual_names_are_read_and_cited(tmp_path: Path, on_disk: str, shown: str) -> None:
    folder = tmp_path / "notes" / on_disk.removesuffix(".md")
    folder.mkdir(parents=True)
    (folder / on_disk).write_text("# Pines\n\nThe oldest pine is 4,850 years old.\n")
    (file,) = walk(tmp_path / "notes")
    assert file.path == f"{shown.removesuffix('.md')}/{shown}"
    assert len(file.path.splitlines()) == 1
    file.path.encode()
    (passage,) = read(tmp_path / "notes", file.path).passages
    assert cite(tmp_path / "notes", passage, 4, 15).quote == "oldest pine"


def test_names_that_are_read_alike_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "식물원.md").write_text("utf-8")
    old = os.fsdecode("식물원.md".encode("cp949"))
    (tmp_path / old).write_text("cp949")
    (tmp_path / "week\n4.md").write_text("break")
    (tmp_path / "week\\n4.md").write_text("backslash")
    found = survey(tmp_path)
    read_ = {file.path: read_bytes(tmp_path, file.path).decode() for file in found.files}
    assert read_ == {
        escaped_name(old): "cp949",
        "week\\n4.md": "backslash",
        "식물원.md": "utf-8",
    }
    assert [item.reason for item in found.skipped] == ["another file goes by the same name"]


@given(
    st.lists(
        st.binary(min_size=1, max_size=8).filter(lambda name: not set(name) & {0, 47}),
        max_size=6,
        unique=True,
    )
)
@settings(max_examples=60, deadline=None)
def test_every_name_leads_back_to_its_file(names: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        wanted = {b"text " + name for name in names if not name.startswith(b".")}
        for name in names:
            (root / os.fsdecode(name + b".md")).write_bytes(b"text " + name)
        found = survey(root)
        seen = {read_bytes(root, file.path) for file in found.files}
        assert len(seen) == len(found.files) == len({file.path for file in found.files})
        assert len(seen) + len(found.skipped) == len(wanted)
        assert seen <= wanted
        for file in found.files:
            file.path.encode()


def test_the_names_that_were_left_out() -> None:
    archive = Path(__file__).parents[3] / "shared" / "cases" / "names" / "names.tar"
    if not archive.is_file():
        pytest.skip("the folder of samples is not here")
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(archive) as files:
            files.extractall(folder, filter="fully_trusted")
        found = survey(Path(folder))
        assert len(found.files) == 15
        assert found.skipped == []
        assert all(read(Path(folder), file.path).passages for file in found.files)


def test_every_file_of_another_kind_is_named_with_its_remedy(tmp_path: Path) -> None:
    for name in ("a.hwp", "b.DOC", "c.mp4", "d.zip", "e.xyz", "README", "fig.png", "~$b.docx"):
        (tmp_path / name).write_bytes(b"x")
    found = survey(tmp_path)
    assert {item.path: item.remedy for item in found.skipped} == {
        "a.hwp": "export it as PDF, DOCX or HWPX",
        "b.DOC": "save it as DOCX or PDF",
        "c.mp4": "put its captions beside it, as VTT or SRT",
        "d.zip": "unpack it",
        "e.xyz": "",
        "README": "",
    }
    assert found.others == 2


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


def test_a_name_is_utf_8_before_it_is_of_an_old_archive() -> None:
    """In the plainest locale Python hands over bytes, which CP949 would read as other letters."""
    assert shown_name("모델.md".encode().decode("ascii", "surrogateescape")) == "모델.md"
    assert shown_name(os.fsdecode("모델.md".encode("cp949"))) == "모델.md"
