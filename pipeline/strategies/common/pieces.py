"""All pieces of a sentence that may answer a question, and what their form says of each.

No model is asked. What is looked at is where a piece begins and ends, whether it repeats the
question, how near it stands to what the question repeats, and whether it is of the kind asked for.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.text.answer_type import wanted
from pipeline.text.particles import is_ending
from pipeline.text.terms import terms

__all__ = ["FORM", "MOST_WORDS", "Piece", "SentencePieces"]

FORM = (
    "words", "one", "asked", "near", "first", "last", "before", "after", "named", "figure",
    "inner", "stops", "plain",
)  # fmt: skip
"""The numbers that `SentencePieces.form` gives."""

MOST_WORDS = 9
"""The longest piece."""

_WORD = re.compile(r"\S+")
_SIGNS = "$£€¥₩%‰#"


@dataclass(frozen=True, slots=True)
class Piece:
    """`sentence.text[start:end]`, the words `first` to `last` of it, the last perhaps without its
    particle."""

    start: int
    end: int
    first: int
    last: int


class SentencePieces:
    """A sentence that a question is asked about.

    >>> one = SentencePieces("The bridge opened in 1931.", "When did the bridge open?", "en")
    >>> [one.text[p.start : p.end] for p in one.pieces() if p.first == 3]
    ['in', 'in 1931']
    """

    def __init__(self, text: str, question: str, language: str) -> None:
        self.text, self._language = text, language
        self._words = [found.span() for found in _WORD.finditer(text)]
        self._said = [terms(text[begin:end]) for begin, end in self._words]
        self._asked = terms(question)
        self._repeats = [at for at, said in enumerate(self._said) if said & self._asked]
        self._kind = wanted(question).kind

    def begins(self) -> list[tuple[int, int]]:
        """Of each word where a piece may begin, and the end of that word."""
        first: dict[int, int] = {}
        for piece in self.pieces():
            if piece.first == piece.last:
                first[piece.start] = max(piece.end, first.get(piece.start, 0))
        return sorted(first.items())

    def pieces(self) -> Iterator[Piece]:
        """Every run of up to `MOST_WORDS` words, without the punctuation around it; in Korean with
        the particle at its end and without."""
        for first, (begin, _) in enumerate(self._words):
            while begin < len(self.text) and not self._counts(begin):
                begin += 1
            for last in range(first, min(first + MOST_WORDS, len(self._words))):
                end = self._words[last][1]
                while end > begin and not self._counts(end - 1):
                    end -= 1
                if end > max(begin, self._words[last][0]):
                    for stop in self._ends(self._words[last][0], end):
                        yield Piece(begin, stop, first, last)

    def _counts(self, at: int) -> bool:
        return self.text[at].isalnum() or self.text[at] in _SIGNS

    def _ends(self, begin: int, end: int) -> list[int]:
        if self._language != "ko":
            return [end]
        return [at for at in range(begin + 1, end) if is_ending(self.text[at:end])] + [end]

    def form(self, piece: Piece) -> dict[str, float]:
        """What is seen of a piece (`FORM`)."""
        said, asked, words = self._said, self._asked, self._words
        text = self.text[piece.start : piece.end]
        inside = set().union(*said[piece.first : piece.last + 1])
        away = [
            min(abs(at - piece.first), abs(at - piece.last))
            for at in self._repeats
            if not piece.first <= at <= piece.last
        ]
        named = any(
            self.text[words[at][0]].isupper() and (at > 0 or piece.last > piece.first)
            for at in range(piece.first, piece.last + 1)
        )
        figure = any(char.isdigit() for char in text)
        count = piece.last - piece.first + 1
        seen = {
            "words": math.log(1 + count),
            "one": count == 1,
            "asked": len(inside & asked) / max(1, len(inside)),
            "near": sum(1 / one for one in away),
            "first": not said[piece.first],
            "last": not said[piece.last],
            "before": piece.first > 0 and not said[piece.first - 1],
            "after": piece.last + 1 < len(words) and not said[piece.last + 1],
            "named": named and self._kind == "name",
            "figure": figure and self._kind in ("figure", "time"),
            "inner": any(
                not self.text[words[at][1] - 1].isalnum() for at in range(piece.first, piece.last)
            ),
            "stops": not self.text[piece.end : piece.end + 1].isspace(),
            "plain": all(said[piece.first : piece.last + 1]),
        }
        return {name: float(value) for name, value in seen.items()}
