"""Recognises the schema of a file by its content, never by its name alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.tasks.base import Task
from evals.tasks.formats.problems import Problem, Report
from evals.tasks.formats.question_files import parse_json, read_text
from pipeline.errors import filled

__all__ = ["SCHEMAS", "Schema", "read_file", "recognise"]

Parse = Callable[[Path, str, Report], Task]
_PEEK = 20
_ASKS = re.compile(r"^[ \t]*(?:-[ \t]+)?[\"']?question[\"']?[ \t]*:", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Schema:
    """A format of question sets: how it is told, and which module reads it."""

    name: str
    description: str
    example: str
    module: str
    function: str

    @property
    def parse(self) -> Parse:
        """The reader; its module is loaded now."""
        import importlib

        found: Parse = getattr(importlib.import_module(self.module), self.function)
        return found


def _schema(name: str, description: str, example: str, module: str, function: str) -> Schema:
    return Schema(name, description, example, f"evals.tasks.formats.{module}", function)


SCHEMAS = {
    schema.name: schema
    for schema in (
        _schema("thinkscale", "our own: JSONL, JSON or YAML", "mine.yaml", "own", "own_task"),
        _schema("squad", "SQuAD, XQuAD, KorQuAD 1.0", "xquad.en.json", "squad", "squad_task"),
        _schema("gsm8k", "GSM8K", "gsm8k/test.jsonl", "word_problems", "gsm8k_task"),
        _schema("svamp", "SVAMP", "SVAMP.json", "word_problems", "svamp_task"),
        _schema("hotpotqa", "HotpotQA", "hotpot_dev_distractor_v1.json", "hotpot", "hotpot_task"),
        _schema(
            "choice-csv", "MMLU and KMMLU as CSV", "law_test.csv", "multiple_choice",
            "choice_csv_task",
        ),
        _schema(
            "choice", "MMLU, KMMLU, any multiple choice as JSONL", "exam.jsonl", "multiple_choice",
            "choice_jsonl_task",
        ),
        _schema("beir", "a BEIR folder, which has passages and no answers", "scifact/", "beir", ""),
    )
}  # fmt: skip


def read_file(path: Path, report: Report, split: str = "") -> Task | None:
    """The task in a file or folder, of whatever schema; None where nothing could be read of it."""
    if path.is_dir():
        return _read_folder(path, report, split)
    text = read_text(path, report)
    if text is None:
        return None
    if not text.strip():
        report(Problem("empty", str(path), 0, "is empty.", "Write questions into it."))
        return None
    schema = recognise(path, text)
    if schema is None:
        remedy = "`thinkscale eval tasks` lists the schemas."
        report(Problem("unknown-schema", str(path), 1, "is in no schema known here.", remedy))
        return None
    return schema.parse(path, text, report)


def _read_folder(path: Path, report: Report, split: str) -> Task | None:
    from evals.tasks.formats.beir import beir_splits, beir_task

    if not (path / "corpus.jsonl").exists():
        said = "is a folder without corpus.jsonl."
        report(Problem("unknown-schema", str(path), 0, said, "Give a file, or a BEIR folder."))
        return None
    splits = beir_splits(path)
    if not splits or (split and split not in splits):
        said = "has no qrels/*.tsv."
        if split:
            said = filled("has no judgements for the split {split}.", split=repr(split))
        there = filled("There are: {names}.", names=", ".join(splits)) if splits else "Add one."
        report(Problem("empty", str(path), 0, said, there))
        return None
    chosen = split or ("test" if "test" in splits else splits[0])
    return beir_task(path, chosen, report)


def recognise(path: Path, text: str) -> Schema | None:
    """The schema of a file by its content; None for none that is known."""
    suffix = path.suffix.lower()
    if suffix in (".csv", ".tsv"):
        return SCHEMAS["choice-csv"]
    start = text.lstrip()[:1]
    if start not in ("{", "["):
        # Anything at all is YAML of some kind: only what looks like a set is taken for one.
        likely = suffix in (".yaml", ".yml") or _ASKS.search(text)
        return SCHEMAS["thinkscale"] if likely and suffix != ".jsonl" else _of_lines(path, text)
    if suffix not in (".jsonl", ".ndjson"):
        try:
            return _of_document(parse_json(text))
        except ValueError:
            if start == "[" or suffix == ".json":
                return _of_broken(text) or _of_lines(path, text)
    return _of_lines(path, text)


def _of_document(data: Any) -> Schema | None:
    if isinstance(data, dict):
        if isinstance(data.get("data"), list):
            return SCHEMAS["squad"]
        if "items" in data:
            return SCHEMAS["thinkscale"]
        return _of_row(data)
    rows = [row for row in data if isinstance(row, dict)] if isinstance(data, list) else []
    if isinstance(data, list) and not data:
        return SCHEMAS["thinkscale"]
    found = _of_row(rows[0]) if rows else None
    listed = ("svamp", "hotpotqa", "thinkscale")
    return found if found is not None and found.name in listed else None


def _of_broken(text: str) -> Schema | None:
    """The schema that a document would be in if it were whole, so that its reader can name the
    line. Told by the first keys in it."""
    head = text[:2_000]
    for key, name in (
        ('"paragraphs"', "squad"),
        ('"Body"', "svamp"),
        ('"supporting_facts"', "hotpotqa"),
        ('"question"', "thinkscale"),
    ):
        if key in head:
            return SCHEMAS[name]
    return None


def _of_lines(path: Path, text: str) -> Schema | None:
    """By the first line that is an object."""
    for line in [line for line in text.split("\n") if line.strip()][:_PEEK]:
        try:
            row = parse_json(line)
        except ValueError:
            continue
        if isinstance(row, dict) and row:
            return _of_row(row)
    return SCHEMAS["thinkscale"] if path.suffix.lower() in (".jsonl", ".ndjson") else None


def _of_row(row: dict[str, Any]) -> Schema | None:
    keys = set(row)
    if {"context", "supporting_facts"} <= keys:
        return SCHEMAS["hotpotqa"]
    if {"Body", "Question"} <= keys:
        return SCHEMAS["svamp"]
    if isinstance(row.get("answer"), str) and "####" in row["answer"] and "answers" not in keys:
        return SCHEMAS["gsm8k"]
    if "question" in keys and ({"choices", "answerKey"} & keys or {"A", "B", "C", "D"} <= keys):
        return SCHEMAS["choice"]
    if "question" in keys and "options" in keys and "id" not in keys:
        return SCHEMAS["choice"]
    if keys == {"task"} or "question" in keys:
        return SCHEMAS["thinkscale"]
    return None
