"""Two questions in one: each is answered by itself, and what the notes lack is said."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

from pipeline.answering.kinds.base import Composition, Course, Part, overlaps
from pipeline.evidence.gather import Inquiry
from pipeline.text.clauses import halves
from pipeline.text.terms import terms
from pipeline.types import Cost, Request

if TYPE_CHECKING:
    from pipeline.answering.prepare import Prepared

__all__ = ["Half", "both_answered"]

Half = Callable[[str, tuple[str, str]], Generator[list[Request], list[Any], "Prepared"]]


def both_answered(inquiry: Inquiry, ask: Half) -> Course:
    """The course that answers both halves of a question; None where it is one question, where one
    sentence answers both, and where the notes answer neither. `ask` prepares a half: its text, and
    what it may refer back to, the first half and the note that answers it."""
    pair = halves(inquiry.text, inquiry.language)
    if pair is None or not all(terms(half, question=True) for half in pair):
        return None
    first = yield from ask(pair[0], ("", ""))
    source = next((part.evidence.passage.source for part in _parts(first)), "")
    second = yield from ask(pair[1], (pair[0], source))
    parts: list[Part] = []
    missing: list[str] = []
    for half, prepared in zip(pair, (first, second), strict=True):
        found = _parts(prepared)
        if not found:
            missing.append(half.strip(" ,.?!"))
        parts += [part for part in found if not overlaps(part.evidence, parts)]
    if not parts or (not missing and len(parts) < 2):
        return None
    cost = sum((one.cost for one in (first, second)), Cost())
    return Composition("two", tuple(parts), missing=tuple(missing), cost=cost)


def _parts(prepared: Prepared) -> tuple[Part, ...]:
    if prepared.composition is not None:
        return prepared.composition.parts
    return (Part(prepared.quotation),) if prepared.quotation is not None else ()
