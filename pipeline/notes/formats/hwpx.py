"""Hangul documents (HWPX): paragraphs, headings by outline level or style, lists, tables, notes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from pipeline.errors import NotesError
from pipeline.notes.formats.office import Archive, Writer, local, table_row
from pipeline.notes.mapped import Parsed

__all__ = ["parse_hwpx"]

_SECTION = re.compile(r"Contents/section(\d{1,6})\.xml$")
_HEADING = re.compile(r"(?:개요|제목|outline|heading)\s*(\d{1,2})$", re.IGNORECASE)
_STOP = ("p", "tbl", "t", "header", "footer", "hiddenComment")
_INSIDE = {"tab": "\t", "lineBreak": "\n", "nbSpace": " ", "fwSpace": " ", "hyphen": "-"}
_DEEPEST = 9


def parse_hwpx(data: bytes) -> Parsed:
    """The blocks of a Hangul document; positions and lines count in the text read out of it, one
    paragraph a line. Raises NotesError where the file is none, or protected."""
    archive = Archive(data, "Hangul document")
    sections = sorted(
        (int(match[1]), name) for name in archive.names if (match := _SECTION.match(name))
    )
    if not sections:
        raise NotesError("not a Hangul document: it has no text part.", "Save it as HWPX.")
    manifest = "META-INF/manifest.xml"
    if manifest in archive.names and b"encryption-data" in archive.bytes(manifest):
        raise NotesError("the Hangul document is encrypted.", "Save it without a password.")
    levels, items = _kinds(archive.xml("Contents/header.xml"))
    writer = Writer()
    for _, name in sections:
        section = archive.xml(name)
        waiting = list(reversed(section)) if section is not None else []
        while waiting:
            element = waiting.pop()
            if local(element) == "p":
                waiting += reversed(_paragraph(element, writer, levels, items))
            elif local(element) == "tbl":
                _table(element, writer)
    title = next((b.text.strip() for b in writer.blocks if b.kind == "heading"), "")
    return Parsed(writer.blocks, raw=writer.raw, title=title[:300])


def _paragraph(
    paragraph: Element, writer: Writer, levels: dict[str, int], items: set[str]
) -> list[Element]:
    """Adds a paragraph; the tables, footnotes and text boxes in it, which come after it."""
    text = _text(paragraph)
    shape, style = paragraph.get("paraPrIDRef", ""), paragraph.get("styleIDRef", "")
    level = levels.get(f"shape {shape}") or levels.get(f"style {style}", 0)
    if level and len(text) <= 300:
        writer.add("heading", text, level=level)
    elif shape in items:
        writer.add("item", text, "- ")
    else:
        writer.add("text", text)
    return [inner for inner in _own(paragraph) if local(inner) in ("p", "tbl")]


def _table(table: Element, writer: Writer) -> None:
    rows = [
        table_row(_cell(cell) for cell in row if local(cell) == "tc")
        for row in table
        if local(row) == "tr"
    ]
    writer.add("table", "\n".join(row for row in rows if row.strip(" |")))


def _cell(cell: Element) -> str:
    texts = (_text(inner) for inner in cell.iter() if local(inner) == "p")
    return " ".join(filter(None, (text.replace("\n", " ").strip() for text in texts)))


def _text(paragraph: Element) -> str:
    """The text of a paragraph, without what stands in boxes and tables of its own."""
    parts: list[str] = []
    for element in _own(paragraph):
        if local(element) == "t":
            parts.append(element.text or "")
            for inner in element:
                parts += [_INSIDE.get(local(inner), ""), inner.tail or ""]
        elif local(element) == "script":  # an equation
            parts.append(element.text or "")
    return "".join(parts).strip()


def _own(paragraph: Element) -> Iterator[Element]:
    """What stands in a paragraph, in order; elements of _STOP are given and not entered."""
    waiting = list(reversed(paragraph))
    while waiting:
        element = waiting.pop()
        yield element
        if local(element) not in _STOP:
            waiting += reversed(element)


def _kinds(header: Element | None) -> tuple[dict[str, int], set[str]]:
    """Heading levels by paragraph shape and by style, and the shapes of list items."""
    levels: dict[str, int] = {}
    items: set[str] = set()
    for element in header.iter() if header is not None else ():
        identity = element.get("id", "")
        if local(element) == "paraPr":
            heading = next((inner for inner in element if local(inner) == "heading"), None)
            kind = heading.get("type", "") if heading is not None else ""
            if heading is not None and kind == "OUTLINE":
                level = heading.get("level", "0")
                levels[f"shape {identity}"] = (int(level[:2]) if level.isdecimal() else 0) + 1
            elif kind in ("BULLET", "NUMBER"):
                items.add(identity)
        elif local(element) == "style":
            match = _HEADING.match(element.get("name", "")) or _HEADING.match(
                element.get("engName", "")
            )
            if match:
                levels[f"style {identity}"] = int(match[1])
    return {name: level for name, level in levels.items() if 1 <= level <= _DEEPEST}, items
