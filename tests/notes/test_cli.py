"""`thinkscale notes`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.cli.notes import command
from pipeline.errors import NotesError


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(command, list(arguments))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def test_check_lists_every_file(notes: Path) -> None:
    code, output = run("check", str(notes))
    assert code == 0
    for name in ("markdown.md", "trees.pdf", "lab.ipynb", "rolling.vtt"):
        assert any(line.startswith(name) for line in output.splitlines())
    assert "read as utf-16-le" in output
    assert output.splitlines()[-1].endswith("passages.")


def test_check_as_json(notes: Path) -> None:
    code, output = run("check", str(notes), "--json")
    assert code == 0
    rows = {row["path"]: row for row in json.loads(output)["files"]}
    assert rows["blog.txt"]["dropped"] > 20
    assert rows["blog.txt"]["folded"] == 0
    assert rows["windows.md"]["folded"] > 0  # it says what markdown.md says
    assert rows["latin1.md"]["repaired"] == 2
    assert rows["slides.pptx"]["kind"] == "pptx"


def test_check_of_one_file(notes: Path) -> None:
    code, output = run("check", str(notes / "plain.txt"))
    assert code == 0
    assert "1 of 1 notes read" in output


def test_one_bad_note_does_not_stop_the_others(tmp_path: Path) -> None:
    (tmp_path / "bad.docx").write_bytes(b"no zip")
    (tmp_path / "good.md").write_text("# Good\n\nWords.\n")
    code, output = run("check", str(tmp_path))
    assert code == 0
    assert "bad.docx: not a Word document" in output
    assert "1 of 2 notes read" in output


def test_nothing_readable_is_exit_code_two(tmp_path: Path) -> None:
    with pytest.raises(NotesError, match="no notes in it") as caught:
        run("check", str(tmp_path))
    assert caught.value.exit_code == 2
    (tmp_path / "bad.docx").write_bytes(b"no zip")
    with pytest.raises(NotesError, match="none of its files"):
        run("check", str(tmp_path))
    with pytest.raises(NotesError, match="no such folder"):
        run("check", str(tmp_path / "gone"))


def test_show(notes: Path) -> None:
    _, output = run("show", str(notes / "markdown.md"))
    assert "markdown.md:10-11" in output
    assert "북한산은 서울에서 가깝다." in output
    _, output = run("show", str(notes / "blog.txt"), "--dropped")
    assert "blog.txt:1  [calendar]  일 | 월 | 화 | 수 | 목 | 금 | 토 |" in output
    _, output = run("show", str(notes / "latin1.md"), "--repaired")
    assert "latin1.md:1  [mojibake, 100%]  # 제목" in output
    _, output = run("show", str(notes / "lesson.vtt"), "--json")
    assert json.loads(output)["passages"][0]["place"].startswith("lesson.vtt 00:00:01")
    _, output = run("show", str(notes / "blog.txt"), "--dropped", "--json")
    assert set(json.loads(output)) == {"path", "dropped"}
    with pytest.raises(NotesError, match="no such note"):
        run("show", "nowhere.md")
