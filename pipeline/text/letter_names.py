"""Abbreviations written as their letters are called in Korean: 에이치티티피 is HTTP."""

from __future__ import annotations

import re

__all__ = ["letters_of"]

_NAMES = {
    "에이치": "h", "에이": "a", "비": "b", "씨": "c", "시": "c", "디": "d", "이": "e", "에프": "f",
    "지": "g", "쥐": "g", "아이": "i", "제이": "j", "케이": "k", "엘": "l", "엠": "m", "엔": "n",
    "오": "o", "피": "p", "큐": "q", "아르": "r", "알": "r", "에스": "s", "티": "t", "유": "u",
    "브이": "v", "더블유": "w", "더블류": "w", "엑스": "x", "와이": "y", "제트": "z",
}  # fmt: skip
_NAME = re.compile("|".join(sorted(_NAMES, key=len, reverse=True)))
_SURE = 3
"""So many letters are no other word; fewer may be one ("이유", a reason) unless a name among them
is longer than a syllable or ends in a consonant."""


def letters_of(word: str) -> str:
    """The letters that a word of Hangul spells; "" where it is none but a word.

    >>> letters_of("에이치티티피"), letters_of("알엔에이"), letters_of("이유"), letters_of("엔진")
    ('http', 'rna', '', '')
    """
    names = _NAME.findall(word)
    if "".join(names) != word or len(names) < 2:
        return ""
    told = any(len(name) > 1 or (ord(name) - ord("가")) % 28 for name in names)
    return "".join(map(_NAMES.__getitem__, names)) if told or len(names) >= _SURE else ""
