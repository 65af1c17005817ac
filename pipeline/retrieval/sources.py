"""Finds the notes that changed since the last index, and reads only those."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import NotesError

if TYPE_CHECKING:
    from pipeline.notes import NoteFile, Skipped
    from pipeline.types import Passage

__all__ = ["SourceSurvey", "gather", "survey_notes"]


@dataclass
class SourceSurvey:
    """The notes folder against the last index. A row is what the manifest keeps of a source;
    `skipped` are the files that are not notes that could be read."""

    root: Path
    files: list[NoteFile]
    rows: dict[str, dict[str, Any]]
    skipped: list[Skipped] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)

    @property
    def differs(self) -> bool:
        return bool(self.changed or self.removed)

    def left_out(self) -> tuple[Skipped, ...]:
        """Every file that no answer can come from: those of other kinds, and those of which
        nothing could be read."""
        from pipeline.notes import Skipped

        unread = [
            Skipped(path, row["problems"][-1] if row["problems"] else "", row.get("remedy", ""))
            for path, row in self.rows.items()
            if not row.get("passages", 1)
        ]
        return tuple(sorted([*self.skipped, *unread], key=lambda item: item.path))


def survey_notes(root: Path, old: dict[str, dict[str, Any]]) -> SourceSurvey:
    """Compare by size and time of change, and where those differ by content.

    Raises NotesError where the folder cannot be read.
    """
    from pipeline.notes import survey as look

    found = look(root)
    survey = SourceSurvey(root, found.files, {}, found.skipped)
    for file in found.files:
        row = old.get(file.path)
        if row is None or row["size"] != file.size:
            survey.changed.append(file.path)
        elif row["mtime_ns"] == file.mtime_ns or row["sha256"] == _sha256(root, file.path):
            survey.rows[file.path] = row
        else:
            survey.changed.append(file.path)
    present = {file.path for file in found.files}
    survey.removed = [path for path in old if path not in present]
    return survey


def _sha256(root: Path, path: str) -> str:
    from pipeline.notes.note_files import read_bytes

    try:
        return hashlib.sha256(read_bytes(root, path)).hexdigest()
    except (NotesError, OSError):
        return ""


def gather(
    survey: SourceSurvey,
    kept: dict[str, list[Passage]],
    progress: Callable[[int, int], None] | None = None,
) -> list[Passage]:
    """Passages of all sources in order; changed files are read, the others come from `kept`.

    Fills `survey.rows`. A file that cannot be read is listed with its problem and skipped.
    """
    from pipeline.notes import read

    passages: list[Passage] = []
    done = 0
    for file in survey.files:
        row = survey.rows.get(file.path)
        if row is not None:
            survey.rows[file.path] = {**row, "mtime_ns": file.mtime_ns}
            passages.extend(kept.get(file.path, []))
            continue
        row = {"size": file.size, "mtime_ns": file.mtime_ns, "sha256": "", "problems": []}
        try:
            document = read(survey.root, file.path)
        except NotesError as error:
            row |= {"problems": [str(error)], "remedy": error.remedy, "passages": 0}
            row["sha256"] = _sha256(survey.root, file.path)
        else:
            source = document.source
            row |= {
                "sha256": source.sha256,
                "kind": source.kind,
                "language": source.language,
                "title": source.title,
                "problems": list(document.report.problems),
                "passages": len(document.passages),
            }
            passages.extend(document.passages)
        survey.rows[file.path] = row
        done += 1
        if progress is not None:
            progress(done, len(survey.changed))
    return passages
