"""The notes as material for questions: sentences that can be understood by themselves."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pipeline.config import Config
from pipeline.errors import NotesError, filled
from pipeline.text.standalone import OPENS_ON_ANOTHER, POINTS
from pipeline.types import Citation, Passage

__all__ = ["Material", "Sentence", "read_notes", "usable"]

_MARK = re.compile(r"(?:[-*+•ㅇ○◦●■□▪·※▶➢]\s+|\d{1,3}[.)]\s+|#{1,6}\s+|>\s+)+")
_REFERS_BACK = re.compile(OPENS_ON_ANOTHER, re.I)
_POINTS = re.compile(POINTS, re.I)
_CODE = re.compile(r"[{}\\]|==|:=|[a-z_]\([^)\s]*\)|\)\.\w|__|=>|->|</?\w+>")
_SHORTEST, _LONGEST = 18, 320
"""Characters of a sentence."""


@dataclass(frozen=True)
class Sentence:
    """`passage.text[start:end]`, without the mark of a list item in front."""

    passage: Passage
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.passage.text[self.start : self.end]

    @property
    def language(self) -> str:
        return self.passage.language

    def cite(self, root: Path) -> Citation:
        """The raw words and the place they stand at. Raises NotesError where the note changed."""
        from pipeline.notes import cite

        return cite(root, self.passage, self.start, self.end)


@dataclass(frozen=True)
class Material:
    """All that was read below `root`. `skipped` says what could not be, and why."""

    root: Path
    passages: tuple[Passage, ...]
    skipped: tuple[NotesError, ...] = ()

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """In the order of the notes; list marks are left out, table rows are not sentences."""
        return tuple(one for passage in self.passages for one in _cut(passage))


def read_notes(
    path: Path, config: Config, progress: Callable[[str, int, int], None] | None = None
) -> Material:
    """Read a folder of notes, or one note.

    Sources are named relative to the configured notes where `path` lies in them, so that the set
    can be asked of these; else relative to the folder itself. Raises NotesError where there is
    nothing to read.
    """
    from pipeline.notes import read, walk

    if not path.exists():
        raise NotesError(
            filled("{path}: no such file or folder.", path=path),
            "Give a note, or a folder of notes.",
        )
    folder = path if path.is_dir() else path.parent
    notes = config.notes_path
    root = notes if folder.resolve().is_relative_to(notes.resolve()) else folder
    within = path.resolve().relative_to(root.resolve()).as_posix()
    known = [file.path for file in walk(root)]
    chosen = known if within == "." else [one for one in known if _inside(one, within)]
    if path.is_file() and not chosen:
        chosen = [within]
    passages: list[Passage] = []
    unread: list[NotesError] = []
    for at, name in enumerate(chosen):
        if progress:
            progress("read", at + 1, len(chosen))
        try:
            passages += read(root, name).passages
        except NotesError as error:
            unread.append(error)
    if not passages:
        if len(unread) == 1:
            raise unread[0]
        raise NotesError(
            filled("{path}: there are no notes to read.", path=path),
            "Give a folder that has some.",
        )
    return Material(root, tuple(passages), tuple(unread))


def usable(sentence: Sentence) -> bool:
    """Whether a question about it would make sense without what stands around it."""
    text = sentence.text
    return (
        _SHORTEST <= len(text) <= _LONGEST
        and len(text.split()) >= 3
        and "\n" not in text
        and "|" not in text
        and not text.rstrip("\"'”’) ").endswith(("?", ":", "？"))
        and not (text[0] in '["“' and text.rstrip(".,")[-1] in ']"”')  # a title
        and not _REFERS_BACK.match(text)
        and not _POINTS.match(text)
        and not _CODE.search(text)
    )


def _inside(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")


def _cut(passage: Passage) -> Iterator[Sentence]:
    from pipeline.text.sentences import sentences

    text = passage.text
    for start, end in sentences(text, passage.language):
        mark = _MARK.match(text, start, end)
        low = mark.end() if mark else start
        if text[low:end].strip() and not text.startswith("|", low):
            yield Sentence(passage, low, end)


def lists(material: Material) -> Iterator[tuple[str, tuple[Sentence, ...]]]:
    """Every list of a passage with the innermost heading above it; items are single lines."""
    for passage in material.passages:
        if passage.headings:
            yield from ((passage.headings[-1], items) for items in _lists(passage))


def _lists(passage: Passage) -> Iterator[tuple[Sentence, ...]]:
    found: list[Sentence] = []
    at = 0
    for line in [*passage.text.split("\n"), ""]:
        mark = _MARK.match(line)
        if mark and line[mark.end() :].strip():
            found.append(Sentence(passage, at + mark.end(), at + len(line.rstrip())))
        else:
            if len(found) > 1:
                yield tuple(found)
            found = []
        at += len(line) + 1


def same_sentence(one: Sequence[Sentence], passage_id: str, start: int, end: int) -> bool:
    """Whether a range of a passage overlaps one of the sentences."""
    return any(s.passage.id == passage_id and s.start < end and start < s.end for s in one)
