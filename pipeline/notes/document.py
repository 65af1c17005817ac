"""The result of reading a file of notes: its passages, and an account of everything done to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from pipeline.types import Passage, Place, Source

__all__ = ["Document", "Dropped", "Folded", "NoteFile", "NoteReport", "Repair", "Skipped"]


@dataclass(frozen=True, slots=True)
class NoteFile:
    """A file that can be read as notes. `path` is relative to the notes folder, with forward
    slashes and composed (NFC) characters; `size` in bytes; `mtime_ns` since the epoch."""

    path: str
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file or folder that was not read, why, and what would help."""

    path: str
    reason: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Repair:
    """One line whose characters had been damaged. `confidence` is 0 to 1; where `readable` is
    false the line was left as it is, because no reading of it was sure enough."""

    line: int
    how: Literal["mojibake", "lossy mojibake"]
    text: str
    confidence: float = 1.0
    readable: bool = True


@dataclass(frozen=True, slots=True)
class Dropped:
    """A line that is no part of the notes (a menu, a calendar, a tag cloud), with the reason."""

    line: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Folded:
    """Text left out because the same was said at another place."""

    place: Place
    text: str
    same_as: Place


@dataclass(frozen=True, slots=True)
class NoteReport:
    """What was done to one file. Lines count from 1; `characters` are of the decoded file and
    `kept` of its passages."""

    encoding: str = "utf-8"
    characters: int = 0
    kept: int = 0
    repaired: tuple[Repair, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    folded: tuple[Folded, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """One file of notes as read. `date` is the front matter's, as written; `meta` is what else it
    said (plain values only)."""

    source: Source
    passages: tuple[Passage, ...]
    report: NoteReport = field(default_factory=NoteReport)
    date: str = ""
    meta: dict[str, Any] = field(default_factory=dict)
