"""From a range of a passage back to the raw file: opened again, compared, quoted."""

from __future__ import annotations

import html
from functools import lru_cache
from pathlib import Path

from pipeline.errors import NotesError, filled
from pipeline.notes.characters import settled
from pipeline.notes.mapped import MappedLines
from pipeline.notes.mojibake import explains
from pipeline.notes.note_files import locate
from pipeline.notes.payloads import shortened
from pipeline.notes.reading import Opened, open_raw
from pipeline.types import Citation, Passage, Place, Span

__all__ = ["cite", "marked_whole", "raw_range"]

_PAIRED = ("**", "__", "~~", "`")
_LONGEST_ADDRESS = 2000


def cite(root: Path, passage: Passage, start: int, end: int) -> Citation:
    """Quote `passage.text[start:end]` from its file.

    The quote is the raw text the range was made from, copied from the file as it is now; it stands
    on the lines of `place` (for a format that is not text: in what is read out of the file). Of a
    picture written into the text only the kind is shown, and an ellipsis.
    Raises NotesError where the file is gone or no longer says what the passage says there, and
    ValueError for a range outside the passage.
    """
    if not 0 <= start < end <= len(passage.text):
        raise ValueError(f"no range of the passage: {start}..{end} of {len(passage.text)}")
    opened = _opened(root, passage.source)
    spans = [span for span in passage.spans if span.start < end and span.end > start]
    if not spans:
        raise ValueError(f"nothing of the file stands in {start}..{end} of the passage")
    for span in spans:
        if not _says(
            opened.raw[span.raw_start : span.raw_end], passage.text[span.start : span.end], span
        ):
            raise NotesError(
                filled("{note}: the note has changed since it was indexed.", note=passage.source),
                "Run `thinkscale index` again.",
            )
    low, high = marked_whole(opened.raw, *raw_range(spans, start, end))
    lines = MappedLines(opened.raw)
    first_line, last_line = lines.of(low), lines.of(max(high - 1, low))
    unit = passage.place.unit
    if unit == "time":
        first, last = min(s.first for s in spans), max(s.last for s in spans)
    elif unit == "line":
        first, last = float(first_line), float(last_line)
    else:
        first, last = passage.place.first, passage.place.last
    place = Place(passage.source, first_line, last_line, unit, first, last)
    return Citation(passage, shortened(opened.raw[low:high]), place)


def raw_range(spans: list[Span], start: int, end: int) -> tuple[int, int]:
    """The raw characters behind `text[start:end]`, which the given spans overlap."""
    low = min(s.raw_start + max(start - s.start, 0) if s.verbatim else s.raw_start for s in spans)
    high = max(s.raw_end - max(s.end - end, 0) if s.verbatim else s.raw_end for s in spans)
    return low, high


def marked_whole(raw: str, low: int, high: int) -> tuple[int, int]:
    """A range of a raw text with the mark beside it, where only the other one of a pair is within:
    of emphasis and code, and what ends a link.

    >>> raw = "- **Scars** form where [[Skin#Dermis|skin]] was lost."
    >>> raw[slice(*marked_whole(raw, 4, 41))]
    '**Scars** form where [[Skin#Dermis|skin]]'
    """
    for mark in _PAIRED:
        if raw.count(mark, low, high) % 2:
            if raw.endswith(mark, 0, low):
                low -= len(mark)
            elif raw.startswith(mark, high):
                high += len(mark)
    if raw.rfind("[", low, high) > raw.rfind("]", low, high):
        high = _link_end(raw, high)
    return low, high


def _link_end(raw: str, at: int) -> int:
    """Where a link ends of which the text ends there; there, where none does."""
    if raw.startswith("](", at):
        return raw.find(")", at, at + _LONGEST_ADDRESS) + 1 or at
    return at + 2 if raw.startswith("]]", at) else at


def _says(raw: str, text: str, span: Span) -> bool:
    """Is `text` still what cleaning makes of `raw`?"""
    if raw == text:
        return True
    if span.verbatim or not raw:
        return False
    return text in settled(html.unescape(raw)) or text in settled(raw) or explains(raw, text)


def _opened(root: Path, path: str) -> Opened:
    """The file as it is now; read once for the many citations of one answer."""
    try:
        info = locate(root, path).stat()
        stamp = (info.st_mtime_ns, info.st_size, info.st_ino)
    except (OSError, NotesError):
        stamp = (0, 0, 0)
    return _opened_at(root, path, stamp)


@lru_cache(maxsize=8)
def _opened_at(root: Path, path: str, stamp: tuple[int, int, int]) -> Opened:
    del stamp  # only part of the key
    return open_raw(root, path)
