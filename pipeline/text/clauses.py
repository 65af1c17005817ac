"""Two questions in one: where the second begins.

A clause that asks has an interrogative, and what joins two clauses is a conjunction, a verb ending
or a full stop: closed classes in both languages. Whether both ask for something of their own is for
the notes to say.
"""

from __future__ import annotations

import re

from pipeline.text.patterns import pattern

__all__ = [
    "BEFORE_AGENT",
    "INTERROGATIVE",
    "KOREAN_SO",
    "PARTS_OWNERS",
    "SO",
    "asks_from",
    "halves",
    "leans",
    "refers_back",
]

PARTS_OWNERS = (
    r"\b(?:and|while|whereas|but|than|versus|vs|against|unlike|from|compared)\b"
    r"|(?<=[가-힣])(?:이고|이며|지만|보다|이나)(?=[\s,])"
)
"""What parts what one thing is said to have from what another has."""

BEFORE_LAST_ITEM = r"and\s+|or\s+|및\s+|그리고\s+"

SO = "so|thus|therefore|hence"
KOREAN_SO = "따라서|그러므로|그래서|결국|즉"
"""What a conclusion begins with."""

INTERROGATIVE = "how|why|what|when|who|where|which"

BEFORE_AGENT = r"\b(?:by|from|at|with|using|via|in|on|for)"
"""What stands before a maker, a means or a place, which are not the subject."""

_ASKS = {
    "en": pattern(r"\b(?:who|whom|whose|what|when|where|which|why|how)(?:['’]s)?\b", re.I),
    "ko": pattern(
        r"(?<![가-힣])(?:무엇|무슨|뭐|뭘|뭔|언제|어디|누구|누가|몇|얼마|어느|어떤|어떻|어때|왜|며칠)"
    ),
}
_JOINS = {
    "en": pattern(r"[?;.]\s+(?:and\s+)?|,?\s+(?:and|but)\s+(?:also\s+)?|,\s+", re.I),
    "ko": pattern(
        r"[?;.]\s+|(?:(?<=[고며])|(?<=지만))[,，]?\s+(?:그리고\s+|또\s+)?|,\s+|\s그리고\s"
    ),
}
_NOUNS = pattern(r"(?:이랑|랑|하고|과|와)$")
_LEANS = pattern(r"\b(?:it|its|they|them|their|he|him|his|she|her|this|that|there)\b", re.I)
_REFERS_BACK = pattern(
    r"(?:it|its|they|their|he|she|his|her|this|these|that|those)\b"
    r"|(?:이|그|이는|이것|그것|이들|그들)(?=\s)",
    re.IGNORECASE,
)
_KOREAN_SHORT = 2
_LEAD = 3
"""Words that may stand before the interrogative of an English clause ("and at what speed")."""


def halves(question: str, language: str) -> tuple[str, str] | None:
    """The two questions that a question consists of, or None where it is one.

    >>> halves("Who ordered the trout, and who tests the tart?", "en")
    ('Who ordered the trout', 'who tests the tart?')
    >>> halves("기한은 언제고 하루 늦으면 얼마나 깎여?", "ko")
    ('기한은 언제고', '하루 늦으면 얼마나 깎여?')
    """
    asks = [match.start() for match in _ASKS[language].finditer(question)]
    if len(asks) < 2:
        return None
    best = None
    for join in _JOINS[language].finditer(question):
        left, right = question[: join.start()], question[join.end() :]
        before = [at for at in asks if at < join.start()]
        after = [at for at in asks if at >= join.end()]
        if not before or not after or _NOUNS.search(left):
            continue
        if language == "en" and len(question[join.end() : after[0]].split()) > _LEAD:
            continue
        best = left.strip(), right.strip()
        if language == "ko":
            break  # a verb ends a Korean clause: the first that ends one with an interrogative
    return best


def asks_from(question: str, language: str) -> int:
    """Where the last interrogative of a question ends; 0 where it has none.

    >>> question = "Which town is it, and how old is it?"
    >>> question[asks_from(question, "en"):]
    ' old is it?'
    """
    return max((match.end() for match in _ASKS[language].finditer(question)), default=0)


def leans(half: str, language: str) -> bool:
    """Whether the second half of a question may be about what the first one names: it has a
    pronoun, or (Korean leaves it out) hardly a word beside what it asks."""
    if language == "en":
        return _LEANS.search(half) is not None
    return len(half.split()) <= _KOREAN_SHORT


def refers_back(text: str, at: int = 0) -> bool:
    """Whether a sentence that begins there speaks of what the one before it named.

    >>> refers_back("It takes thousands of years."), refers_back("Basalt cools within days.")
    (True, False)
    """
    return _REFERS_BACK.match(text, at) is not None
