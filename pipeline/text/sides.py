"""The two things that a question compares: what stands left and right of what joins them."""

from __future__ import annotations

import re

from pipeline.text.particles import bare
from pipeline.text.question_kinds import word_weight

__all__ = ["content", "sides"]

# What joins two things is a closed class in both languages.
_JOINS = {
    "en": re.compile(
        r"\s+(?:and|vs\.?|versus|or|from|with|to|unlike|than)\s+(?:an?\s+|the\s+)?", re.I
    ),
    "ko": re.compile(r"(?<=\S)(?:이랑|랑|하고|과|와)\s+|\s+(?:대|및|vs\.?)\s+|\s*/\s*", re.I),
}
_EDGE = " \t,.:;?!\"'“”‘’()"
_COMPARES = 1.5
"""A word that speaks so much for a comparison ("difference") belongs to the question, not to the
name of what is compared."""
_LENGTHS = sorted(((n, m) for n in (1, 2, 3) for m in (1, 2, 3)), key=sum)


def sides(question: str, language: str) -> list[tuple[str, str]]:
    """Every way to take a question as one about two things, as texts of at most three words each,
    the shortest first. Which of them the notes know is for the notes to say. A name that the two
    share may be said once, with the second.

    >>> sides("How do a virus and a bacterium differ?", "en")[0]
    ('virus', 'bacterium')
    >>> sides("weak vs strong tides", "en")
    [('weak', 'strong'), ('weak', 'strong tides'), ('weak tides', 'strong tides')]
    """
    found = []
    for join in _JOINS[language].finditer(question):
        left = [word.strip(_EDGE) for word in question[: join.start()].split()]
        right = [word.strip(_EDGE) for word in question[join.end() :].split()]
        while left and _compares(left[-1]):
            left.pop()
        for n, m in _LENGTHS:
            if len(left) >= n and len(right) >= m:
                if (n > 1 and _compares(left[-n])) or (m > 1 and _compares(right[m - 1])):
                    continue
                pair = " ".join(left[-n:]), _bare(" ".join(right[:m]), language)
                if all(pair):
                    found.append(pair)
                if all(pair) and n == 1 < m:
                    found.append(
                        (" ".join([_bare(left[-1], language), *pair[1].split()[1:]]), pair[1])
                    )
    return list(dict.fromkeys(found))


def content(question: str, language: str) -> list[str]:
    """The words of a comparison but those that only join or compare.

    >>> content("Frogs vs toads: what's the difference?", "en")
    ['Frogs', 'toads', "what's", 'the']
    """
    words = [word.strip(_EDGE) for word in _JOINS[language].sub(" ", question).split()]
    return [word for word in words if word and not _compares(word)]


def _bare(name: str, language: str) -> str:
    return bare(name)[0] if language == "ko" else name


def _compares(word: str) -> bool:
    """Whether a word says that things are compared, and not which."""
    return word_weight(word, "comparison") >= _COMPARES
