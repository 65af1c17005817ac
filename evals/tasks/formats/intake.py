"""Reads items of every format: what holds for all of them is checked here, once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from evals.tasks.base import GoldSpan, Item, Language
from evals.tasks.formats.problems import Fault, Problem, Report
from pipeline.errors import filled
from pipeline.types import Passage, Place

__all__ = ["Intake", "evidence", "language_or_guess"]

_MOST_OPTIONS = 10
_DEEPEST = 40
Line = int | Callable[[], int]
"""A line, or how to find it: in some formats that is work, and wanted only where something is
wrong."""


class Intake:
    """Gathers the items and passages of one file. What is wrong with one is reported with its line,
    and the item is left out."""

    def __init__(self, path: Path, report: Report) -> None:
        self.path = path
        self.items: list[Item] = []
        self.passages: dict[str, Passage] = {}
        self.sound = True
        """Whether nothing was reported so far that is more than a warning."""
        self._report = report
        self._lines: dict[str, Line] = {}
        self._by_text: dict[tuple[str, str], str] = {}
        self._texts: dict[str, list[str]] = {}

    def problem(
        self, fault: Fault, line: int, what: str, remedy: str = "", *, warning: bool = False
    ) -> None:
        """Report one."""
        self.sound = self.sound and warning
        self._report(Problem(fault, str(self.path), line, what, remedy, warning))

    @property
    def report(self) -> Report:
        """For readers that report by themselves."""

        def told(problem: Problem) -> None:
            self.sound = self.sound and problem.warning
            self._report(problem)

        return told

    def passage(self, text: str, source: str, line: int, name: str = "", title: str = "") -> str:
        """Take a passage in and give its id; the same text of one source is one passage."""
        from pipeline.text.language import language_of

        known = self._by_text.get((source, text))
        if known is not None and name in ("", known):
            return known
        name = name or f"p{len(self.passages) + 1}"
        if name in self.passages:
            said = filled("the passage id {name} is there twice.", name=repr(name))
            self.problem("duplicate-id", line, said, "Rename one.")
            return name
        place = Place(source, line, line)
        headings = (title,) if title else ()
        self.passages[name] = Passage(name, text, source, place, headings, language_of(text))
        self._by_text[source, text] = name
        self._texts.setdefault(source, []).append(text)
        return name

    def add(self, item: Item, line: Line, *, spans_stand: bool = False) -> None:
        """Take an item in, if nothing is wrong with it. `spans_stand`: its supporting spans were
        copied from its passages just now and need no check."""
        found = self._wrong(item)
        if found is None and not spans_stand:
            found = self._wrong_span(item)
        if found is None:
            self._lines[item.id] = line
            self.items.append(item)
        else:
            self.problem(found[0], _resolved(line), found[1], found[2])

    def finish(self) -> None:
        """Report a set in which there is nothing, unless that has been said in other words."""
        if not self.items and self.sound:
            self.problem("empty", 0, "holds no question.", "Add one, or check the file.")

    def _wrong(self, item: Item) -> tuple[Fault, str, str] | None:
        if not item.id.strip():
            return "field", "`id` is empty.", "Give every item a name."
        name = repr(item.id)
        if item.id in self._lines:
            said = "the id {item} is there twice (first on line {line})."
            first = _resolved(self._lines[item.id])
            return "duplicate-id", filled(said, item=name, line=first), "Rename one."
        if not item.question.strip():
            said = "{item} has no question."
            return "field", filled(said, item=name), "Write one, or remove the item."
        fields = (item.id, item.question, item.answers, item.options, item.cluster, item.kind)
        for flaw in map(_flaw, (*fields, item.difficulty, item.split, item.data)):
            if flaw:
                return "field", filled(flaw, item=name), "Mend it."
        return self._wrong_gold(item)

    def _wrong_gold(self, item: Item) -> tuple[Fault, str, str] | None:
        from evals.scorers.choices import option_index

        name = repr(item.id)
        if not item.answerable:
            if item.answers:
                said = filled("{item} cannot be answered, yet has an answer.", item=name)
                return "no-gold", said, "Remove `answers`, or say `answerable: true`."
            return None
        if not any(answer.strip() for answer in item.answers) and "gains" not in item.data:
            said = filled("{item} has no correct answer.", item=name)
            return "no-gold", said, "Add `answers`, or say `answerable: false`."
        if any(not answer.strip() for answer in item.answers):
            return "no-gold", filled("{item} has an empty answer.", item=name), "Remove it."
        if item.options:
            if not 2 <= len(item.options) <= _MOST_OPTIONS:
                said = filled("{item} has {count} options.", item=name, count=len(item.options))
                return "choice", said, filled("Give 2 to {most}.", most=_MOST_OPTIONS)
            for gold in item.answers:
                if option_index(gold, item.options) is None:
                    said = filled(
                        "the answer {answer} of {item} is none of its {count} options.",
                        answer=repr(gold),
                        item=name,
                        count=len(item.options),
                    )
                    return "choice", said, "Give the letter of one."
        return None

    def _wrong_span(self, item: Item) -> tuple[Fault, str, str] | None:
        if item.passage and item.passage not in self.passages:
            said = "{item} names the unknown passage {passage}."
            found = filled(said, item=repr(item.id), passage=repr(item.passage))
            return "span", found, "Add it to `passages`."
        if not self.passages:
            return None  # spans of notes are looked up in the notes
        own = self.passages[item.passage].text if item.passage else None
        for span in item.spans:
            texts = self._texts.get(span.source, [])
            if own is not None and span.source == self.passages[item.passage].source:
                texts = [own, *texts]
            if not any(span.quote in text for text in texts):
                said = filled(
                    "the supporting span {quote} of {item} does not stand in {source}.",
                    quote=_short(span.quote),
                    item=repr(item.id),
                    source=repr(span.source),
                )
                return "span", said, "Copy it exactly."
        return None


def _resolved(line: Line) -> int:
    return line() if callable(line) else line


def language_or_guess(said: str, question: str) -> Language:
    """The language that was given, else the one the question is written in."""
    from pipeline.text.language import language_of

    found = said or language_of(question)
    return "ko" if found == "ko" else "en"


def evidence(text: str, start: int, end: int, source: str) -> GoldSpan:
    """The sentence of a passage in which `text[start:end]` stands, as a supporting span."""
    from pipeline.text.language import language_of
    from pipeline.text.sentences import sentences

    for low, high in sentences(text, language_of(text)):
        if low <= start and end <= high:
            return GoldSpan(source, text[low:high].strip())
    return GoldSpan(source, text[start:end])


def _short(quote: str) -> str:
    return repr(quote if len(quote) <= 60 else f"{quote[:57]}...")


def _flaw(value: Any, depth: int = 0) -> str:
    """What keeps a value of an item from being written down; nothing where it can be."""
    if depth > _DEEPEST:
        return "{item} is nested too deeply."
    if isinstance(value, str):
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            return "{item} has half a character (a lone surrogate)."
        return ""
    inside: list[Any] = []
    if isinstance(value, Mapping):
        inside = [*value.keys(), *value.values()]
    elif isinstance(value, list | tuple):
        inside = list(value)
    return next((flaw for one in inside if (flaw := _flaw(one, depth + 1))), "")
