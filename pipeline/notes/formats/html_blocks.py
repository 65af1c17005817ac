"""HTML within Markdown: its tables, lists, headings and `<details>`; what stands between the tags
is read as Markdown, as the people who mix the two expect."""

from __future__ import annotations

from collections.abc import Collection

from pipeline.notes.formats.inline import inline_pieces
from pipeline.notes.formats.tags import RAW, Tag, TagScanner
from pipeline.notes.mapped import Block, MappedPiece

__all__ = ["BAR", "FIRST_BAR", "LAST_BAR", "html_blocks"]

_HIDDEN = frozenset("script style template svg noscript iframe object canvas math head".split())
_BREAKS = frozenset(
    "address article aside blockquote body caption center dd details div dl dt fieldset figcaption "
    "figure footer form header hr html main nav ol p section table tbody tfoot thead ul".split()
)
FIRST_BAR, BAR, LAST_BAR = MappedPiece("| "), MappedPiece(" | "), MappedPiece(" |")
_LIST_MARKS = ("- ", "* ", "+ ")


def html_blocks(
    text: str, start: int, end: int, level: float, defined: Collection[str], quoted: bool = False
) -> list[Block]:
    """The blocks of `text[start:end]`, which Markdown takes for HTML. A `<summary>` is a heading
    below `level`, and `</details>` ends it. Where `quoted`, lines begin with the `>` of a quote."""
    return _Reader(text, end, level, defined, quoted).blocks(start)


class _Reader:
    def __init__(
        self, text: str, end: int, level: float, defined: Collection[str], quoted: bool
    ) -> None:
        self.text = text
        self.end = end
        self.level = level
        self.defined = defined
        self.margin = " \t>" if quoted else None
        self.found: list[Block] = []
        self.rows: list[list[MappedPiece]] | None = None
        self.new_row = False
        self.in_item = False

    def blocks(self, start: int) -> list[Block]:
        at = start  # of the text that was not read yet
        hidden = ""
        heading: float = 0
        listing = False
        scanner = TagScanner(self.text, start, self.end, strict=True)
        while tag := scanner.next(start):
            start = tag.end
            if tag.name in RAW and not tag.closing:
                start = scanner.raw_end(tag.name, start)
            if hidden:
                if tag.closing and tag.name == hidden:
                    hidden, at = "", tag.end
                continue
            if not self._structural(tag):
                continue
            self._text(at, tag.start, heading, listing)
            at = tag.end
            if tag.name in _HIDDEN:
                hidden = "" if tag.closing else tag.name
            elif tag.name == "summary":
                heading = 0 if tag.closing else self.level + 0.5
            elif tag.name == "details" and tag.closing:
                self.found.append(Block("heading", close=True))
            elif _depth(tag.name):
                heading = 0 if tag.closing else _depth(tag.name)
            elif tag.name == "pre":
                listing = not tag.closing
            elif tag.name == "li":
                self.in_item = not tag.closing
            elif tag.name == "table" and tag.closing:
                self._table()
            elif tag.name == "tr" and not tag.closing:
                self.rows = self.rows or []
                self.rows.append([])
                self.new_row = True
            elif tag.name in ("td", "th") and not tag.closing and self.rows:
                self._cell(self.rows[-1])
        if not hidden:
            self._text(at, self.end, heading, listing)
        self._table()
        return self.found

    def _cell(self, row: list[MappedPiece]) -> None:
        """Begin a cell; an empty one keeps its place."""
        row.append(FIRST_BAR if self.new_row else BAR)
        self.new_row = False

    def _structural(self, tag: Tag) -> bool:
        return (
            tag.name in _BREAKS
            or tag.name in _HIDDEN
            or tag.name in ("summary", "pre", "li", "tr", "td", "th", "!--", "!")
            or _depth(tag.name) > 0
        )

    def _text(self, start: int, end: int, heading: float, listing: bool) -> None:
        """What stands between two tags, as what it is."""
        if listing:
            self._add(Block("code", _trimmed_lines(self.text, start, end)))
            return
        segments: list[tuple[int, int]] = []
        for low, high in _lines(self.text, start, end, self.margin):
            # A list of Markdown begins a block at every mark.
            if self.text.startswith(_LIST_MARKS, low) and self.rows is None and not heading:
                self._flush(segments, heading)
                segments = []
            segments.append((low, high))
        self._flush(segments, heading)

    def _flush(self, segments: list[tuple[int, int]], heading: float) -> None:
        pieces = inline_pieces(self.text, segments, self.defined, heading > 0)
        if not any(piece.text.strip() for piece in pieces):
            return
        if self.rows:
            cells = self.rows[-1]
            cells += [MappedPiece(" ")] if cells and cells[-1] not in (BAR, FIRST_BAR) else []
            cells += [MappedPiece(" ") if piece.text == "\n" else piece for piece in pieces]
        elif heading:
            self._add(Block("heading", pieces, level=heading))
        elif self.in_item:
            self._add(Block("item", [MappedPiece("- "), *pieces]))
        elif self.text.startswith(_LIST_MARKS, segments[0][0]):
            self._add(Block("item", pieces))
        else:
            self._add(Block("text", pieces))

    def _table(self) -> None:
        pieces: list[MappedPiece] = []
        for row in self.rows or []:
            if row:
                pieces += [MappedPiece("\n")] if pieces else []
                pieces += [*row, LAST_BAR] if row[0] == FIRST_BAR else row
        self.rows = None
        self._add(Block("table", pieces))

    def _add(self, block: Block) -> None:
        if any(piece.text.strip() for piece in block.pieces):
            self.found.append(block)


def _depth(name: str) -> int:
    return int(name[1]) if len(name) == 2 and name[0] == "h" and name[1] in "123456" else 0


def _lines(text: str, start: int, end: int, margin: str | None) -> list[tuple[int, int]]:
    """The lines of a range, without the white space around them and without empty ones."""
    found = []
    for line in text[start:end].split("\n"):
        low = start + len(line) - len(line.lstrip(margin))
        high = start + len(line.rstrip())
        if low < high:
            found.append((low, high))
        start += len(line) + 1
    return found


def _trimmed_lines(text: str, start: int, end: int) -> list[MappedPiece]:
    """The lines of a listing as they stand, without empty ones at either end."""
    end = start + len(text[start:end].rstrip())
    while text.startswith("\n", start):
        start += 1
    pieces: list[MappedPiece] = []
    for line in text[start:end].split("\n"):
        pieces += [MappedPiece("\n")] if pieces else []
        pieces += [MappedPiece(line, start, start + len(line))] if line.strip() else []
        start += len(line) + 1
    return pieces
