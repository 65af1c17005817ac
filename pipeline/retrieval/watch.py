"""Waiting for notes to change. The folder is looked at again and again: that works on every
system and network drive, and a look costs milliseconds."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.config import Config

__all__ = ["changes"]


def changes(config: Config, every: float = 0.5, quiet: float = 0.5) -> Iterator[int]:
    """Yields how many notes differ, each time some do and then none did for `quiet` seconds (an
    editor saves in several steps). Looks every `every` seconds, for ever; what changes after this
    call and before the first `next` counts."""
    return _changes(config, _look(config), every, quiet)


def _changes(
    config: Config, seen: dict[str, tuple[int, int]], every: float, quiet: float
) -> Iterator[int]:
    while True:
        time.sleep(every)
        now = _look(config)
        if now == seen:
            continue
        while True:
            time.sleep(quiet)
            later = _look(config)
            if later == now:
                break
            now = later
        differing = len(seen.items() ^ now.items())
        seen = now
        yield differing


def _look(config: Config) -> dict[str, tuple[int, int]]:
    from pipeline.errors import NotesError
    from pipeline.notes import walk

    try:
        return {file.path: (file.size, file.mtime_ns) for file in walk(config.notes_path)}
    except NotesError:  # the folder is being replaced; look again
        return {}
