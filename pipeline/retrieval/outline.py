"""Outlines a note or a section: its parts in order, each with its most central sentence.

Which note or section is meant is told by its name, the file's and its headings: the words that it
shares with the query, weighed by how few other names have them. The most central sentence of a part
is the one nearest to the mean of all its sentences (extractive summarisation by centroid, Radev et
al. 2004, with embeddings for words).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import groupby
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from pipeline.notes.passage_units import answering_units, is_property
from pipeline.types import Hit, Passage, Signal

if TYPE_CHECKING:
    from pipeline.retrieval.index import Index

__all__ = ["outline"]

Path = tuple[str, ...]
_NAMED = 0.2
"""A name this like the query is meant by it."""
_LARGE = 8
"""Passages of what is worth a summary; of two names that fit, the larger thing is rather meant."""
_FOUND = 8
_FOUND_ELSEWHERE = 0.5
"""Passages that are searched for, and what still speaks for a name that has none of them."""
_SHORTEST = 20
"""Characters of a sentence that can stand for a part."""
_OUT_OF_PLACE = 0.1
"""What speaks against a table row or a list item, which says little by itself."""
_FIRST = 0.03
"""What speaks for the first sentence of a part, as a cosine."""


def outline(index: Index, query: str, k: int) -> list[Hit]:
    """At most `k` parts of what `query` names, in order: of each the passage with its most central
    sentence, which is the unit with the highest `signals[...].standard`.

    `score` is how well the name fits, 0 to 1; 0 where nothing was named and the parts are those of
    all notes.
    """
    passages = list(index.passages)
    paths = [(*PurePosixPath(p.source).parts, *p.headings) for p in passages]
    rows_of = index.manifest["sources"]
    titles = {
        PurePosixPath(name).parts: str(row.get("title") or "") for name, row in rows_of.items()
    }
    meant, score = _meant(query, paths, titles, index.name_tokens, _found(index, query, paths))
    rows = [row for row, path in enumerate(paths) if path[: len(meant)] == meant]
    rows = [row for row in rows if not is_property(passages[row])] or rows
    parts = _parts(rows, paths, len(meant), k)
    if len(parts) > k:
        sizes = [sum(len(passages[row].text) for row in part) for part in parts]
        largest = sorted(range(len(parts)), key=lambda at: -sizes[at])[:k]
        parts = [parts[at] for at in sorted(largest)]
    return [hit for part in parts if (hit := _central(index, passages, part, score)) is not None]


def _found(index: Index, query: str, paths: Sequence[Path]) -> dict[Path, float]:
    """Which share of what a search finds for the query stands under each path."""
    found = index.find(query, _FOUND)
    best = max((hit.score for _, hit in found), default=0.0)
    weights = [(row, math.exp(hit.score - best)) for row, hit in found]
    total = sum(weight for _, weight in weights) or 1.0
    shares: dict[Path, float] = {}
    for row, weight in weights:
        for n in range(1, len(paths[row]) + 1):
            shares[paths[row][:n]] = shares.get(paths[row][:n], 0.0) + weight / total
    return shares


def _meant(
    query: str,
    paths: Sequence[Path],
    titles: Mapping[Path, str],
    tokens: Callable[[str], frozenset[int]],
    shares: Mapping[Path, float],
) -> tuple[Path, float]:
    """The path whose name, or whose file's title, is most like the query, and which holds most of
    what is found for it (`shares`); one whose name stands in the query as a whole and that adds
    what the names above it lack of the words of the query that name anything, before others ("Side
    effects" below "NSAIDs" before the file of that name). The empty one, which holds all, where
    none is meant."""
    sizes = Counter(path[:n] for path in paths for n in range(1, len(path) + 1))
    called = {
        path: [tokens(_name(name)) for name in (path[-1], titles.get(path, "")) if name]
        for path in sizes
    }
    own = {path: frozenset().union(*names) for path, names in called.items()}
    held = Counter(token for names in own.values() for token in names)
    rarity = {token: math.log(1 + len(sizes) / n) for token, n in held.items()}
    asked = {token for token in tokens(query) if token in rarity}
    fits: list[tuple[bool, float, float, Path]] = []

    def weight(some: Iterable[int]) -> float:
        return sum(rarity[token] for token in some)

    for path, names in own.items():
        if not names & asked:
            continue
        above = frozenset().union(*(own[path[:n]] for n in range(1, len(path))))
        around = above | names
        named = max(weight(one & asked) / weight(one) for one in called[path] if one)
        told = (weight(names & asked) + weight(around & asked)) / (2 * weight(asked))
        if named * told >= _NAMED:
            size = math.log2(1 + min(sizes[path], _LARGE))
            value = named * told * size * (_FOUND_ELSEWHERE + shares.get(path, 0.0))
            stands = any(one <= asked for one in called[path] if one)
            whole = stands and asked <= around and not asked <= above
            fits.append((whole, round(value, 6), named * told, path))
    _, _, score, meant = max(fits, default=(False, 0.0, 0.0, ()))
    return meant, score


def _name(name: str) -> str:
    """The name of a folder or file or the text of a heading as words: `lecture-04.md` is
    "lecture 4"."""
    text = re.sub(r"\.\w{1,8}$", "", name)
    return re.sub(r"(?<!\d)0+(?=\d)", "", re.sub(r"[\W_]+", " ", text))


def _parts(rows: Sequence[int], paths: Sequence[Path], depth: int, k: int) -> list[list[int]]:
    """The passages by the headings below, as far down as there are no more than `k`."""
    parts: list[list[int]] = []
    for level in range(depth + 1, 1 + max((len(paths[row]) for row in rows), default=0)):
        finer = [list(part) for _, part in groupby(rows, partial(_beginning, paths, level))]
        if parts and len(finer) > k:
            break
        parts = finer
    return parts or [[row] for row in rows]


def _beginning(paths: Sequence[Path], level: int, row: int) -> Path:
    return paths[row][:level]


def _central(
    index: Index, passages: Sequence[Passage], part: Sequence[int], score: float
) -> Hit | None:
    """The passage of a part with its most central sentence; None where no unit can answer."""
    import numpy as np

    seen: list[tuple[float, int]] = []
    nearness: dict[int, list[float]] = {}
    vectors = None if index.sentences is None else [index.sentences.of(row) for row in part]
    middle = None if vectors is None else np.concatenate(vectors).mean(0)
    for order, row in enumerate(part):
        units = answering_units(passages[row])
        if vectors is None or middle is None:
            near = [1 / (1 + order + at) for at in range(len(units))]
        else:
            near = (vectors[order][: len(units)] @ middle).tolist()
        if not order and near:
            near[0] += _FIRST
        for at, unit in enumerate(units):
            if unit.kind in ("row", "item"):
                near[at] -= _OUT_OF_PLACE
            if not unit.answers or max(unit.end, unit.until) - unit.start < _SHORTEST:
                near[at] = -math.inf
        nearness[row] = near
        seen.append((max(near, default=-math.inf), row))
    value, row = max(seen, key=lambda one: (one[0], -one[1]))
    if value == -math.inf:
        return None
    return Hit(passages[row], score, {}, tuple(Signal(0.0, one) for one in nearness[row]))
