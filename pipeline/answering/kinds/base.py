"""The parts of answers of more than one sentence, and what each way of answering is given.

Nothing is written by a model here: which sentences, and in what order, is decided by the signals of
`pipeline.evidence.gather` and `pipeline.retrieval.outline`.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.evidence.gather import Evidence, Inquiry
from pipeline.text.terms import terms
from pipeline.types import Cost, Request

__all__ = [
    "APART",
    "COVERED",
    "SHORTEST",
    "Asked",
    "Composition",
    "Course",
    "Part",
    "overlaps",
    "position",
    "share",
    "terms_of",
]

APART = 2.0
"""A sentence this far behind the best one, as a logarithm, does not belong with it."""
COVERED = 0.5
"""The share of the terms of what is asked about that a sentence about it has."""
SHORTEST = 20
"""Characters of a sentence that says something by itself."""
_LIKELY = 0.7
"""So much less sure need it be where a formula, a decision or the like is looked for."""
_IN_OWN_WORDS = ("summary", "comparison", "explain", "steps", "two")


@dataclass(frozen=True, slots=True)
class Part:
    """One quoted sentence of an answer, and what it is about ("" where it says so itself). `lines`:
    a formula, listing or list, whose line breaks are kept. `marked`: where in what it says that
    stands which was asked for."""

    evidence: Evidence
    label: str = ""
    lines: bool = False
    marked: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Composition:
    """An answer of several quotations. `parts` is empty for a question about the tool itself, which
    is told the names of the notes, `sources`. `missing`: of a question in two halves, the one that
    the notes do not answer."""

    kind: str
    parts: tuple[Part, ...] = ()
    sources: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    cost: Cost = field(default_factory=Cost)

    @property
    def to_tell(self) -> bool:
        """A model may put it into words: it is no list, formula or listing, nor what was decided,
        which are quoted as they stand, and nothing is missing."""
        return bool(self.parts) and self.kind in _IN_OWN_WORDS and not self.missing


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a kind, with the evidence of its search, the best first.

    `index` names what is searched, and `query` what it was searched for: the question, or, of the
    second of two questions in one, both. `sure` says how sure it is that the first of the evidence
    answers, and `least` how sure it must be.
    """

    kind: str
    inquiry: Inquiry
    evidence: tuple[Evidence, ...]
    index: str
    query: str
    sure: float
    least: float
    cost: Cost = field(default_factory=Cost)

    @property
    def found(self) -> bool:
        """The first of the evidence is taken to answer."""
        return bool(self.evidence) and self.sure >= self.least

    @property
    def likely(self) -> bool:
        """It may well answer: enough where the kind of the question says what is looked for."""
        return self.sure >= _LIKELY * self.least


Course = Generator[list[Request], list[Any], Composition | None]
"""Puts an answer together, searching where it needs to; None where a sentence is to answer."""


def overlaps(one: Evidence, parts: Sequence[Part]) -> bool:
    """Part of it is quoted already."""
    return any(
        one.passage.id == part.evidence.passage.id
        and one.start < part.evidence.end
        and part.evidence.start < one.end
        for part in parts
    )


def position(one: Evidence) -> tuple[float, int, int]:
    """Where in its note it stands."""
    return one.passage.place.first, one.passage.place.start_line, one.unit.start


def terms_of(evidence: Evidence) -> frozenset[str]:
    """The terms of a sentence, its headings, and what leads into it."""
    return frozenset(terms(f"{evidence.passage.heading}\n{evidence.unit.context}\n{evidence.text}"))


def share(wanted: frozenset[str] | set[str], evidence: Evidence) -> float:
    """The share of some terms that a sentence has, with its headings."""
    return len(wanted & terms_of(evidence)) / len(wanted) if wanted else 0.0
