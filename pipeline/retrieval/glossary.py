"""Pairs of Korean and English terms that the notes themselves give: `트랜스포머(Transformer)`.

They let a Korean question find an English note, and the other way round, whatever the embedder.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from pipeline.text.tokens import fold

__all__ = ["Glossary", "mine"]

# A term begins where a word does, so that a word without an end is gone through once.
_KOREAN = r"(?<![가-힣])[가-힣]{2,}+(?: [가-힣]{2,}+){0,3}"
_ENGLISH = r"(?<![A-Za-z0-9\-])[A-Za-z][A-Za-z0-9\-]*+(?: [A-Za-z0-9\-]++){0,4}"
_KOREAN_FIRST = re.compile(rf"({_KOREAN}) ?[(（]({_ENGLISH})[)）,:]")
_ENGLISH_FIRST = re.compile(rf"({_ENGLISH}) ?[(（]({_KOREAN})[)）]")


@dataclass(frozen=True)
class Glossary:
    """`english[korean]` and `korean[english]`: terms folded, spaces kept."""

    english: dict[str, list[str]] = field(default_factory=dict)
    korean: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def from_pairs(cls, pairs: Iterable[tuple[str, str]]) -> Glossary:
        english: dict[str, list[str]] = {}
        korean: dict[str, list[str]] = {}
        for ko, en in pairs:
            english.setdefault(ko, []).append(en)
            korean.setdefault(en, []).append(ko)
        return cls(english, korean)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        return sorted((ko, en) for ko, terms in self.english.items() for en in terms)

    def translations(self, question: str) -> list[str]:
        """The other language's terms for those in a question, longest terms first, none inside
        one already taken."""
        text = fold(question)
        found: list[str] = []
        for terms, pattern in (
            (self.english, "{}"),
            (self.korean, r"(?<![a-z0-9]){}s?(?![a-z0-9])"),
        ):
            rest = text
            for term in sorted(terms, key=len, reverse=True):
                # Cheap test first: a glossary can be long and a question is short.
                if term in rest:
                    rest, times = re.subn(pattern.format(re.escape(term)), " ", rest)
                    if times:
                        found.extend(terms[term])
        return list(dict.fromkeys(found))


def mine(texts: Iterable[str]) -> list[tuple[str, str]]:
    """(Korean, English) pairs of the texts, folded, sorted.

    Where several Korean words stand before the bracket, the term is taken to have as many words as
    the English one, since nothing marks its beginning; the last word alone is kept where it is
    seen with the same English term more often.
    """
    seen: Counter[tuple[str, str]] = Counter()
    for text in texts:
        for match in _KOREAN_FIRST.finditer(text):
            english = fold(match.group(2))
            words = match.group(1).split()
            size = len(re.split(r"[ \-]", english))
            seen[" ".join(words[-min(size, 3) :]), english] += 1
        for match in _ENGLISH_FIRST.finditer(text):
            words = match.group(1).split()
            korean = match.group(2)
            seen[
                korean,
                fold(" ".join(words[-len(korean.split()) - 1 :] if len(words) > 3 else words)),
            ] += 1
    return sorted(seen)
