"""Markdown: front matter, headings, paragraphs, lists, tables, code, formulas, `<details>`.

Blocks and their lines come from markdown-it; the place of every character from the source itself.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from pipeline.notes.formats.inline import inline_pieces, line_pieces
from pipeline.notes.formats.text import parse_text
from pipeline.notes.mapped import Block, Parsed, Piece

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

__all__ = ["parse_markdown"]

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.{0,16384}?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
# The parser takes time by the square of the depth; no writer goes this far.
_TOO_DEEP = re.compile(
    r"^(?:[ \t]{120,}(?:[-*+]|\d{1,9}[.)])[ \t]|[ \t]*(?:[>*+-][ \t]*){100,})", re.MULTILINE
)
_ATX = re.compile(r"^.*?#{1,6}[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$")
_LIST_MARK = re.compile(r"([-*+]|\d{1,9}[.)])[ \t]+$")
_SUMMARY = re.compile(r"<summary[^>]{0,500}>(.*?)(?:</summary>|\Z)", re.DOTALL | re.IGNORECASE)
_HIDDEN = re.compile(r"<(script|style|template)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_DETAILS_END = re.compile(r"</details\s*>", re.IGNORECASE)


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark").enable("table")
    parser.core.ruler.enableOnly(["normalize", "block"])
    parser.disable("reference")
    return parser


def parse_markdown(text: str) -> Parsed:
    """The blocks of a Markdown text; positions are offsets of `text`."""
    if _TOO_DEEP.search(text):
        flat = parse_text(text)
        flat.problems.append("lists or quotes nested beyond reason: read as plain text")
        return flat
    parsed = Parsed([])
    body = text
    front = _FRONT_MATTER.match(text)
    if front and _read_front_matter(front.group(1), parsed):
        # Blanked, not cut: every line keeps its number and every character its offset.
        body = re.sub(r"[^\n]", " ", front.group()) + text[front.end() :]
    parsed.blocks = _Reader(body).blocks()
    return parsed


def _read_front_matter(source: str, parsed: Parsed) -> bool:
    """Title, language and date of a front matter; False where it is none."""
    import yaml

    try:
        data = yaml.safe_load(source)
    except (yaml.YAMLError, ValueError, RecursionError):
        parsed.problems.append("the front matter is not valid YAML and was left out")
        return True
    if not isinstance(data, dict):
        return False
    plain = {str(k): v for k, v in data.items() if isinstance(v, str | int | float | bool)}
    parsed.meta = plain
    parsed.title = str(plain.get("title", ""))[:300]
    language = str(plain.get("language", plain.get("lang", "")))[:2].lower()
    parsed.language = language if language in ("ko", "en") else ""
    parsed.date = str(data.get("date", ""))[:40]
    return True


class _Reader:
    """One pass over the block tokens of one text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = text.split("\n")
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line) + 1)
        self.found: list[Block] = []
        self.level = 0
        self.depth = 0  # of the list items that are open
        self.fresh_item = False

    def blocks(self) -> list[Block]:
        tokens = _parser().parse(self.text)
        index = 0
        while index < len(tokens):
            token = tokens[index]
            if token.type == "heading_open":
                self._heading(tokens[index + 1], token)
                index += 2
            elif token.type == "table_open":
                self._table(token)
                while tokens[index].type != "table_close":
                    index += 1
            elif token.type == "inline":
                self._paragraph(token)
            elif token.type in ("fence", "code_block"):
                self._code(token)
            elif token.type == "html_block":
                self._html(token)
            elif token.type == "list_item_open":
                self.depth += 1
                self.fresh_item = True
            elif token.type == "list_item_close":
                self.depth -= 1
                self.fresh_item = False
            index += 1
        return self.found

    def _segments(self, token: Token) -> list[tuple[int, int]]:
        """The source ranges of the lines of a token's content: each is the end of its source line,
        what stands before it being list and quote marks."""
        first = token.map[0] if token.map else 0
        segments = []
        for offset, content in enumerate(token.content.split("\n")):
            number = first + offset
            if number >= len(self.lines):
                break
            line, wanted = self.lines[number].rstrip(), content.strip()
            start = self.starts[number]
            low = len(line) - len(wanted)
            if low < 0 or not line.endswith(wanted):  # a tab cut in two, an unusual space
                low = len(line) - len(line.lstrip(" \t>"))
            segments.append((start + low, start + len(line)))
        return segments

    def _heading(self, inline: Token, opening: Token) -> None:
        self.level = int(opening.tag[1])
        number = inline.map[0] if inline.map else 0
        atx = (
            _ATX.match(self.lines[number])
            if opening.markup.startswith("#") and len(self.lines[number]) <= 2000
            else None
        )
        if atx:
            base = self.starts[number]
            pieces = line_pieces(self.text, base + atx.start(1), base + atx.end(1))
        else:
            pieces = inline_pieces(self.text, self._segments(inline))
        self.found.append(Block("heading", pieces, level=self.level))

    def _paragraph(self, token: Token) -> None:
        pieces = inline_pieces(self.text, self._segments(token))
        if not "".join(piece.text for piece in pieces).strip():
            return
        if self.depth:
            pieces[:0] = self._marker(token)
            self.found.append(Block("item", pieces))
        else:
            self.found.append(Block("text", pieces))

    def _marker(self, token: Token) -> list[Piece]:
        """Before a list item's text: its own mark, or the space before a later paragraph."""
        indent = "  " * (self.depth - 1)
        number = token.map[0] if token.map else 0
        start, _ = self._segments(token)[0]
        match = _LIST_MARK.search(self.lines[number][: start - self.starts[number]])
        if not self.fresh_item or match is None:
            return [Piece(f"{indent}  ")]
        self.fresh_item = False
        at = self.starts[number] + match.start(1)
        mark = Piece(match.group(1), at, at + len(match.group(1)))
        return [Piece(indent), mark, Piece(" ")] if indent else [mark, Piece(" ")]

    def _table(self, token: Token) -> None:
        first, last = token.map or (0, 0)
        pieces: list[Piece] = []
        for number in range(first, min(last, len(self.lines))):
            if number == first + 1:  # the row of dashes
                continue
            line = self.lines[number]
            start = self.starts[number]
            low = start + len(line) - len(line.lstrip(" \t>"))
            high = start + len(line.rstrip())
            if low >= high:
                continue
            if pieces:
                pieces.append(Piece("\n"))
            pieces += line_pieces(self.text, low, high)
        self.found.append(Block("table", pieces))

    def _code(self, token: Token) -> None:
        first = token.map[0] if token.map else 0
        if token.type == "fence":
            first += 1
        pieces: list[Piece] = []
        for offset, content in enumerate(token.content.rstrip("\n").split("\n")):
            number = first + offset
            if number >= len(self.lines):
                break
            line = self.lines[number]
            low = len(line) - len(content)
            if low < 0 or not line.endswith(content):
                low = 0
            if pieces:
                pieces.append(Piece("\n"))
            if len(line) > low:
                start = self.starts[number]
                pieces.append(Piece(line[low:], start + low, start + len(line)))
        if any(piece.text.strip() for piece in pieces):
            self.found.append(Block("code", pieces))

    def _html(self, token: Token) -> None:
        """Raw HTML: what is between the tags, the summary of a `<details>` as a heading."""
        first, last = token.map or (0, 0)
        low, high = self.starts[first], min(self.starts[min(last, len(self.lines))], len(self.text))
        source = self.text[low:high]
        at = 0
        hidden = [match.span() for match in _HIDDEN.finditer(source)]
        marks = sorted(
            [*_SUMMARY.finditer(source), *_DETAILS_END.finditer(source)], key=lambda m: m.start()
        )
        for match in marks:
            self._html_text(low + at, low + match.start(), hidden, low)
            if match.re is _SUMMARY:
                pieces = line_pieces(self.text, low + match.start(1), low + match.end(1))
                if any(piece.text.strip() for piece in pieces):
                    self.found.append(Block("heading", pieces, level=self.level + 0.5))
            else:
                self.found.append(Block("heading", close=True))
            at = match.end()
        self._html_text(low + at, high, hidden, low)

    def _html_text(self, low: int, high: int, hidden: list[tuple[int, int]], base: int) -> None:
        for start, end in hidden:
            if base + start < high and base + end > low:
                self._html_text(low, base + start, [], base)
                low = max(low, base + end)
        segments = []
        at = low
        while at < high:
            stop = self.text.find("\n", at, high)
            stop = high if stop < 0 else stop
            line = self.text[at:stop]
            segments.append((at + len(line) - len(line.lstrip()), at + len(line.rstrip())))
            at = stop + 1
        pieces = inline_pieces(self.text, segments) if segments else []
        if "".join(piece.text for piece in pieces).strip():
            self.found.append(Block("text", pieces))
