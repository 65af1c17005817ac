"""One module a format, and this table of them. A parser is imported when its first file comes."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from pipeline.notes.file_kinds import SUFFIXES
from pipeline.notes.mapped import Parsed

__all__ = ["FORMATS", "Format", "kind_of", "parse"]


class Format(NamedTuple):
    """`module:function` of the parser, and whether it reads text or the bytes of the file."""

    parser: str
    binary: bool = False


_HERE = "pipeline.notes.formats"
FORMATS: dict[str, Format] = {
    "markdown": Format(f"{_HERE}.markdown:parse_markdown"),
    "text": Format(f"{_HERE}.text:parse_text"),
    "html": Format(f"{_HERE}.html:parse_html"),
    "transcript": Format(f"{_HERE}.captions:parse_captions"),
    "pdf": Format(f"{_HERE}.pdf.parser:parse_pdf", binary=True),
    "notebook": Format(f"{_HERE}.notebook:parse_notebook", binary=True),
    "docx": Format(f"{_HERE}.docx:parse_docx", binary=True),
    "pptx": Format(f"{_HERE}.pptx:parse_pptx", binary=True),
    "hwpx": Format(f"{_HERE}.hwpx:parse_hwpx", binary=True),
}

_TIMING = re.compile(
    r"^[|\t ]*(?:\d+:)?\d{1,2}:\d{2}[.,]\d{3}\s+-->\s+(?:\d+:)?\d{1,2}:\d{2}[.,]\d{3}", re.M
)
_MARKUP = re.compile(r"\A\s*(?:<!doctype html|<html\b)", re.IGNORECASE)


def kind_of(path: str, text: str | None = None) -> str:
    """The kind of a note, from its name and, for text, its beginning: a transcript or a web page
    saved as `.txt` or `.md` is what it is."""
    kind = SUFFIXES.get(PurePosixPath(path).suffix.lower(), "text")
    if kind in ("text", "markdown") and text is not None:
        if len(_TIMING.findall(text[:20_000])) >= 3:
            return "transcript"
        if _MARKUP.match(text[:500]):
            return "html"
    return kind


def parse(kind: str, content: Any) -> Parsed:
    """Parse the text (or, for a binary format, the bytes) of a note.

    Raises NotesError where the content is not what the kind says, or its parser is not installed.
    """
    module, function = FORMATS[kind].parser.split(":")
    parsed: Parsed = getattr(import_module(module), function)(content)
    return parsed
