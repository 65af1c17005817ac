"""Everything that is wrong with a question set, not only the first thing."""

from __future__ import annotations

from pathlib import Path

from evals.tasks.base import Task
from evals.tasks.formats.dataset_schemas import read_file
from evals.tasks.formats.gold_quotes import missing_gold
from evals.tasks.formats.problems import Problem
from pipeline.errors import filled

__all__ = ["inspect", "validate"]


def validate(path: Path, notes: Path | None = None) -> list[Problem]:
    """All problems of a file or a BEIR folder, in the order of their lines; none where it is sound.

    `notes` is the folder that supporting spans are looked up in, for a set over notes; without it
    they are not checked.
    """
    return inspect(path, notes)[1]


def inspect(path: Path, notes: Path | None = None) -> tuple[Task | None, list[Problem]]:
    """What could be read, and all that is wrong with the rest."""
    problems: list[Problem] = []
    task = read_file(path, problems.append)
    if task is not None and task.notes and notes is not None:
        lines = _lines(path)
        for item, span, why in missing_gold(task.items, notes):
            quote = span.quote if len(span.quote) <= 60 else f"{span.quote[:57]}..."
            said = filled(
                "the supporting span {quote} of {item}: {why}.",
                quote=repr(quote),
                item=repr(item.id),
                why=why,
            )
            at = lines.get(item.id, 0)
            problems.append(Problem("span", str(path), at, said, "Copy it exactly."))
    return task, sorted(problems, key=lambda p: (p.file, p.line))


def _lines(path: Path) -> dict[str, int]:
    """Where each item of one of our own files stands."""
    from evals.tasks.formats.intake import Intake
    from evals.tasks.formats.question_files import read_text
    from evals.tasks.formats.raw_records import records

    def quiet(problem: Problem) -> None:
        """What is wrong has been said by now."""

    text = read_text(path, quiet) or ""
    found = records(path, text, Intake(path, quiet), {})
    return {str(record.fields.get("id", "")): record.line() for record in found}
