"""The set that is being written, and what was rejected, on disk after every decision.

The set is JSONL in the project's own format: whoever stops in the middle has a sound file. What was
rejected is listed beside it (`NAME.rejected.jsonl`), so that it is not offered again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.errors import DatasetError, filled
from pipeline.files import write_whole

__all__ = ["ACCEPTED", "CANDIDATE", "DraftStore"]

ACCEPTED, CANDIDATE = "accepted", "candidate"


@dataclass
class DraftStore:
    """`rows` are the lines of the set as they are, other people's fields included."""

    path: Path
    rows: list[dict[str, Any]] = field(default_factory=list)
    rejected: dict[str, str] = field(default_factory=dict)
    """Question by id."""

    @classmethod
    def open(cls, path: Path) -> DraftStore:
        """The set at `path`, or an empty one.

        Raises DatasetError where there is a file that is no sound JSONL set of our own format, or
        where nothing can be written there.
        """
        if path.is_dir() or not path.absolute().parent.is_dir():
            raise DatasetError(
                filled("{path}: no file can be written there.", path=path),
                "Give another path to -o.",
            )
        store = cls(path)
        if path.exists():
            _check(path)
            store.rows = _lines(path)
        if store.rejects.exists():
            store.rejected = {
                str(row.get("id", "")): str(row.get("question", ""))
                for row in _lines(store.rejects)
            }
        return store

    @property
    def rejects(self) -> Path:
        """Where what was rejected is listed."""
        return self.path.with_name(f"{self.path.stem}.rejected.jsonl")

    @property
    def items(self) -> list[dict[str, Any]]:
        """The questions, without the line about the set as a whole."""
        return [row for row in self.rows if "id" in row]

    @property
    def pending(self) -> list[dict[str, Any]]:
        """Candidates that nobody has decided about."""
        return [row for row in self.items if status(row) == CANDIDATE]

    @property
    def decided(self) -> frozenset[str]:
        """Ids that are not to be offered again: all that are there, and what was rejected."""
        return frozenset([*(str(row["id"]) for row in self.items), *self.rejected])

    def add(self, rows: Iterable[dict[str, Any]]) -> None:
        """Put questions at the end."""
        self.rows += rows
        self.save()

    def accept(self, row: dict[str, Any], changed: dict[str, Any] | None = None) -> None:
        """Keep a candidate, with other words where it was edited."""
        row.update(changed or {})
        row["data"] = dict(row.get("data", {})) | {"status": ACCEPTED}
        if row not in self.rows:
            self.rows.append(row)
        self.save()

    def reject(self, row: dict[str, Any]) -> None:
        """Throw a candidate out for good."""
        self.rejected[str(row["id"])] = str(row["question"])
        if any(one is row for one in self.rows):
            self.rows = [one for one in self.rows if one is not row]
            self.save()
        told = [{"id": name, "question": asked} for name, asked in self.rejected.items()]
        self._write(self.rejects, told)

    def save(self) -> None:
        """Write the set whole."""
        self._write(self.path, self.rows)

    def _write(self, path: Path, rows: Iterable[dict[str, Any]]) -> None:
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        try:
            write_whole(path, text)
        except OSError as error:
            raise DatasetError(
                filled("{file}: cannot be written ({why}).", file=path, why=error.strerror),
                "Give another path to -o.",
            ) from None


def status(row: dict[str, Any]) -> str:
    """`accepted` or `candidate`; a question of another origin counts as accepted."""
    data = row.get("data")
    return str(data.get("status", ACCEPTED)) if isinstance(data, dict) else ACCEPTED


def _check(path: Path) -> None:
    """Raise what is wrong with a set, the first thing of it."""
    from evals.tasks.formats.dataset_schemas import read_file
    from evals.tasks.formats.problems import raising
    from evals.tasks.formats.question_files import read_text

    text = read_text(path, raising)
    if text is None or not text.strip():
        return
    if not text.lstrip().startswith("{") or path.suffix.lower() in (".yaml", ".yml", ".json"):
        raise DatasetError(
            filled("{file}: is no JSONL file.", file=path),
            "Give a new file to -o, ending in .jsonl.",
        )
    read_file(path, raising)
    for line, row in enumerate(_lines(path), 1):
        if not {"id", "question"} <= row.keys() and "task" not in row:
            raise DatasetError(
                filled("{file}:{line}: is no question of our own format.", file=path, line=line),
                "Give a new file to -o.",
            )


def _lines(path: Path) -> list[dict[str, Any]]:
    found = []
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise DatasetError(
            filled("{file}: cannot be read ({why}).", file=path, why=why), "Mend or remove it."
        ) from None
    # Not splitlines: a question may hold the line separators that JSON leaves as they are.
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError:
            row = None
        if not isinstance(row, dict):
            raise DatasetError(
                filled("{file}:{line}: is no JSON object.", file=path, line=number),
                "Mend or remove that line.",
            )
        found.append(row)
    return found
