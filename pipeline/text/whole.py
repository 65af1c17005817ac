"""Finds a name in a text as whole words."""

from __future__ import annotations

import re
from itertools import accumulate

__all__ = ["WORD", "whole_at"]

WORD = re.compile(r"[^\W_]+")
_HANGUL = re.compile("[가-힣]")


def whole_at(name: str, text: str) -> int:
    """Where a name begins that a text has as whole words ("tin" is not in "melting"), which in
    Korean may have particles behind them, and in English a plural s; -1 where it has not.

    >>> whole_at("cable car", "We took the cable cars."), whole_at("car", "The cargo is late.")
    (12, -1)
    """
    held = "".join(WORD.findall(name.casefold()))
    found = list(WORD.finditer(text.casefold()))
    words = [match.group() for match in found]
    for at, match in enumerate(found if held else []):
        if not held.startswith(words[at][: len(held)]):
            continue
        rest = "".join(words[at:])
        ends = set(accumulate(map(len, words[at:])))
        behind = rest[len(held) :]
        whole = len(held) in ends or (behind[:1] == "s" and len(held) + 1 in ends)
        if rest.startswith(held) and (whole or _HANGUL.match(behind)):
            return match.start()
    return -1
