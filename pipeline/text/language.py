"""Tells which of the two languages a text is in."""

from __future__ import annotations

import re

__all__ = ["CHARACTERS", "hangul_count", "language_of", "size_of"]

CHARACTERS = 16
"""Characters that weigh at least as much as a word."""

_HANGUL = re.compile(r"[가-힣]+")
_LATIN = re.compile(r"[A-Za-z]+")
_WORD = re.compile(r"[^\W가-힣]+")


def hangul_count(text: str) -> int:
    """How many Hangul syllables stand in a text."""
    return sum(map(len, _HANGUL.findall(text)))


def language_of(text: str) -> str:
    """`ko` or `en`. Korean notes are full of Latin names, so a quarter as many Hangul syllables as
    Latin letters is enough; a text with neither is `en`."""
    if text.isascii():
        return "en"
    hangul = hangul_count(text)
    return "ko" if hangul and hangul * 4 >= sum(map(len, _LATIN.findall(text))) else "en"


def size_of(text: str) -> float:
    """The length of a text in English words; 2.5 Hangul syllables weigh as much as one, and so do
    16 characters of whatever else there is: figures without a space, signs, the spaces themselves.
    """
    words = hangul_count(text) / 2.5 + len(_WORD.findall(text))
    return max(words, len(text) / CHARACTERS)
