"""Two sentences that answer together what neither says alone: the second step of a question.

"Who founded the town that the treaty was signed in?" is answered by the sentence that names the
town and by one about the town. What joins them is a bridge: a term that both have, that is rare in
the notes and that the question does not have; or they are prose of one section. Of the rows of a
table it is the one of which the sentence has a whole cell, nearest to what was asked. Each must
have terms of the question that the other lacks. Of all such pairs in the passages found (for the
question, for it together with its best sentence, and for what that leaves unsaid) the best are
those that have most of the question's terms, weighed by rarity, and are nearest to it as one text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

from pipeline.notes.passage_units import Unit, answering_units, is_title
from pipeline.notes.table_rows import cells
from pipeline.text.whole import whole_at
from pipeline.types import Hit, Passage, Signal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pipeline.retrieval.index import Index
    from pipeline.retrieval.signals import Nearness, Terms

    Array = NDArray[np.float32]

__all__ = ["hops"]

_FOUND = 6
"""Passages that are looked through, of each search."""
_UNITS = 80
"""Units of these that are paired, those with most of the question's terms."""
_COMMON = 0.3
_MOST = 8
"""A bridge stands in at most this part of the passages, or in three, and in no more than eight: a
term of more joins sentences by chance, whichever passages happen to be found."""
_OF_ITS_OWN = 0.12
"""The share of the question's terms that each of the two has and the other lacks, by rarity."""
_TERMS = 4
"""So many of its terms must be apart: shorter questions ask for one thing."""
_BOTH = 2
_COVERAGE = 5.0
_BRIDGE = 0.5
"""What all terms of the question weigh, and a bridge of two passages, in deviations of nearness."""


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    """A unit of a passage found, with its tokens and those of what it stands under."""

    passage: Passage
    units: tuple[Unit, ...]
    at: int
    near: Nearness
    own: frozenset[int]
    tokens: frozenset[int]
    share: float

    @property
    def unit(self) -> Unit:
        return self.units[self.at]

    @property
    def text(self) -> str:
        """All that it stands for, of a line that leads into a list also this."""
        return self.passage.text[self.unit.start : _end(self.unit)]


def _end(unit: Unit) -> int:
    return max(unit.end, unit.until if unit.kind == "lead" else 0)


def hops(index: Index, query: str, k: int) -> list[Hit]:
    """The best `k` pairs, each as two hits one after the other. `states` of the signals says which
    unit of each passage is meant: it is above 0 for that alone, whose other signals are those of
    the two together. Empty without an embedder."""
    if not index.embeds(query) or index.sentences is None:
        return []
    terms = index.terms(query)
    if len(terms.asked) < _TERMS:
        return []
    steps = _steps(index, query, terms)
    common = min(max(3, int(_COMMON * len(index.passages))), _MOST)
    found: list[tuple[float, _Step, _Step, Signal]] = []
    nearest = _Nearest(query, terms)
    for one, two in combinations(steps, 2):
        both = terms.share_of(one.tokens | two.tokens)
        apart = len((one.tokens ^ two.tokens) & terms.asked)
        if both - max(one.share, two.share) < _OF_ITS_OWN or apart < _TERMS:
            continue
        bridge = terms.bridge(one.own, two.own, common)
        if not (bridge and nearest.joins(one, two)) and not _in_one_section(one, two):
            continue
        signal = _together(one, two, both, terms.known)
        value = _COVERAGE * both + (signal.standard or 0.0) + _BRIDGE * bridge
        found.append((value, one, two, replace(signal, states=bridge or 0.1)))
    found = [pair for pair in found if nearest.keeps(pair[1], pair[2])]
    found.sort(key=lambda pair: -pair[0])
    return [
        Hit(step.passage, value, {}, _only(step, signal))
        for value, one, two, signal in found[:k]
        for step in (one, two)
    ]


def _in_one_section(one: _Step, two: _Step) -> bool:
    """They are prose of one section, or of one passage of a transcript, of which the second may go
    on from the first."""
    if not one.unit.kind == two.unit.kind == "sentence":
        return False
    same = one.passage.source == two.passage.source
    section = same and one.passage.headings == two.passage.headings != ()
    return section or one.passage.id == two.passage.id


class _Nearest:
    """Which row of a table a sentence leads to: the one with a cell that the sentence has as a
    whole and the question has not, and of several such the one whose cell stands nearest to a word
    of the question. A row leads to another only by a cell that has such a word, too."""

    def __init__(self, query: str, terms: Terms) -> None:
        self._query, self._terms = query, terms
        self._gaps: dict[tuple[str, int, str], float] = {}

    def joins(self, one: _Step, two: _Step) -> bool:
        """Whether the two may be joined at all."""
        for row, other in _rows(one, two):
            key = _led(row, other)
            self._gaps[key] = min(self._gap(row, other), self._gaps.get(key, math.inf))
        rows = _rows(one, two)
        return len(rows) < _BOTH or min(self._gap(*pair) for pair in rows) < math.inf

    def keeps(self, one: _Step, two: _Step) -> bool:
        """Whether no other row of the table is nearer, once all pairs were joined."""
        rows = _rows(one, two)
        return not rows or any(
            self._gap(row, other) <= self._gaps[_led(row, other)] for row, other in rows
        )

    def _gap(self, row: _Step, other: _Step) -> float:
        """Characters between a cell of the row in the other text and a word of the question there;
        infinite where it has no such cell."""
        said = [cell for _, cell in cells(other.text)] if other.unit.kind == "row" else [other.text]
        named = [
            (text, at)
            for _, cell in cells(row.text)
            if whole_at(cell, self._query) < 0
            for text in said
            if (at := whole_at(cell, text)) >= 0
        ]
        return min((self._apart(text, at) for text, at in named), default=math.inf)

    def _apart(self, text: str, at: int) -> float:
        ends = [
            (match.start(), match.end())
            for match in re.finditer(r"\S+", text)
            if set(self._terms.tokens(match.group())) & self._terms.asked
        ]
        return min((max(low - at, at - high, 0) for low, high in ends), default=math.inf)


def _rows(one: _Step, two: _Step) -> list[tuple[_Step, _Step]]:
    """Those of the two that are rows of a table, each with the other."""
    return [(row, other) for row, other in ((one, two), (two, one)) if row.unit.kind == "row"]


def _led(row: _Step, other: _Step) -> tuple[str, int, str]:
    return other.passage.id, other.at, row.passage.id


def _steps(index: Index, query: str, terms: Terms) -> list[_Step]:
    """The units that may be a step, those with most of the question's terms."""
    rows = [row for row, _ in index.find(query, _FOUND)]
    first = _read(index, query, terms, rows)
    if not first:
        return []
    best = max(first, key=lambda one: _COVERAGE * one.share + _standard(one))
    text = best.passage.text[best.units[best.at].start : best.units[best.at].end]
    unsaid = " ".join(w for w in query.split() if not set(terms.tokens(w)) & best.tokens)
    for other in (f"{text} {query}", unsaid):
        if other.strip():
            rows += [row for row, _ in index.find(other, _FOUND)]
    steps = _read(index, query, terms, list(dict.fromkeys(rows)))
    return sorted(steps, key=lambda one: -one.share)[:_UNITS]


def _read(index: Index, query: str, terms: Terms, rows: Sequence[int]) -> list[_Step]:
    found = []
    for row, near in zip(rows, index.nearness(query, rows), strict=True):
        passage = index.passages[row]
        units = answering_units(passage)
        for at, unit in enumerate(units):
            if not unit.answers or is_title(passage, unit):
                continue
            text = passage.text[unit.start : _end(unit)]
            own = frozenset(terms.tokens(text))
            tokens = frozenset(terms.tokens(f"{passage.heading}\n{unit.context}\n{text}"))
            share = terms.share_of(tokens)
            found.append(_Step(passage, units, at, near, own, tokens, share))
    return found


def _standard(one: _Step) -> float:
    cosine = float(one.near.vectors[one.at] @ one.near.question)
    return (cosine - one.near.mean) / one.near.spread


def _together(one: _Step, two: _Step, share: float, known: float) -> Signal:
    """What is measured of two units as one text; the mean of their vectors stands for it."""
    import numpy as np

    both = one.near.vectors[one.at] + two.near.vectors[two.at]
    cosine = float(both @ one.near.question) / max(float(np.linalg.norm(both)), 1e-9)
    near = max((one.near, two.near), key=lambda near: near.mean)
    standard = (cosine - near.mean) / near.spread
    margin = (cosine - near.level[0]) / near.level[1] if near.level else None
    return Signal(share, standard, standard, margin, known)


def _only(step: _Step, signal: Signal) -> tuple[Signal, ...]:
    none = replace(signal, states=0.0)
    return tuple(signal if at == step.at else none for at in range(len(step.units)))
