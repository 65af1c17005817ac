"""Two questions in one: each is answered by itself, and what the notes lack is said."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, NamedTuple

from pipeline.answering.kinds.base import Composition, Course, Part, overlaps
from pipeline.evidence.gather import Inquiry, asked_span, inquire
from pipeline.text.clauses import halves, leans
from pipeline.text.terms import terms
from pipeline.types import Cost, Request

if TYPE_CHECKING:
    from pipeline.answering.prepare import Prepared

__all__ = ["Before", "Half", "both_answered"]

_SHORT = 3
"""Words of a half that says little more than what it asks."""


class Before(NamedTuple):
    """What the second of two questions may refer back to: the first, the note that answers it (""
    where none does), and the cell of a table that was asked for there."""

    question: str = ""
    source: str = ""
    cell: str = ""


Half = Callable[[str, Before], Generator[list[Request], list[Any], "Prepared"]]


def both_answered(inquiry: Inquiry, ask: Half) -> Course:
    """The course that answers both halves of a question; None where it is one question, where one
    sentence answers both, and where the notes answer neither. `ask` prepares a half: its text, and
    what it may refer back to."""
    pair = halves(inquiry.text, inquiry.language)
    if pair is None or not all(terms(half, question=True) for half in pair):
        return None
    first = yield from ask(pair[0], Before())
    second = yield from ask(pair[1], _before(pair[0], first))
    parts: list[Part] = []
    missing: list[str] = []
    for half, prepared in zip(pair, (first, second), strict=True):
        found = _parts(prepared)
        if not found and not _told(half, inquiry.language, parts):
            missing.append(half.strip(" ,.?!"))
        parts += [part for part in found if not overlaps(part.evidence, parts)]
    if not parts or (not missing and len(parts) < 2):
        return None
    cost = sum((one.cost for one in (first, second)), Cost())
    return Composition("two", tuple(parts), missing=tuple(missing), cost=cost)


def _told(half: str, language: str, parts: list[Part]) -> bool:
    """The second half is short or leans on the first, and asks for a figure, time or name that
    stands in what answers that."""
    if not leans(half, language) and len(half.split()) > _SHORT:
        return False
    asked = inquire(half, language)
    return any(asked_span(asked, part.evidence) is not None for part in parts)


def _before(question: str, first: Prepared) -> Before:
    """What was asked first, and what that found."""
    parts = _parts(first)
    if not parts:
        return Before(question)
    evidence, marked = parts[0].evidence, parts[0].marked or first.marked
    cell = evidence.said[slice(*marked)] if evidence.header and marked else ""
    return Before(question, evidence.passage.source, cell)


def _parts(prepared: Prepared) -> tuple[Part, ...]:
    if prepared.composition is not None:
        return prepared.composition.parts
    return (Part(prepared.quotation),) if prepared.quotation is not None else ()
