"""The lines of a block as pieces of readable text, with every character's place kept.

markdown-it gives no positions inside a line, so the marks to take off are found in the source text
itself (`marks`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from pipeline.notes.formats.fields import FIELD
from pipeline.notes.formats.marks import Edit, edits
from pipeline.notes.mapped import MappedPiece

__all__ = ["inline_pieces", "joined_lines", "line_pieces"]

_EMPHASISED = re.compile(r"(\*{1,3})(?=[^\s*])[^*]*[^\s*:：]\1(?![:：]|\s*$)|\*\*(?=[^\s*])[^*]*$")
"""Begins a line with emphasis, and is no label ("**Term**: ...")."""
_HARD = re.compile(r"(?<!\\)(?:\\\\)*\\$")
_LONG = 50
"""Columns from which on a line may have been wrapped."""


def line_pieces(
    text: str, start: int, end: int, defined: Collection[str] = (), heading: bool = False
) -> list[MappedPiece]:
    """The inline content of `text[start:end]` as pieces."""
    return inline_pieces(text, [(start, end)], defined, heading)


def inline_pieces(
    text: str,
    segments: Sequence[tuple[int, int]],
    defined: Collection[str] = (),
    heading: bool = False,
) -> list[MappedPiece]:
    """The inline content of the lines `text[start:end]` of one block, as one list of pieces. Where
    a line ends a joining piece stands: the break itself, or a space where the text was wrapped.
    `defined` and `heading` as in `marks.edits`."""
    lines = [(start, end) for start, end in segments if start < end]
    if not lines:
        return []
    content = "\n".join(text[start:end] for start, end in lines)
    broken = [text.startswith("  ", end) or _HARD.search(text, start, end) for start, end in lines]
    joins = _joins([text[start:end] for start, end in lines], [bool(one) for one in broken])
    # Content offsets back to source offsets: the start of each line in both.
    starts, at = [], 0
    for start, end in lines:
        starts.append((at, start))
        at += end - start + 1
    changes = edits(content, defined, heading)
    changes += [(at - 1, at, joins[i - 1]) for i, (at, _) in enumerate(starts) if i]
    changes.sort()
    return _assemble(content, changes, starts)


def joined_lines(text: str, segments: Sequence[tuple[int, int]]) -> list[MappedPiece]:
    """The lines `text[start:end]` of one paragraph as they are, wrapped ones joined."""
    lines = [text[start:end] for start, end in segments]
    joins = _joins(lines, [False] * len(lines))
    pieces: list[MappedPiece] = []
    for index, (start, end) in enumerate(segments):
        if index:
            pieces.append(MappedPiece(joins[index - 1]))
        pieces.append(MappedPiece(text[start:end], start, end))
    return pieces


def _joins(lines: list[str], broken: list[bool]) -> list[str]:
    """What stands between consecutive lines: a break, as where one was `broken` by hand, or a space
    where an editor wrapped the line, which it does when the next word would have passed the margin
    or in the middle of a sentence, where the next line begins in lower case. A definition
    (`: ...`) follows its term on the same line."""
    widths = [_width(line) for line in lines]
    margin = max(widths)
    # Korean notes are often one statement a line; only lines of like width were wrapped.
    even = all(width >= 0.75 * margin for width in widths[:-1])
    wraps = _LONG <= margin <= 110 and ((len(lines) > 2 and even) or "".join(lines).isascii())
    capitals = not lines[0][:1].islower()
    joins = []
    for line, width, after, hard in zip(lines, widths, lines[1:], broken, strict=False):
        wrapped = wraps and width + 1 + _width(after.split(" ", 1)[0]) > margin
        wrapped = wrapped or (capitals and width >= _LONG and "a" <= after[:1] <= "z")
        ended = line.rstrip()[-1:] in ".!?。:：;" or hard
        fact = FIELD.match(line) or FIELD.match(after)
        if after.startswith((": ", ":\t")) and not line.startswith(":"):
            joins.append("")
        else:
            mark = after[:1] in "-|#:" or (after[:1] == "*" and not _EMPHASISED.match(after))
            joined = wrapped and not ended and not fact and not mark
            joins.append(" " if joined else "\n")
    return joins


def _width(text: str) -> int:
    """Columns on a terminal: Hangul and its like take two."""
    return len(text) if text.isascii() else sum(2 if c >= "ᄀ" else 1 for c in text)


def _assemble(
    content: str, changes: list[Edit], starts: list[tuple[int, int]]
) -> list[MappedPiece]:
    pieces: list[MappedPiece] = []
    line = 0

    def source(offset: int) -> int:
        nonlocal line
        while line + 1 < len(starts) and starts[line + 1][0] <= offset:
            line += 1
        at, start = starts[line]
        return start + offset - at

    def verbatim(low: int, high: int) -> None:
        if low < high:
            start = source(low)
            pieces.append(MappedPiece(content[low:high], start, start + high - low))

    done = 0
    for start, end, text in changes:
        if start < done:
            continue
        verbatim(done, start)
        done = end
        if text and content.startswith("&", start) and end > start:
            low = source(start)
            pieces.append(MappedPiece(text, low, low + end - start, False))
        elif text:
            pieces.append(MappedPiece(text))
    verbatim(done, len(content))
    return pieces
