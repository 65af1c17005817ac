"""HotpotQA: questions that need two paragraphs, each with ten paragraphs of its own, two of which
are needed. Both the official JSON and the JSONL with columns are read."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from evals.tasks.base import GoldSpan, Item, Task
from evals.tasks.exemplars import reading
from evals.tasks.formats.intake import Intake, Line, language_or_guess
from evals.tasks.formats.problems import Report
from evals.tasks.formats.question_files import BadJson, JsonPlaces, json_lines, parse_json
from pipeline.errors import filled

__all__ = ["hotpot_task"]

HotpotParagraph = tuple[str, list[str]]


def hotpot_task(path: Path, text: str, report: Report) -> Task:
    """Passages are the paragraphs of all questions; `data["passages"]` names those of one. The
    supporting sentences are its evidence; one out of range is a warning, since the official
    files have some."""
    intake = Intake(path, report)
    for line, row in _rows(path, text, intake):
        _take(intake, row, line)
    intake.finish()
    return Task(
        path.stem,
        tuple(intake.items),
        reading="text",
        scorer="hotpot",
        passages=tuple(intake.passages.values()),
        exemplars=reading(),
        max_tokens=128,
        source=str(path),
    )


def _rows(path: Path, text: str, intake: Intake) -> Iterator[tuple[Line, Any]]:
    if not text.lstrip().startswith("["):
        yield from json_lines(path, text, intake.report)
        return
    try:
        data = parse_json(text)
    except BadJson as error:
        intake.problem(
            "malformed",
            error.line,
            filled("is not valid JSON ({why}).", why=error),
            "Check the file.",
        )
        return
    places = JsonPlaces(text)
    for at, row in enumerate(data):
        yield partial(places.line, (at,)), row


def _take(intake: Intake, row: Any, line: Line) -> None:
    def where() -> int:
        return line() if callable(line) else line

    if not isinstance(row, dict):
        return intake.problem("malformed", where(), "is no JSON object.", "Mend it.")
    name = str(row.get("_id") or row.get("id") or "")
    question, answer = row.get("question"), row.get("answer")
    if not isinstance(question, str) or not isinstance(answer, str):
        return intake.problem("field", where(), "needs `question` and `answer`.", "Mend it.")
    try:
        paragraphs, facts = _paragraphs(row["context"]), _facts(row.get("supporting_facts", []))
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        said = filled(
            "{item} is not in the HotpotQA schema ({why}).",
            item=repr(name),
            why=f"{type(error).__name__}: {error}",
        )
        return intake.problem("malformed", where(), said, "Mend or remove it.")
    shown = {title: "".join(sentences).strip() for title, sentences in paragraphs}
    ids = {t: intake.passage(text, t, 1, title=t) for t, text in shown.items() if text}
    sentences = dict(paragraphs)
    spans = []
    for title, at in facts:
        known = sentences.get(title, [])
        if 0 <= at < len(known) and known[at].strip():
            spans.append(GoldSpan(title, known[at].strip()))
        else:
            said = filled(
                "the supporting fact {number} of {title} in {item} does not exist.",
                number=at,
                title=repr(title),
                item=repr(name),
            )
            intake.problem("span", where(), said, "It is left out.", warning=True)
    item = Item(
        name,
        question.strip(),
        language_or_guess("", question),
        (answer,),
        kind=str(row.get("type", "")),
        difficulty=str(row.get("level", "")),
        spans=tuple(dict.fromkeys(spans)),
        passage=next((ids[s.source] for s in spans if s.source in ids), ""),
        data={"passages": list(ids.values())},
    )
    return intake.add(item, line, spans_stand=True)


def _paragraphs(context: Any) -> list[HotpotParagraph]:
    if isinstance(context, dict):
        pairs = list(zip(context["title"], context["sentences"], strict=True))
    else:
        pairs = [(title, sentences) for title, sentences in context]
    if not all(isinstance(t, str) and isinstance(s, list) for t, s in pairs):
        raise ValueError("a paragraph is a title and a list of sentences")
    return [(title, [str(sentence) for sentence in sentences]) for title, sentences in pairs]


def _facts(facts: Any) -> list[tuple[str, int]]:
    if isinstance(facts, dict):
        pairs = list(zip(facts["title"], facts["sent_id"], strict=True))
    else:
        pairs = [(title, at) for title, at in facts]
    return [(str(title), int(at)) for title, at in pairs]
