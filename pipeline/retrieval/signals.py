"""Measures each unit of a passage found: how near it is to the question, and how many of the
question's terms it has. What follows from it is decided elsewhere."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.notes.passage_units import Unit, answering_units
from pipeline.text.asking import asks
from pipeline.text.terms import subject
from pipeline.types import Passage, Signal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pipeline.retrieval.sparse import SparseArm

    Array = NDArray[np.float32]

__all__ = ["Nearness", "Terms", "signals"]


class Terms:
    """The terms of a question, weighed by how rare they are in the notes: in the text of passages
    or in `headings`, whichever has them more often. `tokens` gives the token ids of a text, as the
    word arm has them, and of words that the notes do not have."""

    def __init__(
        self,
        question: str,
        words: SparseArm,
        tokens: Callable[[str], Sequence[int]],
        headings: SparseArm | None = None,
    ) -> None:
        self.tokens = tokens
        self._words, self._headings = words, headings
        arms = [arm for arm in (words, headings) if arm is not None]
        seen = {
            name: max(arm.passages_with(name) for arm in arms)
            for name in dict.fromkeys(tokens(subject(question)))
        }
        self._weights = {name: _inverse(words.count, count) for name, count in seen.items()}
        self.asked = frozenset(self._weights)
        self._total = sum(self._weights.values())
        known = sum(w for name, w in self._weights.items() if seen[name])
        self.known = known / self._total if self._total else 0.0
        """The share of the question's weight that stands anywhere in the notes."""

    def asked_in(self, text: str) -> frozenset[int]:
        """Those of the question's terms that stand in a text."""
        return self.asked.intersection(self.tokens(text))

    def share(self, text: str) -> float:
        """The share of the question's weight that stands in a text, 0 to 1."""
        return self.share_of(frozenset(self.tokens(text)))

    def share_of(self, here: frozenset[int]) -> float:
        """The share of the question's weight that some tokens have, 0 to 1."""
        if not self._total:
            return 0.0
        return sum(w for name, w in self._weights.items() if name in here) / self._total

    def of_passages(self) -> tuple[Array, NDArray[np.bool_]]:
        """Of each passage the share of the question's weight that its text and its headings have
        together, and whether its headings have some of it."""
        import numpy as np

        shares = np.zeros(self._words.count, np.float32)
        headed = np.zeros(self._words.count, bool)
        for name, weight in self._weights.items():
            above = np.zeros(0, np.int32) if self._headings is None else self._headings.having(name)
            headed[above] = True
            shares[np.union1d(above, self._words.having(name))] += weight
        return shares / np.float32(self._total or 1.0), headed

    def bridge(self, one: frozenset[int], two: frozenset[int], common: int) -> float:
        """How rare the rarest token is that two texts share and the question does not have, 1 for
        one of two passages; 0 where they share none but those of more than `common` passages."""
        shared = (one & two) - self.asked
        seen = [n for name in shared if 0 < (n := self._words.passages_with(name)) <= common]
        return math.log(1 + 2 / min(seen)) / math.log(2) if seen else 0.0


def _inverse(count: int, seen: int) -> float:
    """The inverse document frequency of a term that `seen` of `count` texts have."""
    return math.log(1 + (count - seen + 0.5) / (seen + 0.5))


def local_shares(
    found: Sequence[Sequence[frozenset[int]]], prose: Sequence[Sequence[bool]]
) -> list[list[float]]:
    """For each unit of some passages the share of the question's terms, weighed by how few of these
    passages have them: what all that was found speaks of tells it apart by nothing. A sentence has,
    by half for each step back, what those right before it have, for it goes on from them. `found`
    has the terms asked for in each unit, `prose` says which units are sentences.

    >>> terms = [frozenset({1, 2}), frozenset({1})], [frozenset({1})]
    >>> shares = local_shares(terms, [[True, True], [True]])
    >>> [[round(share, 2) for share in row] for row in shares]
    [[1.0, 0.6], [0.21]]
    """
    seen = Counter(term for units in found for term in frozenset().union(*units))
    weights = {term: _inverse(len(found), count) for term, count in seen.items()}
    total = sum(weights.values()) or 1.0
    shares = []
    for units, sentences in zip(found, prose, strict=True):
        held: dict[int, float] = {}
        row = []
        for at, here in enumerate(units):
            goes_on = at > 0 and sentences[at] and sentences[at - 1]
            held = {term: part / 2 for term, part in held.items()} if goes_on else {}
            held.update(dict.fromkeys(here, 1.0))
            row.append(sum(weights[term] * part for term, part in held.items()) / total)
        shares.append(row)
    return shares


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
    passages: Sequence[Passage],
    terms: Terms,
    nears: Sequence[Nearness | None],
    *,
    known: bool = False,
) -> list[tuple[Signal, ...]]:
    """The signals of the units of each passage that may answer, in order; `nears` are None without
    a dense arm. `known`: its vectors are of the embedder that tells what sentences ask."""
    parts = [answering_units(passage) for passage in passages]
    texts = [
        [passage.text[unit.start : unit.end] for unit in units]
        for passage, units in zip(passages, parts, strict=True)
    ]
    asked = [
        [
            terms.asked_in(f"{passage.heading}\n{unit.context}\n{text}")
            for unit, text in zip(units, said, strict=True)
        ]
        for passage, units, said in zip(passages, parts, texts, strict=True)
    ]
    prose = [[unit.kind == "sentence" for unit in units] for units in parts]
    found = []
    for passage, units, here, local, near in zip(
        passages, parts, asked, local_shares(asked, prose), nears, strict=True
    ):
        asking = _asking(passage, units, near.vectors if near is not None and known else None)
        rows = zip(here, _nearness(units, near), asking, local, strict=True)
        found.append(
            tuple(
                Signal(
                    share := terms.share_of(has),
                    *nearness[:3],
                    terms.known,
                    asks=asks_,
                    local=weighed,
                    first=terms.share_of(has | here[0]) - share,
                    after=nearness[3],
                )
                for has, nearness, asks_, weighed in rows
            )
        )
    return found


def _nearness(
    units: Sequence[Unit], near: Nearness | None
) -> list[tuple[float | None, float | None, float | None, float | None]]:
    """Of each unit how near it is, how near with the one before, how far above the level, and how
    near with the one after."""
    if near is None:
        return [(None, None, None, None)] * len(units)
    cosines = (near.vectors @ near.question).tolist()
    pairs = _pairs(units, near.vectors, near.question)

    def standard(cosine: float) -> float:
        return (cosine - near.mean) / near.spread

    return [
        (
            standard(cosine),
            standard(pair),
            (cosine - near.level[0]) / near.level[1] if near.level else None,
            standard(after),
        )
        for cosine, pair, after in zip(cosines, pairs, [*pairs[1:], cosines[-1]], strict=True)
    ]


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
