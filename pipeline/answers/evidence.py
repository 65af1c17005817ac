"""Which sentences of the notes speak of what was asked?

A question becomes an `Inquiry`: its content terms with their weights (rare in these notes weighs
more, unknown to them most), the names in it, and the kind of answer it wants. A sentence becomes
`Evidence` with the share of that weight it covers. What the notes do not cover, they do not say.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from pipeline.answers.names import Name, names
from pipeline.answers.owners import owners
from pipeline.answers.quantities import Quantity, quantities
from pipeline.answers.terms import terms
from pipeline.answers.wanted import Wanted, wanted
from pipeline.notes import sentences
from pipeline.types import Hit, Passage

__all__ = ["Evidence", "Inquiry", "answers_kind", "belongs", "gather", "inquire"]

# A term in the heading path, or elsewhere in the same passage, says less than one in the sentence.
_IN_HEADING, _IN_PASSAGE = 0.6, 0.35

# A sentence that starts like this speaks of what the one before it named.
_REFERS_BACK = re.compile(
    r"(?:it|its|they|their|he|she|his|her|this|these|that|those|the (?:model|paper|method|authors?|"
    r"same|result|idea))\b|(?:이|그|이는|이것|그것|이들|그들|이 모델|이 논문|이 방법)(?=\s)",
    re.I,
)


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
    raw = {
        term: math.log((len(texts) + 1) / (sum(term in text for text in texts) + 0.5))
        for term in sorted(terms(question, question=True))
    }
    raw = {term: max(weight, 0.2) for term, weight in raw.items()}
    total = sum(raw.values())
    return Inquiry(
        question,
        language,
        {term: weight / total for term, weight in raw.items()} if total else {},
        frozenset(name.key for name in names(question)),
        frozenset(quantity.value for quantity in quantities(question)),
        wanted(question),
    )


def gather(inquiry: Inquiry, hits: Iterable[Hit]) -> tuple[Evidence, ...]:
    """Every sentence of the passages found, the one that best speaks of what was asked first."""
    found: list[Evidence] = []
    for order, hit in enumerate(hits):
        passage = hit.passage
        heading_terms, passage_terms = terms(passage.heading), terms(passage.text)
        heading_names = {name.key for name in names(passage.heading)}
        for start, end in _units(passage):
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
            at_home = passage.language == inquiry.language
            score = coverage + 0.25 * fits + 0.25 * names_all + 0.1 * at_home - 0.02 * order
            score -= 0.0002 * (end - start)  # of two that say it, the shorter
            found.append(Evidence(passage, start, end, coverage, names_all, fits, score))
    return tuple(sorted(found, key=lambda evidence: -evidence.score))


def _units(passage: Passage) -> Iterator[tuple[int, int]]:
    """The sentences of a passage; one that refers back is taken together with the one before."""
    before: tuple[int, int] | None = None
    for start, end in sentences(passage.text, passage.language):
        text = passage.text[start:end]
        if before and _REFERS_BACK.match(text) and "\n" not in passage.text[before[1] : start]:
            yield before[0], end
        else:
            yield start, end
        before = (start, end)


def _fits(inquiry: Inquiry, text: str) -> bool:
    kind = inquiry.wanted.kind
    if kind == "text":
        return True
    found = names(text)
    if kind == "name":
        return any(name.key not in inquiry.names for name in found)
    return any(
        answers_kind(inquiry, quantity, text) and belongs(inquiry, text, quantity, found)
        for quantity in quantities(text)
    )


def answers_kind(inquiry: Inquiry, quantity: Quantity, text: str) -> bool:
    """A figure of the kind wanted that the question did not bring along."""
    return quantity.value not in inquiry.figures and inquiry.wanted.admits(quantity, text)


def belongs(
    inquiry: Inquiry, text: str, quantity: Quantity, found: Sequence[Name] | None = None
) -> bool:
    """The figure is about a name in the question, or about none that the sentence names."""
    if not inquiry.names:
        return True
    of = owners(text, quantity, names(text) if found is None else found)
    return not of or bool(of & inquiry.names)
