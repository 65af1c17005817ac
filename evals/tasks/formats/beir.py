"""Question sets in the BEIR schema: `corpus.jsonl`, `queries.jsonl`, `qrels/<split>.tsv`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evals.tasks.base import GoldSpan, Item, Task
from evals.tasks.collection import Collection, Query
from evals.tasks.formats.intake import Intake, language_or_guess
from evals.tasks.formats.problems import Fault, Problem, Report, raising
from evals.tasks.formats.question_files import json_lines, read_text
from pipeline.errors import DatasetError, filled
from pipeline.types import Passage, Place

__all__ = ["beir_splits", "beir_task", "load_beir"]

TextWithLine = tuple[str, int]  # with its line


@dataclass
class _Folder:
    """What a folder holds: passages and questions by id, and what each question's passages are
    worth."""

    passages: dict[str, Passage] = field(default_factory=dict)
    queries: dict[str, TextWithLine] = field(default_factory=dict)
    gains: dict[str, dict[str, int]] = field(default_factory=dict)


def load_beir(folder: Path, split: str = "test") -> Collection:
    """Passages are the corpus entries (the title a heading); queries are those the split judges.

    Raises DatasetError with file and line of the first malformed line, doubled id, or judgement
    of something that is not there.
    """
    from pipeline.text.language import language_of

    found = _read(folder, split, raising)
    queries = tuple(
        Query(name, text, language_of(text), gains, name)
        for name, gains in found.gains.items()
        if any(gains.values())
        for text in (found.queries[name][0],)
    )
    if not queries:
        raise DatasetError(
            filled(
                "{folder}: no question of the split {split} has an answer.",
                folder=folder,
                split=repr(split),
            ),
            "Check it.",
        )
    return Collection(folder.name, tuple(found.passages.values()), queries)


def beir_splits(folder: Path) -> list[str]:
    """The splits a folder has judgements for."""
    return sorted(path.stem for path in (folder / "qrels").glob("*.tsv"))


def beir_task(folder: Path, split: str, report: Report) -> Task:
    """The same as a task. The schema has no answers to score, so what is scored are the citations:
    supporting evidence is the text of every passage that is worth something."""
    found = _read(folder, split, report)
    intake = Intake(folder / "queries.jsonl", report)
    intake.passages.update(found.passages)
    for name, gains in found.gains.items():
        right = [p for p, _ in sorted(gains.items(), key=lambda pair: -pair[1]) if gains[p] > 0]
        if not right:
            continue
        text, line = found.queries[name]
        spans = tuple(GoldSpan("corpus.jsonl", found.passages[p].text) for p in right)
        language = language_or_guess("", text)
        data: dict[str, Any] = {"gains": gains}
        item = Item(
            name, text, language, kind="retrieval", spans=spans, passage=right[0], split=split,
            data=data,
        )  # fmt: skip
        intake.add(item, line, spans_stand=True)
    intake.finish()
    return Task(
        folder.name,
        tuple(intake.items),
        reading="text",
        scorer="citations",
        passages=tuple(found.passages.values()),
        source=str(folder),
    )


def _read(folder: Path, split: str, report: Report) -> _Folder:
    from pipeline.text.language import language_of

    found = _Folder()
    for path, line, row in _rows(folder / "corpus.jsonl", report):
        name, text = str(row["_id"]), row["text"]
        if name in found.passages:
            _twice(report, path, line, name)
            continue
        title = str(row.get("title") or "").strip()
        place = Place("corpus.jsonl", line, line)
        headings = (title,) if title else ()
        found.passages[name] = Passage(
            name, text, "corpus.jsonl", place, headings, language_of(text)
        )
    for path, line, row in _rows(folder / "queries.jsonl", report):
        name = str(row["_id"])
        if name in found.queries:
            _twice(report, path, line, name)
            continue
        found.queries[name] = (row["text"], line)
    _judge(folder / "qrels" / f"{split}.tsv", found, report)
    return found


def _twice(report: Report, path: Path, line: int, name: str) -> None:
    said = filled("the id {name} is there twice.", name=repr(name))
    _bad(report, "duplicate-id", path, line, said, "Rename one.")


def _bad(report: Report, fault: Fault, path: Path, line: int, what: str, remedy: str) -> None:
    report(Problem(fault, str(path), line, what, remedy))


def _rows(path: Path, report: Report) -> Iterator[tuple[Path, int, dict[str, Any]]]:
    for line, row in json_lines(path, read_text(path, report) or "", report):
        if "_id" not in row or not isinstance(row.get("text"), str):
            _bad(report, "field", path, line, "needs `_id` and `text`.", "Mend that line.")
        else:
            yield path, line, row


def _judge(path: Path, found: _Folder, report: Report) -> None:
    """Gains by query and passage. The first line is a header, as BEIR has it."""
    text = read_text(path, report) or ""
    for line, row in enumerate(text.split("\n"), 1):
        cells = row.rstrip("\r").split("\t")
        header = line == 1 and not cells[-1].lstrip("-").isdecimal()
        if not row.strip() or header:
            continue
        if len(cells) != 3 or not cells[2].lstrip("-").isdecimal():
            said = "needs query, passage and a whole number."
            _bad(report, "malformed", path, line, said, "Mend that line.")
            continue
        query, passage, gain = cells[0], cells[1], int(cells[2])
        wrong = ""
        if query not in found.queries:
            wrong = filled("judges the unknown question {name}.", name=repr(query))
        elif passage not in found.passages:
            wrong = filled("judges the unknown passage {name}.", name=repr(passage))
        elif passage in found.gains.get(query, {}):
            wrong = filled(
                "judges {question} and {passage} twice.",
                question=repr(query),
                passage=repr(passage),
            )
        if wrong:
            _bad(report, "span", path, line, wrong, "Mend or remove that line.")
        else:
            found.gains.setdefault(query, {})[passage] = max(0, gain)
