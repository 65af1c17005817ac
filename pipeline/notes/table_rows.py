"""The rows of a table, as they are read out."""

from __future__ import annotations

__all__ = ["CELL_BREAK", "cells", "row_text"]

CELL_BREAK = "; "
"""Between the cells of a table row that is read out."""


def row_text(row: str, header: str = "") -> str:
    """A table row as a person reads it, each cell under its heading.

    >>> row_text("| Na | 98 °C |", "| Element | Melting point |")
    'Element: Na; Melting point: 98 °C'
    """
    said = cells(row, header)
    return CELL_BREAK.join(f"{name}: {cell}" if name else cell for name, cell in said)


def cells(row: str, header: str = "") -> list[tuple[str, str]]:
    """The cells of a table row that are not empty, each with its heading ("" for none)."""
    names, found = _cells(header) if header.strip() else [], _cells(row)
    names += [""] * (len(found) - len(names))
    return [(name, cell) for name, cell in zip(names, found, strict=False) if cell]


def _cells(row: str) -> list[str]:
    # One bar at either end: an empty cell beside it keeps its place.
    return [cell.strip() for cell in row.strip().removeprefix("|").removesuffix("|").split("|")]
