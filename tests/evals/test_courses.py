"""The benchmark of courses of one's own: how a course is laid out, and what counts as right."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks import courses
from benchmarks.courses import is_right
from benchmarks.subjects_data import rows_of_course
from pipeline.types import Answer, Citation, Passage, Place

HERON = Passage("p", "Grey herons stand 98 cm tall.", "b.md", Place("b.md", 1, 1), ("Herons",))
ROWS: list[dict[str, Any]] = [
    {"question": "How tall is a grey heron?", "wanted": [["98 cm", "1 m"]]},
    {"question": "왜가리는 무엇을 먹나?", "wanted": [], "kind": "fact"},
]


def shown(text: str, *quotes: str) -> Answer:
    cited = tuple(Citation(HERON, quote, HERON.place) for quote in quotes)
    return Answer("?", text, "en", "quoted", citations=cited, abstained=not quotes)


def written(folder: Path) -> Path:
    (folder / "notes").mkdir(parents=True)
    (folder / "notes" / "herons.md").write_text(f"# Herons\n\n{HERON.text}\n", encoding="utf-8")
    lines = [json.dumps(row, ensure_ascii=False) for row in ROWS]
    (folder / "questions.jsonl").write_text("\n\n".join(lines), encoding="utf-8")
    return folder


def test_what_is_left_out_of_a_question_is_filled_in(tmp_path: Path) -> None:
    tall, eats = rows_of_course(written(tmp_path / "birds"))
    assert (tall["kind"], tall["answerable"], tall["need"], tall["language"]) == (
        "fact", True, 1, "en",
    )  # fmt: skip
    assert (eats["answerable"], eats["need"], eats["language"]) == (False, 0, "ko")


def test_one_spelling_of_each_thing_wanted_is_enough_and_a_refusal_never_is() -> None:
    row = {"answerable": True, "wanted": [["98 cm", "1 m"], "Heron"], "need": 2}
    assert is_right(row, shown("98cm", HERON.text))
    assert is_right(row, shown("- 98 cm [1]", "stand 98 cm"))  # its heading is shown
    assert not is_right(row, shown("tall", "stand tall"))
    assert is_right({**row, "need": 1}, shown("tall", "stand tall"))
    assert not is_right(row, shown("Not found: 98 cm, heron"))


def test_of_what_the_notes_do_not_say_a_refusal_is_right() -> None:
    row = {"answerable": False, "wanted": [], "need": 0}
    assert is_right(row, shown("Not found in your notes."))
    assert not is_right(row, shown("98 cm", HERON.text))


def test_it_tells_each_course_and_what_was_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("THINKSCALE_CACHE", str(tmp_path / "cache"))
    folder = written(tmp_path / "birds")
    monkeypatch.setattr(sys, "argv", ["courses", str(folder), "--show", "--check"])
    assert courses.main() == 0
    told = capsys.readouterr().out
    assert "Grey herons stand 98 cm tall." in told
    assert "right 1 of 1" in told
    (folder / "questions.jsonl").write_text(
        json.dumps({**ROWS[0], "wanted": ["two metres"]}), encoding="utf-8"
    )
    assert courses.main() == 1
    assert "WRONG" in capsys.readouterr().out
