"""A question that leans on what was said before, with what it leans on put in front of it.

Whether it leans is told by a model (`pipeline.text.leaning`); what it leans on by the notes: those
words of the last question that the passage answering it has, and the headings of that passage.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from pipeline.answering.question import LONGEST_QUESTION
from pipeline.evidence.gather import gather, inquire
from pipeline.text.entities import names
from pipeline.text.language import language_of
from pipeline.text.particles import bare, with_particle
from pipeline.text.terms import terms
from pipeline.types import Hit, Passage

__all__ = ["Notes", "Turn", "in_context"]

_WORD = re.compile(r"[^\s?!.,;:>\"“”()…]+(?:[.,][^\s?!.,;:>\"“”()…]+)*")
_HANGUL = re.compile("[가-힣]+")
_REST_OF_NAME = re.compile(r"^[A-Za-z0-9]+")
"""What follows a name that was seen in part: "x7B" of "Mixtral 8x7B"."""
_FAR = 2
"""A question may point to one of so many turns before the last."""
_PASSAGES = 5
"""As many are looked at for the one that answered the last question."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A question as it was asked of the notes, and the answer ("" where the notes did not say)."""

    question: str
    answer: str = ""


class Notes(Protocol):
    """What is asked of the index."""

    def leans(self, question: str) -> float: ...

    def leans_on_both(self, question: str) -> bool: ...

    def overlap(self, text: str) -> tuple[float, float]: ...

    def search(self, question: str, k: int) -> list[Hit]: ...

    def name_tokens(self, text: str) -> frozenset[int]: ...


def in_context(question: str, past: Sequence[Turn], notes: Notes) -> str:
    """The question as it is asked of the notes: as it was typed, or with what it leans on.

    `past` is oldest first, its questions as they were asked of the notes.
    """
    if not past or notes.leans(question) <= 0:
        return question
    whole = _renamed(question, past[-1].question, notes) or _headed(question, past, notes)
    return whole if 0 < len(whole) <= LONGEST_QUESTION else question


def _renamed(question: str, before: str, notes: Notes) -> str:
    """ "And GPT-3?", of which the notes know nothing but a name, as the question before with the
    name in place of its last one; "" where it is more, or where the one before has no name."""
    new, old = names(question), names(before)
    if len(new) != 1 or not old or new[0].key in {name.key for name in old}:
        return ""
    rest = f"{question[: new[0].start]} {question[new[0].end :]}"
    if terms(rest, question=True) and notes.overlap(rest)[0] > 0:
        return ""
    head, tail = before[: old[-1].start], _REST_OF_NAME.sub("", before[old[-1].end :])
    particle = _HANGUL.match(tail)
    if particle is None:
        return head + new[0].text + tail
    return head + with_particle(new[0].text, particle.group()) + tail[particle.end() :]


def _headed(question: str, past: Sequence[Turn], notes: Notes) -> str:
    """The question behind what was spoken of; "" where the notes have none of that."""
    turns = _turns_meant(question, past, notes)
    words = [word for turn in turns for word in turn.words]
    if not words:
        return ""
    headings = [turn.passage.heading for turn in turns]
    about = ", ".join(filter(None, (" ".join(dict.fromkeys(words)), *dict.fromkeys(headings))))
    return f"{about}: {question}"


@dataclass(frozen=True, slots=True)
class _Spoken:
    """A turn whose question the notes answer: the passage that does, those words of the question
    that this has, and the tokens of both."""

    passage: Passage
    words: tuple[str, ...]
    tokens: frozenset[int]


def _turns_meant(question: str, past: Sequence[Turn], notes: Notes) -> list[_Spoken]:
    """The turns that a question leans on, oldest first: the last two where it leans on two things;
    else the last, or one of two before it that has more words of the question."""
    spoken = filter(None, (_spoken(turn, notes) for turn in reversed(past)))
    last = next(spoken, None)
    if last is None:
        return []
    if notes.leans_on_both(question):
        before = next(spoken, None)
        return [before, last] if before else [last]
    own = notes.name_tokens(question)
    if own <= last.tokens:
        return [last]
    return [max((last, *islice(spoken, _FAR)), key=lambda one: len(own & one.tokens))]


def _spoken(turn: Turn, notes: Notes) -> _Spoken | None:
    asked = inquire(turn.question, language_of(turn.question))
    found = gather(asked, notes.search(turn.question, _PASSAGES))
    if not found:
        return None
    passage = found[0].passage
    here = notes.name_tokens(f"{passage.heading}\n{passage.text}")
    words = [
        bare(word)[0] if _HANGUL.search(word) else word
        for word in _WORD.findall(turn.question)
        if notes.name_tokens(word) & here
    ]
    return (
        _Spoken(passage, tuple(words), here | notes.name_tokens(turn.question)) if words else None
    )
