"""What was said, and who or what a word that points back can mean."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.answering.conversation.topic import TopicSpan, named, phrase, topics
from pipeline.text.entities import name_key

__all__ = ["Turn", "last_two", "person", "subject", "subjects"]

_ASKS_WHO = re.compile(
    r"\bwho(?:m|se)?\b|\b(?:which|what) (?:company|lab|team|group|person|author|researcher|"
    r"university|organi[sz]ation)\b|누가|누구|(?:어느|어떤|무슨) (?:회사|팀|곳|연구소|사람|기관)",
    re.I,
)


_DESCRIBES = re.compile(r"who\s+(?:is|are|was|were)\b", re.I)


@dataclass(frozen=True, slots=True)
class Turn:
    """A question as it was asked of the notes, and the answer ("" where the notes did not say)."""

    question: str
    answer: str = ""


def subjects(turn: Turn) -> tuple[TopicSpan, ...]:
    """What the question of a turn was about."""
    return topics(turn.question)


def subject(past: Sequence[Turn]) -> str:
    """What "it" means: what the last question was about; of several names, the last one."""
    question = past[-1].question
    return phrase(question, topics(question)[-1])


def person(past: Sequence[Turn]) -> str:
    """What "they" or "that company" means: who was asked for last and found; "" for nobody. Of
    somebody who was named ("Who was Ada Lovelace?") the answer only says what they were."""
    last = past[-1]
    named_already = _DESCRIBES.match(last.question) and named(last.question)
    if _ASKS_WHO.search(last.question) and last.answer and not named_already:
        known = {name_key(topic.text) for topic in subjects(last)}
        for name in named(last.answer):
            if name_key(name.text) not in known:
                return name.text
        words = last.answer.strip(" .!").split()
        if len(words) <= 3:
            return " ".join(words)
    return ""


def last_two(past: Sequence[Turn]) -> tuple[str, str] | None:
    """The two things last spoken of, the earlier first."""
    found: dict[str, str] = {}
    for turn in reversed(past):
        for topic in reversed(subjects(turn)):
            found.setdefault(name_key(topic.text), topic.text)
            if len(found) == 2:
                second, first = found.values()
                return first, second
    return None
