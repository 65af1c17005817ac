"""What is measured of each unit of a passage found: how near it is to the question, and how many of
the question's terms it has. What follows from it is decided elsewhere."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.notes.units import Unit, answering_units
from pipeline.text.asking import asks
from pipeline.types import Passage, Signal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pipeline.retrieval.sparse import SparseArm

    Array = NDArray[np.float32]

__all__ = ["Nearness", "Terms", "signals"]


class Terms:
    """The terms of a question, weighed by how rare they are in the notes. `tokens` gives the token
    ids of a text, as the word arm has them."""

    def __init__(
        self, question: str, words: SparseArm, tokens: Callable[[str], Sequence[int]]
    ) -> None:
        self.tokens = tokens
        self._words = words
        self._weights = {name: _rarity(words, name) for name in dict.fromkeys(tokens(question))}
        self.asked = frozenset(self._weights)
        self._total = sum(self._weights.values())
        known = sum(w for name, w in self._weights.items() if words.passages_with(name))
        self.known = known / self._total if self._total else 0.0
        """The share of the question's weight that stands anywhere in the notes."""

    def share(self, text: str) -> float:
        """The share of the question's weight that stands in a text, 0 to 1."""
        return self.share_of(frozenset(self.tokens(text)))

    def share_of(self, here: frozenset[int]) -> float:
        """The share of the question's weight that some tokens have, 0 to 1."""
        if not self._total:
            return 0.0
        return sum(w for name, w in self._weights.items() if name in here) / self._total

    def bridge(self, one: frozenset[int], two: frozenset[int], common: int) -> float:
        """How rare the rarest token is that two texts share and the question does not have, 1 for
        one of two passages; 0 where they share none but those of more than `common` passages."""
        shared = (one & two) - self.asked
        seen = [n for name in shared if 0 < (n := self._words.passages_with(name)) <= common]
        return math.log(1 + 2 / min(seen)) / math.log(2) if seen else 0.0


def _rarity(words: SparseArm, name: int) -> float:
    seen = words.passages_with(name)
    return math.log(1 + (words.count - seen + 0.5) / (seen + 0.5))


@dataclass(frozen=True, slots=True)
class Nearness:
    """How near a question is to the units of a passage. `question` is its vector and `vectors`
    (units, dimension) those of the units; `mean` and `spread` are of its nearness to all notes in
    the passage's language; `level` is what `Calibration.level` says."""

    question: Array
    vectors: Array
    mean: float
    spread: float
    level: tuple[float, float] | None


def signals(
    passage: Passage, terms: Terms, near: Nearness | None = None, *, known: bool = False
) -> tuple[Signal, ...]:
    """The signals of the units that may answer, in order; `near` is None without a dense arm.
    `known`: its vectors are of the embedder that tells what sentences ask."""
    units = answering_units(passage)
    asking = _asking(passage, units, near.vectors if near is not None and known else None)
    shares = [
        terms.share(f"{passage.heading}\n{unit.context}\n{passage.text[unit.start : unit.end]}")
        for unit in units
    ]
    if near is None:
        return tuple(
            Signal(share, known=terms.known, asks=asked)
            for share, asked in zip(shares, asking, strict=True)
        )
    found = []
    cosines = (near.vectors @ near.question).tolist()
    pairs = _pairs(units, near.vectors, near.question)
    for share, cosine, pair, asked in zip(shares, cosines, pairs, asking, strict=True):
        margin = (cosine - near.level[0]) / near.level[1] if near.level else None
        standard = (cosine - near.mean) / near.spread
        both = (pair - near.mean) / near.spread
        found.append(Signal(share, standard, both, margin, terms.known, asks=asked))
    return tuple(found)


def _asking(passage: Passage, units: Sequence[Unit], vectors: Array | None) -> list[float]:
    """How much each unit asks something itself; a table row does not."""
    return [
        0.0
        if unit.kind == "row"
        else asks(
            passage.text[unit.start : unit.end],
            passage.language,
            None if vectors is None else vectors[at],
        )
        for at, unit in enumerate(units)
    ]


def _pairs(units: Sequence[Unit], vectors: Array, question: Array) -> list[float]:
    """How near each unit is together with the one before it: many a sentence answers for what the
    one before it named. The mean of two vectors stands for the two texts as one."""
    import numpy as np

    before = vectors[[0, *range(len(units) - 1)]]
    both = vectors + before
    lengths = np.linalg.norm(both, axis=1)
    found: list[float] = (both @ question / np.maximum(lengths, 1e-9)).tolist()
    return found
