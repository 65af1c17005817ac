"""A follow-up question as one that stands by itself: the ways in which it may be meant.

Three things make a question lean on the one before: a word that points back ("it", 그것), a
fragment ("And GPT-3?", "GPT-3는?", "When?"), or a subject left out ("파라미터는 몇 개야?"). The
grammar of a question says which; what is put in is what was spoken of before. Whether any of these
readings is asked is decided by what the notes hold, see `pipeline.answering.conversation.choice`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from pipeline.answering.conversation import english, korean
from pipeline.answering.conversation.history import Turn, subjects
from pipeline.answering.conversation.topic import named

__all__ = ["Interpretation", "Lean", "Turn", "readings"]

Lean = Literal["points", "empty", "fragment", "left out"]
Rule = Callable[[str, Sequence[Turn]], str]


@dataclass(frozen=True, slots=True)
class Interpretation:
    """One way to take a question, and what makes it lean on what was said before: a word that
    points there, that it names nothing ("Tell me more."), that it is no whole sentence, or that
    its subject may have been left out."""

    text: str
    lean: Lean
    own: tuple[str, ...] = ()
    """Nouns of the question itself, where its subject may have been left out."""


def readings(question: str, history: Sequence[Turn]) -> list[Interpretation]:
    """The ways in which a question can lean on what was said; none where it stands by itself.

    `history` is oldest first, its questions as they were asked of the notes.
    """
    past = [turn for turn in history if subjects(turn)]
    if not past:
        return []
    rules = korean if _is_korean(question, past[-1].question) else english
    grammar: list[tuple[Rule, Lean]] = [
        (rules.comparison, "points"),
        (rules.more, "empty"),
        (rules.bare_word, "empty"),
        (rules.pointing, "points"),
    ]
    for rule, lean in grammar:
        if text := rule(question, past):
            return [Interpretation(text, lean)]
    if found := rules.fragment(question, past):
        return [Interpretation(text, "fragment") for text in dict.fromkeys(found)]
    if not named(question) and (whole := rules.left_out(question, past)):
        return [Interpretation(whole, "left out", rules.nouns(question))]
    return []


def _is_korean(question: str, before: str) -> bool:
    """The language of a question; of one that is a name alone ("GPT-3?"), of the one before."""
    if re.search("[가-힣]", question):
        return True
    bare_name = not re.search(r"[a-z]{2,}", re.sub(r"\b[A-Z][\w-]*", "", question))
    return bare_name and bool(re.search("[가-힣]", before))
