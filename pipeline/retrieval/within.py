"""The passages of one place: what was said at a time, a slide, a page, a numbered part.

Slides, pages and cells have their number and transcripts their times from the file itself. Any
other part has its number in its heading or file name ("Lab 2: Orbits", `week-03.md`), and only
where there are several of a kind, so that a name like "Type 2 diabetes" is none.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from pipeline.text.places import UNITS, Reference
from pipeline.types import Hit, Passage

if TYPE_CHECKING:
    from pipeline.retrieval.index import Index

__all__ = ["places", "within"]

_NUMBERS = {"pptx": UNITS["slide"], "pdf": UNITS["page"], "notebook": UNITS["cell"]}
"""What the numbered parts of a kind of file are called."""
_NEAR = 90.0
"""Seconds from a time to what was said nearest to it."""
_NUMBERED = re.compile(r"([^\W\d_]+)[\W_]*0*(\d{1,4})(?!\d)|(?<!\d)0*(\d{1,4})[\W_]*([^\W\d_]+)")


def within(index: Index, query: str, place: str, k: int) -> list[Hit]:
    """The passages of a place (`Reference.key`), at most `k`, in the order of the notes, each with
    the signals of the query; none where the notes have no such place. Of several files with one it
    is the file that the query names, else the one that is nearest to it."""
    reference = Reference.from_key(place)
    if not _possible(index, reference):
        return []
    by_source: dict[str, list[int]] = defaultdict(list)
    for row in places(index.passages, reference):
        by_source[index.passages[row].source].append(row)
    asked = index.name_tokens(query)
    best: tuple[tuple[int, float], list[Hit]] = ((-1, 0.0), [])
    for source, rows in by_source.items():
        measured = index.measured(query, rows)
        near = max((s.standard or s.coverage for some in measured for s in some), default=0.0)
        named = len(asked & index.name_tokens(_words(PurePosixPath(source).stem)))
        hits = [
            Hit(index.passages[row], 1.0, {}, some)
            for row, some in zip(rows, measured, strict=True)
        ]
        best = max(best, ((named, near), hits), key=lambda pair: pair[0])
    return best[1][:k]


def places(passages: Sequence[Passage], reference: Reference) -> list[int]:
    """The numbers of the passages that a reference means, of all files."""
    if not reference.word:
        return _spoken(passages, reference)
    for unit, names in UNITS.items():
        if any(reference.calls(name) for name in names):
            found = [
                row
                for row, passage in enumerate(passages)
                if passage.place.unit == unit and passage.place.first == reference.number
            ]
            if found:
                return found
    paths = [_path(passage) for passage in passages]
    series: dict[str, set[int]] = defaultdict(set)
    for name in {name for path in paths for name in path}:
        for word, number in _numbers(name):
            series[word].add(number)
    called = [w for w, numbers in series.items() if len(numbers) > 1 and reference.calls(w)]
    return [
        row
        for row, path in enumerate(paths)
        if any((word, reference.number) in _numbers(name) for name in path for word in called)
    ]


def _possible(index: Index, reference: Reference) -> bool:
    """Whether some file can have such a place; told without reading its passages."""
    sources = index.manifest["sources"]
    kinds = {row.get("kind", "") for row in sources.values()}  # "" of one that was not read
    if not reference.word:
        return "transcript" in kinds
    if any(reference.calls(name) for unit in kinds & _NUMBERS.keys() for name in _NUMBERS[unit]):
        return True
    files = {
        pair for name in sources for part in PurePosixPath(name).parts for pair in _pairs(part)
    }
    named = any(number == reference.number and reference.calls(word) for word, number in files)
    return named or index.headed(f"{reference.word} {reference.number}")


def _spoken(passages: Sequence[Passage], reference: Reference) -> list[int]:
    """Of each transcript what was said then, or else nearest to it."""
    nearest: dict[str, tuple[float, int]] = {}
    found = []
    for row, passage in enumerate(passages):
        place = passage.place
        if place.unit != "time":
            continue
        if place.first <= reference.last and place.last >= reference.first:
            found.append(row)
        apart = max(place.first - reference.last, reference.first - place.last, 0.0)
        nearest[place.source] = min(nearest.get(place.source, (_NEAR, row)), (apart, row))
    heard = {passages[row].source for row in found}
    found += [r for name, (gap, r) in nearest.items() if gap < _NEAR and name not in heard]
    return sorted(found)


def _path(passage: Passage) -> tuple[str, ...]:
    return (*(PurePosixPath(part).stem for part in PurePosixPath(passage.source).parts),
            *passage.headings)  # fmt: skip


def _numbers(name: str) -> set[tuple[str, int]]:
    """The numbered words that a name begins with."""
    return set(_pairs(name))


def _pairs(name: str) -> Iterable[tuple[str, int]]:
    match = _NUMBERED.match(name.strip())
    if match:
        word, number = match[1] or match[4], match[2] or match[3]
        yield word.casefold(), int(number)


def _words(name: str) -> str:
    return re.sub(r"[\W_]+", " ", name)
