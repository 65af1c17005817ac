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

from pipeline.evidence.answer_type import Wanted, wanted
from pipeline.evidence.owners import owners
from pipeline.text.entities import Name, names
from pipeline.text.numbers.quantities import Quantity, quantities
from pipeline.text.sentences import sentences
from pipeline.text.terms import light_terms, terms
from pipeline.types import Hit, Passage

__all__ = ["Evidence", "Inquiry", "answers_kind", "belongs", "gather", "inquire"]

# A term in the heading path, or elsewhere in the same passage, says less than one in the sentence.
_IN_HEADING, _IN_PASSAGE = 0.6, 0.35

# A verb that others easily stand in for ("wrote", "published") weighs less than what it is said of.
_LIGHT = 0.3

# A sentence that starts like this speaks of what the one before it named.
_REFERS_BACK = re.compile(
    r"(?:it|its|they|their|he|she|his|her|this|these|that|those|the (?:model|paper|method|authors?|"
    r"same|result|idea))\b|(?:이|그|이는|이것|그것|이들|그들|이 모델|이 논문|이 방법)(?=\s)",
    re.I,
)

_ENUMERATES = re.compile(r"[.)](?:\s|$)")


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

    `names_all`: every name in the question stands in it or in its headings. `fits`: how well it
    holds the kind of answer wanted (0: not at all), and that answer belongs to what was asked, not
    to its neighbour.
    """

    passage: Passage
    start: int
    end: int
    coverage: float
    names_all: bool
    fits: float
    score: float
    at_home: bool = True
    """It is in the question's language."""
    header: str = ""
    """The heading row of the table that a row stands in."""

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
    light = light_terms()
    raw = {
        term: max(weight, 0.2) * (_LIGHT if term in light else 1.0) for term, weight in raw.items()
    }
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
            found_names = names(text)
            named = {name.key for name in found_names} | heading_names
            names_all = all(name in named or _spelled(name, text) for name in inquiry.names)
            header = _header(passage.text, start)
            fits = _fits(inquiry, text, found_names, header)
            at_home = passage.language == inquiry.language
            score = coverage + 0.25 * fits + 0.25 * names_all + 0.1 * at_home - 0.02 * order
            score -= 0.0002 * (end - start)  # of two that say it, the shorter
            found.append(
                Evidence(passage, start, end, coverage, names_all, fits, score, at_home, header)
            )
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


def _spelled(key: str, text: str) -> bool:
    """A name without a figure stands in the text as part of a longer one ("DeepMind's Gopher")."""
    if any(char.isdigit() for char in key):
        return False
    words = r"[\s-]+".join(re.escape(part) for part in key.split("-"))
    return re.search(rf"(?<!\w){words}(?!\w|[-\s]?\d|-\w*-?\w*\d)", text, re.I) is not None


def _header(text: str, start: int) -> str:
    """The first row of the table that the row at `start` belongs to; empty outside a table."""
    lines = text[:start].split("\n")
    if not text.startswith("|", start) or lines[-1]:
        return ""
    header = ""
    for line in reversed(lines[:-1]):
        if not line.startswith("|"):
            break
        header = line
    return header


def column_of(text: str, at: int, header: str) -> str:
    """The heading above position `at` of a table row."""
    cells = header.split("|")
    index = text.count("|", 0, at)
    return cells[index].strip() if header and index < len(cells) else ""


def _fits(inquiry: Inquiry, text: str, found: Sequence[Name], header: str) -> float:
    """How well the sentence holds the kind of answer wanted, 0 to 1."""
    kind = inquiry.wanted.kind
    if kind == "text":
        return 1.0
    if kind == "name":
        return float(any(name.key not in inquiry.names for name in found))
    return max(
        (
            answers_kind(inquiry, quantity, text, header)
            for quantity in quantities(text)
            if belongs(inquiry, text, quantity, found)
        ),
        default=0.0,
    )


def answers_kind(inquiry: Inquiry, quantity: Quantity, text: str, header: str = "") -> float:
    """How well a figure is of the kind wanted; 0 for one that the question brought along, or that
    only numbers a list."""
    if (
        _ENUMERATES.match(text, quantity.end)
        and not text[: quantity.start].rpartition("\n")[2].strip()
    ):
        return 0.0
    column = column_of(text, quantity.start, header)
    return inquiry.wanted.admits(quantity, text, column) * (quantity.value not in inquiry.figures)


def belongs(
    inquiry: Inquiry, text: str, quantity: Quantity, found: Sequence[Name] | None = None
) -> bool:
    """The figure is about a name in the question, or about none that the sentence names."""
    if not inquiry.names:
        return True
    of = owners(text, quantity, names(text) if found is None else found)
    if not of or of & inquiry.names:
        return True
    return any(_spelled(name, owner) for owner in of for name in inquiry.names)
