"""A short reply as a piece of a text: where its words stand there.

A small model that is asked to read makes things up; what it copied can be trusted to be in the
notes. Case, spaces, quotation marks and full stops do not count, figures and letters do, and words
must be whole: in Korean up to the particles after them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from pipeline.text.particles import is_ending

__all__ = ["find_span"]

_ARTICLES = ("the ", "a ", "an ")
_SIGNS = "%‰&#"  # punctuation by Unicode, but part of what is said


def find_span(reply: str, text: str, language: str = "en") -> tuple[int, int] | None:
    """Where in `text` the words of `reply` stand first, as `(start, end)`; None where they do not.

    An English reply may begin with an article that the text does not have, a Korean one end with a
    particle of its own.

    >>> find_span("the Stone Bridge", "A stone bridge was built.")
    (2, 14)
    >>> find_span("서울", "수도는 서울이다.", "ko")
    (4, 6)
    """
    where, letters = _folded(text)
    for wanted in _readings(reply.strip(), language):
        at = letters.find(wanted)
        while at >= 0:
            start, end = where[at], where[at + len(wanted) - 1] + 1
            if _whole(text, start, end, language):
                return start, end
            at = letters.find(wanted, at + 1)
    return None


def _folded(text: str) -> tuple[list[int], str]:
    """The characters that count, folded, and the position that each came from."""
    where: list[int] = []
    letters: list[str] = []
    for at, char in enumerate(text):
        if _counts(char):
            for folded in char.casefold():
                where.append(at)
                letters.append(folded)
    return where, "".join(letters)


def _readings(reply: str, language: str) -> Iterator[str]:
    """The reply, folded, and without its article or its particle; each once, none empty."""
    variants = [reply]
    if language == "ko":
        words = reply.split()
        last = words[-1].rstrip(".,!?\"'”’") if words else ""
        variants += [
            " ".join([*words[:-1], last[:at]])
            for at in reversed(range(1, len(last)))
            if is_ending(last[at:])
        ]
    else:
        variants += [reply[len(a) :] for a in _ARTICLES if reply.lower().startswith(a)]
    yield from filter(None, dict.fromkeys(_folded(one)[1] for one in variants))


def _counts(char: str) -> bool:
    return char.isalnum() or char in _SIGNS or unicodedata.category(char)[0] in "SM"


def _whole(text: str, start: int, end: int, language: str) -> bool:
    if start and text[start - 1].isalnum() and text[start].isalnum():
        return False
    if end == len(text) or not (text[end].isalnum() and text[end - 1].isalnum()):
        return True
    rest = end
    while rest < len(text) and text[rest].isalnum():
        rest += 1
    return language == "ko" and is_ending(text[end:rest])
