"""The front matter of a Markdown note: what it says of the note, and its properties as facts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from pipeline.notes.formats.fields import humps
from pipeline.notes.formats.inline import inline_pieces
from pipeline.notes.mapped import Block, MappedPiece, Parsed

if TYPE_CHECKING:
    from yaml.nodes import MappingNode, Node, ScalarNode

__all__ = ["FrontMatter", "front_matter"]

_OPEN = re.compile(r"\A---[ \t]*\n")
_CLOSE = re.compile(r"^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.MULTILINE)
_MAX = 64 * 1024
"""Characters that are read as YAML; no one writes this much by hand."""
_OF_THE_NOTE = ("title", "language", "lang", "date")
"""Keys that say something of the note, not of its subject: they are kept with the note."""


@dataclass(slots=True)
class FrontMatter:
    """`end` is where it ends in the text, and `facts` its properties, a block each."""

    end: int
    facts: list[Block] = field(default_factory=list)


class _Pair(NamedTuple):
    keys: tuple[ScalarNode, ...]
    values: list[ScalarNode]


def front_matter(text: str, parsed: Parsed) -> FrontMatter | None:
    """The front matter of a text, its title, language, date and plain values put into `parsed`;
    None where it has none."""
    opened = _OPEN.match(text)
    closed = _CLOSE.search(text, opened.end()) if opened else None
    if opened is None or closed is None:
        return None
    start, end = opened.end(), closed.start()
    found = FrontMatter(closed.end())
    if end - start > _MAX:
        parsed.problems.append("the front matter is too long to be read and was left out")
        return found
    try:
        node, data = _load(text[start:end])
    except _NotYaml:
        parsed.problems.append("the front matter is not valid YAML and was left out")
        return found
    if node is None:
        return None
    plain = {str(k): v for k, v in data.items() if isinstance(v, str | int | float | bool)}
    parsed.meta = plain
    parsed.title = str(plain.get("title", ""))[:300]
    language = str(plain.get("language", plain.get("lang", "")))[:2].lower()
    parsed.language = language if language in ("ko", "en") else ""
    parsed.date = str(data.get("date", ""))[:40]
    for pair in _pairs(node):
        if pieces := _fact(text, start, pair):
            found.facts.append(Block("text", pieces))
    return found


class _NotYaml(Exception):
    """What stands there cannot be read as YAML."""


def _load(source: str) -> tuple[MappingNode | None, dict[Any, Any]]:
    """A mapping as nodes, which know their places, and as data; None where it is no mapping."""
    import yaml

    from pipeline.plain_yaml import load_yaml

    try:
        data, node = load_yaml(source)
    except (yaml.YAMLError, ValueError, RecursionError, TypeError, OverflowError):
        raise _NotYaml from None
    if not isinstance(node, yaml.MappingNode) or not isinstance(data, dict):
        return None, {}
    return node, data


def _pairs(mapping: MappingNode) -> Iterator[_Pair]:
    """Every property with its plain values; of one within another both keys. What stands in
    several places by an alias is read once."""
    import yaml

    seen: set[int] = set()
    waiting: list[tuple[tuple[ScalarNode, ...], Node]] = [((), mapping)]
    while waiting:
        keys, node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            inner = [
                ((*keys, key), value)
                for key, value in node.value
                if isinstance(key, yaml.ScalarNode) and (keys or key.value not in _OF_THE_NOTE)
            ]
            waiting += reversed(inner)
        elif isinstance(node, yaml.SequenceNode):
            plain = [one for one in node.value if isinstance(one, yaml.ScalarNode)]
            if plain:
                yield _Pair(keys, plain)
            nested = [one for one in node.value if not isinstance(one, yaml.ScalarNode)]
            waiting += [(keys, one) for one in reversed(nested)]
        elif isinstance(node, yaml.ScalarNode):
            yield _Pair(keys, [node])


def _fact(text: str, base: int, pair: _Pair) -> list[MappedPiece]:
    """A property as a line `key: value`; empty where it has no value."""
    values: list[MappedPiece] = []
    for value in pair.values:
        pieces = _value(text, base, value)
        if pieces and values:
            values.append(MappedPiece(", "))
        values += pieces
    if not values:
        return []
    line: list[MappedPiece] = []
    for key in pair.keys:
        line += [MappedPiece(" ")] if line else []
        line += _key(text, base + key.start_mark.index, base + key.end_mark.index)
    return [*line, MappedPiece(": "), *values]


def _key(text: str, start: int, end: int) -> list[MappedPiece]:
    """A key; one like `batchSize` is two words."""
    if text[start : start + 1] in ("'", '"'):
        start, end = start + 1, end - 1
    pieces: list[MappedPiece] = []
    at = start
    for stop in [*(start + hump for hump in humps(text[start:end])), end]:
        pieces += [MappedPiece(" ")] if pieces else []
        pieces.append(MappedPiece(text[at:stop], at, stop))
        at = stop
    return pieces


def _value(text: str, base: int, node: ScalarNode) -> list[MappedPiece]:
    """A plain value on one line, the marks of Markdown taken off."""
    if not node.value.strip() or node.tag.endswith(":null"):
        return []
    start, end = base + node.start_mark.index, base + node.end_mark.index
    if node.style in ("'", '"'):
        start, end = start + 1, end - 1
    elif node.style in ("|", ">"):
        start = text.find("\n", start, end) + 1 or end
    segments = []
    for line in text[start:end].split("\n"):
        low = start + len(line) - len(line.lstrip())
        segments.append((low, start + len(line.rstrip())))
        start += len(line) + 1
    pieces = inline_pieces(text, segments)
    return [MappedPiece(" ") if piece.text == "\n" else piece for piece in pieces]
