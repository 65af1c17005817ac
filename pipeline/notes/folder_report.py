"""Every file of a notes folder read, one after the other, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import NotesError, filled
from pipeline.notes.document import Document
from pipeline.notes.file_kinds import SUFFIXES
from pipeline.notes.folding import DuplicateFinder
from pipeline.notes.note_files import FolderSurvey, survey
from pipeline.notes.reading import read

__all__ = ["CheckedNote", "check"]


@dataclass(frozen=True, slots=True)
class CheckedNote:
    """One file. Where it could not be read, `error` says why and the counts are 0."""

    path: str
    kind: str
    language: str = ""
    passages: int = 0
    repaired: int = 0
    dropped: int = 0
    folded: int = 0
    problems: tuple[str, ...] = field(default=())
    error: str = ""

    def to_json(self) -> dict[str, object]:
        return {
            "path": self.path,
            "kind": self.kind,
            "language": self.language,
            "passages": self.passages,
            "repaired": self.repaired,
            "dropped": self.dropped,
            "folded": self.folded,
            "problems": list(self.problems),
            "error": self.error,
        }


def check(root: Path, only: str = "") -> tuple[FolderSurvey, Iterator[CheckedNote]]:
    """What stands in a notes folder, and its files as they are read; `only` names a single one.

    Raises NotesError where the folder cannot be listed.
    """
    found = survey(root)
    paths = [file.path for file in found.files if not only or file.path == only]
    return found, _check(root, paths)


def _check(root: Path, paths: list[str]) -> Iterator[CheckedNote]:
    folder = DuplicateFinder()
    for path in paths:
        try:
            yield _row(read(root, path), folder)
        except NotesError as error:
            kind = SUFFIXES.get(Path(path).suffix.lower(), "text")
            words = str(error)
            yield CheckedNote(path, kind, error=words.removeprefix(f"{path}: "))


def _row(document: Document, folder: DuplicateFinder) -> CheckedNote:
    report = document.report
    # What an earlier file says already is folded into it.
    elsewhere = sum(folder.add(passage) is not None for passage in document.passages)
    lossy = [repair for repair in report.repaired if repair.how == "lossy mojibake"]
    problems = list(report.problems)
    if report.encoding not in ("utf-8", document.source.kind):
        problems.insert(0, f"read as {report.encoding}")
    readable = [repair.confidence for repair in lossy if repair.readable]
    if readable:
        problems.insert(
            0,
            filled(
                "{count} lines had lost bytes and were read again: sure to {mean} on average, "
                "{least} at the least",
                count=len(readable),
                mean=f"{sum(readable) / len(readable):.0%}",
                least=f"{min(readable):.0%}",
            ),
        )
    return CheckedNote(
        document.source.path,
        document.source.kind,
        document.source.language,
        len(document.passages),
        sum(repair.readable for repair in report.repaired),
        len(report.dropped),
        len(report.folded) + elsewhere,
        tuple(problems),
    )
