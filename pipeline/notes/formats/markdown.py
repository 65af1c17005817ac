"""Markdown: front matter, headings, paragraphs, lists, tables, code, formulas, HTML, and what
Obsidian and kramdown add to it.

Blocks and their lines come from markdown-it; the place of every character from the source itself.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING

from pipeline.notes.formats.front_matter import front_matter
from pipeline.notes.formats.html_blocks import html_blocks
from pipeline.notes.formats.inline import inline_pieces, line_pieces
from pipeline.notes.formats.link_targets import label_key
from pipeline.notes.formats.listing import LISTED, is_list
from pipeline.notes.formats.markdown_rules import MAX_DEPTH, block_parser, unread
from pipeline.notes.formats.text import parse_text
from pipeline.notes.mapped import Block, MappedPiece, Parsed

if TYPE_CHECKING:
    from markdown_it.token import Token

__all__ = ["parse_markdown"]

_ATX = re.compile(r"[^#]*#{1,6}[ \t]++(?=\S)")
_CLOSING_HASHES = re.compile(r"(?:^|(?<=[ \t]))#+$")
_LIST_MARK = re.compile(r"([-*+]|\d{1,9}[.)])[ \t]+$")
_CALLOUT = re.compile(r"\[![\w-]+(?:\|[^\]\n]*)?\][+-]?[ \t]*")
# A line that is nothing but a mark: a block id, the attributes or the end of a block in kramdown.
_MARK_LINE = re.compile(r"""\^[\w-]*$|\{:{1,2}[^{}]*+\}$""")
_LABEL = re.compile(r"(\*\*|__)(?=\S)[^*_]{0,80}[^\s*_.!?。！？…]\1[:：]?\s*\\?")
"""A line in bold that says what those below it are about."""
_ENTRY = re.compile(r"\[[^\[\]\n]+\]\(#\S*\)")
"""An entry of a table of contents: nothing but a link to a heading of the same note, which is read
where it stands."""
_PICTURE = re.compile(r"(?:\[?!\[|<img\b)")
"""Begins a paragraph, which is nothing but pictures where it also ends as one does."""
_CAPTION = re.compile(r"([*_])(?![*_\s])[^\n]*[^*_\s]\1")
"""A paragraph in emphasis: below a picture it says what that shows."""
_TERM = re.compile(r"(?=\S)[^\n]{0,48}[^\s.!?。！？…:：,;]")
"""The first line of a quotation, where those below it are of what it names."""
_ADDRESS = re.compile(r"[/.#:]")


def parse_markdown(text: str) -> Parsed:
    """The blocks of a Markdown text; positions are offsets of `text`."""
    parsed = Parsed([])
    front = front_matter(text, parsed)
    # Blanked, not cut: every line keeps its number and every character its offset.
    body = _blanked(text, [(0, front.end)] if front else [])
    hidden = list(unread(body))
    parsed.dropped = [one for one in hidden if one[2]]
    body = _blanked(body, [(start, end) for start, end, _ in hidden])
    try:
        tokens = block_parser().parse(body)
    except RecursionError:
        tokens = None
    if tokens is None or any(token.level >= MAX_DEPTH - 2 for token in tokens):
        parsed.problems.append("lists or quotes nested beyond reason: read as plain text")
        parsed.blocks = parse_text(body).blocks
    else:
        parsed.blocks = _Reader(body, text).blocks(tokens)
    if front and front.facts:
        _put_facts(parsed, front.facts)
    return parsed


def _blanked(text: str, ranges: list[tuple[int, int]]) -> str:
    if not ranges:
        return text
    parts = []
    at = 0
    for start, end in ranges:
        parts += [text[at:start], re.sub(r"[^\n]", " ", text[start:end])]
        at = end
    return "".join([*parts, text[at:]])


def _put_facts(parsed: Parsed, facts: list[Block]) -> None:
    """The properties of a note by themselves, below its title or its first heading; of a note that
    has neither with what stands first in it, which says what they are of."""
    first = parsed.blocks[0] if parsed.blocks and parsed.blocks[0].kind == "heading" else None
    name = parsed.title or (first.text if first is not None else "")
    title = Block("heading", [MappedPiece(name)], level=0.5)
    parsed.blocks[:0] = [title, *facts, Block("heading", close=True)] if name else facts


def _indented(pieces: list[MappedPiece]) -> list[MappedPiece]:
    """The lines of a paragraph below the line that they belong to."""
    below = [MappedPiece("\n"), *pieces] if pieces else []
    return [MappedPiece("\n  ") if one == MappedPiece("\n") else one for one in below]


class _Reader:
    """One pass over the block tokens of a text, parts of which were blanked."""

    def __init__(self, text: str, whole: str) -> None:
        self.text = text
        self.whole = whole
        self.lines = text.split("\n")
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line) + 1)
        self.found: list[Block] = []
        self.level: float = 0
        self.depth = 0  # of the list items that are open
        self.quotes = 0
        self.fresh_item = False
        self.fresh_quote = False
        self.label: Block | None = None  # the last paragraph that was nothing but one
        self.pictured = -1  # of how many blocks a picture followed the last
        self.defined: set[str] = set()

    def blocks(self, tokens: list[Token]) -> list[Block]:
        self.defined = {
            label_key(str(token.meta["label"])) for token in tokens if self._is_definition(token)
        }
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
            elif token.type == "formula":
                self._formula(token)
            elif token.type in ("fence", "code_block"):
                self._code(token)
            elif token.type == "html_block":
                self._html(token)
            elif token.type == "definition" and not self._is_definition(token):
                self._add_text(self._source_lines(token), token)
            elif token.type in ("list_item_open", "list_item_close"):
                self.depth += token.nesting
                self.fresh_item = token.nesting > 0
            elif token.type in ("blockquote_open", "blockquote_close"):
                self.quotes += token.nesting
                self.fresh_quote = token.nesting > 0
            index += 1
        return self.found

    def _is_definition(self, token: Token) -> bool:
        """Does it say where a link leads? `[^1]: Ibid.` is a footnote and `[Rule]: none` a text."""
        if token.type != "definition":
            return False
        label, url = str(token.meta["label"]), str(token.meta["url"])
        return not label.startswith("^") and _ADDRESS.search(url) is not None

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
            low = len(line) - len(wanted)
            if low < 0 or not line.endswith(wanted):  # a tab cut in two, an unusual space
                low = len(line) - len(line.lstrip(" \t>"))
            start = self.starts[number]
            segments.append((start + low, start + len(line)))
        return segments

    def _source_lines(self, token: Token) -> list[tuple[int, int]]:
        """The source ranges of a token's lines, without the margin."""
        first, last = token.map or (0, 0)
        margin = " \t>" if self.quotes else " \t"
        segments = []
        for number in range(first, min(last, len(self.lines))):
            line, start = self.lines[number], self.starts[number]
            segments.append(
                (start + len(line) - len(line.lstrip(margin)), start + len(line.rstrip()))
            )
        return segments

    def _heading(self, inline: Token, opening: Token) -> None:
        self.level = int(opening.tag[1])
        number = inline.map[0] if inline.map else 0
        line, start = self.lines[number].rstrip(), self.starts[number]
        atx = _ATX.match(line) if opening.markup.startswith("#") else None
        if atx:
            closing = _CLOSING_HASHES.search(line, atx.end())
            end = closing.start() if closing else len(line)
            end = atx.end() + len(line[atx.end() : end].rstrip())
            pieces = line_pieces(self.text, start + atx.end(), start + end, self.defined, True)
        else:
            pieces = inline_pieces(self.text, self._segments(inline), self.defined, True)
        self.found.append(Block("heading", pieces, level=self.level))

    def _paragraph(self, token: Token) -> None:
        lines = self._segments(token)
        title: list[MappedPiece] = []
        if lines and not self.depth and self._shows(lines):
            return
        if lines and self.depth and _ENTRY.fullmatch(self.text, lines[0][0], lines[-1][1]):
            return
        callout = _CALLOUT.match(self.text, *lines[0]) if self.fresh_quote and lines else None
        quoted, self.fresh_quote = self.fresh_quote and not self.depth, False
        if callout:
            title = line_pieces(self.text, callout.end(), lines[0][1], self.defined)
            lines = lines[1:]
        elif quoted and len(lines) > 1 and self._is_term(*lines[0]):
            title = line_pieces(self.text, *lines[0], self.defined)
            body = inline_pieces(self.text, lines[1:], self.defined)
            self._add([*title, *_indented(body)], token)
            return
        self._add_text(lines, token, title)

    def _is_term(self, low: int, high: int) -> bool:
        """Whether a line is a term that the lines below it are of: short, and broken by hand."""
        return (
            self.text.startswith("  ", high) and _TERM.fullmatch(self.text, low, high) is not None
        )

    def _shows(self, lines: list[tuple[int, int]]) -> bool:
        """Whether a paragraph is a picture or what stands below one, and so an aside: it leads to
        nothing."""
        said = self.text[lines[0][0] : lines[-1][1]]
        below = self.pictured == len(self.found)
        picture = _PICTURE.match(said) is not None and said.endswith((")", "]", ">"))
        if not picture and not (below and _CAPTION.fullmatch(said)):
            return False
        pieces = inline_pieces(self.text, lines, self.defined)
        pieces = [MappedPiece(" ") if piece == MappedPiece("\n") else piece for piece in pieces]
        if any(piece.text.strip() for piece in pieces):
            self.found.append(Block("text", [MappedPiece("("), *pieces, MappedPiece(")")]))
        self.pictured = len(self.found) if picture else -1
        return True

    def _add_text(
        self, lines: list[tuple[int, int]], token: Token, title: list[MappedPiece] | None = None
    ) -> None:
        """A paragraph, below its `title` or a label where it has one."""
        shown = [line for line in lines if not _MARK_LINE.match(self.text[slice(*line)])]
        label = not title and shown and _LABEL.fullmatch(self.text, *shown[0]) is not None
        above = self.label if self.found and self.found[-1] is self.label else None
        if label:
            low, high = shown[0]
            high -= self.text.endswith("\\", low, high)  # a break by hand
            title, shown = line_pieces(self.text, low, high, self.defined), shown[1:]
        pieces = inline_pieces(self.text, shown, self.defined)
        if above is not None and pieces and not label and not self.depth:
            self.found[-1] = Block("text", [*above.pieces, *_indented(pieces)])
            return
        if label and title and not self.depth:
            pieces = [*title, *_indented(pieces)]
        elif title:
            pieces = [*title, MappedPiece("\n"), *pieces] if pieces else title
        before = len(self.found)
        self._add(pieces, token)
        if label and not shown and not self.depth and len(self.found) > before:
            self.label = self.found[-1]

    def _formula(self, token: Token) -> None:
        """Its lines as one, every mark kept."""
        pieces: list[MappedPiece] = []
        for start, end in self._segments(token):
            pieces += [MappedPiece(" ")] if pieces else []
            pieces.append(MappedPiece(self.text[start:end], start, end))
        self._add(pieces, token)

    def _add(self, pieces: list[MappedPiece], token: Token) -> None:
        if not any(piece.text.strip() for piece in pieces):
            return
        if self.depth:
            pieces = self._hung(pieces, token)
            self.found.append(Block("item", [*self._marker(token), *pieces]))
        else:
            self.found.append(Block("text", pieces))

    def _hung(self, pieces: list[MappedPiece], token: Token) -> list[MappedPiece]:
        """The lines of a list item; those that stand deeper in the source than its mark, or below
        a break by hand, are indented below it, and one that does not and begins with emphasis is a
        line of its own."""
        mark = self._column(self.starts[token.map[0]]) if token.map else 0
        hung: list[MappedPiece] = []
        broken, before = False, -1
        for piece, after in zip(pieces, [*pieces[1:], None], strict=True):
            deeper = after is not None and after.start >= 0 and self._column(after.start) > mark
            broken = broken or (before >= 0 and self.text.startswith("  ", before))
            deeper = deeper or (broken and piece.text == "\n")
            before = piece.end
            own = self.fresh_item and piece.start < 0
            if own and deeper and piece.text == "\n":
                piece = MappedPiece("\n" + "  " * self.depth)
            elif own and after is not None and not deeper and self._emphasised(after.start):
                piece = MappedPiece("\n")
            hung.append(piece)
        return hung

    def _emphasised(self, at: int) -> bool:
        """Whether its line begins at `at` but for the marks of emphasis."""
        line = self.starts[bisect_right(self.starts, at) - 1]
        return self.text[line:at].strip(" \t>") in ("*", "**", "***")

    def _column(self, at: int) -> int:
        """How far the line that holds `at` is indented."""
        line = self.lines[bisect_right(self.starts, at) - 1].expandtabs(4)
        return len(line) - len(line.lstrip(" >"))

    def _marker(self, token: Token) -> list[MappedPiece]:
        """Before a list item's text: its own mark, or the space before a later paragraph."""
        indent = "  " * (self.depth - 1)
        number = token.map[0] if token.map else 0
        start = (self._segments(token) or self._source_lines(token))[0][0]
        match = _LIST_MARK.search(self.lines[number][: start - self.starts[number]])
        if not self.fresh_item or match is None:
            return [MappedPiece(f"{indent}  ")]
        self.fresh_item = False
        at = self.starts[number] + match.start(1)
        mark = MappedPiece(match.group(1), at, at + len(match.group(1)))
        return [MappedPiece(indent), mark, MappedPiece(" ")] if indent else [mark, MappedPiece(" ")]

    def _table(self, token: Token) -> None:
        first, last = token.map or (0, 0)
        pieces: list[MappedPiece] = []
        for number in range(first, min(last, len(self.lines))):
            if number == first + 1:  # the row of dashes
                continue
            line = self.lines[number]
            start = self.starts[number]
            low = start + len(line) - len(line.lstrip(" \t>"))
            high = start + len(line.rstrip())
            if low >= high or _MARK_LINE.match(self.text[low:high]):
                continue
            if pieces:
                pieces.append(MappedPiece("\n"))
            if self.text[low] != "|":  # what is around a row may be left out
                pieces.append(MappedPiece("| "))
            row = line_pieces(self.text, low, high, self.defined)
            # A break within a cell does not end the row.
            pieces += [MappedPiece(" ") if piece == MappedPiece("\n") else piece for piece in row]
            if self.text[high - 1] != "|":
                pieces.append(MappedPiece(" |"))
        self.found.append(Block("table", pieces))

    def _code(self, token: Token) -> None:
        first = token.map[0] if token.map else 0
        listed = not self.depth and token.type == "fence" and is_list(token.content)
        if token.type == "fence":
            first += 1
        pieces: list[MappedPiece] = []
        for offset, content in enumerate(token.content.rstrip("\n").split("\n")):
            number = first + offset
            if number >= len(self.lines):
                break
            line = self.lines[number]
            low = len(line) - len(content)
            if low < 0 or not line.endswith(content):
                low = 0
            if pieces:
                pieces.append(MappedPiece("\n"))
            if listed and not LISTED.match(content) and content.strip():
                pieces.append(MappedPiece("- "))
            if line[low:].strip():  # an empty one may have been blanked
                start = self.starts[number]
                if not self.whole.startswith(line[low:], start + low):  # its margin was
                    low = len(line) - len(line.lstrip())
                pieces.append(MappedPiece(line[low:], start + low, start + len(line)))
        if any(piece.text.strip() for piece in pieces):
            self.found.append(Block("item" if listed else "code", pieces))

    def _html(self, token: Token) -> None:
        first, last = token.map or (0, 0)
        start, end = (
            self.starts[first],
            min(self.starts[min(last, len(self.lines))], len(self.text)),
        )
        found = html_blocks(self.text, start, end, self.level, self.defined, quoted=self.quotes > 0)
        self.found += found
        if not found and "<img" in self.text[start:end]:
            self.pictured = len(self.found)
