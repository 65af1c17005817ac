"""Question sets as text: read, split into records, and every record with its line."""

from __future__ import annotations

import csv
import io
import json
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from evals.tasks.formats.problems import Problem, Report
from pipeline.errors import filled

__all__ = [
    "MAX_BYTES",
    "BadJson",
    "JsonPlaces",
    "csv_rows",
    "json_lines",
    "parse_json",
    "read_text",
]

MAX_BYTES = 1 << 30
"""A larger file is refused: it would not fit in memory as items."""
_WHITE_SPACE = re.compile(r"[ \t\n\r]*")


def read_text(path: Path, report: Report) -> str | None:
    """A UTF-8 file without its byte order mark, or None after a report."""
    found = _decoded(path)
    if isinstance(found, Problem):
        report(found)
        return None
    return found


def _decoded(path: Path) -> str | Problem:
    def bad(line: int, what: str, remedy: str) -> Problem:
        return Problem("unreadable", str(path), line, what, remedy)

    try:
        if not path.exists():
            return bad(0, "there is no such file.", "Check the path.")
        if not path.is_file():
            return bad(0, "is not a file.", "Give a file, or a folder in the BEIR schema.")
        if path.stat().st_size > MAX_BYTES:
            return bad(0, "is larger than 1 GiB.", "Split it.")
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        return bad(0, filled("cannot be read ({why}).", why=error), "Check the path.")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return bad(1, "is UTF-16, not UTF-8.", "Save it as UTF-8.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return bad(
            line,
            filled("the byte {byte} is not UTF-8.", byte=f"0x{data[error.start]:02X}"),
            "Save it as UTF-8.",
        )
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        return bad(line, "has a NUL character: this is no text.", "Check the file.")
    return text


class BadJson(ValueError):
    """What is wrong with a JSON text, in a line, and on which of its lines."""

    def __init__(self, what: str, line: int = 1) -> None:
        self.line = line
        super().__init__(what)


def parse_json(text: str) -> Any:
    """JSON without its traps: no NaN, no key twice, no nesting without end. Raises BadJson."""
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except json.JSONDecodeError as error:
        raise BadJson(f"{error.msg} at character {error.colno}", error.lineno) from None
    except RecursionError:
        raise BadJson("nested too deeply") from None
    except ValueError as error:
        raise BadJson(str(error).split("\n", 1)[0]) from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {twice!r} is there twice")
    return found


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def json_lines(path: Path, text: str, report: Report) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of a JSONL file with their lines; what is no object is reported."""
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = parse_json(line)
        except BadJson as error:
            said = filled("is not valid JSON ({why}).", why=error)
            report(Problem("malformed", str(path), number, said, "Mend that line."))
            continue
        if isinstance(row, dict):
            yield number, row
        else:
            said = filled("is {kind}, not a JSON object.", kind=filled(_kind(row)))
            report(Problem("malformed", str(path), number, said, "Mend that line."))


def csv_rows(path: Path, text: str, report: Report) -> Iterator[tuple[int, list[str]]]:
    """The rows of a CSV file with the line on which each begins."""
    delimiter = "\t" if path.suffix.lower() == ".tsv" else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            said = filled("is not valid CSV ({why}).", why=error)
            report(Problem("malformed", str(path), line, said, "Check the quotation marks."))
            return
        if any(cell.strip() for cell in row):
            yield line, row
        line = reader.line_num + 1


def _kind(value: Any) -> str:
    names = {list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")


class JsonPlaces:
    """On which line of a JSON document a value stands.

    A document is parsed without positions, since nearly all of them have no fault. When one has,
    the way to the value is scanned, each container once.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._decoder = json.JSONDecoder()
        self._children: dict[int, dict[str | int, int]] = {}
        self._breaks: list[int] | None = None

    def line(self, way: Sequence[str | int]) -> int:
        """The line of the value at keys and indices `way` (as far as it exists), from 1."""
        at = self._skip(0)
        for step in way:
            if at not in self._children:
                self._children[at] = self._scan(at)
            inside = self._children[at].get(step)
            if inside is None:
                break
            at = inside
        if self._breaks is None:
            self._breaks = [m.start() for m in re.finditer("\n", self._text)]
        return bisect_left(self._breaks, at) + 1

    def _skip(self, at: int) -> int:
        found = _WHITE_SPACE.match(self._text, at)
        return found.end() if found else at

    def _scan(self, at: int) -> dict[str | int, int]:
        """Where each child of the container at `at` begins; nothing where there is none."""
        text, found = self._text, dict[str | int, int]()
        opening = text[at : at + 1]
        if opening not in ("{", "["):
            return found
        at = self._skip(at + 1)
        while at < len(text) and text[at] not in "}]":
            key: str | int = len(found)
            if opening == "{":
                key, at = self._decoder.raw_decode(text, at)
                at = self._skip(self._skip(at) + 1)
            found[key] = at
            _, at = self._decoder.raw_decode(text, at)
            at = self._skip(at)
            if text[at : at + 1] == ",":
                at = self._skip(at + 1)
        return found
