"""The notes behind the server: what is indexed, what was left out, and a file added by its owner.

A file is added only where the server listens on this machine alone, only under a name that is free,
and whole or not at all; then the index is made again, and the server asks the new one.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from pipeline.answering.session import Asker
from pipeline.errors import filled
from pipeline.files import fsync_folder
from pipeline.notes.file_kinds import SUFFIXES, is_part, remedy_for
from pipeline.notes.note_files import MAX_BINARY_BYTES
from pipeline.notes.paths import shown_name
from pipeline.serve.errors import Refused
from pipeline.text.messages import translate

__all__ = ["LARGEST", "NoteAdder", "checked_name", "sources_json", "write_new"]

LARGEST = MAX_BINARY_BYTES
IndexProgress = Callable[[str, int, int], None]


def sources_json(asker: Asker, language: str) -> dict[str, Any]:
    """What is indexed, by path, and what was left out with the reason and what would help."""
    counts = Counter(passage.source for passage in asker.index.passages)
    rows = asker.index.index.manifest.get("sources", {})
    return {
        "notes": [
            {
                "path": path,
                "passages": counts[path],
                "title": str(rows.get(path, {}).get("title", "")),
                "kind": str(rows.get(path, {}).get("kind", "")),
                "problems": [
                    translate(problem, language)
                    for problem in rows.get(path, {}).get("problems", ())
                ],
            }
            for path in sorted(counts)
        ],
        "left_out": [
            {
                "path": item.path,
                "reason": translate(item.reason, language),
                "remedy": translate(item.remedy, language),
            }
            for item in asker.left_out
        ],
    }


def checked_name(name: str) -> str:
    """The name that a file may be added under. Raises Refused."""
    bad = set('/\\:*?"<>|')
    plain = shown_name(name.strip())
    if not plain or plain != name.strip() or plain[0] in ".~" or bad & set(plain):
        raise Refused(
            filled("{name} is no name for a note.", name=repr(plain[:80])),
            "Rename the file.",
            param="name",
        )
    if len(plain.encode()) > 200:
        raise Refused("The name of the file is too long.", "Rename the file.", param="name")
    if PurePosixPath(plain).suffix.lower() not in SUFFIXES or is_part(plain):
        what = filled("{name}: files of its kind are not read.", name=plain)
        raise Refused(what, remedy_for(plain), param="name")
    return plain


def write_new(folder: Path, name: str, data: bytes) -> None:
    """Write a file whole, under a name that nobody has: what stands there is never replaced.

    Raises Refused where there is such a file, or the folder cannot be written to.
    """
    taken = Refused(
        filled("{name}: there is a note of this name.", name=name),
        "Rename the file.",
        status=409,
        code="exists",
    )
    path = folder / name
    if os.path.lexists(path):
        raise taken
    try:
        handle, part = tempfile.mkstemp(dir=folder, prefix=f".{name[:40]}.", suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(part).chmod(0o644)
            _name_new(Path(part), path)
        finally:
            Path(part).unlink(missing_ok=True)
        fsync_folder(folder)
    except FileExistsError:
        raise taken from None
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise Refused(
            filled("{name}: cannot be written to the notes ({why}).", name=name, why=why),
            "Put it there yourself.",
            status=409,
        ) from None


def _name_new(part: Path, path: Path) -> None:
    """Give a finished file its name in one step that fails where the name is taken."""
    try:
        path.hardlink_to(part)
    except FileExistsError:
        raise
    except OSError:  # a disk without links: the name is taken first, then filled in one step
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        part.replace(path)


@dataclass
class NoteAdder:
    """Adds notes to `folder`. `rebuild` makes the index again and has the server ask the new one;
    one file after the other."""

    folder: Path
    rebuild: Callable[[IndexProgress], None]
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, name: str, data: bytes, progress: IndexProgress) -> str:
        """The name of the note once it can be asked. Raises Refused, and what indexing raises."""
        name = checked_name(name)
        if not data.strip(b"\0 \t\r\n"):
            raise Refused(filled("{name}: the file is empty.", name=name), param="body")
        with self._lock:
            write_new(self.folder, name, data)
            self.rebuild(progress)
        return name
