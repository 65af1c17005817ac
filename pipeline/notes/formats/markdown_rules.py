"""What is added to CommonMark's blocks: tables, formulas over several lines, hidden comments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from pipeline.notes.formats.tags import Places

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock

__all__ = ["MAX_DEPTH", "block_parser", "hidden_comments"]

MAX_DEPTH = 120
"""Levels of nesting that are read; a list takes two. No writer goes this far."""
_FORMULA = re.compile(r"\$\$|\\\[|\\begin\{([A-Za-z]+\*?)\}")
_FENCE = re.compile(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?(`{3,}|~{3,})")
_COMMENT = re.compile(r"[ >]{0,3}(%%|\{::comment\})")
_COMMENTS = {"%%": "%%", "{::comment}": "{:/comment}"}


@lru_cache(maxsize=1)
def block_parser() -> MarkdownIt:
    """markdown-it for blocks alone; the inline marks are `marks`."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"maxNesting": MAX_DEPTH, "inline_definitions": True})
    parser.enable("table")
    parser.core.ruler.enableOnly(["normalize", "block"])
    parser.block.ruler.before(
        "table", "formula", _formula, {"alt": ["paragraph", "reference", "blockquote", "list"]}
    )
    # A definition is one whatever it leads to, and where it leads is not read.
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    parser.normalizeLink = lambda url: url  # type: ignore[method-assign]
    return parser


def _formula(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A formula that begins a line and ends on a later one: what stands between, a minus or an
    equals sign at a line's start among it, is no list and no heading."""
    if state.is_code_block(start):
        return False
    opening = _FORMULA.match(
        state.src, state.bMarks[start] + state.tShift[start], state.eMarks[start]
    )
    if opening is None:
        return False
    name = opening.group(1)
    close = f"\\end{{{name}}}" if name else {"$$": "$$", "\\[": "\\]"}[opening.group()]
    # Lines up to which no formula of this kind ends: each is looked at once.
    unclosed: dict[str, int] = state.env.setdefault("unclosed formulas", {})
    if (
        start < unclosed.get(close, 0)
        or state.src.find(close, opening.end(), state.eMarks[start]) >= 0
    ):
        return False
    line = start + 1
    while line < end and not state.isEmpty(line) and state.sCount[line] >= state.blkIndent:
        if state.src.find(close, state.bMarks[line], state.eMarks[line]) >= 0:
            if not silent:
                token = state.push("formula", "", 0)
                token.map = [start, line + 1]
                token.content = state.getLines(start, line + 1, state.blkIndent, False)
                state.line = line + 1
            return True
        line += 1
    unclosed[close] = line
    return False


def hidden_comments(text: str) -> Iterator[tuple[int, int]]:
    """The ranges of comments over several lines that no reader sees: Obsidian's `%%` at the start
    of a line, kramdown's `{::comment}`. One within a paragraph is left to `marks`."""
    if not any(mark in text for mark in _COMMENTS):
        return
    places = Places(text)
    fence = ""
    at = 0
    while at < len(text):
        end = places.next("\n", at)
        end = len(text) if end < 0 else end
        fenced = _FENCE.match(text, at, end)
        opened = None if fence else _COMMENT.match(text, at, end)
        if fence and fenced and fenced.group(1).startswith(fence):
            fence = fence if text[fenced.end() : end].strip() else ""
        elif not fence and fenced:
            fence = fenced.group(1)
        elif opened:
            mark = _COMMENTS[opened.group(1)]
            close = places.next(mark, opened.end())
            if close > end:
                yield opened.start(1), close + len(mark)
                at = close + len(mark)
                continue
        at = end + 1
