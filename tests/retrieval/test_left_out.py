"""Files that no answer can come from are named where answers are sought."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from pipeline.cli import _run
from pipeline.config import Config
from pipeline.notes import Skipped
from pipeline.notes.leftout import left_out_line
from pipeline.retrieval import build, ensure
from tests.retrieval.conftest import write_notes

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(workshop: Config, capsys: pytest.CaptureFixture[str]) -> Run:
    def go(*args: str) -> tuple[int, str, str]:
        code = _run([*args, "--config", str(workshop.file)])
        out, err = capsys.readouterr()
        return code, out, err

    return go


def test_the_line_names_the_first_and_what_would_help() -> None:
    assert left_out_line([]) == ""
    one = Skipped("a.hwp", "files of its kind are not read", "export it as PDF, DOCX or HWPX")
    assert left_out_line([one]) == (
        "1 file was not read: a.hwp (export it as PDF, DOCX or HWPX). See: thinkscale notes check"
    )
    others = [Skipped(f"{name}.bin", "why") for name in "bcd"]
    bad = Skipped("z.docx", "z.docx: not a Word document. Save it again.", "Save it again.")
    assert left_out_line([*others, bad, one]) == (
        "5 files were not read: z.docx (save it again), a.hwp (export it as PDF, DOCX or HWPX), "
        "b.bin and 2 more. See: thinkscale notes check"
    )
    assert left_out_line([one], "ko") == (
        "파일 1개를 읽지 않았습니다: a.hwp (PDF, DOCX나 HWPX로 내보내세요). "
        "자세히: thinkscale notes check"
    )


def test_search_and_index_name_what_was_left_out(run: Run, workshop: Config) -> None:
    assert "not read" not in run("search", "what does the waggle dance tell")[2]
    write_notes(
        workshop.notes_path, {"plan.hwp": "x", "bad.docx": "x", "empty.md": " ", "fig.png": "x"}
    )
    code, out, err = run("search", "what does the waggle dance tell", "--json")
    assert code == 0
    assert json.loads(out)
    assert err.count("\n") == 1
    assert err.startswith("3 files were not read: bad.docx (save it again), empty.md (")
    assert "plan.hwp (export it as PDF, DOCX or HWPX)" in err
    # Nothing that is read changed since, and still they are named; and no more when they are gone.
    write_notes(workshop.notes_path, {"talk.mp4": "x"})
    assert run("search", "what does the waggle dance tell")[2].startswith("4 files were not read")
    assert "4 files were not read" in run("index")[2]
    code, out, _ = run("index", "--json")
    assert [row["path"] for row in json.loads(out)["left_out"]] == [
        "bad.docx", "empty.md", "plan.hwp", "talk.mp4",
    ]  # fmt: skip
    for name in ("plan.hwp", "bad.docx", "empty.md", "talk.mp4"):
        (workshop.notes_path / name).unlink()
    assert run("search", "what does the waggle dance tell")[2] == ""


def test_an_index_of_an_older_way_of_reading_is_made_again(
    workshop: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pipeline.retrieval.opening as opening

    build(workshop)
    monkeypatch.setattr(opening, "_READING", 10**6)
    ensure(workshop).close()
    assert build(workshop).changed is False
    with ensure(workshop) as index:
        assert index.manifest["makers"]["reading"] == 10**6
