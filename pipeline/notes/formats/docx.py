"""Word documents: paragraphs, headings by style, lists, tables."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

from pipeline.errors import NotesError
from pipeline.notes.formats.office import Archive, Writer, local
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
    for element in body if body is not None else ():
        _block(element, writer, levels)
    title = next((b.text.strip() for b in writer.blocks if b.kind == "heading"), "")
    return Parsed(writer.blocks, raw=writer.raw, title=title[:300])


def _block(element: Element, writer: Writer, levels: dict[str, int]) -> None:
    kind = local(element)
    if kind == "p":
        _paragraph(element, writer, levels)
    elif kind == "tbl":
        rows = [
            " | ".join(_cell(cell) for cell in row.findall(f"{_W}tc"))
            for row in element.findall(f"{_W}tr")
        ]
        writer.add("table", "\n".join(row for row in rows if row.strip(" |")))
    elif kind == "sdt":  # a content control around blocks
        content = element.find(f"{_W}sdtContent")
        for inner in content if content is not None else ():
            if local(inner) in ("p", "tbl"):
                _block(inner, writer, levels)


def _paragraph(element: Element, writer: Writer, levels: dict[str, int]) -> None:
    text = _text(element)
    style = element.find(f"{_W}pPr/{_W}pStyle")
    name = style.get(f"{_W}val", "") if style is not None else ""
    outline = element.find(f"{_W}pPr/{_W}outlineLvl")
    level = levels.get(name, 0)
    if outline is not None and (outline.get(f"{_W}val") or "").isdigit():
        level = min(int(outline.get(f"{_W}val", "0")) + 1, 9)
    if level and len(text) <= 300:
        writer.add("heading", text, level=level)
    elif element.find(f"{_W}pPr/{_W}numPr") is not None or name.lower().startswith("list"):
        writer.add("item", text, "- ")
    else:
        writer.add("text", text)


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
        elif outline is not None and (outline.get(f"{_W}val") or "").isdigit():
            levels[identity] = int(outline.get(f"{_W}val", "0")) + 1
    # A file made by hand may use the usual ids without defining them.
    for number in range(1, 7):
        levels.setdefault(f"Heading{number}", number)
    levels.setdefault("Title", 1)
    return {identity: level for identity, level in levels.items() if 1 <= level <= 9}


def _cell(cell: Element) -> str:
    return " ".join(
        filter(None, (_text(p).replace("\n", " ").strip() for p in cell.iter(f"{_W}p")))
    )


def _text(paragraph: Element) -> str:
    parts: list[str] = []
    for element in paragraph.iter():
        kind = local(element)
        if kind == "t":
            parts.append(element.text or "")
        elif kind == "tab":
            parts.append("\t" if parts else "")
        elif kind in ("br", "cr"):
            parts.append("\n")
        elif kind == "noBreakHyphen":
            parts.append("-")
    return "".join(parts).strip()
