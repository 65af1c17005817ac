"""Finds where the texts of control tokens stand in a text, however many control tokens there are.

One regular expression of all of them tries each at every character: with a vocabulary of 6,000
control tokens that costs tens of milliseconds for every prompt. Here a text is looked at only where
a character stands that begins one, and there once for each length that such a text has.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable

__all__ = ["ControlTexts"]


class ControlTexts:
    """Finds any of `texts`, from left to right, the longest first."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = frozenset(texts) - {""}
        lengths: defaultdict[str, set[int]] = defaultdict(set)
        for text in self._texts:
            lengths[text[0]].add(len(text))
        self._lengths = {first: sorted(sizes, reverse=True) for first, sizes in lengths.items()}
        firsts = "".join(re.escape(first) for first in self._lengths)
        self._first = re.compile(f"[{firsts}]") if firsts else None

    def replace(self, text: str, by: Callable[[str], str]) -> str:
        """The text with every control text in it replaced by what `by` makes of it."""
        if self._first is None:
            return text
        pieces: list[str] = []
        done = 0
        for found in self._first.finditer(text):
            at = found.start()
            if at < done:
                continue
            for size in self._lengths[found.group()]:
                spelled = text[at : at + size]
                if spelled in self._texts:
                    pieces += [text[done:at], by(spelled)]
                    done = at + size
                    break
        pieces.append(text[done:])
        return "".join(pieces)
