"""What Korean asks of a word before it: which form of a particle follows it."""

from __future__ import annotations

__all__ = ["has_final", "with_particle"]

_FINAL_DIGITS = "013678"
_FINAL_LETTERS = "lmnLMNR"


def has_final(word: str) -> bool:
    """Whether the last sound of a word is a consonant, as it is read aloud in Korean."""
    last = word.rstrip("\"'”’」』)】].")[-1:]
    if "가" <= last <= "힣":
        return (ord(last) - 0xAC00) % 28 != 0
    if last.isdigit():
        return last in _FINAL_DIGITS
    return last in _FINAL_LETTERS


def with_particle(word: str, closed: str, opened: str) -> str:
    """The word with its particle: `closed` after a consonant ("은"), else `opened` ("는")."""
    return word + (closed if has_final(word) else opened)
