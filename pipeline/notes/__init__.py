"""A file of notes becomes clean passages that can be cited: `walk`, `read`, `fold`, `cite`."""

from __future__ import annotations

from pipeline.notes.citing import cite
from pipeline.notes.document import Document, NoteFile, Report, Skipped
from pipeline.notes.files import survey, walk
from pipeline.notes.folding import fold
from pipeline.notes.language import language_of
from pipeline.notes.reading import read
from pipeline.notes.sentences import sentences

__all__ = [
    "Document",
    "NoteFile",
    "Report",
    "Skipped",
    "cite",
    "fold",
    "language_of",
    "read",
    "sentences",
    "survey",
    "walk",
]
