"""Paths of notes relative to the working folder, so that they can be opened."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.types import Place

__all__ = ["from_here", "place_from_here"]


def from_here(notes: Path | None, source: str) -> str:
    """A note's path from the working folder where it lies below it, else in full. Without `notes`
    the only one is what came through a pipe."""
    if notes is None:
        return "standard input"
    full = notes.absolute() / source
    here = Path.cwd()
    return (full.relative_to(here) if full.is_relative_to(here) else full).as_posix()


def place_from_here(notes: Path | None, place: Place) -> str:
    """A place as `path:line`, `path page 3` or `path 00:03:07-00:03:20`."""
    return str(replace(place, source=from_here(notes, place.source)))
