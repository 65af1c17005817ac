"""Jupyter notebooks: Markdown cells as Markdown, code cells as listings, with cell numbers."""

from __future__ import annotations

import json
from typing import Any

from pipeline.errors import NotesError
from pipeline.notes.formats.markdown import parse_markdown
from pipeline.notes.mapped import Block, MappedPiece, Parsed

__all__ = ["parse_notebook"]


def parse_notebook(data: bytes) -> Parsed:
    """The cells of a notebook, from 1. Positions count in the cells' source, one under the other.

    Raises NotesError where the file is no notebook.
    """
    try:
        content = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise NotesError("not a notebook: not valid JSON.", "Save it again from Jupyter.") from None
    cells = _cells(content)
    if cells is None:
        raise NotesError("not a notebook: it has no cells.", "Save it again from Jupyter.")
    parsed = Parsed([], unit="cell")
    raw: list[str] = []
    at = 0
    for number, cell in enumerate(cells, 1):
        source = _source(cell)
        if source.strip():
            kind = cell.get("cell_type")
            if kind == "code":
                parsed.blocks.append(
                    _shifted(Block("code", [MappedPiece(source, 0, len(source))]), at, number)
                )
            else:
                inner = parse_markdown(source)
                parsed.blocks += [_shifted(block, at, number) for block in inner.blocks]
        raw.append(source)
        at += len(source) + 1
    parsed.raw = "\n".join(raw)
    return parsed


def _cells(content: Any) -> list[dict[str, Any]] | None:
    if not isinstance(content, dict):
        return None
    cells = content.get("cells")
    if cells is None and isinstance(content.get("worksheets"), list):  # notebooks before version 4
        sheets = [sheet for sheet in content["worksheets"] if isinstance(sheet, dict)]
        inside = [sheet.get("cells") for sheet in sheets]
        cells = [cell for some in inside if isinstance(some, list) for cell in some]
    if not isinstance(cells, list):
        return None
    return [cell if isinstance(cell, dict) else {} for cell in cells]


def _source(cell: dict[str, Any]) -> str:
    source = cell.get("source", cell.get("input", ""))
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    if not isinstance(source, str):
        return ""
    text = source.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")
    return text.encode("utf-8", "replace").decode()


def _shifted(block: Block, by: int, number: int) -> Block:
    """A block of one cell, at its place in the whole."""
    pieces = [
        p if p.start < 0 else p._replace(start=p.start + by, end=p.end + by) for p in block.pieces
    ]
    return Block(block.kind, pieces, block.level, number, block.close)
