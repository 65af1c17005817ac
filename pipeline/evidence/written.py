"""Keeps of an answer that a model writes from several quotations the sentences that they support.

A sentence counts where its figures and names stand in one quotation, or in two together (a
comparison speaks of both sides), and most of what else it says does. What is not supported is
dropped; an answer of which more is dropped than is kept is none. Every sentence kept gets the
numbers of the quotations that support it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from pipeline.evidence.gather import Evidence
from pipeline.evidence.reply_reading import ParsedReply
from pipeline.text.entities import names
from pipeline.text.language import language_of
from pipeline.text.numbers.quantities import Quantity, quantities, stands_in
from pipeline.text.sentences import sentences
from pipeline.text.terms import terms

__all__ = ["WrittenReader"]

_SHARED = 0.5
"""The least share of a sentence's terms that its quotations must have."""
_MORE = 0.25
_MARKS = re.compile(r"\s?\[[\d,\s]+\]|\*\*|__|^#+\s+|^\s*(?:[-*•]|\d{1,2}[.)])\s+", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class WrittenReader:
    """Reads replies against numbered quotations. `asked` are the terms of the question, which any
    sentence may use."""

    language: str
    quotations: tuple[Evidence, ...]
    asked: frozenset[str] = frozenset()

    def __call__(self, reply: str, mark: str = "", *, cut: bool = False) -> ParsedReply | None:
        """The supported sentences with their numbers, or None where too little is supported. Of a
        reply that was `cut` the last sentence is not read."""
        if mark and mark in reply:
            reply = reply.rsplit(mark, 1)[1]
        reply = _MARKS.sub("", reply)
        spans = [(a, b) for a, b in sentences(reply, self.language) if reply[a:b].strip()]
        if cut and len(spans) > 1:
            spans = spans[:-1]
        read = [_Quoted.of(one) for one in self.quotations]
        kept: list[tuple[str, tuple[int, ...], float]] = []
        for start, end in spans:
            text = " ".join(reply[start:end].split())
            if any(char.isalpha() for char in text) and language_of(text) == self.language:
                found = _supported(text, read, self.asked)
                if found is not None:
                    kept.append((text, *found))
        if not kept or 2 * len(kept) < len(spans):
            return None
        order = list(dict.fromkeys(at for _, numbers, _ in kept for at in numbers))
        lines = [
            f"{text} {''.join(f'[{order.index(at) + 1}]' for at in numbers)}"
            for text, numbers, _ in kept
        ]
        share = sum(support for *_, support in kept) / len(spans)
        return ParsedReply(
            " ".join(lines),
            tuple(self.quotations[at] for at in order),
            key="written:" + ",".join(str(at) for at in sorted(order)),
            support=share * len(order) / len(self.quotations),
            firm=False,
            claim=frozenset().union(*(terms(text) for text, *_ in kept)),
        )


@dataclass(frozen=True, slots=True)
class _Quoted:
    """What a quotation and its headings hold."""

    terms: frozenset[str]
    names: frozenset[str]
    quantities: tuple[Quantity, ...]

    @classmethod
    def of(cls, one: Evidence) -> _Quoted:
        about = f"{one.passage.heading}\n{one.header}\n{one.text}"
        return cls(
            frozenset(terms(about)),
            frozenset(name.key for name in names(about)),
            tuple(quantities(about)),
        )

    def __or__(self, other: _Quoted) -> _Quoted:
        return _Quoted(
            self.terms | other.terms,
            self.names | other.names,
            (*self.quantities, *other.quantities),
        )


def _supported(
    sentence: str, read: Sequence[_Quoted], asked: frozenset[str]
) -> tuple[tuple[int, ...], float] | None:
    """The quotations that support a sentence, and how much of it they hold: two rather than one
    where they hold `_MORE` of it more."""
    said = frozenset(terms(sentence)) - asked
    figures, named = quantities(sentence), {name.key for name in names(sentence)}
    found: tuple[float, tuple[int, ...]] = (_SHARED - _MORE, ())
    for count in (1, 2):
        best: tuple[float, tuple[int, ...]] = (0.0, ())
        for chosen in combinations(range(len(read)), count):
            held = read[chosen[0]] if count == 1 else read[chosen[0]] | read[chosen[1]]
            if not named - asked <= held.names:
                continue
            if not all(stands_in(figure, held.quantities) for figure in figures):
                continue
            share = len(said & held.terms) / len(said) if said else 0.0
            if share > best[0]:
                best = share, chosen
        if best[0] >= found[0] + _MORE and best[0] >= _SHARED:
            found = best
    return (found[1], found[0]) if found[1] else None
