"""Fields written into notes: `key:: value` of Dataview, and keys such as `batchSize`."""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["FIELD", "Key", "field_key", "humps"]

FIELD = re.compile(r"[ \t]*[*_~=]{0,3}[^\W\d][\w /-]{0,60}[*_~=]{0,3}::[ \t]")
_KEY = re.compile(r"(?:^|[\[(])[ \t]*+[*_~=]{0,3}([^\W\d][\w /-]*+)[*_~=]{0,3}$")
_KEY_LENGTH = 80
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z][a-z])")


class Key(NamedTuple):
    """The key of a field, and where it begins."""

    start: int
    text: str


def field_key(content: str, end: int) -> Key | None:
    """The key before the `::` at `end`, at the start of a line or of a bracket."""
    low = max(end - _KEY_LENGTH, 0)
    low = max(low, content.rfind("\n", low, end) + 1)
    match = _KEY.search(content[low:end])
    begins_line = low == 0 or content[low - 1] == "\n"
    if match is None or (match.group()[0] not in "[(" and not begins_line):
        return None
    return Key(low + match.start(1), match.group(1))


def humps(key: str) -> list[int]:
    """Where the words of a key like `batchSize` begin, but for the first."""
    return [match.start() for match in _HUMP.finditer(key)]
