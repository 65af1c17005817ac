"""Slides: titles, text, tables and speaker's notes, with slide numbers."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from pipeline.errors import NotesError, filled
from pipeline.notes.formats.office import Archive, Writer, local, table_row, walk
from pipeline.notes.mapped import Parsed

__all__ = ["parse_pptx"]

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_MAX_SLIDES = 2000
_TITLES = {"title", "ctrTitle"}
_FURNITURE = {"dt", "ftr", "sldNum", "hdr"}


def parse_pptx(data: bytes) -> Parsed:
    """The slides of a presentation, from 1, in the order they are shown; positions and lines count
    in the text read out of it. Raises NotesError where the file is none."""
    archive = Archive(data, "presentation")
    presentation = archive.xml("ppt/presentation.xml")
    if presentation is None:
        raise NotesError("not a presentation: it has no slides part.", "Save it as .pptx.")
    related = _related(archive, "ppt/presentation.xml")
    writer = Writer()
    parsed = Parsed([], unit="slide")
    slides = [slide.get(f"{_R}id", "") for slide in presentation.iter(f"{_P}sldId")]
    if len(slides) > _MAX_SLIDES:
        parsed.problems.append(
            filled(
                "only the first {most} of {count} slides were read",
                most=_MAX_SLIDES,
                count=len(slides),
            )
        )
    for number, identity in enumerate(slides[:_MAX_SLIDES], 1):
        name = related.get(identity, "")
        slide = archive.xml(name)
        if slide is None:
            parsed.problems.append(filled("slide {number} is missing", number=number))
            continue
        _slide(slide, writer, number)
        for target in _related(archive, name).values():
            if "notesSlide" in target:
                notes = archive.xml(target)
                if notes is not None:
                    _slide(notes, writer, number, notes=True)
    parsed.blocks, parsed.raw = writer.blocks, writer.raw
    parsed.title = next((b.text.strip() for b in writer.blocks if b.kind == "heading"), "")[:300]
    return parsed


def _slide(slide: Element, writer: Writer, number: int, notes: bool = False) -> None:
    parts = [(part, _placeholder(part)) for part in _parts(slide)]
    for part, placeholder in parts if not notes else ():
        if placeholder in _TITLES:
            writer.add("heading", " ".join(_paragraphs(part)), level=1, number=number)
    for part, placeholder in parts:
        if local(part) == "tbl":
            rows = [
                table_row(" ".join(_paragraphs(cell)) for cell in row.findall(f"{_A}tc"))
                for row in part.findall(f"{_A}tr")
            ]
            writer.add("table", "\n".join(row for row in rows if row.strip(" |")), number=number)
        elif placeholder not in _FURNITURE | _TITLES and (not notes or placeholder == "body"):
            lines = _paragraphs(part)
            several = len(lines) > 1 and not notes
            for line in lines:
                writer.add(
                    "item" if several else "text", line, "- " if several else "", number=number
                )


def _parts(slide: Element) -> Iterator[Element]:
    """The shapes and tables of a slide, none within another."""
    inside = None
    for entering, element in walk(slide):
        if inside is None and entering and local(element) in ("sp", "tbl"):
            inside = element
            yield element
        elif element is inside:
            inside = None


def _placeholder(shape: Element) -> str:
    found = shape.find(f"{_P}nvSpPr/{_P}nvPr/{_P}ph")
    return found.get("type", "body") if found is not None else ""


def _paragraphs(element: Element) -> list[str]:
    lines: list[list[str]] = []
    for entering, part in walk(element):
        kind = local(part) if entering else ""
        if kind == "p":
            lines.append([])
        elif kind == "t" and lines:
            lines[-1].append(part.text or "")
        elif kind == "br" and lines:
            lines[-1].append(" ")
    return [line for parts in lines if (line := " ".join("".join(parts).split()))]


def _related(archive: Archive, part: str) -> dict[str, str]:
    """Relationship id to the name of the part it leads to."""
    folder, name = posixpath.split(part)
    relations = archive.xml(f"{folder}/_rels/{name}.rels")
    found = {}
    for relation in relations if relations is not None else ():
        target = relation.get("Target", "")
        path = target[1:] if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")
        found[relation.get("Id", "")] = path
    return found
