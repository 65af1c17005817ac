"""Passages on disk: one JSON line each and an array of offsets, so only those shown are parsed."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from pipeline.errors import IndexError_, filled
from pipeline.types import Passage, Place, Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pipeline.checksums import CheckedFiles

__all__ = [
    "StoredPassages",
    "named_sources",
    "passage_from_row",
    "passage_to_row",
    "write_passages",
]


def _place_to_row(place: Place) -> list[Any]:
    return [place.source, place.start_line, place.end_line, place.unit, place.first, place.last]


def passage_to_row(passage: Passage) -> dict[str, Any]:
    """A passage as plain JSON data."""
    return {
        "id": passage.id,
        "text": passage.text,
        "source": passage.source,
        "place": _place_to_row(passage.place),
        "headings": list(passage.headings),
        "language": passage.language,
        "spans": [
            [
                s.start,
                s.end,
                s.raw_start,
                s.raw_end,
                s.line,
                s.end_line,
                int(s.verbatim),
                s.first,
                s.last,
            ]
            for s in passage.spans
        ],
        "also": [_place_to_row(place) for place in passage.also],
    }


def _span(
    start: int, end: int, raw_start: int, raw_end: int, line: int, end_line: int, *rest: Any
) -> Span:
    verbatim, first, last = rest
    return Span(start, end, raw_start, raw_end, line, end_line, bool(verbatim), first, last)


def passage_from_row(row: dict[str, Any]) -> Passage:
    """The passage that `passage_to_row` wrote; ValueError, KeyError or TypeError for others."""
    return Passage(
        id=row["id"],
        text=row["text"],
        source=row["source"],
        place=Place(*row["place"]),
        headings=tuple(row["headings"]),
        language=row["language"],
        spans=tuple(_span(*s) for s in row["spans"]),
        also=tuple(Place(*place) for place in row["also"]),
    )


def write_passages(folder: Path, stem: str, passages: Iterable[Passage]) -> int:
    """Write `stem.jsonl` and `stem.offsets.npy` (int64, one more than there are passages)."""
    import numpy as np

    offsets = [0]
    with (folder / f"{stem}.jsonl").open("wb") as file:
        for passage in passages:
            line = json.dumps(passage_to_row(passage), ensure_ascii=False, separators=(",", ":"))
            # A lone surrogate cannot be written as UTF-8; a note can hold one.
            file.write(line.encode("utf-8", "surrogatepass") + b"\n")
            offsets.append(file.tell())
    np.save(folder / f"{stem}.offsets.npy", np.asarray(offsets, np.int64), allow_pickle=False)
    return len(offsets) - 1


class StoredPassages(Sequence[Passage]):
    """The passages of a generation, read when asked for, their bytes compared before."""

    def __init__(self, files: CheckedFiles, stem: str = "passages") -> None:
        self._files = files
        self._name = f"{stem}.jsonl"
        self._path = files.folder / self._name
        self._offsets: NDArray[np.int64] = files.array(f"{stem}.offsets.npy")
        self._file = self._path.open("rb")
        self._reading = threading.Lock()

    def __len__(self) -> int:
        return len(self._offsets) - 1

    @overload
    def __getitem__(self, index: int) -> Passage: ...
    @overload
    def __getitem__(self, index: slice) -> list[Passage]: ...
    def __getitem__(self, index: int | slice) -> Passage | list[Passage]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if index < 0:
            index += len(self)
        if not 0 <= index < len(self):
            raise IndexError(index)
        start, end = int(self._offsets[index]), int(self._offsets[index + 1])
        self._files.check(self._name, start, end)
        with self._reading:  # several questions may be answered at once
            self._file.seek(start)
            line = self._file.read(end - start)
        try:
            return passage_from_row(json.loads(line.decode("utf-8", "surrogatepass")))
        except (ValueError, KeyError, TypeError) as error:
            raise IndexError_(
                filled(
                    "{path}: passage {number} cannot be read ({error}).",
                    path=self._path,
                    number=index,
                    error=error,
                ),
                "Run `thinkscale index --rebuild`.",
            ) from None

    def lines(self) -> Iterator[str]:
        """The lines of all passages as they are stored, JSON, which is quicker than to parse it."""
        self._files.check(self._name)
        with self._path.open(encoding="utf-8", errors="surrogatepass", newline="\n") as file:
            yield from file

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """The files that they stand in, in order; the lines are gone through once."""
        return tuple(dict.fromkeys(json.loads(line)["source"] for line in self.lines()))

    def close(self) -> None:
        self._file.close()


def named_sources(passages: Sequence[Passage]) -> tuple[str, ...]:
    """The files that passages stand in, in order, each once; stored ones are not decoded for it."""
    if isinstance(passages, StoredPassages):
        return passages.sources
    return tuple(dict.fromkeys(passage.source for passage in passages))
