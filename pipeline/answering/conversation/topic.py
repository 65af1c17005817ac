"""What a question is about: its names, else the words that carry it.

Cheap and pure, as the terms of a text are: no dictionary is loaded and no model is asked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.text.entities import names
from pipeline.text.particles import bare
from pipeline.text.terms import light_terms, terms

__all__ = ["TopicSpan", "content_words", "named", "phrase", "topics"]

_WORD = re.compile(r"[^\s?!.,;:\"“”()…]+(?:[.,][^\s?!.,;:\"“”()…]+)*")
_AFTER_VERB = re.compile(
    r"\b(?:is|are|was|were|do|does|did|can|could|should|would|will|has|have|had)\s++"
    r"(?:(?:the|a|an)\s*+)?$",
    re.I,
)
# "the War of 1812", "St. Augustine": a name goes on over "of" and over the dot of a short form.
_NAME_TAIL = re.compile(r"(?:\.?\s(?:of\s)?(?:[A-Z][\w-]*|\d+))+")
_IS = re.compile(r"\bwhat\s+(?:is|are|was|were)\s+(?:the|a|an)?\s*$", re.I)
_MARKS = ("은", "는", "이", "가", "의", "란", "이란", "을", "를", "도", "과", "와")


@dataclass(frozen=True, slots=True)
class TopicSpan:
    """`text` stands at `start`..`end` of its question."""

    text: str
    start: int
    end: int


def named(text: str) -> tuple[TopicSpan, ...]:
    """The names of a text, in order, each once."""
    found: dict[str, TopicSpan] = {}
    for name in names(text):
        found.setdefault(name.key, TopicSpan(name.text, name.start, name.end))
    return tuple(found.values())


def phrase(question: str, topic: TopicSpan) -> str:
    """A topic with the words that belong to it: "KV 캐시란" is about the KV 캐시, "What is the KV
    cache?" about the KV cache."""
    end = topic.end
    if tail := _NAME_TAIL.match(question, end):
        end = tail.end()
    while found := re.match(r"\s([가-힣]+)", question[end:]):
        stem, particle = bare(found[1])
        if not _says_much(stem):
            break
        end += 1 + len(stem)
        if particle:
            break
    rest = re.fullmatch(r"\s([a-z]+(?:\s[a-z]+)?)[\s?.!]*", question[end:])
    if rest and _IS.search(question[: topic.start]) and all(map(_says_much, rest[1].split())):
        end += rest.end(1)
    return question[topic.start : end]


def topics(question: str) -> tuple[TopicSpan, ...]:
    """What the question is about, in order; empty where nothing in it says."""
    if found := named(question):
        return found
    one = _korean(question) if re.search("[가-힣]", question) else _english(question)
    return (one,) if one else ()


def content_words(question: str) -> list[str]:
    """The words that say something, in order, as they are written."""
    return [w.group() for w in _WORD.finditer(question) if terms(w.group(), question=True)]


def _says_much(word: str) -> bool:
    found = terms(word, question=True)
    return bool(found) and not found <= light_terms()


def _english(question: str) -> TopicSpan | None:
    """The subject of the question's verb, else the longest run of words that say something."""
    runs: list[TopicSpan] = []
    open_at: int | None = None
    end = 0
    for word in _WORD.finditer(question):
        if _says_much(word.group()):
            gap = question[end : word.start()]
            if open_at is None or gap.strip():
                open_at = word.start()
            else:
                runs.pop()
            end = word.end()
            runs.append(TopicSpan(question[open_at:end], open_at, end))
        elif not (word.group() == "of" and open_at is not None):
            open_at = None
        else:
            end = word.end()
    for run in runs:
        if _AFTER_VERB.search(question[: run.start]):
            return run
    return max(runs, key=lambda run: len(run.text.split()), default=None)


def _korean(question: str) -> TopicSpan | None:
    """The first words that say something, up to the first that a particle closes."""
    start: int | None = None
    for word in _WORD.finditer(question):
        stem, particle = bare(word.group())
        if not terms(stem, question=True) or not _says_much(stem):
            if start is not None:
                break
            continue
        start = word.start() if start is None else start
        last = word.start() + len(stem)
        if particle in _MARKS:
            return TopicSpan(question[start:last], start, last)
    if start is None:
        return None
    return TopicSpan(question[start:last], start, last)
