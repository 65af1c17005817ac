"""Multiple choice: MMLU and KMMLU (CSV or JSONL) and the generic JSONL of `question`, options and
answer. Whatever the file counts from, the correct answer becomes the letter of an option."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from evals.tasks.base import Item, Task
from evals.tasks.formats.intake import Intake, language_or_guess
from evals.tasks.formats.problems import Report
from evals.tasks.formats.question_files import csv_rows, json_lines
from pipeline.errors import filled

__all__ = ["LETTERS", "choice_csv_task", "choice_jsonl_task"]

LETTERS = "ABCDEFGHIJ"
_COLUMNS = ("A", "B", "C", "D")


def choice_csv_task(path: Path, text: str, report: Report) -> Task:
    """MMLU's CSV has no header: question, four options, the letter. KMMLU's has one: `question`,
    `answer` (1 to 4), `A` to `D`, and `Category`."""
    intake = Intake(path, report)
    rows = csv_rows(path, text, intake.report)
    first = next(rows, None)
    if first is not None:
        header = [cell.strip() for cell in first[1]]
        if "question" in (cell.lower() for cell in header):
            _with_header(intake, header, rows)
        else:
            for line, row in (first, *rows):
                if len(row) != 6:
                    said = filled(
                        "has {count} cells, not 6 (question, four options, the answer).",
                        count=len(row),
                    )
                    intake.problem("malformed", line, said, "Mend that line.")
                    continue
                named = dict(zip(("question", *_COLUMNS, "answer"), row, strict=True))
                _take(intake, line, named, path.stem.removesuffix("_test"))
    return _task(path, intake)


def _with_header(intake: Intake, header: list[str], rows: Iterator[tuple[int, list[str]]]) -> None:
    names = [cell if cell in _COLUMNS else cell.lower() for cell in header]
    for line, row in rows:
        if len(row) != len(names):
            said = filled(
                "has {count} cells, the header has {others}.", count=len(row), others=len(names)
            )
            intake.problem("malformed", line, said, "Mend that line.")
        else:
            _take(intake, line, dict(zip(names, row, strict=True)), "")


def choice_jsonl_task(path: Path, text: str, report: Report) -> Task:
    """`choices` (or `options`) as a list, or as texts with labels, or columns `A` to `D`; and
    `answer` (or `answerKey`, `label`): a letter, a label, the text of an option, or a number, which
    counts from 0 with `choices` (MMLU) and from 1 with columns (KMMLU)."""
    intake = Intake(path, report)
    for line, row in json_lines(path, text, intake.report):
        _take(intake, line, row, "")
    return _task(path, intake)


def _take(intake: Intake, line: int, row: Mapping[str, Any], subject: str) -> None:
    question = row.get("question")
    if not isinstance(question, str):
        return intake.problem("field", line, "needs `question`.", "Mend that line.")
    listed = _listed(row)
    if listed is None:
        said = "needs options: `choices`, `options`, or columns `A` to `D`."
        return intake.problem("field", line, said, "Mend that line.")
    options, labels, base = listed
    key = next((k for k in ("answer", "answerKey", "label") if row.get(k) not in (None, "")), None)
    if key is None:
        return intake.problem("no-gold", line, "has no `answer`.", "Mend that line.")
    gold = _gold(row[key], options, labels, base)
    if gold is None:
        said = filled(
            "the answer {answer} is none of its {count} options.",
            answer=repr(str(row[key])),
            count=len(options),
        )
        return intake.problem("choice", line, said, _hint(len(options), base))
    kind = next((str(row[k]) for k in ("subject", "category", "Category") if row.get(k)), subject)
    item = Item(
        str(row.get("id") or f"{intake.path.stem}-{line:05d}"),
        question.strip(),
        language_or_guess("", question + " ".join(options)),
        (gold,),
        kind=kind or "multiple choice",
        options=tuple(options),
    )
    return intake.add(item, line)


def _listed(row: Mapping[str, Any]) -> tuple[list[str], list[str], int] | None:
    """The options, their labels, and what a number counts from."""
    if all(name in row for name in _COLUMNS):
        names = [name for name in LETTERS if name in row]
        return [str(row[name]).strip() for name in names], names, 1
    found = row.get("choices", row.get("options"))
    if isinstance(found, Mapping) and "text" in found:
        texts, labels = found["text"], found.get("label", list(LETTERS))
        if not isinstance(texts, list) or not isinstance(labels, list):
            return None
        return [str(t).strip() for t in texts], [str(name) for name in labels], 0
    if isinstance(found, Mapping):
        return [str(t).strip() for t in found.values()], [str(name) for name in found], 0
    if not isinstance(found, list):
        return None
    if found and all(isinstance(one, Mapping) and "text" in one for one in found):
        labels = [str(one.get("label", LETTERS[at : at + 1])) for at, one in enumerate(found)]
        return [str(one["text"]).strip() for one in found], labels, 0
    return [str(one).strip() for one in found], list(LETTERS[: len(found)]), 0


def _gold(answer: Any, options: list[str], labels: list[str], base: int) -> str | None:
    """The letter of the correct option."""
    written = str(answer).strip()
    if isinstance(answer, bool):
        return None
    if isinstance(answer, str) and written in labels:
        at = labels.index(written)
    elif isinstance(answer, str) and len(written) == 1 and written.upper() in LETTERS:
        at = LETTERS.index(written.upper())
    elif isinstance(answer, str) and options.count(written) == 1:
        at = options.index(written)
    elif written.isdecimal():
        at = int(written) - base
    else:
        return None
    return LETTERS[at] if 0 <= at < min(len(options), len(LETTERS)) else None


def _hint(count: int, base: int) -> str:
    last = LETTERS[min(count, len(LETTERS)) - 1] if count else "A"
    return filled(
        "Give A to {last}, or a number from {low} to {high}.",
        last=last,
        low=base,
        high=count - 1 + base,
    )


def _task(path: Path, intake: Intake) -> Task:
    intake.finish()
    return Task(
        path.stem,
        tuple(intake.items),
        reading="choice",
        scorer="choice",
        max_tokens=128,
        source=str(path),
    )
