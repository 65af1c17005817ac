"""The two things that a question compares: what stands left and right of what joins them."""

from __future__ import annotations

import re

__all__ = ["sides"]

# What joins two things is a closed class in both languages.
_JOINS = {
    "en": re.compile(
        r"\s+(?:and|vs\.?|versus|or|from|with|to|unlike|than)\s+(?:an?\s+|the\s+)?", re.I
    ),
    "ko": re.compile(r"(?<=\S)(?:이랑|랑|하고|과|와)\s+|\s+(?:대|및|vs\.?)\s+|\s*/\s*", re.I),
}
_EDGE = " \t,.?!?\"'“”‘’()"
_MOST = 3


def sides(question: str, language: str) -> list[tuple[str, str]]:
    """Every way to take a question as one about two things, as texts of as many words each (at most
    three). Which of them the notes know is for the notes to say.

    >>> sides("How do a virus and a bacterium differ?", "en")[0]
    ('virus', 'bacterium')
    """
    found = []
    for join in _JOINS[language].finditer(question):
        left = [word.strip(_EDGE) for word in question[: join.start()].split()]
        right = [word.strip(_EDGE) for word in question[join.end() :].split()]
        for n in range(1, _MOST + 1):
            if len(left) >= n and len(right) >= n:
                pair = " ".join(left[-n:]), " ".join(right[:n])
                if all(pair):
                    found.append(pair)
    return found
