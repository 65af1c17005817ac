"""Checks that the supporting quotes of a question set stand in the notes that they name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from evals.tasks.base import GoldSpan, Item
from pipeline.errors import NotesError, filled

__all__ = ["missing_gold"]


def missing_gold(items: Iterable[Item], notes: Path) -> list[tuple[Item, GoldSpan, str]]:
    """Every supporting span that is not in its note, with the reason in words. Only white space may
    differ. The raw text is looked at first, and the rest only where that fails."""
    known: dict[str, list[str] | None] = {}
    found: list[tuple[Item, GoldSpan, str]] = []
    for item in items:
        for span in (*item.spans, *_also(item)):
            if span.source not in known:
                known[span.source] = _texts(notes, span.source)
            texts = known[span.source]
            if texts is None:
                why = filled("{note} is not in {folder}", note=repr(span.source), folder=notes)
                found.append((item, span, why))
            elif not any(_squeezed(span.quote) in text for text in texts):
                cleaned = _elsewhere(notes, span.source)
                known[span.source] = [*texts, *cleaned]
                if not any(_squeezed(span.quote) in text for text in cleaned):
                    why = filled("it does not stand in {note}", note=repr(span.source))
                    found.append((item, span, why))
    return found


def _also(item: Item) -> list[GoldSpan]:
    rows = item.data.get("also", ())
    return [
        GoldSpan(str(row["source"]), str(row["quote"]))
        for row in (rows if isinstance(rows, list) else ())
        if isinstance(row, Mapping) and "source" in row and "quote" in row
    ]


def _texts(notes: Path, source: str) -> list[str] | None:
    from pipeline.notes.reading import open_raw

    try:
        return [_squeezed(open_raw(notes, source).raw)]
    except (NotesError, KeyError):
        return None


def _elsewhere(notes: Path, source: str) -> list[str]:
    """The cleaned passages, and the file as it lies on the disk (the output of a notebook)."""
    from pipeline.notes import read
    from pipeline.notes.note_files import read_bytes

    try:
        document = read(notes, source)
        written = read_bytes(notes, source).decode("utf-8", "replace")
    except NotesError:
        return []
    return [*(_squeezed(passage.text) for passage in document.passages), _squeezed(written)]


def _squeezed(text: str) -> str:
    return " ".join(text.split())
