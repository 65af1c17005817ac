"""Finds whether what a clause says is denied there, by words of negation and what parts clauses:
closed classes in both languages."""

from __future__ import annotations

import re

from pipeline.text.patterns import pattern

__all__ = ["FIGURE_DENIED", "SAID_AGAINST", "SAYS_NOT", "clause_at", "negated"]

SAYS_NOT = r"않|없|못|아니|\b(?:not|no|never|cannot|without|nor)\b|n't\b"
"""Negation in either language, wherever it stands."""

FIGURE_DENIED = r"\b(?:not|no|never)\b(?! (?:more|less) than)|n['’]t\b|않|아니|아닌|아닙|없"
"""Negation beside a figure; "no more than" bounds it instead."""

SAID_AGAINST = (
    r"(?<![A-Za-z])(?:wrong|incorrect|false|not|never|cannot|no|neither|nor|impossible|unlikely"
    r"|except|eliminate[ds]?|ruled?\sout)(?![A-Za-z])|n['’]t(?![A-Za-z])"
    r"|틀[리렸린립]|아니|아닌|아닙|않|오답|없|못|제외"
)
"""What says something against an option, or of another that it is none."""

_NOT = {
    "en": pattern(r"\b(?:no|not|never|none|neither|nor|without|cannot)\b|n['’]t\b", re.IGNORECASE),
    "ko": pattern(r"않|없|아니[다며고라었]|아닌|아닙|못\s?[하한해했]|(?<![가-힣])(?:안|못)\s"),
}
_PARTS = {
    "en": pattern(r"[,;:]\s|\s(?:while|whereas|but|although|though|unlike)(?=\s)", re.IGNORECASE),
    "ko": pattern(r"[,;:]\s|(?<=지만)\s|(?<=반면)\s|(?<=으나)\s|(?<=는데)\s"),
}


def negated(text: str, language: str) -> bool:
    """Whether a clause or a short reply denies what it says.

    >>> negated("the pine does not shed its leaves", "en"), negated("잎이 지지 않는다", "ko")
    (True, True)
    >>> negated("the larch sheds its leaves", "en")
    False
    """
    return _NOT[language].search(text) is not None


def clause_at(text: str, at: int, language: str) -> str:
    """The clause of a sentence around a position.

    >>> clause_at("The pine keeps its leaves, while the larch does not.", 34, "en")
    'while the larch does not.'
    """
    cuts = [0, *(found.end() for found in _PARTS[language].finditer(text)), len(text)]
    start = max(cut for cut in cuts if cut <= at)
    end = min(cut for cut in cuts if cut > at)
    return text[start:end].strip()
