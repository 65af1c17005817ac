"""Plain text: paragraphs, underlined or marked headings, bulleted lines, columns of pipes."""

from __future__ import annotations

import re

from pipeline.notes.formats.inline import joined_lines
from pipeline.notes.mapped import Block, BlockKind, MappedPiece, Parsed

__all__ = ["parse_text"]

_UNDERLINE = re.compile(r"^\s*(=|-|~)\1{2,}\s*$")
_HASHES = re.compile(r"^(#{1,6})[ \t]+(\S.*?)[ \t]*#*$")
# Headings as Korean writers mark them: a square, or 제1장.
_SQUARE = re.compile(r"^[ \t]*(?:[ㅁ□■◆◈▣▶●][ \t]*)(\S.{0,80})$")
_CHAPTER = re.compile(
    r"^[ \t]*(제\s?\d{1,3}\s?[장절편].{0,60}|(?:Chapter|CHAPTER|Part|Section) \d{1,3}\b.{0,60})$"
)
_ITEM = re.compile(r"^[ \t]*(?:[-*+•·◦‣▪○ㅇㄴ–][ \t.]+|\(?\d{1,3}[.)][ \t]+|[①-⑳][ \t]*)\S")
_SENTENCE_END = re.compile(r"[.!?。다요]['\")\]]*$")


def parse_text(text: str) -> Parsed:
    """The blocks of a plain text; positions are offsets of `text`."""
    lines = text.split("\n")
    blocks: list[Block] = []
    segments: list[tuple[int, int]] = []
    kind: BlockKind = "text"
    start = mark = 0

    def flush() -> None:
        nonlocal kind
        if segments:
            blocks.append(Block(kind, _join(text, segments, kind)))
        segments.clear()
        kind = "text"

    skip = False
    for number, line in enumerate(lines):
        low, high = start + len(line) - len(line.lstrip()), start + len(line.rstrip())
        start += len(line) + 1
        if skip:
            skip = False
            continue
        if low >= high:
            flush()
            continue
        below = lines[number + 1] if number + 1 < len(lines) else ""
        heading = _heading(line, below, alone=not segments)
        if heading:
            flush()
            level, offset, length, skip = heading
            at = start - len(line) - 1 + offset
            blocks.append(
                Block("heading", [MappedPiece(text[at : at + length], at, at + length)], level)
            )
            continue
        now: BlockKind = (
            "table" if line.count("|") >= 2 else "item" if _ITEM.match(line) else "text"
        )
        if now == "table" and not set(line.strip()) - set("|-: "):
            continue
        if kind == "item" and now == "text" and _indent(line) > mark:
            now = "item"  # it goes on below its mark
        elif segments and (now != kind or now == "item"):
            flush()
        if now == "item" and not segments:
            mark = _indent(line)
        kind = now
        segments.append((low, high))
    flush()
    return Parsed(blocks)


def _join(text: str, segments: list[tuple[int, int]], kind: BlockKind) -> list[MappedPiece]:
    """The lines of one block. Marks are kept: in plain text `*` and `_` are what they are."""
    if kind == "text":
        return joined_lines(text, segments)
    if kind == "item":
        return [
            piece._replace(text="\n  ") if piece.text == "\n" else piece
            for piece in joined_lines(text, segments)
        ]
    pieces: list[MappedPiece] = []
    for low, high in segments:
        if pieces:
            pieces.append(MappedPiece("\n"))
        pieces.append(MappedPiece(text[low:high], low, high))
    return pieces


def _indent(line: str) -> int:
    line = line.expandtabs(4)
    return len(line) - len(line.lstrip())


def _heading(line: str, below: str, alone: bool) -> tuple[float, int, int, bool] | None:
    """Level, offset and length in the line, and whether the next line is its underline."""
    if len(line) > 120:
        return None
    if _UNDERLINE.match(line):
        return None
    if alone and _UNDERLINE.match(below) and "|" not in line:
        content = line.strip()
        return (1 if "=" in below else 2), line.index(content), len(content), True
    hashes = _HASHES.match(line)
    if hashes:
        return len(hashes.group(1)), hashes.start(2), len(hashes.group(2)), False
    for pattern, level in ((_CHAPTER, 1), (_SQUARE, 2)):
        match = pattern.match(line)
        if match and not _SENTENCE_END.search(match.group(1)):
            return level, match.start(1), len(match.group(1).rstrip()), False
    return None
