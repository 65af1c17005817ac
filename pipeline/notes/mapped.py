"""Text with a map of every character back to the raw file.

A format reader describes a file as blocks of pieces; a piece is a run of readable text and the
range of the source text it was made from. Cleaning steps that rewrite the whole text before it is
parsed leave an `OffsetMap`, so that ranges can be carried back, step by step, to the raw file.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Literal, NamedTuple

from pipeline.types import PlaceUnit

__all__ = [
    "NOWHERE",
    "Block",
    "BlockKind",
    "MappedLines",
    "MappedPiece",
    "OffsetMap",
    "OffsetRun",
    "Parsed",
    "piece_slice",
]

BlockKind = Literal["heading", "text", "item", "table", "code"]
NOWHERE = -1
"""Start of a piece that joins others and stands nowhere in the file."""


class MappedPiece(NamedTuple):
    """`text` was made from `source[start:end]`; equal to it where `verbatim`. Times in seconds."""

    text: str
    start: int = NOWHERE
    end: int = NOWHERE
    verbatim: bool = True
    first: float = 0.0
    last: float = 0.0


@dataclass(slots=True)
class Block:
    """A paragraph, list item, table, code listing or heading, on page/cell/slide `number`
    (0 where the format has none). `level` is a heading's depth; `close` ends the enclosing
    heading of that level (a `</details>`)."""

    kind: BlockKind
    pieces: list[MappedPiece] = field(default_factory=list)
    level: float = 0
    number: int = 0
    close: bool = False
    _text: str | None = None
    _starts: list[int] | None = None

    @property
    def text(self) -> str:
        if self._text is None:
            self._text = "".join(piece.text for piece in self.pieces)
        return self._text

    def slice(self, start: int, end: int) -> list[MappedPiece]:
        """The pieces of `text[start:end]`, without going through those before."""
        if self._starts is None:
            self._starts = [0, *accumulate(len(piece.text) for piece in self.pieces)]
        first = max(bisect_right(self._starts, start) - 1, 0)
        base = self._starts[first]
        last = bisect_left(self._starts, end)
        return list(piece_slice(self.pieces[first:last], start - base, end - base))

    @property
    def start(self) -> int:
        """Where its first piece begins in the source text."""
        return min((p.start for p in self.pieces if p.start >= 0), default=0)

    @property
    def end(self) -> int:
        return max((p.end for p in self.pieces if p.start >= 0), default=0)


@dataclass(slots=True)
class Parsed:
    """A file as its format reader saw it. `raw` is set by formats that are not text themselves:
    the text read out of the file, in which all positions count."""

    blocks: list[Block]
    unit: PlaceUnit = "line"
    raw: str | None = None
    title: str = ""
    language: str = ""
    date: str = ""
    meta: dict[str, str | int | float | bool] = field(default_factory=dict)
    dropped: list[tuple[int, int, str]] = field(default_factory=list)
    """Ranges of the text that are no part of the notes, and the reason."""
    problems: list[str] = field(default_factory=list)


def piece_slice(pieces: Iterable[MappedPiece], start: int, end: int) -> Iterator[MappedPiece]:
    """The part of a run of pieces between two offsets of their joined text. A piece that is not
    verbatim keeps its whole source range."""
    at = 0
    for piece in pieces:
        low, high = max(start, at), min(end, at + len(piece.text))
        if low < high:
            if low == at and high == at + len(piece.text):
                yield piece
            else:
                text = piece.text[low - at : high - at]
                if piece.verbatim and piece.start >= 0:
                    yield piece._replace(
                        text=text, start=piece.start + low - at, end=piece.start + high - at
                    )
                else:
                    yield piece._replace(text=text)
        at += len(piece.text)
        if at >= end:
            return


class MappedLines:
    """Line numbers (from 1) of the character offsets of a text."""

    def __init__(self, text: str) -> None:
        self._starts = [0]
        at = text.find("\n")
        while at >= 0:
            self._starts.append(at + 1)
            at = text.find("\n", at + 1)

    def of(self, offset: int) -> int:
        return bisect_right(self._starts, offset)

    def start(self, line: int) -> int:
        """Offset of the first character of a line."""
        return self._starts[line - 1]

    def __len__(self) -> int:
        return len(self._starts)


class OffsetRun(NamedTuple):
    """`new[start:end]` was made from `old[old_start:old_end]`; equal where `verbatim`."""

    start: int
    end: int
    old_start: int
    old_end: int
    verbatim: bool


class OffsetMap:
    """How a rewritten text lies over the one it was made from: runs in order that cover both."""

    def __init__(self, runs: Sequence[OffsetRun] = ()) -> None:
        self._runs = [run for run in runs if run.end > run.start or run.old_end > run.old_start]
        self._starts = [run.start for run in self._runs]

    @property
    def identity(self) -> bool:
        return not self._runs

    def back(self, start: int, end: int) -> Iterator[OffsetRun]:
        """The runs behind `new[start:end]`, cut to it where verbatim; `start`..`end` of each are
        offsets of the new text."""
        if not self._runs:
            yield OffsetRun(start, end, start, end, True)
            return
        index = max(bisect_right(self._starts, start) - 1, 0)
        while index < len(self._runs) and self._runs[index].start < end:
            run = self._runs[index]
            low, high = max(start, run.start), min(end, run.end)
            if low < high:
                if run.verbatim:
                    shift = run.old_start - run.start
                    yield OffsetRun(low, high, low + shift, high + shift, True)
                else:
                    yield OffsetRun(low, high, run.old_start, run.old_end, False)
            index += 1

    def then(self, newer: OffsetMap) -> OffsetMap:
        """The map of two rewrites, this one first and `newer` on its result."""
        if self.identity:
            return newer
        if newer.identity:
            return self
        runs = []
        for run in newer._runs:
            behind = list(self.back(run.old_start, run.old_end))
            if run.verbatim:
                shift = run.start - run.old_start
                runs += [r._replace(start=r.start + shift, end=r.end + shift) for r in behind]
            else:
                low = min((r.old_start for r in behind), default=0)
                high = max((r.old_end for r in behind), default=0)
                runs.append(OffsetRun(run.start, run.end, low, high, False))
        return OffsetMap(runs)
