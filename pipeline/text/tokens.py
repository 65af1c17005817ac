"""Text to search tokens, cheaply: Latin words, numbers and Hangul bigrams. No model is loaded.

The morpheme side of Korean is in `morphemes`; this module is all that English needs.
"""

from __future__ import annotations

import re
import unicodedata
from hashlib import blake2b

__all__ = [
    "HANGUL",
    "STOP_WORDS",
    "fold",
    "gram_tokens",
    "has_hangul",
    "latin_tokens",
    "stem",
    "token_id",
]

HANGUL = re.compile(r"[가-힣]+")
_LATIN = re.compile(r"[^\W_가-힣]+(?:\.\d+)*")

# Function and question words: in a question they say what kind of answer is wanted, not what the
# passage speaks of.
STOP_WORDS = frozenset(
    "a an and are as at be been but by can could did do does for from had has have how in into is "
    "it its many may might much of on or should such than that the their them there these they "
    "this those to was were what when where which while who whom whose why will with would".split()
)


def fold(text: str) -> str:
    """Compatibility forms, case and width folded: `ＧＰＴ` and `gpt` are one word."""
    return unicodedata.normalize("NFKC", text).casefold()


def has_hangul(text: str) -> bool:
    return HANGUL.search(text) is not None


def stem(word: str) -> str:
    """A light English stem: plural, -ing, -ed and a final e. Wrong joins are rare and harmless,
    since both sides of the search are stemmed alike."""
    if not word.isascii() or len(word) < 4:
        return word
    if word.endswith("ies"):
        word = word[:-3] + "y"
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            word = word[: -len(ending)]
            break
    if word.endswith("e") and len(word) > 4:
        word = word[:-1]
    return word


def latin_tokens(text: str) -> list[str]:
    """Words and numbers of a text that are not Hangul; `3.14` stays whole and gives its parts too.

    `text` must be folded.
    """
    tokens: list[str] = []
    for match in _LATIN.finditer(text):
        word = match.group()
        if "." in word:
            tokens.append(word)
            tokens.extend(part for part in word.split(".") if part)
        elif word not in STOP_WORDS:
            tokens.append(stem(word))
    return tokens


def gram_tokens(text: str) -> list[str]:
    """Hangul bigrams inside each run of Hangul (a run of one syllable is kept), Latin words and
    numbers as in `latin_tokens`. `text` must be folded."""
    tokens = latin_tokens(text)
    for match in HANGUL.finditer(text):
        run = match.group()
        if len(run) == 1:
            tokens.append(run)
        else:
            tokens.extend(run[i : i + 2] for i in range(len(run) - 1))
    return tokens


def token_id(token: str) -> int:
    """A token's 63-bit name in the index: no vocabulary has to be loaded to look one up."""
    return int.from_bytes(blake2b(token.encode(), digest_size=8).digest(), "little") >> 1
