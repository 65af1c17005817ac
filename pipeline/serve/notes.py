"""Notes, shown as they are: the raw text with the cited lines marked. Only what the index was made
of can be opened, so no path leads out of the notes folder."""

from __future__ import annotations

import html
import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import NotesError
from pipeline.notes.reading import open_raw
from pipeline.serve.errors import Refused
from pipeline.shown import clean
from pipeline.types import Passage

__all__ = ["NoteView", "NoteViewer", "sources_of"]

_AROUND = 300
"""Lines before and after the marked ones; a longer note is not sent whole."""
_WIDEST = 2000  # characters of a line


@dataclass(frozen=True, slots=True)
class NoteView:
    """Lines `first`.. of a note, of `total`; `start`..`end` are marked."""

    path: str
    lines: tuple[str, ...]
    first: int
    total: int
    start: int
    end: int

    def page(self, style: str) -> str:
        """The note as an HTML page of its own, which runs nothing and asks for nothing."""
        rows = []
        for number, line in enumerate(self.lines, start=self.first):
            mark = " class=here" if self.start <= number <= self.end else ""
            rows.append(f"<li id=L{number} value={number}{mark}>{html.escape(clean(line))}</li>")
        name = html.escape(clean(self.path))
        return (
            f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
            f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{name}</title>\n<style>{style}</style>\n"
            f'<main class="alone"><h1>{name}</h1>\n<ol class="note">{"".join(rows)}</ol></main>\n'
        )


class NoteViewer:
    """The notes folder, as far as it was indexed. `root` None: the passages are no files."""

    def __init__(self, root: Path | None, sources: Collection[str]) -> None:
        self._root, self._sources = root, frozenset(sources)
        self._lock = threading.Lock()  # parsers of documents are not made for threads

    def show(self, path: str, start: int = 0, end: int = 0) -> NoteView:
        """A note, or the part of a long one around its marked lines.

        Raises Refused (404) for what is not in the index or is not there any more.
        """
        if self._root is None or path not in self._sources:
            raise Refused("There is no such note in the index.", status=404, code="no_such_note")
        try:
            with self._lock:
                raw = open_raw(self._root, path).raw
        except NotesError as error:
            raise Refused(error.what, error.remedy, status=404, code="no_such_note") from None
        lines = raw.split("\n")
        start = min(max(start, 0), len(lines))
        end = min(max(end, start), len(lines))
        first = max(1, start - _AROUND) if start else 1
        last = (end or 1) + 2 * _AROUND
        shown = tuple(line.rstrip("\r")[:_WIDEST] for line in lines[first - 1 : last])
        return NoteView(path, shown, first, len(lines), start, end)


def sources_of(passages: Sequence[Passage]) -> set[str]:
    """Every file that passages came from, folded repeats too."""
    return {p.source for p in passages} | {place.source for p in passages for place in p.also}
