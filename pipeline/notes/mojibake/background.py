"""The sound Korean a reader can learn from: the owner's other notes, and the notes that ship."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pipeline.errors import NotesError
from pipeline.notes.decoding import decode
from pipeline.notes.document import NoteFile
from pipeline.notes.file_kinds import SUFFIXES
from pipeline.notes.mojibake.detection import damaged_page
from pipeline.notes.mojibake.syllables import Counts, in_alphabet
from pipeline.notes.note_files import read_bytes, walk
from pipeline.text.language import hangul_count

__all__ = ["counts_near", "shipped_corpus"]

_KINDS = {"markdown", "text", "transcript", "html"}
_ENOUGH = 400_000
"""Syllables learnt from one folder."""
_LARGEST = 1_000_000
"""Bytes of a file worth learning from."""


def shipped_corpus() -> Path | None:
    """The folder of the notes that come with the package; None where they were left out."""
    package = Path(__file__).parents[2]
    for folder in (package.parent / "corpus", package / "shipped" / "corpus"):
        if folder.is_dir():
            return folder
    return None


def counts_near(root: Path) -> Counts:
    """Counts of the sound Korean text under `root` and in the shipped notes; kept until a file
    there changes."""
    corpus = shipped_corpus()
    folders = [root] if corpus is None or corpus == root else [root, corpus]
    return _learn(tuple((folder, tuple(_texts(folder))) for folder in folders))


def _texts(root: Path) -> list[NoteFile]:
    try:
        files = walk(root)
    except NotesError:
        return []
    return [
        file
        for file in files
        if SUFFIXES[Path(file.path).suffix.lower()] in _KINDS and file.size <= _LARGEST
    ]


@lru_cache(maxsize=2)
def _learn(folders: tuple[tuple[Path, tuple[NoteFile, ...]], ...]) -> Counts:
    counts = Counts()
    for root, files in folders:
        left = _ENOUGH
        for file in files:
            if left <= 0:
                break
            try:
                text = decode(read_bytes(root, file.path), file.path).text
            except NotesError:
                continue  # it is reported when it is read itself
            if damaged_page(text):
                continue
            # A paragraph said a hundred times over teaches no more than one said once.
            for line in dict.fromkeys(line.strip() for line in text.split("\n")):
                if hangul_count(line):
                    counts.add(f" {in_alphabet(line)} ")
                    left -= hangul_count(line)
    return counts
