"""A follow-up question as one that stands by itself, by rules a reader can check.

Three things make a question lean on the one before: a word that points back ("it", 그것), a
fragment ("And GPT-3?", "GPT-3는?", "When?"), or a subject left out ("파라미터는 몇 개야?"). The
first two can be seen, and are rewritten. Where two readings are possible both are given, and
whoever has the notes says which of them the notes bear out. A question in which none of this is
found is asked as it is: a question changed wrongly is worse than one that was not understood.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.chat import english, korean
from pipeline.chat.history import Turn, subjects
from pipeline.chat.topic import named

__all__ = ["Reading", "Turn", "readings"]


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to take a question. `changed`: words of an earlier turn were put in."""

    text: str
    changed: bool = True


def readings(question: str, history: Sequence[Turn]) -> list[Reading]:
    """The ways in which a question can be meant, the likeliest first; at least one.

    `history` is oldest first, its questions as they were asked of the notes. More than one reading
    is given only where the words alone do not decide.
    """
    as_asked = Reading(question, changed=False)
    past = [turn for turn in history if subjects(turn)]
    if not past:
        return [as_asked]
    rules = korean if _is_korean(question, past[-1].question) else english
    for rule in (rules.comparison, rules.more, rules.bare_word, rules.pointing):
        if text := rule(question, past):
            return [Reading(text)]
    if found := rules.fragment(question, past):
        return [Reading(text) for text in dict.fromkeys(found)]
    if not named(question) and (left_out := rules.left_out(question, past)):
        return [as_asked, Reading(left_out)]
    return [as_asked]


def _is_korean(question: str, before: str) -> bool:
    """The language of a question; of one that is a name alone ("GPT-3?"), of the one before."""
    if re.search("[가-힣]", question):
        return True
    bare_name = not re.search(r"[a-z]{2,}", re.sub(r"\b[A-Z][\w-]*", "", question))
    return bare_name and bool(re.search("[가-힣]", before))
