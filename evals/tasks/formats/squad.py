"""Question sets in the SQuAD schema (SQuAD 1.1 and 2.0, XQuAD, KorQuAD 1.0): a question's own
paragraph is the one right passage."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from evals.tasks.base import GoldSpan, Item, Task
from evals.tasks.collection import Collection, Query
from evals.tasks.exemplars import reading as worked
from evals.tasks.formats.intake import Intake, evidence, language_or_guess
from evals.tasks.formats.problems import Problem, Report, placed, raising
from evals.tasks.formats.question_files import BadJson, JsonPlaces, parse_json, read_text
from pipeline.errors import DatasetError, filled
from pipeline.types import Passage, Place

__all__ = ["load_squad", "squad_task"]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question with its paragraph. `number` counts the paragraphs of an article from 1."""

    id: str
    question: str
    title: str
    number: int
    context: str
    answers: tuple[tuple[int, str], ...]
    impossible: bool
    way: tuple[str | int, ...]


class _Reader:
    """Reads one document of the schema; what is wrong is reported and left out."""

    def __init__(self, path: Path, text: str, report: Report) -> None:
        self._path = path
        self._text = text
        self._report = report
        self._places = JsonPlaces(text)
        self.contexts: dict[str, tuple[str, int]] = {}
        """Every paragraph met, asked about or not: its article and number."""

    def _bad(self, way: tuple[str | int, ...], what: str, remedy: str = "") -> None:
        place = "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in way).lstrip(".")
        said = placed(place, what) if place else what
        line = self._places.line(way)
        self._report(Problem("malformed", str(self._path), line, said, remedy or "Mend it."))

    def asked(self) -> Iterator[_Asked]:
        """Every sound question, in order."""
        try:
            data = parse_json(self._text)
        except BadJson as error:
            said = filled("is not valid JSON ({why}).", why=error)
            self._report(Problem("malformed", str(self._path), error.line, said, "Check the file."))
            return
        if not isinstance(data, dict) or not isinstance(data.get("data"), list):
            self._bad((), "has no `data` list.", "Is it in the SQuAD schema?")
            return
        for a, article in enumerate(data["data"]):
            paragraphs = article.get("paragraphs") if isinstance(article, dict) else None
            if not isinstance(paragraphs, list):
                self._bad(("data", a), "has no `paragraphs` list.")
                continue
            title = str(article.get("title") or f"article {a}")
            for p, paragraph in enumerate(paragraphs):
                yield from self._of_paragraph(paragraph, title, ("data", a, "paragraphs", p))

    def _of_paragraph(
        self, paragraph: Any, title: str, way: tuple[str | int, ...]
    ) -> Iterator[_Asked]:
        context = paragraph.get("context") if isinstance(paragraph, dict) else None
        if not isinstance(context, str) or not context.strip():
            self._bad(way, "has no `context`.")
            return
        if not isinstance(paragraph.get("qas"), list):
            self._bad(way, "has no `qas` list.")
            return
        self.contexts.setdefault(context, (title, int(way[3]) + 1))
        for q, row in enumerate(paragraph["qas"]):
            here = (*way, "qas", q)
            found = self._question(row, here, context, title, int(way[3]) + 1)
            if found is not None:
                yield found

    def _question(
        self, row: Any, way: tuple[str | int, ...], context: str, title: str, number: int
    ) -> _Asked | None:
        if not isinstance(row, dict) or "id" not in row or not isinstance(row.get("question"), str):
            self._bad(way, "needs `id` and `question`.")
            return None
        name = str(row["id"])
        if not row["question"].strip():
            self._bad(
                way, filled("the question {item} is empty.", item=repr(name)), "Mend or remove it."
            )
            return None
        answers: list[tuple[int, str]] = []
        rows = row.get("answers", [])
        for answer in rows if isinstance(rows, list) else [rows]:
            start = answer.get("answer_start") if isinstance(answer, dict) else None
            words = answer.get("text") if isinstance(answer, dict) else None
            if type(start) is not int or start < 0 or not isinstance(words, str):
                said = "an answer of {item} needs `text` and `answer_start`."
                self._bad(way, filled(said, item=repr(name)))
                return None
            if not context.startswith(words, start):
                line = self._places.line(way)
                said = filled(
                    "the answer of {item} is not at character {start}.",
                    item=repr(name),
                    start=start,
                )
                problem = Problem("span", str(self._path), line, said, "Mend answer_start.")
                self._report(problem)
                return None
            answers.append((start, words))
        impossible = row.get("is_impossible") is True
        question = row["question"].strip()
        return _Asked(name, question, title, number, context, tuple(answers), impossible, way)

    def line(self, asked: _Asked) -> int:
        """The line of a question."""
        return self._places.line(asked.way)


def load_squad(path: Path) -> Collection:
    """Every paragraph is a passage (the same text twice is one), every question that has an answer
    a query.

    Raises DatasetError with the place of the first thing that is not as the schema says: a missing
    key, a doubled question id, an answer that does not stand where it should.
    """
    from pipeline.text.language import language_of

    text = read_text(path, raising) or ""
    queries: dict[str, Query] = {}
    reader = _Reader(path, text, raising)
    questions = list(reader.asked())
    names = {context: f"p{i}" for i, context in enumerate(reader.contexts, 1)}
    for asked in questions:
        if asked.id in queries:
            said = filled("the question id {name} is there twice.", name=repr(asked.id))
            line = reader.line(asked)
            raise Problem("duplicate-id", str(path), line, said, "Rename one.").error()
        if not asked.impossible:
            language = language_of(asked.question)
            gains = {names[asked.context]: 1}
            queries[asked.id] = Query(asked.id, asked.question, language, gains, asked.title)
    if not queries:
        raise DatasetError(placed(str(path), "holds no question."), "Is it in the SQuAD schema?")
    passages = tuple(
        Passage(names[context], context, title, Place(title, at, at), (), language_of(context))
        for context, (title, at) in reader.contexts.items()
    )
    return Collection(path.stem, passages, tuple(queries.values()))


def squad_task(path: Path, text: str, report: Report) -> Task:
    """The same as a task: the correct answers are the spans' words, the supporting evidence the
    sentence they stand in. Scored by the rules of KorQuAD where most questions are Korean."""
    intake = Intake(path, report)
    reader = _Reader(path, text, intake.report)
    for asked in reader.asked():
        language = language_or_guess("", asked.question)
        spans: list[GoldSpan] = []
        for start, words in asked.answers:
            span = evidence(asked.context, start, start + len(words), asked.title)
            if span not in spans:
                spans.append(span)
        item = Item(
            asked.id,
            asked.question,
            language,
            tuple(dict.fromkeys(words for _, words in asked.answers)),
            kind="span",
            cluster=asked.title,
            answerable=not asked.impossible,
            spans=tuple(spans),
            passage=intake.passage(asked.context, asked.title, asked.number),
        )
        intake.add(item, partial(reader.line, asked), spans_stand=True)
    intake.finish()
    korean = sum(item.language == "ko" for item in intake.items)
    return Task(
        path.stem,
        tuple(intake.items),
        reading="text",
        scorer="korquad" if korean * 2 > len(intake.items) else "squad",
        passages=tuple(intake.passages.values()),
        exemplars=worked(),
        max_tokens=96,
        source=str(path),
    )
