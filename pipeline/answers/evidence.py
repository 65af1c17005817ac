"""Which sentences of the notes speak of what was asked?

A question becomes an `Inquiry`: its content terms with their weights (rare in these notes weighs
more, unknown to them most), the names in it, and the kind of answer it wants. A sentence becomes
`Evidence` with the share of that weight it covers. What the notes do not cover, they do not say.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from pipeline.answers.quantities import Name, Quantity, names, quantities
from pipeline.answers.terms import terms
from pipeline.notes import sentences
from pipeline.types import Hit, Passage

__all__ = ["Evidence", "Inquiry", "attached_name", "gather", "inquire"]

Wanted = Literal["figure", "time", "person", "text"]

_WANTED: tuple[tuple[Wanted, re.Pattern[str]], ...] = (
    ("time", re.compile(r"\bwhen\b|\b(what|which) (year|date|month)\b|언제|몇 ?년에|어느 해|몇 년도|연도", re.I)),
    ("figure", re.compile(
        r"\bhow (many|much|large|big|long|fast|small|far|few|often|wide|deep|high|low)\b"
        r"|\b(what|which) (size|number|percentage|percent|fraction|share|ratio|rank|factor|bandwidth|price)\b"
        r"|\bnumber of\b|몇|얼마|개수|비율은|퍼센트", re.I)),
    ("person", re.compile(r"\bwho(se|m)?\b|누가|누구", re.I)),
)  # fmt: skip

# A term in the heading path, or elsewhere in the same passage, says less than one in the sentence.
_IN_HEADING, _IN_PASSAGE = 0.6, 0.35


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A question, read. `weights` sums to 1 over its terms (empty when it has none)."""

    text: str
    language: str
    weights: dict[str, float]
    names: frozenset[str]
    figures: frozenset[Fraction]
    wanted: Wanted


@dataclass(frozen=True, slots=True)
class Evidence:
    """`passage.text[start:end]`, and how much of the question it covers (0 to 1).

    `names_all`: every name in the question stands in it or in its headings. `fits`: it holds the
    kind of answer wanted, and that answer belongs to what was asked, not to its neighbour.
    """

    passage: Passage
    start: int
    end: int
    coverage: float
    names_all: bool
    fits: bool
    score: float

    @property
    def text(self) -> str:
        return self.passage.text[self.start : self.end]


def inquire(question: str, language: str, passages: Sequence[Passage]) -> Inquiry:
    """Read a question against the notes it is asked of.

    `passages` are those of the whole index (at most 4,000 are looked at): they say how rare each
    term is. A term that no note has weighs most.
    """
    step = max(1, len(passages) // 4000)
    texts = [f"{p.heading}\n{p.text}".lower() for p in passages[::step]]
    wanted_terms = sorted(terms(question))
    raw = {
        term: math.log((len(texts) + 1) / (sum(term in text for text in texts) + 0.5))
        for term in wanted_terms
    }
    raw = {term: max(weight, 0.2) for term, weight in raw.items()}
    total = sum(raw.values())
    wanted = next((kind for kind, pattern in _WANTED if pattern.search(question)), "text")
    return Inquiry(
        question,
        language,
        {term: weight / total for term, weight in raw.items()} if total else {},
        frozenset(name.key for name in names(question)),
        frozenset(quantity.value for quantity in quantities(question)),
        wanted,
    )


def gather(inquiry: Inquiry, hits: Iterable[Hit]) -> tuple[Evidence, ...]:
    """Every sentence of the passages found, the one that best speaks of what was asked first."""
    found: list[Evidence] = []
    for order, hit in enumerate(hits):
        passage = hit.passage
        heading_terms = terms(passage.heading)
        passage_terms = terms(passage.text)
        heading_names = {name.key for name in names(passage.heading)}
        for start, end in sentences(passage.text, passage.language):
            text = passage.text[start:end]
            here = terms(text)
            coverage = sum(
                weight * (
                    1.0 if term in here
                    else _IN_HEADING if term in heading_terms
                    else _IN_PASSAGE if term in passage_terms
                    else 0.0
                )
                for term, weight in inquiry.weights.items()
            )  # fmt: skip
            named = {name.key for name in names(text)}
            names_all = inquiry.names <= (named | heading_names)
            fits = _fits(inquiry, text)
            score = coverage + 0.25 * fits + 0.25 * names_all - 0.02 * order
            found.append(Evidence(passage, start, end, coverage, names_all, fits, score))
    return tuple(sorted(found, key=lambda evidence: -evidence.score))


def _fits(inquiry: Inquiry, text: str) -> bool:
    if inquiry.wanted == "text":
        return True
    if inquiry.wanted == "person":
        return any(name.key not in inquiry.names for name in names(text))
    found = names(text)
    return any(
        belongs(inquiry, text, quantity, found)
        for quantity in quantities(text)
        if answers_kind(inquiry, quantity)
    )


def answers_kind(inquiry: Inquiry, quantity: Quantity) -> bool:
    """A figure the question did not bring along, and a year only where a time is asked for."""
    if quantity.value in inquiry.figures:
        return False
    return is_year(quantity) == (inquiry.wanted == "time")


def is_year(quantity: Quantity) -> bool:
    """A bare whole number from 1900 to 2100, or a date."""
    if quantity.unit in ("year", "date"):
        return quantity.value.denominator != 1 or 1900 <= quantity.value <= 2100
    return not quantity.unit and quantity.value.denominator == 1 and 1900 <= quantity.value <= 2100


def belongs(
    inquiry: Inquiry, text: str, quantity: Quantity, found: Sequence[Name] | None = None
) -> bool:
    """The figure is about a name in the question, or about none that the sentence names."""
    owner = attached_name(text, quantity, names(text) if found is None else found)
    return not inquiry.names or owner is None or owner in inquiry.names


_BREAK = re.compile(
    r"[;:()\[\]|\n—–]|,(?!\d)|\b(?:and|while|whereas|but|than|versus|vs|against|to)\b"
    r"|(?<=[가-힣])(?:이고|이며|지만|보다|에서)(?=\s)"
)
_AGENT = re.compile(r"\b(?:by|from|at|with|using|via|in|on|for)\s*$", re.I)


def attached_name(text: str, quantity: Quantity, found: Sequence[Name]) -> str | None:
    """The key of the name a figure belongs to in a sentence with several, or None.

    The nearest name in the figure's own clause; else, going back, the last name that is not merely
    an agent or a place ("by OpenAI"); else none.
    """
    breaks = [0, *(m.end() for m in _BREAK.finditer(text)), len(text)]
    left = max(at for at in breaks if at <= quantity.start)
    right = min((at for at in breaks if at >= quantity.end), default=len(text))
    outside = [n for n in found if n.end <= quantity.start or n.start >= quantity.end]
    inside = [n for n in outside if left <= n.start and n.end <= right]
    if inside:
        return min(inside, key=lambda n: _gap(n, quantity)).key
    before = [n for n in outside if n.end <= quantity.start]
    for name in reversed(before):
        if not _AGENT.search(text[: name.start]):
            return name.key
    return None


def _gap(name: Name, quantity: Quantity) -> int:
    return quantity.start - name.end if name.end <= quantity.start else name.start - quantity.end
