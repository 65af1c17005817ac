"""A PDF file as blocks: its letters are read in a process of their own, and ordered here."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from pipeline.errors import NotesError, filled
from pipeline.notes.formats.pdf.layout import layout
from pipeline.notes.formats.pdf.linebreaks import mend_line_breaks
from pipeline.notes.formats.pdf.lines import TextRun
from pipeline.notes.formats.pdf.paragraphs import Paragraph, paragraphs_of
from pipeline.notes.mapped import Block, MappedPiece, Parsed

__all__ = ["parse_pdf"]

_WORKER = Path(__file__).with_name("worker.py")
_SECONDS = 90


def parse_pdf(data: bytes) -> Parsed:
    """The text of a PDF by page, from 1, in reading order; positions and lines count in the text
    read out of it, in which words broken at a line end are whole and the cells of a row are apart.

    Raises NotesError where it cannot be read, is protected, or its reader is not installed.
    """
    answer = _pages(data)
    pages = [[TextRun(*run) for run in page] for page in answer["pages"]]
    parsed = Parsed([], unit="page")
    if answer["more"]:
        parsed.problems.append(filled("only the first {count} pages were read", count=len(pages)))
    if not any(pages):
        parsed.problems.append("no text in it: the pages are pictures")
    paragraphs = paragraphs_of(layout(pages))
    mend_line_breaks(paragraphs)
    lines: list[str] = []
    at = 0
    for paragraph in paragraphs:
        pieces: list[MappedPiece] = []
        for index, line in enumerate(paragraph.lines):
            if index:
                pieces.append(MappedPiece(" " if paragraph.wrapped[index - 1] else "\n"))
            pieces.append(MappedPiece(line, at, at + len(line)))
            at += len(line) + 1
        lines += [*paragraph.lines, ""]
        if paragraph.kind == "furniture":
            parsed.dropped.append((pieces[0].start, pieces[-1].end, "stands on every page"))
        else:
            parsed.blocks.append(
                Block(paragraph.kind, pieces, level=paragraph.level, number=paragraph.page)
            )
        at += 1
    parsed.raw = "\n".join(lines)
    parsed.title = _title(paragraphs)
    return parsed


def _title(paragraphs: list[Paragraph]) -> str:
    """The largest heading of the first page."""
    found = [p for p in paragraphs if p.kind == "heading" and p.page == 1]
    first = min(found, key=lambda paragraph: paragraph.level, default=None)
    return " ".join(first.lines)[:300] if first else ""


def _pages(data: bytes) -> dict[str, Any]:
    if b"%PDF-" not in data[:2048]:
        raise NotesError("not a PDF.", "Save it again.")
    if importlib.util.find_spec("pypdfium2") is None:
        raise NotesError("Reading PDF needs the package pypdfium2.", "Run `pip install pypdfium2`.")
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(_WORKER)],
            input=data,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NotesError(
            filled("the PDF took longer than {seconds} s to read.", seconds=_SECONDS),
            "Print it to a new PDF.",
        ) from None
    try:
        answer: dict[str, Any] = json.loads(done.stdout) if done.stdout else {}
    except ValueError:
        answer = {}
    if done.returncode != 0 or "pages" not in answer:
        reason = str(answer.get("error", "")).lower()
        if "password" in reason:
            raise NotesError("the PDF is protected.", "Save it without a password.")
        raise NotesError("the PDF is damaged or too large.", "Print it to a new PDF.")
    return answer
