"""Answers a question by its kind (`pipeline.text.question_kinds`).

`BY_KIND` names the way of every kind that one sentence may not answer; each puts an answer together
of quotations, for which no model is asked. Two questions in one, and questions that name a place in
the notes, are told by their form and looked for first, whatever their kind.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from pipeline.answering.kinds.base import COVERED, Asked, Composition, Course, Part
from pipeline.answering.kinds.comparison import comparison
from pipeline.answering.kinds.decision import decision
from pipeline.answering.kinds.explanation import explanation, quoted_for
from pipeline.answering.kinds.lists import listed
from pipeline.answering.kinds.place import at_place
from pipeline.answering.kinds.second_step import second_step
from pipeline.answering.kinds.summary import summary
from pipeline.answering.kinds.two import Half, both_answered
from pipeline.evidence.listings import whole_block
from pipeline.text.question_kinds import only_asks
from pipeline.types import Request

__all__ = ["BY_KIND", "Asked", "Composition", "Part", "answered", "quoted_for"]


def answered(
    asked: Asked, half: Half | None
) -> Generator[list[Request], list[Any], tuple[Asked, Composition | None]]:
    """The course that answers a question by its kind: the composition, or None where the best
    sentence is to answer; and what was asked in the end, which a place in the notes narrows.

    `half` prepares one of two questions in one; None: it is such a half itself.
    """
    if half is not None:
        composition = yield from both_answered(asked.inquiry, half)
        if composition is not None:
            return asked, composition
    asked, composition = yield from at_place(asked)
    way = BY_KIND.get(asked.kind)
    if composition is None and way is not None:
        composition = yield from way(asked)
    if composition is None and asked.kind in _BY_FORM:
        composition = yield from second_step(asked)
    return asked, composition


def _block(asked: Asked) -> Course:
    """A formula or listing, whole."""
    yield from ()
    shown = whole_block(asked.evidence)
    if shown is None or not asked.likely:
        return None
    return Composition("block", (Part(shown, lines=True),))


def _about(asked: Asked) -> Course:
    """Small talk about the tool, unless the notes speak of what it says."""
    yield from ()
    asks = only_asks(asked.inquiry.text)
    small_talk = not asked.found or asks or asked.evidence[0].coverage < COVERED
    return Composition("about") if small_talk else None


_BY_FORM = ("list", "comparison", "block")
"""Kinds that are told by what the answer looks like: where the notes have nothing of that form, the
question is taken for a plain one."""

BY_KIND: dict[str, Callable[[Asked], Course]] = {
    "fact": second_step,
    "definition": second_step,
    "why": second_step,
    "list": listed,
    "comparison": comparison,
    "summary": summary,
    "explain": explanation,
    "decision": decision,
    "task": decision,
    "block": _block,
    "about": _about,
}
