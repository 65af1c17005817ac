"""Web pages: the text between the tags, without navigation, forms and scripts.

No parser of HTML that builds a tree says where in the file a text node stood, which a citation
needs; so the page is read as the sequence of tags it is, in one pass.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from pipeline.notes.characters import settled
from pipeline.notes.formats.html_blocks import BAR, FIRST_BAR, LAST_BAR
from pipeline.notes.formats.tags import RAW, VOID, Tag, TagScanner, attributes_of
from pipeline.notes.mapped import Block, MappedPiece, Parsed

__all__ = ["parse_html", "text_pieces"]

_HIDDEN = {"script", "style", "template", "noscript", "svg", "iframe", "object", "canvas", "math"}
_CHROME = {"nav", "header", "footer", "aside", "form", "button", "select", "menu", "dialog"}
_CHROME_NAMES = re.compile(
    r"(?:^|[\s_-])(nav(?:bar|igation)?|menu|sidebar|footer|breadcrumbs?|cookies?|banner|advert\w*"
    r"|ads?|share|sharing|social|related|recommend\w*|comments?|calendar|tag-?cloud|tags"
    r"|pagination|pager|widget|toolbar|login|search|subscribe|newsletter|skip)(?:$|[\s_-])"
)
_CHROME_ROLES = {"navigation", "banner", "contentinfo", "search", "complementary", "dialog"}
_ARTICLE = {"article", "main"}
_BLOCKS = {
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details",
    "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "head", "header",
    "hr", "html", "main", "nav", "ol", "p", "section", "summary", "table", "tbody", "tfoot",
    "thead", "title", "ul",
}  # fmt: skip
_IMPLIED = {"p", "li", "dt", "dd", "tr", "td", "th", "option"}
"""Elements that end where the next of their kind begins."""
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});?")
_SPACE = re.compile(r"\s+")


@dataclass(slots=True)
class _Found:
    """A block, with what speaks for and against it."""

    block: Block
    reason: str = ""
    in_article: bool = False
    linked: int = 0


@dataclass(slots=True)
class _Open:
    """An element that is open, and what it does to the text in it."""

    name: str
    hidden: bool = False
    reason: str = ""
    article: bool = False


@dataclass(slots=True)
class _Stack:
    """The elements that are open, with counts, so that no question goes through all of them."""

    elements: list[_Open] = field(default_factory=list)
    named: Counter[str] = field(default_factory=Counter)
    hidden: int = 0
    articles: int = 0
    reasons: list[str] = field(default_factory=list)

    def push(self, element: _Open) -> None:
        self.elements.append(element)
        self.named[element.name] += 1
        self._count(element, 1)
        if element.reason:
            self.reasons.append(element.reason)

    def close(self, name: str) -> None:
        """End the innermost element of that name, and all within it; none where none is open."""
        while self.named[name] and self._pop().name != name:
            pass

    def _pop(self) -> _Open:
        element = self.elements.pop()
        self.named[element.name] -= 1
        self._count(element, -1)
        if element.reason:
            self.reasons.pop()
        return element

    def _count(self, element: _Open, by: int) -> None:
        self.hidden += by * element.hidden
        self.articles += by * element.article


@dataclass(slots=True)
class _State:
    stack: _Stack = field(default_factory=_Stack)
    pieces: list[MappedPiece] = field(default_factory=list)
    linked: int = 0
    heading: int = 0
    item: str = ""
    rows: list[list[MappedPiece]] | None = None
    in_row: bool = False
    pre: bool = False
    lists: list[int] = field(default_factory=list)


def parse_html(text: str) -> Parsed:
    """The blocks of a page; positions are offsets of `text`. Where it marks an article, or parts
    as navigation, what is left out is in `dropped` with the reason."""
    reader = _Reader(text)
    found = reader.read()
    total = sum(len(item.block.text) for item in found if not item.reason)
    inside = sum(len(item.block.text) for item in found if item.in_article and not item.reason)
    parsed = Parsed([], title=reader.title, language=reader.language)
    for item in found:
        reason = item.reason
        if not reason and inside >= 0.5 * total and inside >= 200 and not item.in_article:
            reason = "outside the article"
        if not reason and _is_link_list(item):
            reason = "nothing but links"
        if reason:
            parsed.dropped.append((item.block.start, item.block.end, reason))
        else:
            parsed.blocks.append(item.block)
    return parsed


def _is_link_list(item: _Found) -> bool:
    length = len(item.block.text.strip())
    return (
        item.block.kind == "item"
        and 0 < length <= 60
        and item.linked >= 0.9 * length - 2
        and (not item.in_article)
    )


def text_pieces(text: str, start: int, end: int, pre: bool = False) -> Iterator[MappedPiece]:
    """Character data `text[start:end]`: entities resolved, white space collapsed but for `pre`."""
    at = start
    for match in [*_ENTITY.finditer(text, start, end), None]:
        stop = match.start() if match else end
        if pre:
            if stop > at:
                yield MappedPiece(text[at:stop], at, stop)
        else:
            for space in _SPACE.finditer(text, at, stop):
                if space.group() == " ":
                    continue
                if space.start() > at:
                    yield MappedPiece(text[at : space.start()], at, space.start())
                yield MappedPiece(" ")
                at = space.end()
            if stop > at:
                yield MappedPiece(text[at:stop], at, stop)
        if match:
            at = match.end()
            plain = settled(html.unescape(match.group()))
            if plain:
                yield MappedPiece(plain, match.start(), at, plain == match.group())


class _Reader:
    """One pass over the tags."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.title = ""
        self.language = ""
        self.found: list[_Found] = []
        self.state = _State()

    def read(self) -> list[_Found]:
        scanner = TagScanner(self.text)
        at = 0
        while tag := scanner.next(at):
            self._data(at, tag.start)
            at = tag.end
            if tag.closing:
                self._end(tag.name)
            elif not tag.name.startswith("!"):
                self._start(tag)
                at = scanner.raw_end(tag.name, at) if tag.name in RAW else at
        self._data(at, len(self.text))
        self._flush()
        self._table()
        return self.found

    def _data(self, start: int, end: int) -> None:
        if start >= end:
            return
        state = self.state
        if state.stack.hidden:
            if state.stack.named["title"] and not self.title:
                self.title = " ".join(html.unescape(self.text[start:end]).split())[:300]
            return
        pieces = list(text_pieces(self.text, start, end, state.pre))
        state.pieces += pieces
        if state.stack.named["a"]:
            state.linked += sum(len(piece.text) for piece in pieces)

    def _start(self, tag: Tag) -> None:
        state, name = self.state, tag.name
        if name == "br":
            state.pieces.append(MappedPiece("\n"))
            return
        values = attributes_of(self.text, tag)
        if name == "html" and values.get("lang", "")[:2] in ("ko", "en"):
            self.language = values["lang"][:2]
        if name in VOID:
            if name == "hr":
                self._flush()
            return
        if name in _BLOCKS or name in ("li", "tr", "pre") or _level(name):
            self._flush()
            self._imply("p")
        if name in _IMPLIED:
            self._imply(name)
        if name == "body":
            state.stack.close("head")
        if name in ("td", "th"):
            self._cell()
        if name == "table" and state.rows is None:
            state.rows = []
        if name == "tr" and state.rows is not None:
            state.rows.append([])
            state.in_row = False
        if name == "pre":
            state.pre = True
        if name in ("ul", "ol"):
            state.lists.append(0 if name == "ol" else -1)
        if name == "li":
            if state.lists and state.lists[-1] >= 0:
                state.lists[-1] += 1
                state.item = f"{state.lists[-1]}. "
            else:
                state.item = "- "
        state.heading = _level(name) or state.heading
        state.stack.push(self._element(name, values))

    def _cell(self) -> None:
        """Begin a cell; an empty one keeps its place."""
        state = self.state
        if state.rows is None:
            if any(piece.text.strip() for piece in state.pieces):
                state.pieces.append(BAR)
            return
        self._flush()
        if not state.in_row and (not state.rows or state.rows[-1]):
            state.rows.append([])
        state.rows[-1].append(BAR if state.in_row else FIRST_BAR)
        state.in_row = True

    def _imply(self, name: str) -> None:
        """End the open element of that name where it is the innermost."""
        elements = self.state.stack.elements
        if elements and elements[-1].name == name:
            self.state.stack.close(name)

    def _element(self, name: str, values: dict[str, str]) -> _Open:
        reason = ""
        named = f"{values.get('class', '')} {values.get('id', '')}".lower()
        inside_article = self.state.stack.articles > 0
        if name in _CHROME and not (name == "header" and inside_article):
            reason = f"<{name}>"
        elif values.get("role", "").lower() in _CHROME_ROLES:
            reason = f"role {values['role'].lower()}"
        elif name not in ("body", "html", "main", "article"):
            marked = _CHROME_NAMES.search(named)
            reason = f"marked {marked.group(1)}" if marked else ""
        hidden = name in _HIDDEN or name in ("head", "title")
        return _Open(name, hidden, reason, name in _ARTICLE)

    def _end(self, name: str) -> None:
        state = self.state
        if name in _BLOCKS or name in ("li", "tr", "pre") or _level(name):
            self._flush()
        if name == "pre":
            state.pre = False
        if name in ("ul", "ol") and state.lists:
            state.lists.pop()
        if name == "tr":
            state.in_row = False
        if name == "table":
            self._table()
        if _level(name):
            state.heading = 0
        state.stack.close(name)

    def _flush(self) -> None:
        """End the block that was being read."""
        state = self.state
        pieces, state.pieces = _trimmed(state.pieces), []
        if pieces:
            if state.rows is not None and not state.heading:
                self._add_to_row(pieces)
            elif state.heading:
                self._add(Block("heading", pieces, level=state.heading))
            elif state.pre:
                self._add(Block("code", pieces))
            elif state.item:
                self._add(Block("item", [MappedPiece(state.item), *pieces]))
                state.item = ""
            else:
                self._add(Block("text", pieces))
        state.linked = 0

    def _add_to_row(self, pieces: list[MappedPiece]) -> None:
        """What a cell holds, on one line; a caption is a row of its own."""
        state = self.state
        assert state.rows is not None
        if not state.in_row:
            state.rows.append([])
        row = state.rows[-1]
        row += [MappedPiece(" ")] if row and row[-1] not in (BAR, FIRST_BAR) else []
        row += [MappedPiece(" ") if piece == MappedPiece("\n") else piece for piece in pieces]
        state.item = ""

    def _table(self) -> None:
        """End the table that is open."""
        rows, self.state.rows = self.state.rows or [], None
        pieces: list[MappedPiece] = []
        for row in rows:
            pieces += [MappedPiece("\n")] if pieces and row else []
            pieces += [*row, LAST_BAR] if row[:1] == [FIRST_BAR] else row
        self._add(Block("table", pieces))

    def _add(self, block: Block) -> None:
        stack = self.state.stack
        if block.text.strip():
            self.found.append(
                _Found(
                    block,
                    stack.reasons[0] if stack.reasons else "",
                    stack.articles > 0,
                    self.state.linked,
                )
            )


def _level(name: str) -> int:
    return int(name[1]) if len(name) == 2 and name[0] == "h" and name[1] in "123456" else 0


def _trimmed(pieces: list[MappedPiece]) -> list[MappedPiece]:
    """Without white space at either end, nor two joining spaces in a row."""
    kept: list[MappedPiece] = []
    for piece in pieces:
        blank = piece.text.isspace() and piece.start < 0
        if blank and (not kept or kept[-1].text[-1:].isspace()):
            continue
        kept.append(piece)
    while kept and kept[-1].text.isspace():
        kept.pop()
    return kept if any(piece.text.strip() for piece in kept) else []
