"""Tells whether a sentence says anything that was not said before, judged by its words.

A sentence is made of numbers, content words (of Korean ones the first two syllables, which
particles and endings leave alone) and how they are put (letter triples).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.notes.characters import unpiled
from pipeline.text.negation import SAYS_NOT

__all__ = ["SaidSentences", "SentenceTraits", "traits"]

_WORD = re.compile(r"[가-힣]+|[^\W\d_가-힣]+(?:[-.+'][^\W\d_가-힣]+)*|\d+(?:[.,]\d+)*")
# A list number or bullet, and a dangling reference at the end, say nothing.
_MARKER = re.compile(r"^\s*(?:[-*+•]|\d{1,3}[.)])\s+|\[\d{1,3}\]\s*$")
_NOT_WORD = re.compile(r"[\W_]+")
_NEGATION = re.compile(SAYS_NOT)
_PARTICLES = "이가을를은는의에도로과와만서"
# Light verbs, adverbs, connectives: they carry a sentence and not its content.
_LIGHT = frozenset(
    word
    for line in (Path(__file__).parents[1] / "text/light_words.txt")
    .read_text(encoding="utf-8")
    .splitlines()
    if not line.startswith("#")
    for word in line.split()
)


@dataclass(frozen=True, slots=True)
class SentenceTraits:
    """What there is in a sentence."""

    shape: frozenset[str]
    content: frozenset[str]
    numbers: frozenset[str]
    negations: int
    length: int


def traits(text: str) -> SentenceTraits:
    """The traits of a sentence or passage."""
    text = _MARKER.sub("", unicodedata.normalize("NFKC", unpiled(text)).casefold())
    solid = _NOT_WORD.sub("", text)
    content, numbers = set(), set()
    for word in _WORD.findall(text):
        if word[0].isdigit():
            numbers.add(word.rstrip(".,"))
        elif "가" <= word[0] <= "힣":
            stem = word[:2]
            if len(word) == 1 or stem in _LIGHT or (len(word) == 2 and word[1] in _PARTICLES):
                continue
            content.add(stem)
        elif word not in _LIGHT:
            content.add(word[:6] if word.isalpha() else word)
    return SentenceTraits(
        frozenset(solid[i : i + 3] for i in range(max(len(solid) - 2, 1)))
        if solid
        else frozenset(),
        frozenset(content),
        frozenset(numbers),
        len(_NEGATION.findall(text)),
        len(solid),
    )


@dataclass(slots=True)
class SaidSentences:
    """Everything said so far, sentence by sentence; knows the nearest to a new one."""

    sentences: list[SentenceTraits] = field(default_factory=list)
    shape: set[str] = field(default_factory=set)
    content: set[str] = field(default_factory=set)
    _by_shape: dict[str, list[int]] = field(default_factory=dict)

    def add(self, new: SentenceTraits) -> int:
        """Remember a sentence; its number."""
        number = len(self.sentences)
        self.sentences.append(new)
        self.shape |= new.shape
        self.content |= new.content
        for triple in new.shape:
            places = self._by_shape.setdefault(triple, [])
            if len(places) < 200:  # a triple in every second sentence tells nothing
                places.append(number)
        return number

    def nearest(self, new: SentenceTraits) -> tuple[float, int]:
        """The share of `new`'s letter triples in the sentence that has most of them, among those
        with all of its numbers and as much negation; and that sentence's number (-1 for none)."""
        shared: Counter[int] = Counter()
        for triple in new.shape:
            shared.update(self._by_shape.get(triple, ()))
        for number, count in shared.most_common(12):
            old = self.sentences[number]
            if new.numbers <= old.numbers and (new.negations > 0) == (old.negations > 0):
                return count / max(len(new.shape), 1), number
        return 0.0, -1

    def repeats(self, new: SentenceTraits) -> int:
        """The number of an earlier sentence that `new` is nearly a copy of, or -1."""
        share, number = self.nearest(new)
        if number < 0 or share < 0.85 or not new.content <= self.sentences[number].content:
            return -1
        return number

    def covers(self, new: SentenceTraits) -> int:
        """The number of the nearest earlier sentence where `new` only says again, in other words,
        what was said: no new content word, no new figure, most of it put alike. Else -1."""
        share, number = self.nearest(new)
        if number < 0 or not new.content <= self.content:
            return -1
        known = len(new.shape & self.shape) / max(len(new.shape), 1)
        return number if share >= 0.25 and known >= 0.55 else -1
