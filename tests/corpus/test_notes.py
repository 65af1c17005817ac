"""The notes that ship with the project are well formed, long enough, and their own."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from .reading import CORPUS, body, front_matter, language, notes, quotable, words

NOTES = notes()
MARKDOWN = [path for path in NOTES if path.endswith(".md")]
HANGUL = re.compile(r"[가-힣]")
LETTER = re.compile(r"[A-Za-z가-힣]")
SHARED = Path(__file__).parents[2] / "../shared/notes"


def test_there_are_enough_notes_in_both_languages() -> None:
    count = Counter(language(path) for path in NOTES)
    assert set(count) == {"en", "ko"}
    assert sum(count.values()) >= 40
    assert abs(count["en"] - count["ko"]) <= 4


def test_the_formats_exercise_the_readers() -> None:
    assert {Path(path).suffix for path in NOTES} == {".md", ".ipynb", ".vtt", ".html", ".pdf"}


@pytest.mark.parametrize("path", NOTES)
def test_title_language_and_date(path: str) -> None:
    meta = front_matter(path)
    assert set(meta) == {"title", "language", "date"}
    assert meta["title"].strip()
    assert meta["language"] == language(path)
    assert dt.date(2025, 9, 1) <= dt.date.fromisoformat(meta["date"]) <= dt.date(2025, 12, 31)


@pytest.mark.parametrize("path", NOTES)
def test_length(path: str) -> None:
    assert 400 <= words(body(path)) <= 1200


@pytest.mark.parametrize("path", NOTES)
def test_the_text_is_in_the_promised_language(path: str) -> None:
    text = body(path)
    share = len(HANGUL.findall(text)) / len(LETTER.findall(text))
    assert share > 0.5 if language(path) == "ko" else share < 0.02


@pytest.mark.parametrize("path", MARKDOWN)
def test_a_paragraph_is_one_line(path: str) -> None:
    """Citations open lines, so prose must not be wrapped inside a paragraph."""
    previous = ""
    for line in body(path).splitlines():
        prose = bool(line) and not re.match(r"[#|]|[-*] |\d+\. ", line)
        assert not (prose and previous), f"{path}: wrapped paragraph at {line[:60]!r}"
        previous = line


def test_titles_are_unique_in_a_language() -> None:
    seen = Counter((language(path), front_matter(path)["title"]) for path in NOTES)
    assert max(seen.values()) == 1


def test_no_long_sentence_stands_in_two_notes() -> None:
    seen: dict[str, str] = {}
    for path in NOTES:
        for line in body(path).splitlines():
            for sentence in re.split(r"(?<=[.?!]) ", line):
                if len(sentence) >= 50:
                    assert seen.setdefault(sentence, path) == path, sentence


def test_notebook_outputs_are_what_its_code_prints() -> None:
    (path,) = (p for p in NOTES if p.endswith(".ipynb"))
    notebook = json.loads((CORPUS / path).read_text(encoding="utf-8"))
    assert notebook["nbformat"] == 4
    state: dict[str, Any] = {}
    ran = 0
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec("".join(cell["source"]), state)
        stored = "".join(line for output in cell["outputs"] for line in output["text"])
        assert printed.getvalue() == stored
        ran += 1
    assert ran >= 3


def _seconds(stamp: str) -> float:
    hours, minutes, seconds = stamp.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


@pytest.mark.parametrize("path", [p for p in NOTES if p.endswith(".vtt")])
def test_transcript_times_run_forward(path: str) -> None:
    lines = quotable(path)
    assert lines[0] == "WEBVTT"
    clock = 0.0
    for line in lines:
        if "-->" in line:
            start, end = (_seconds(part.strip()) for part in line.split("-->"))
            assert clock <= start < end
            clock = end


def test_the_pdf_is_small() -> None:
    (path,) = (p for p in NOTES if p.endswith(".pdf"))
    raw = (CORPUS / path).read_bytes()
    assert raw.startswith(b"%PDF-1.4")
    assert raw.rstrip().endswith(b"%%EOF")
    assert len(raw) < 20_000


@pytest.mark.skipif(not SHARED.is_dir(), reason="the owner's notes are not here")
def test_nothing_is_copied_from_the_owners_notes() -> None:
    theirs = " ".join(
        p.read_text(encoding="utf-8", errors="replace") for p in sorted(SHARED.iterdir())
    )
    owned = " ".join(theirs.split())
    for path in NOTES:
        for line in body(path).splitlines():
            run = line.split()
            for start in range(len(run) - 7):
                piece = " ".join(run[start : start + 8])
                assert piece not in owned, f"{path}: {piece}"
