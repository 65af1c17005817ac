"""A smoothed n-gram model of Hangul syllables: what is likely to stand next."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["ORDER", "Counts", "SyllableModel", "in_alphabet"]

ORDER = 5
_UNSEEN = 1 / 3000  # about as many syllables are in everyday use
_LATIN = re.compile(r"[^\W\d_가-힣]+")
_DIGITS = re.compile(r"\d+")
_SPACE = re.compile(r"\s+")
_SIGN = re.compile(r"[^A0가-힣 .,?!()]")


def in_alphabet(text: str) -> str:
    """A text in the model's alphabet: syllables, a space, full stops and the like as they are, `A`
    for a word in other letters, `0` for a number, `-` for any other sign."""
    text = _DIGITS.sub("0", _LATIN.sub("A", text))
    return _SIGN.sub("-", _SPACE.sub(" ", text))


class Counts:
    """How often each symbol followed each context of up to ORDER - 1 symbols; weights add up."""

    def __init__(self) -> None:
        self.after: dict[str, dict[str, float]] = {}
        self.total: dict[str, float] = {}

    def add(self, text: str, weight: float = 1.0, start: int = 0) -> None:
        """Count the symbols of `text[start:]`, each in its context (which may begin before)."""
        after, total = self.after, self.total
        for at in range(start, len(text)):
            symbol = text[at]
            for low in range(at, max(at - ORDER, -1), -1):
                context = text[low:at]
                row = after.get(context)
                if row is None:
                    row = after[context] = {}
                row[symbol] = row.get(symbol, 0.0) + weight
                total[context] = total.get(context, 0.0) + weight


class SyllableModel:
    """Witten-Bell smoothing (Witten and Bell 1991) over the sum of several counts."""

    def __init__(self, counts: Sequence[Counts]) -> None:
        self._counts = counts
        self._known: dict[tuple[str, str], float] = {}

    def probability(self, context: str, symbol: str) -> float:
        """Of `symbol` after `context`, of which the last ORDER - 1 symbols count; never 0."""
        context = context[1 - ORDER :]
        known = self._known.get((context, symbol))
        if known is not None:
            return known
        result = _UNSEEN
        for low in range(len(context), -1, -1):
            part = context[low:]
            seen = total = 0.0
            kinds = 0
            for counts in self._counts:
                row = counts.after.get(part)
                if row is not None:
                    seen += row.get(symbol, 0.0)
                    total += counts.total[part]
                    kinds += len(row)
            if not kinds:
                break
            result = (seen + kinds * result) / (total + kinds)
        if len(self._known) > 2_000_000:
            self._known.clear()
        self._known[context, symbol] = result
        return result
