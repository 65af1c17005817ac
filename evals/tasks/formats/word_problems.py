"""Word problems with a number for an answer: GSM8K (JSONL) and SVAMP (JSON)."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import Any

from evals.tasks.base import Item, Task
from evals.tasks.exemplars import word_problems
from evals.tasks.formats.intake import Intake, language_or_guess
from evals.tasks.formats.problems import Report
from evals.tasks.formats.question_files import BadJson, JsonPlaces, json_lines, parse_json
from pipeline.errors import filled

__all__ = ["gsm8k_task", "svamp_task"]

_GOLD = re.compile(r"#### (-?[0-9.,]+)")
_SVAMP_KINDS = {"Common-Divison": "Common-Division"}  # the file has both spellings


def gsm8k_task(path: Path, text: str, report: Report) -> Task:
    """GSM8K: `question`, and an `answer` whose last line is `#### number`. The steps before it are
    kept as `data["solution"]`; there are no ids, so the line number is one."""
    intake = Intake(path, report)
    for line, row in json_lines(path, text, intake.report):
        question, answer = row.get("question"), row.get("answer")
        if not isinstance(question, str) or not isinstance(answer, str):
            intake.problem("field", line, "needs `question` and `answer`.", "Mend that line.")
            continue
        gold = _GOLD.search(answer)
        number = gold.group(1).replace(",", "").rstrip(".") if gold else ""
        if gold is None or not number:
            intake.problem("no-gold", line, "has no `#### number`.", "Mend that line.")
            continue
        solution = answer[: gold.start()].strip()
        name = str(row.get("id") or f"{path.stem}-{line:05d}")
        language = language_or_guess("", question)
        kept = {"solution": solution} if solution else {}
        item = Item(
            name, question.strip(), language, (number,), kind="word problem",
            difficulty=_steps(solution), data=kept,
        )  # fmt: skip
        intake.add(item, line)
    return _task(path, intake, 256)


def _steps(solution: str) -> str:
    count = len([line for line in solution.split("\n") if line.strip()])
    return f"{count} steps" if count else ""


def svamp_task(path: Path, text: str, report: Report) -> Task:
    """SVAMP: a list of `ID`, `Body`, `Question`, `Answer`, and `Type` and `Equation` if any."""
    intake = Intake(path, report)
    try:
        data = parse_json(text)
    except BadJson as error:
        intake.problem(
            "malformed",
            error.line,
            filled("is not valid JSON ({why}).", why=error),
            "Check the file.",
        )
        data = []
    places = JsonPlaces(text)
    for at, row in enumerate(data if isinstance(data, list) else []):
        line_of = partial(places.line, (at,))
        item = _svamp_item(row)
        if isinstance(item, str):
            intake.problem("field", line_of(), item, "Mend that entry.")
        else:
            intake.add(item, line_of)
    return _task(path, intake, 128)


def _svamp_item(row: Any) -> Item | str:
    """The item, or what is wrong with it."""
    if not isinstance(row, dict):
        return "an entry is no JSON object."
    missing = [key for key in ("ID", "Question", "Answer") if key not in row]
    if missing:
        return filled("an entry has no `{key}`.", key=missing[0])
    body, question = str(row.get("Body", "")).strip(), str(row["Question"]).strip()
    if body and body[-1] not in ".?!":
        body += "."
    gold = _plain(row["Answer"])
    if gold is None:
        return filled("the answer of {item} is no number.", item=repr(str(row["ID"])))
    kind = str(row.get("Type", "word problem"))
    asked = f"{body} {question}".strip()
    kept = {"equation": row["Equation"]} if "Equation" in row else {}
    language = language_or_guess("", asked)
    return Item(
        str(row["ID"]), asked, language, (gold,), kind=_SVAMP_KINDS.get(kind, kind), data=kept
    )


def _plain(answer: Any) -> str | None:
    """The number as people write it: 51.0 is 51."""
    if isinstance(answer, bool) or not isinstance(answer, int | float | str):
        return None
    if isinstance(answer, float) and answer.is_integer():
        return str(int(answer))
    written = str(answer).strip().replace(",", "")
    return written if re.fullmatch(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?", written) else None


def _task(path: Path, intake: Intake, max_tokens: int) -> Task:
    intake.finish()
    return Task(
        path.stem,
        tuple(intake.items),
        reading="number",
        scorer="numeric",
        exemplars=word_problems(),
        max_tokens=max_tokens,
        source=str(path),
    )
