"""Text that says the same twice, folded into one that keeps all its places."""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, replace

from pipeline.notes.characters import unpiled
from pipeline.notes.document import Folded
from pipeline.notes.mapped import Block
from pipeline.notes.novelty import SaidSentences, SentenceTraits, traits
from pipeline.text.language import language_of
from pipeline.text.sentences import sentences
from pipeline.types import Passage, Place

__all__ = ["DuplicateFinder", "Repeat", "fold", "fold_passages", "fold_sentences"]

_FIGURE = re.compile(r"[A-Za-z0-9]")
_SPACE = re.compile(r"\s+")
_COPIES = 8
"""Sentences a file must repeat before it counts as repeating itself, and"""
_SHARE = 0.08
"""the share of its text they must be."""
_MOST = 6_000
"""Sentences of one file compared; a longer file is folded by passages alone."""
_NEAR = 0.9
"""Share of letter triples two passages have in common to be one."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """`text` at `start`..`end` was left out, because the text from `first` on says it."""

    start: int
    end: int
    text: str
    first: int


def fold(passages: Iterable[Passage]) -> list[Passage]:
    """The passages in order, each text once; the other places of a text are in `also`.

    Two passages are one where they differ in nothing but spacing and case, or hardly at all: nine
    in ten letter triples, every number and every content word alike.
    """
    return fold_passages(passages)[0]


def fold_passages(passages: Iterable[Passage]) -> tuple[list[Passage], list[Folded]]:
    """As `fold`, with the list of what was folded into what."""
    folder = DuplicateFinder()
    kept: list[Passage] = []
    places: list[list[Place]] = []
    folded: list[Folded] = []
    for passage in passages:
        same = folder.add(passage)
        if same is None:
            kept.append(passage)
            places.append(list(passage.also))
        else:
            places[same] += [passage.place, *passage.also]
            folded.append(Folded(passage.place, passage.text, kept[same].place))
    return [
        replace(passage, also=tuple(also)) if tuple(also) != passage.also else passage
        for passage, also in zip(kept, places, strict=True)
    ], folded


class DuplicateFinder:
    """Tells of each passage given to it whether an earlier one says the same."""

    def __init__(self) -> None:
        self._exact: dict[str, int] = {}
        self._near = _NearIndex()
        self._count = 0

    def add(self, passage: Passage) -> int | None:
        """The number (from 0, among those that were new) of the earlier passage; None where this
        one is new."""
        key = _key(passage.text)
        same = self._exact.get(key)
        if same is None:
            same = self._near.find_or_add(key, self._count)
        if same is None:
            self._exact[key] = self._count
            self._count += 1
        return same


def _key(text: str) -> str:
    return _SPACE.sub(" ", unicodedata.normalize("NFKC", unpiled(text))).strip().casefold()


class _NearIndex:
    """Finds the passage that is nearly the same, through a few sampled word triples of each."""

    _SAMPLE = 8

    def __init__(self) -> None:
        self._by_shingle: dict[int, list[int]] = {}
        self._traits: dict[int, SentenceTraits] = {}

    def find_or_add(self, key: str, number: int) -> int | None:
        """The number of a near copy seen before; else None, and `number` is remembered."""
        if len(key) < 60:
            return None
        words = key.split(" ")
        runs = [" ".join(words[i : i + 3]) for i in range(max(len(words) - 2, 1))]
        sample = sorted({zlib.crc32(run.encode()) for run in runs})[: self._SAMPLE]
        candidates = {n for shingle in sample for n in self._by_shingle.get(shingle, ())}
        found = traits(key) if candidates else None
        for candidate in sorted(candidates):
            assert found is not None
            if _alike(found, self._traits[candidate]):
                return candidate
        self._traits[number] = found or traits(key)
        for shingle in sample:
            places = self._by_shingle.setdefault(shingle, [])
            if len(places) < 50:
                places.append(number)
        return None


def _alike(one: SentenceTraits, two: SentenceTraits) -> bool:
    both = len(one.shape & two.shape)
    return (
        both >= _NEAR * max(len(one.shape | two.shape), 1)
        and one.numbers == two.numbers
        and one.content == two.content
        and one.negations == two.negations
    )


def fold_sentences(blocks: list[Block]) -> tuple[list[Block], list[Repeat]]:
    """Where a file repeats itself, its blocks without the sentences that say again what was said.

    A file repeats itself where at least _COPIES sentences, _SHARE of its text, are near copies of
    earlier ones. Tables, code and headings are never touched, list items only as a whole.
    """
    parts = _parts(blocks)
    if not _COPIES < len(parts) <= _MOST or _exact_copies(parts) < _COPIES // 2:
        return blocks, []
    units = [(*part, traits(part[3])) for part in parts]
    if not _repeats_itself(units):
        return blocks, []
    said = SaidSentences()
    starts: dict[int, int] = {}  # sentence number to where it stands
    repeats: list[Repeat] = []
    gone: dict[int, list[tuple[int, int]]] = {}
    for number, start, end, text, found in units:
        raw = _range(blocks[number], start, end)
        same = said.covers(found) if found.length >= 6 else -1
        if same >= 0:
            repeats.append(Repeat(*raw, text, starts[same]))
            gone.setdefault(number, []).append((start, end))
        else:
            starts[said.add(found)] = raw[0]
    return [
        left
        for number, block in enumerate(blocks)
        for left in [_without(block, gone.get(number, []))]
        if left is not None
    ], repeats


_Part = tuple[int, int, int, str]
_Unit = tuple[int, int, int, str, SentenceTraits]


def _parts(blocks: list[Block]) -> list[_Part]:
    """Sentences of paragraphs, and list items: block number, range and text."""
    parts: list[_Part] = []
    for number, block in enumerate(blocks):
        text = block.text
        if block.kind == "text":
            ranges = sentences(text, language_of(text))
        elif block.kind == "item":
            ranges = _item_parts(text)
        else:
            continue
        parts += [(number, low, high, text[low:high]) for low, high in ranges]
        if len(parts) > _MOST:
            break
    return parts


def _exact_copies(parts: list[_Part]) -> int:
    """How many sentences stand word for word more than once; a cheap first look."""
    seen: set[str] = set()
    copies = 0
    for _, _, _, text in parts:
        if len(text) >= 12:
            copies += text in seen
            seen.add(text)
    return copies


def _item_parts(text: str) -> list[tuple[int, int]]:
    """A list item as one unit, but for later sentences without a figure or a name: those may be the
    same phrase at the end of every item."""
    ranges = sentences(text, language_of(text))
    head = max(
        (i for i, (low, high) in enumerate(ranges) if _FIGURE.search(text, low, high)), default=0
    )
    return [(0, ranges[head][1]), *ranges[head + 1 :]] if ranges else []


def _repeats_itself(units: list[_Unit]) -> bool:
    said = SaidSentences()
    copies = length = total = 0
    for _, _, _, _, found in units:
        total += found.length
        if found.length >= 12 and said.repeats(found) >= 0:
            copies += 1
            length += found.length
        else:
            said.add(found)
    return copies >= _COPIES and length >= _SHARE * total


def _range(block: Block, start: int, end: int) -> tuple[int, int]:
    """Where a part of a block stands in the text it was parsed from."""
    pieces = [piece for piece in block.slice(start, end) if piece.start >= 0]
    return (pieces[0].start, pieces[-1].end) if pieces else (block.start, block.end)


def _without(block: Block, gone: list[tuple[int, int]]) -> Block | None:
    if not gone:
        return block
    pieces = []
    at = 0
    for start, end in [*gone, (len(block.text), len(block.text))]:
        pieces += block.slice(at, start)
        at = end
    left = Block(block.kind, pieces, block.level, block.number, block.close)
    return left if left.text.strip() else None
