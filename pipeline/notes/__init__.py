"""A file of notes becomes clean passages that can be cited: `walk`, `read`, `fold`,
`said_once`, `cite`."""

from __future__ import annotations

from pipeline.notes.citing import cite
from pipeline.notes.document import Document, NoteFile, NoteReport, Skipped
from pipeline.notes.folding import fold
from pipeline.notes.note_files import survey, walk
from pipeline.notes.reading import read
from pipeline.notes.repeated import said_once

__all__ = [
    "Document",
    "NoteFile",
    "NoteReport",
    "Skipped",
    "cite",
    "fold",
    "read",
    "said_once",
    "survey",
    "walk",
]
