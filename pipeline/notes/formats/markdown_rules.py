"""Adds to CommonMark's blocks: tables, formulas over several lines, and what is not to be read as
text (hidden comments)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from pipeline.notes.formats.tags import Places

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock

__all__ = ["MAX_DEPTH", "block_parser", "unread"]

MAX_DEPTH = 120
"""Levels of nesting that are read; a list takes two. No writer goes this far."""
_FORMULA = re.compile(r"\$\$|\\\[|\\begin\{([A-Za-z]+\*?)\}")
_FENCE = re.compile(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?(`{3,}|~{3,})")
_COMMENT = re.compile(r"[ >]{0,3}(%%|\{::comment\})")
_MARKDOWN_TAG = re.compile(
    r"""[ \t]{0,3}<[A-Za-z][\w-]*+(?=[^<>]*\smarkdown=["']?(?:1|block|span)\b)[^<>]*+>[ \t]*+$"""
)
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


def unread(text: str) -> Iterator[tuple[int, int, str]]:
    """The ranges that are no part of the text and must not shape its blocks, and what they are:
    comments over several lines, which no reader sees (Obsidian's `%%` at the start of a line,
    kramdown's `{::comment}`), and tags that say that what follows is Markdown (`markdown="1"`).
    A comment within a paragraph is left to `marks`."""
    if not any(mark in text for mark in ("%%", "{::comment}", "markdown=")):
        return
    places = Places(text)
    fence = ""
    at = 0
    while at < len(text):
        end = places.next("\n", at)
        end = len(text) if end < 0 else end
        fenced = _FENCE.match(text, at, end)
        if fence:
            if fenced and fenced.group(1).startswith(fence):
                fence = fence if text[fenced.end() : end].strip() else ""
        elif fenced:
            fence = fenced.group(1)
        elif opened := _COMMENT.match(text, at, end):
            mark = _COMMENTS[opened.group(1)]
            close = places.next(mark, opened.end())
            if close > end:
                yield opened.start(1), close + len(mark), "hidden comment"
                at = close + len(mark)
                continue
        elif _MARKDOWN_TAG.match(text, at, end):
            yield at, end, ""
        at = end + 1
