"""PDF: the text of each page, wrapped lines joined, what stands on every page left out."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

from pipeline.errors import NotesError
from pipeline.notes.formats.inline import joined_lines
from pipeline.notes.mapped import Block, Parsed

__all__ = ["parse_pdf"]

_WORKER = Path(__file__).with_name("pdf_worker.py")
_SECONDS = 90
_PAGE_NUMBER = re.compile(
    r"^[\s\-–—|/]*(?:page|p\.|쪽)?\s*\d{1,4}(?:\s*(?:/|of|쪽)\s*\d{0,4})?[\s\-–—|]*$", re.I
)
_ITEM = re.compile(r"^(?:[-*•·▪◦‣]|\(?\d{1,3}[.)]|[①-⑳])\s")


def parse_pdf(data: bytes) -> Parsed:
    """The text of a PDF by page, from 1; positions and lines count in the text read out of it.

    Raises NotesError where it cannot be read, is protected, or its reader is not installed.
    """
    answer = _pages(data)
    pages = [_tidy(page) for page in answer["pages"]]
    parsed = Parsed([], unit="page", raw="\n".join(pages))
    if answer.get("more"):
        parsed.problems.append(f"only the first {len(pages)} pages were read")
    if not any(page.strip() for page in pages):
        parsed.problems.append("no text in it: the pages are pictures")
    furniture = _furniture(pages)
    at = 0
    for number, page in enumerate(pages, 1):
        _page(parsed, page, at, number, furniture)
        at += len(page) + 1
    return parsed


def _pages(data: bytes) -> dict[str, list[str]]:
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
            f"the PDF took longer than {_SECONDS} s to read.", "Print it to a new PDF."
        ) from None
    try:
        answer: dict[str, list[str]] = json.loads(done.stdout) if done.stdout else {}
    except ValueError:
        answer = {}
    if done.returncode != 0 or "pages" not in answer:
        reason = str(answer.get("error", "")).lower()
        if "password" in reason:
            raise NotesError("the PDF is protected.", "Save it without a password.")
        raise NotesError("the PDF is damaged or too large.", "Print it to a new PDF.")
    return answer


def _tidy(page: str) -> str:
    """One page with plain line ends; pdfium marks a hyphen at a line end with U+FFFE."""
    page = page.replace("\r\n", "\n").replace("\r", "\n").replace("\ufffe", "-").replace("\0", " ")
    return "\n".join(line.rstrip() for line in page.split("\n")).strip("\n")


def _furniture(pages: list[str]) -> set[str]:
    """Lines that stand at the top or the bottom of most pages, digits aside."""
    if len(pages) < 3:
        return set()
    seen: Counter[str] = Counter()
    for page in pages:
        lines = [line for line in page.split("\n") if line.strip()]
        seen.update({_shape(line) for line in [*lines[:2], *lines[-2:]]})
    return {shape for shape, count in seen.items() if count >= max(3, 0.6 * len(pages))}


def _shape(line: str) -> str:
    return re.sub(r"\d+", "0", " ".join(line.split()))


def _page(parsed: Parsed, page: str, at: int, number: int, furniture: set[str]) -> None:
    """The paragraphs of one page."""
    text = parsed.raw or ""
    lines: list[tuple[int, int]] = []
    rows = page.split("\n")
    last = len(rows) - 1

    def flush() -> None:
        if lines:
            kind = "item" if _ITEM.match(text[lines[0][0] : lines[0][1]]) else "text"
            pieces = joined_lines(text, lines)
            parsed.blocks.append(Block("item" if kind == "item" else "text", pieces, number=number))
            lines.clear()

    for index, row in enumerate(rows):
        low, high = at + len(row) - len(row.lstrip()), at + len(row.rstrip())
        at += len(row) + 1
        if low >= high:
            flush()
            continue
        edge = index < 2 or index > last - 2
        if edge and (_shape(row) in furniture or (len(row) <= 40 and _PAGE_NUMBER.match(row))):
            parsed.dropped.append((low, high, "stands on every page"))
            continue
        if _ITEM.match(row.strip()):
            flush()
        lines.append((low, high))
    flush()
