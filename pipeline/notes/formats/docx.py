"""Word documents: paragraphs, headings by style, lists, tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from pipeline.errors import NotesError
from pipeline.notes.formats.office import Archive, Writer, local, table_row, walk
from pipeline.notes.mapped import Parsed

__all__ = ["parse_docx"]

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_HEADING = re.compile(r"(?:heading|제목|überschrift|titre)\s*(\d)", re.IGNORECASE)


def parse_docx(data: bytes) -> Parsed:
    """The blocks of a Word document; positions and lines count in the text read out of it, one
    paragraph a line. Raises NotesError where the file is none."""
    archive = Archive(data, "Word document")
    document = archive.xml("word/document.xml")
    if document is None:
        raise NotesError("not a Word document: it has no text part.", "Save it as .docx.")
    body = document.find(f"{_W}body")
    writer = Writer()
    levels = _levels(archive.xml("word/styles.xml"))
    for element in _blocks(body) if body is not None else ():
        _block(element, writer, levels)
    title = next((b.text.strip() for b in writer.blocks if b.kind == "heading"), "")
    return Parsed(writer.blocks, raw=writer.raw, title=title[:300])


def _blocks(body: Element) -> Iterator[Element]:
    """The paragraphs and tables of a body, those within content controls among them."""
    waiting = [iter(body)]
    while waiting:
        element = next(waiting[-1], None)
        if element is None:
            waiting.pop()
        elif local(element) in ("p", "tbl"):
            yield element
        elif local(element) in ("sdt", "sdtContent"):
            waiting.append(iter(element))


def _block(element: Element, writer: Writer, levels: dict[str, int]) -> None:
    if local(element) == "p":
        _paragraph(element, writer, levels)
        return
    rows = [
        table_row(_cell(cell) for cell in row.findall(f"{_W}tc"))
        for row in element.findall(f"{_W}tr")
    ]
    writer.add("table", "\n".join(row for row in rows if row.strip(" |")))


def _paragraph(element: Element, writer: Writer, levels: dict[str, int]) -> None:
    text, *boxes = _texts(element)
    style = element.find(f"{_W}pPr/{_W}pStyle")
    name = style.get(f"{_W}val", "") if style is not None else ""
    outline = element.find(f"{_W}pPr/{_W}outlineLvl")
    level = levels.get(name, 0)
    if outline is not None and (outline.get(f"{_W}val") or "").isdecimal():
        level = min(int(outline.get(f"{_W}val", "0")[:3]) + 1, 9)
    if level and len(text) <= 300:
        writer.add("heading", text, level=level)
    elif element.find(f"{_W}pPr/{_W}numPr") is not None or name.lower().startswith("list"):
        writer.add("item", text, "- ")
    else:
        writer.add("text", text)
    for box in boxes:
        writer.add("text", box)


def _levels(styles: Element | None) -> dict[str, int]:
    """Style id to heading level, from the styles' names and outline levels."""
    levels: dict[str, int] = {}
    for style in styles.findall(f"{_W}style") if styles is not None else ():
        identity = style.get(f"{_W}styleId", "")
        name = style.find(f"{_W}name")
        named = name.get(f"{_W}val", "") if name is not None else ""
        match = _HEADING.search(named) or _HEADING.search(identity)
        outline = style.find(f"{_W}pPr/{_W}outlineLvl")
        if match:
            levels[identity] = int(match.group(1))
        elif named.lower() == "title":
            levels[identity] = 1
        elif outline is not None and (outline.get(f"{_W}val") or "").isdecimal():
            levels[identity] = int(outline.get(f"{_W}val", "0")[:3]) + 1
    # A file made by hand may use the usual ids without defining them.
    for number in range(1, 7):
        levels.setdefault(f"Heading{number}", number)
    levels.setdefault("Title", 1)
    return {identity: level for identity, level in levels.items() if 1 <= level <= 9}


def _cell(cell: Element) -> str:
    return " ".join(text.replace("\n", " ") for text in _texts(cell) if text)


def _texts(element: Element) -> list[str]:
    """The text of every paragraph in an element; of one within another (a text box) by itself."""
    found: list[list[str]] = []
    opened: list[list[str]] = []
    for entering, part in walk(element):
        kind = local(part)
        if kind == "p" and entering:
            opened.append([])
            found.append(opened[-1])
        elif kind == "p":
            opened.pop()
        elif entering and opened:
            if kind == "t":
                opened[-1].append(part.text or "")
            elif kind == "tab":
                opened[-1].append("\t" if opened[-1] else "")
            elif kind in ("br", "cr"):
                opened[-1].append("\n")
            elif kind == "noBreakHyphen":
                opened[-1].append("-")
    return ["".join(parts).strip() for parts in found]
