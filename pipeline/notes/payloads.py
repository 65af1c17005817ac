"""Files embedded in a text as `data:image/png;base64,...` are left out.

A parser takes such an address away with the link or the tag it stands in. This is for the rest: one
in a listing, in plain text, or where a link was cut off.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.notes.mapped import Block, MappedPiece

__all__ = ["shortened", "without_payloads"]

_ADDRESS = re.compile(
    r"data:[a-z]*+(?:/[\w.+-]*+)?+(?:;[\w.=+-]*+)*+,"
    r"[^\s\"'<>)\]}\\`]*+"
    # Base64 written over several lines.
    r"(?:(?<=[A-Za-z0-9+/])\s++[A-Za-z0-9+/]{60,}+={0,2})*+(?:\s[A-Za-z0-9+/]++={1,2})?+",
    re.IGNORECASE,
)
_BASE64 = re.compile(r";base64,", re.IGNORECASE)
_SHORT = 100
"""Characters of an address that is read where it is no Base64: an example of one."""


def without_payloads(blocks: list[Block]) -> list[Block]:
    """The blocks without such addresses; one that held nothing else is left out."""
    return [left for block in blocks if (left := _without(block)) is not None]


def shortened(text: str) -> str:
    """A text to be shown, such addresses cut after what they say of themselves."""
    parts: list[str] = []
    at = 0
    for start, end in _found(text):
        comma = text.index(",", start) + 1
        parts += [text[at:comma], "…"]
        at = end
    return "".join([*parts, text[at:]])


def _found(text: str) -> Iterator[tuple[int, int]]:
    for match in _ADDRESS.finditer(text):
        if len(match.group()) > _SHORT or _BASE64.search(match.group()):
            yield match.span()


def _without(block: Block) -> Block | None:
    found = list(_found(block.text))
    if not found:
        return block
    pieces: list[MappedPiece] = []
    at = 0
    for start, end in [*found, (len(block.text), len(block.text))]:
        pieces += block.slice(at, start)
        at = end
    left = Block(block.kind, pieces, block.level, block.number, block.close)
    return left if left.text.strip(" -*+|") or left.close else None
