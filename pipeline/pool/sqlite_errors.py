"""Turns what SQLite says of a pool into an error with its name and what to do."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from pipeline.errors import PoolError, filled

__all__ = ["named"]

_ANOTHER = "Name another file with --pool."
_ROOM = "Make room and run it again: what was drawn is kept."
_KINDS = (
    # what SQLite or the system says, what is wrong, what to do
    ("full", "the disk is full", _ROOM),
    ("too large", "it may not grow any more", _ROOM),
    ("locked", "another run is writing to it", "Wait for it to end."),
    ("readonly", "it cannot be written to", _ANOTHER),
    ("read-only", "it cannot be written to", _ANOTHER),
    ("permission", "it may not be used", _ANOTHER),
    (
        "unable to open",
        "it cannot be opened or made",
        "Check the folder. Name another file with --pool.",
    ),
)


@contextlib.contextmanager
def named(path: Path) -> Iterator[None]:
    """Raises PoolError for what SQLite and the system raise."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        said = str(error).lower()
        for word, what, remedy in _KINDS:
            if word in said:
                raise PoolError(
                    filled("{path}: {what}.", path=path, what=filled(what)), remedy
                ) from None
        raise PoolError(
            filled(
                "{path}: cannot be used as a pool of samples ({error}).", path=path, error=error
            ),
            "Name another file, or remove it to begin anew.",
        ) from None
