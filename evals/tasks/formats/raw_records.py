"""The records of a JSONL, JSON or YAML file, each with its line, and what is said of them all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from evals.tasks.formats.intake import Intake
from evals.tasks.formats.question_files import BadJson, JsonPlaces, json_lines, parse_json
from pipeline.errors import filled

__all__ = ["Record", "records"]


@dataclass(frozen=True, slots=True)
class Record:
    """One record, and how to find its line."""

    fields: Mapping[str, Any]
    line: Callable[[], int]


class _NoAliases(yaml.BaseLoader):
    """Scalars as they are written, and no aliases: a few of them can stand for a billion items, or
    for themselves."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "an alias, which is not read here", mark)
        return super().compose_node(parent, index)


def records(path: Path, text: str, intake: Intake, head: dict[str, Any]) -> Iterator[Record]:
    start = text.lstrip()[:1]
    if path.suffix.lower() in (".jsonl", ".ndjson") or (start == "{" and _lines_of_json(text)):
        for line, row in json_lines(path, text, intake.report):
            if list(row) == ["task"] and isinstance(row["task"], dict) and not head:
                head.update(row["task"])
            else:
                yield Record(row, lambda line=line: line)  # type: ignore[misc]
    elif start in ("{", "["):
        yield from _of_json(text, intake, head)
    else:
        yield from _of_yaml(text, intake, head)


def _lines_of_json(text: str) -> bool:
    """Whether the first line is an object by itself and there are more."""
    first, _, rest = text.strip().partition("\n")
    try:
        return isinstance(parse_json(first), dict) and bool(rest.strip())
    except ValueError:
        return False


def _of_json(text: str, intake: Intake, head: dict[str, Any]) -> Iterator[Record]:
    try:
        data = parse_json(text)
    except BadJson as error:
        said = filled("is not valid JSON ({why}).", why=error)
        intake.problem("malformed", error.line, said, "Mend it.")
        return
    places = JsonPlaces(text)
    yield from _listed(data, intake, head, places.line)


def _of_yaml(text: str, intake: Intake, head: dict[str, Any]) -> Iterator[Record]:
    """Every scalar of YAML is read as the text it is: `no`, `1.50` and `2021-03-01` stay that."""
    try:
        node = yaml.compose(text, Loader=_NoAliases)
        loader = yaml.BaseLoader("")
        data = loader.construct_document(node) if node is not None else None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        why = str(getattr(error, "problem", None) or error).splitlines()[0]
        at_line = mark.line + 1 if mark is not None else 1
        said = filled("is not valid YAML ({why}).", why=why)
        intake.problem("malformed", at_line, said, "Mend that line.")
        return
    except RecursionError:
        intake.problem("malformed", 1, "is nested too deeply.", "Check the file.")
        return

    def line(way: tuple[str | int, ...]) -> int:
        at = node
        for step in way:
            if isinstance(at, yaml.SequenceNode) and isinstance(step, int):
                at = at.value[step]
            elif isinstance(at, yaml.MappingNode):
                at = next((v for k, v in at.value if k.value == step), at)
        return at.start_mark.line + 1 if at is not None else 1

    yield from _listed(data, intake, head, line)


def _listed(
    data: Any,
    intake: Intake,
    head: dict[str, Any],
    line: Callable[[tuple[str | int, ...]], int],
) -> Iterator[Record]:
    way: tuple[str | int, ...] = ()
    if isinstance(data, Mapping) and "question" in data and "items" not in data:
        data = [data]  # one record by itself
        line_of, line = line, lambda way: line_of(way[1:])
    if isinstance(data, Mapping):
        head.update({key: value for key, value in data.items() if key != "items"})
        data, way = data.get("items"), ("items",)
    if not isinstance(data, list):
        intake.problem("malformed", 1, "has no list of items.", "Put the questions below `items`.")
        return
    for at, row in enumerate(data):
        where = (*way, at)
        if isinstance(row, Mapping):
            yield Record(row, lambda where=where: line(where))  # type: ignore[misc]
        else:
            intake.problem("malformed", line(where), "an item has no fields.", "Mend it.")
