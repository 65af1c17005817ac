"""Gathers the sentences of the notes that speak of what was asked.

A question becomes an `Inquiry`: the names and figures in it, its content terms, and the kind of
answer it wants. A sentence, list or table row of the passages found becomes `Evidence`, with what
was measured of it and what speaks for it (`pipeline.evidence.sentence_ranking`); not one
that asks something itself, as exercises and the goals of a lesson do.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from pipeline.evidence.owners import owners
from pipeline.evidence.sentence_ranking import features, score, shown
from pipeline.evidence.table_cells import addresses, asked_cell, named_cell
from pipeline.notes.passage_units import Unit, answering_units, is_property, is_title
from pipeline.notes.table_rows import row_text
from pipeline.text.answer_type import Wanted, wanted
from pipeline.text.asking import asks
from pipeline.text.entities import Name, names
from pipeline.text.numbers.quantities import Quantity, quantities
from pipeline.text.terms import terms
from pipeline.types import Hit, Passage, Signal

__all__ = [
    "Evidence",
    "Inquiry",
    "answers_kind",
    "asked_span",
    "belongs",
    "gather",
    "inquire",
]

_NAMES = re.compile(r"[()\[\],/:—–]| - ")
# A term and what it is, as a glossary has it.
_GLOSS = re.compile(r"[\s\-*+•\d.)]*([^:=—–|\n]{1,40}?)(?::|\s[=—–-])\s*\S")
_ENUMERATES = re.compile(r"[.)][ \t]+\S")


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
    """`passage.text[start:end]`: what may be quoted of `unit`, with what was measured of it.

    `score` says how much speaks for it, as a logarithm. `names_all`: every name in the question
    stands in it or in its headings. `fits`: how well it holds the kind of answer wanted (0: not at
    all), and that answer belongs to what was asked, not to its neighbour. `at_home`: it is in the
    question's language. `glossed`: it begins with what was asked about and a colon or dash.
    `opens`: 1 for the first sentence under a heading that is all that the question asks about, and
    for the row of a table whose cell the question names by row and column.
    """

    passage: Passage
    unit: Unit
    start: int
    end: int
    signal: Signal
    score: float
    names_all: bool = True
    fits: float = 1.0
    at_home: bool = True
    glossed: bool = False
    opens: float = 0.0

    @property
    def text(self) -> str:
        return self.passage.text[self.start : self.end]

    @property
    def said(self) -> str:
        """The text as an answer: of a table row each cell under its heading."""
        return row_text(self.text, self.unit.context) if self.unit.kind == "row" else self.text

    @property
    def coverage(self) -> float:
        """The share of the question's terms that it has, weighed by rarity."""
        return self.signal.coverage

    @property
    def header(self) -> str:
        """The heading row of the table that a row stands in; empty for anything else."""
        return self.unit.context if self.unit.kind == "row" else ""


def inquire(question: str, language: str, passages: Sequence[Passage] = ()) -> Inquiry:
    """Read a question. `passages` (at most 4,000 are looked at) say how rare each term is, where
    the hits were not measured; a term that none of them has weighs most."""
    step = max(1, len(passages) // 4000)
    texts = [f"{p.heading}\n{p.text}".lower() for p in passages[::step]]
    raw = {
        term: max(math.log((len(texts) + 1) / (sum(term in text for text in texts) + 0.5)), 0.2)
        for term in sorted(terms(question, question=True))
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


def gather(
    inquiry: Inquiry, hits: Iterable[Hit], words: float | None = None
) -> tuple[Evidence, ...]:
    """Every unit of the passages found that may answer, the one that most speaks for first. `words`
    is the largest share of the question's terms that a unit has, where more was found than these
    (as to `features`)."""
    hits = tuple(hits)
    best = max((hit.score for hit in hits), default=0.0)
    if words is None:
        words = max((signal.coverage for hit in hits for signal in hit.signals), default=1.0)
    found: list[Evidence] = []
    for hit in hits:
        passage = hit.passage
        property_ = is_property(passage) and not _asks_for_property(inquiry, passage)
        if property_ and inquiry.wanted.kind == "text":
            continue
        units = answering_units(passage)
        signals = hit.signals or _by_terms(inquiry, passage, units)
        heading_names = {name.key for name in names(passage.heading)}
        headed = _headed(inquiry, passage)
        for at, (unit, signal) in enumerate(zip(units, signals, strict=True)):
            if not unit.answers or signal.asks > 0 or is_title(passage, unit):
                continue
            opens, headed = headed, 0.0
            start, end = shown(passage, units, signals, at)
            text = passage.text[start:end]
            found_names = names(text)
            named = {name.key for name in found_names} | heading_names
            about = f"{unit.context}\n{text}"
            names_all = all(name in named or _spelled(name, about) for name in inquiry.names)
            header = unit.context if unit.kind == "row" else ""
            opens = max(opens, float(addresses(inquiry.text, inquiry.language, text, header)))
            fits = _fits(inquiry, text, found_names, header)
            if property_ and not fits:
                continue
            glossed = _glossed(inquiry, passage.text[unit.start : unit.end])
            what = fits, names_all, glossed, opens, words
            seen = features(unit, signal, best - hit.score, *what)
            value = score(seen, near=signal.standard is not None)
            measured = signal, value, names_all, fits, passage.language == inquiry.language
            found.append(Evidence(passage, unit, start, end, *measured, glossed, opens))
    return tuple(sorted(found, key=lambda evidence: -evidence.score))


def _asks_for_property(inquiry: Inquiry, passage: Passage) -> bool:
    """Whether a question has a word of a key of the front matter."""
    keys = "\n".join(line.partition(":")[0] for line in passage.text.splitlines())
    return not inquiry.weights.keys().isdisjoint(terms(keys))


def _headed(inquiry: Inquiry, passage: Passage) -> float:
    """1 where the question asks for nothing but what the passage is headed by, or by one of its
    names there ("Deadlock (DeadLock, circular wait)")."""
    names_ = _NAMES.split(passage.headings[-1]) if passage.headings else []
    return float(any(terms(name) == inquiry.weights.keys() != set() for name in names_))


def _glossed(inquiry: Inquiry, text: str) -> bool:
    found = _GLOSS.match(text)
    heads = [terms(name) for name in _NAMES.split(found[1])] if found else []
    return any(head and head <= inquiry.weights.keys() for head in heads)


def _by_terms(inquiry: Inquiry, passage: Passage, units: Sequence[Unit]) -> tuple[Signal, ...]:
    """The signals of units that no index measured: which of the question's terms they have."""
    found = []
    for unit in units:
        said = passage.text[unit.start : unit.end]
        here = terms(f"{passage.heading}\n{unit.context}\n{said}")
        share = sum(w for term, w in inquiry.weights.items() if term in here)
        asked = 0.0 if unit.kind == "row" else asks(said, passage.language)
        found.append(Signal(share, asks=asked))
    return tuple(found)


def _spelled(key: str, text: str) -> bool:
    """A name without a figure stands in the text as part of a longer one ("DeepMind's Gopher")."""
    if any(char.isdigit() for char in key):
        return False
    words = r"[\s-]+".join(re.escape(part) for part in key.split("-"))
    return re.search(rf"(?<!\w){words}(?!\w|[-\s]?\d|-\w*-?\w*\d)", text, re.I) is not None


def column_of(text: str, at: int, header: str) -> str:
    """The heading above position `at` of a table row."""
    cells = header.split("|")
    index = text.count("|", 0, at)
    return cells[index].strip() if index < len(cells) else ""


def _fits(inquiry: Inquiry, text: str, found: Sequence[Name], header: str) -> float:
    """How well the sentence holds the kind of answer wanted, 0 to 1."""
    kind = inquiry.wanted.kind
    if kind == "text":
        return 1.0
    named = named_cell(inquiry.text, inquiry.language, text, header)
    if kind == "name":
        return max(named, float(any(name.key not in inquiry.names for name in found)))
    figures = (
        answers_kind(inquiry, quantity, text, header)
        for quantity in quantities(text)
        if belongs(inquiry, text, quantity, found)
    )
    return max([named, *figures])


def asked_span(inquiry: Inquiry, evidence: Evidence) -> tuple[int, int] | None:
    """Where in what is said the figure, time or name stands that was asked for, or the cell of a
    table row; None where it is a sentence that was asked for, and where several could be it."""
    kind, text = inquiry.wanted.kind, evidence.text
    if evidence.unit.kind == "row":
        return asked_cell(
            inquiry.text, inquiry.language, inquiry.wanted, evidence.text, evidence.header
        )
    if kind == "text":
        return None
    found = names(text)
    if kind == "name":
        spans = [(name.start, name.end) for name in found if name.key not in inquiry.names]
    else:
        spans = [
            (quantity.start, quantity.end)
            for quantity in quantities(text)
            if answers_kind(inquiry, quantity, text) and belongs(inquiry, text, quantity, found)
        ]
    return spans[0] if len(spans) == 1 else None


def answers_kind(inquiry: Inquiry, quantity: Quantity, text: str, header: str = "") -> float:
    """How well a figure is of the kind wanted; 0 for one that the question brought along, or that
    only numbers a list."""
    if (
        not quantity.unit
        and _ENUMERATES.match(text, quantity.end)
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
