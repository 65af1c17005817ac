"""Korean verb stems and endings put together, as they are written."""

from __future__ import annotations

__all__ = ["attach", "is_syllable"]

_FIRST = ord("가")
_BRIGHT = (0, 2, 8)  # ㅏ ㅑ ㅗ: the stems that take 아
_SS = 20  # the final consonant ㅆ
_L = 8  # the final consonant ㄹ
_MERGED = {0: 0, 1: 1, 4: 4, 5: 5, 8: 9, 13: 14, 18: 4, 20: 6}
"""Vowel of an open stem to the vowel it makes with 아/어: ㅗ+ㅏ=ㅘ, ㅜ+ㅓ=ㅝ, ㅣ+ㅓ=ㅕ, ..."""
_AFTER_CONSONANT = {"ᆫ": "은", "ᆯ": "을", "ᆷ": "음", "ᆸ": "읍"}


def is_syllable(text: str) -> bool:
    return bool(text) and all("가" <= character <= "힣" for character in text)


def attach(stem: str, ending: str) -> str:
    """The written form of a stem with an ending; regular verbs, 하다 and 되다.

    stem: Hangul syllables. ending: as dictionaries of morphemes have it, with a leading final
    consonant as a conjoining letter (ᆸ니다) and 어/었 for both harmonies.
    """
    code = ord(stem[-1]) - _FIRST
    coda = code % 28
    first = ending[0]
    if "ᆨ" <= first <= "ᇂ":
        return _with_consonant(stem, ending, code, coda)
    if (first in "면며려러므" or ending.startswith(("니", "시"))) and coda not in (0, _L):
        return f"{stem}으{ending}"
    if first in "어었":
        return _with_vowel(stem, ending[1:], code, past=first == "었")
    return stem + ending


def _with_consonant(stem: str, ending: str, code: int, coda: int) -> str:
    rest = ending[1:]
    if coda in (0, _L):
        return stem[:-1] + chr(_FIRST + code - coda + ord(ending[0]) - 0x11A7) + rest
    if ending.startswith("ᆸ니"):
        return f"{stem}습{rest}"
    if ending.startswith("ᆫ다"):
        return f"{stem}는{rest}"
    if ending.startswith(("ᆫ지", "ᆫ가", "ᆫ데")) and (coda == _SS or stem[-1] == "없"):
        return f"{stem}는{rest}"
    return stem + _AFTER_CONSONANT.get(ending[0], ending[0]) + rest


def _with_vowel(stem: str, rest: str, code: int, past: bool) -> str:
    head, last = stem[:-1], stem[-1]
    if last in "하되":
        merged = {"하": "했" if past else "해", "되": "됐" if past else "돼"}[last]
        return head + merged + rest
    lead, vowel, coda = code // 588, code // 28 % 21, code % 28
    if coda == 0 and vowel in _MERGED:
        merged = chr(_FIRST + (lead * 21 + _MERGED[vowel]) * 28 + (_SS if past else 0))
        return head + merged + rest
    bright = vowel in _BRIGHT and coda
    return stem + (("았" if bright else "었") if past else ("아" if bright else "어")) + rest
