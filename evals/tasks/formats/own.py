"""The project's own question sets: JSONL (one item a line), JSON or YAML (a list of items, or
`items` below what holds for all of them). Unknown fields are faults, with the name that was meant.

What holds for all is written in YAML and JSON beside `items`, and in JSONL on the first line as
`{"task": {...}}`.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, get_args

from evals.tasks.base import Exemplar, GoldSpan, Item, Task
from evals.tasks.formats.intake import Intake, language_or_guess
from evals.tasks.formats.problems import Report
from evals.tasks.formats.raw_records import Record, records
from pipeline.answers.normalise import AnswerKind, canonical
from pipeline.errors import Filled, filled

__all__ = ["HEAD_FIELDS", "ITEM_FIELDS", "own_task"]

_KEPT = ("parts", "also", "facts", "key_terms", "reason", "tolerance")
ITEM_FIELDS = (
    "id", "question", "language", "answers", "answer", "kind", "difficulty", "cluster", "split",
    "answerable", "spans", "passage", "context", "options", "data", *_KEPT,
)  # fmt: skip
HEAD_FIELDS = ("name", "reading", "scorer", "notes", "max_tokens", "passages", "exemplars")
_READINGS = get_args(AnswerKind)
_TRUTH = {"true": True, "yes": True, "false": False, "no": False}


class _Wrong(Exception):
    """What is wrong with one record."""

    def __init__(self, fault: str, what: str, remedy: str = "Mend it.") -> None:
        self.fault, self.what, self.remedy = fault, what, remedy
        super().__init__(what)


def own_task(path: Path, text: str, report: Report) -> Task:
    """Read a set of the project's own format."""
    intake = Intake(path, report)
    head: dict[str, Any] = {}
    found = list(records(path, text, intake, head))
    settings = _told(intake, 1, lambda: _head(head, intake)) or {}
    for record in found:
        item = _told(intake, record.line, lambda record=record: _item(record, intake))  # type: ignore[misc]
        if item is not None:
            intake.add(item, record.line)
    intake.finish()
    reading, scorer = _read_as(intake.items)
    return Task(
        settings.get("name", path.stem),
        tuple(intake.items),
        reading=settings.get("reading", reading),
        scorer=settings.get("scorer", scorer),
        passages=tuple(intake.passages.values()),
        notes=settings.get("notes", not intake.passages and any(i.spans for i in intake.items)),
        exemplars=settings.get("exemplars", {}),
        max_tokens=settings.get("max_tokens", 192),
        source=str(path),
    )


def _told(intake: Intake, line: int | Callable[[], int], make: Callable[[], Any]) -> Any:
    """What `make` makes, or None after a report of what was wrong."""
    try:
        return make()
    except _Wrong as wrong:
        where = line() if callable(line) else line
        intake.problem(wrong.fault, where, wrong.what, wrong.remedy)  # type: ignore[arg-type]
        return None


def _read_as(items: list[Item]) -> tuple[AnswerKind, str]:
    """How answers are read where the set does not say: by what the correct answers are."""
    asked = [item for item in items if item.answerable]
    if asked and all(item.options for item in asked):
        return "choice", "choice"
    golds = [gold for item in asked for gold in item.answers[:1]]
    if golds and all(_is_number(gold) for gold in golds):
        return "number", "numeric"
    return "auto", "contains"


def _is_number(gold: str) -> bool:
    found = canonical(gold)
    return found is not None and found.value is not None


def _known(fields: Mapping[str, Any], names: tuple[str, ...], what: Filled) -> None:
    for key in fields:
        if key not in names:
            near = difflib.get_close_matches(str(key), names, n=1)
            hint = (
                filled("Did you mean `{near}`?", near=near[0])
                if near
                else filled("There are: {names}.", names=", ".join(names))
            )
            said = filled(
                "{what} has the unknown field {name}.", what=filled(what), name=repr(str(key))
            )
            raise _Wrong("unknown-field", said, hint)


def _head(head: Mapping[str, Any], intake: Intake) -> dict[str, Any]:
    from evals.scorers import scorer_names

    _known(head, HEAD_FIELDS, filled("the task"))
    found: dict[str, Any] = {}
    if "name" in head:
        found["name"] = _text(head, "name")
    for key, names in (("reading", _READINGS), ("scorer", tuple(scorer_names()))):
        if key in head:
            found[key] = _text(head, key)
            if found[key] not in names:
                near = difflib.get_close_matches(found[key], names, n=1)
                hint = (
                    filled("Did you mean `{near}`?", near=near[0])
                    if near
                    else filled("There are: {names}.", names=", ".join(names))
                )
                said = filled("there is no {key} {name}.", key=key, name=repr(found[key]))
                raise _Wrong("field", said, hint)
    if "notes" in head:
        found["notes"] = _truth(head, "notes")
    if "max_tokens" in head:
        tokens = str(head["max_tokens"])
        if not tokens.isdecimal() or not 1 <= int(tokens[:9]) <= 1_000_000:
            said = filled("`{key}` is {value}.", key="max_tokens", value=repr(tokens))
            raise _Wrong("field", said, "Give a whole number from 1.")
        found["max_tokens"] = int(tokens)
    for row in _rows(head, "passages"):
        _known(row, ("id", "text", "source", "title"), filled("a passage"))
        name, title = _text(row, "id"), _text(row, "title", "")
        source = _text(row, "source", title or name)
        intake.passage(_text(row, "text"), source, 1, name=name, title=title)
    if "exemplars" in head:
        found["exemplars"] = _exemplars(head["exemplars"])
    return found


def _exemplars(value: Any) -> dict[str, tuple[Exemplar, ...]]:
    if not isinstance(value, Mapping) or not set(value) <= {"en", "ko"}:
        raise _Wrong("field", "`exemplars` is not per language.", "Put them below `en` or `ko`.")
    found = {}
    for language in value:
        rows = _rows(value, language)
        for row in rows:
            _known(row, ("question", "answer", "reasoning"), filled("an exemplar"))
        found[language] = tuple(
            Exemplar(_text(r, "question"), _text(r, "answer"), _text(r, "reasoning", ""))
            for r in rows
        )
    return found


def _item(record: Record, intake: Intake) -> Item:
    row = record.fields
    _known(row, ITEM_FIELDS, filled("the item"))
    name, question = _text(row, "id"), _text(row, "question")
    if "answer" in row and "answers" in row:
        both = filled("{item} has both `answer` and `answers`.", item=repr(name))
        raise _Wrong("field", both, "Keep one.")
    said = _text(row, "language", "")
    if said not in ("", "en", "ko"):
        other = filled("the language of {item} is {name}.", item=repr(name), name=repr(said))
        raise _Wrong("field", other, "Give en or ko.")
    passage = _text(row, "passage", "")
    if "context" in row:
        context = _text(row, "context")
        source = _text(row, "cluster", name)
        passage = intake.passage(context, source, record.line(), name=passage)
    extra = row.get("data", {})
    if not isinstance(extra, Mapping):
        raise _Wrong("field", filled("`data` of {item} has no fields.", item=repr(name)))
    kept = dict(extra) | {key: row[key] for key in _KEPT if key in row}
    if "tolerance" in kept:
        kept["tolerance"] = _share(kept["tolerance"])
    return Item(
        name,
        question.strip(),
        language_or_guess(said, question),
        _texts(row, "answers" if "answers" in row else "answer"),
        kind=_text(row, "kind", ""),
        difficulty=_text(row, "difficulty", ""),
        cluster=_text(row, "cluster", ""),
        answerable=_truth(row, "answerable", True),
        spans=tuple(_span(one, name, passage, intake) for one in _rows(row, "spans")),
        passage=passage,
        options=_options(row, name),
        split=_text(row, "split", ""),
        data=kept,
    )


def _span(row: Mapping[str, Any], name: str, passage: str, intake: Intake) -> GoldSpan:
    _known(row, ("source", "quote", "start"), filled("a span of {item}", item=repr(name)))
    home = intake.passages[passage].source if passage in intake.passages else None
    source = _text(row, "source", home)
    quote = _text(row, "quote")
    if not quote.strip():
        said = filled("a span of {item} is empty.", item=repr(name))
        raise _Wrong("span", said, "Copy the words of the note.")
    return GoldSpan(source, quote)


def _options(row: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = row.get("options", [])
    if isinstance(value, Mapping):
        letters = "ABCDEFGHIJ"[: len(value)]
        if list(value) != list(letters):
            said = "the options of {item} are not {letters}."
            raise _Wrong("choice", filled(said, item=repr(name), letters=", ".join(letters)))
        value = list(value.values())
    return _texts({"options": value}, "options")


def _text(row: Mapping[str, Any], key: str, default: str | None = None) -> str:
    if key not in row:
        if default is None:
            raise _Wrong("field", filled("`{key}` is missing.", key=key), "Add it.")
        return default
    value = row[key]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        said = filled("`{key}` is no text.", key=key)
        raise _Wrong("field", said, "Put it in quotation marks.")
    return value


def _texts(row: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = row.get(key, [])
    listed = value if isinstance(value, list) else [value]
    return tuple(_text({key: one}, key) for one in listed)


def _rows(row: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    value = row.get(key, [])
    if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
        raise _Wrong("field", filled("`{key}` is no list of entries.", key=key))
    return value


def _truth(row: Mapping[str, Any], key: str, default: bool = False) -> bool:
    value = row.get(key, default)
    found = value if isinstance(value, bool) else _TRUTH.get(str(value).lower())
    if found is None:
        said = filled("`{key}` is {value}.", key=key, value=repr(value))
        raise _Wrong("field", said, "Give true or false.")
    return found


def _share(value: Any) -> float:
    try:
        found = float(value)
    except (TypeError, ValueError):
        found = -1.0
    if not 0 <= found < 1:
        said = filled("`{key}` is {value}.", key="tolerance", value=repr(value))
        raise _Wrong("field", said, "Give a share such as 0.01.")
    return found
