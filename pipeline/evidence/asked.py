"""Does a question ask for a figure or a time? Told by its interrogatives, which are few."""

from __future__ import annotations

import re

from pipeline.text.numbers.quantities import quantities

__all__ = ["asks_figure", "has_figure"]

# "how" before anything but a verb or "to" asks for a degree: how many, how old, how far.
_FIGURE = re.compile(
    r"\bhow (?!do|does|did|is|are|was|were|can|could|should|would|will|has|have|had|may|might|must"
    r"|to|come|about|i|we|you|they|it)\w+"
    r"|\b(?:what|which) (?:year|date|day|month|century|percentage|number|share|fraction)\b"
    r"|\bwhen\b|몇|얼마|언제",
    re.IGNORECASE,
)


def asks_figure(question: str) -> bool:
    """Whether a number, an amount or a time would answer it."""
    return _FIGURE.search(question) is not None


def has_figure(text: str, question: str) -> bool:
    """Whether a text has a figure that the question did not bring along."""
    brought = {quantity.value for quantity in quantities(question)}
    return any(quantity.value not in brought for quantity in quantities(text))
