"""Korean particles that agree with the sound before them: 은/는, 이/가, 을/를, 과/와, 으로/로."""

from __future__ import annotations

import re

__all__ = ["bare", "closed", "is_ending", "with_particle"]

# particle: (after a consonant, after a vowel)
_PAIRS = {
    form: pair
    for pair in [("은", "는"), ("이", "가"), ("을", "를"), ("과", "와"), ("이란", "란"),
                 ("이랑", "랑"), ("이라면", "라면"), ("이나", "나"), ("으로", "로")]
    for form in pair
}  # fmt: skip
_FREE = ("에서는", "에서", "에게", "에는", "에도", "의", "에", "도", "만", "보다", "처럼", "까지")
_ALL = sorted([*_PAIRS, *_FREE], key=len, reverse=True)
# What else may follow a noun within its word: further particles, the copula and light verbs.
_MORE = (
    "이다 다 이었다 였다 이었 였 이며 며 이고 고 이자 자 인 이던 던 이라는 라는 이라고 라고 "
    "입니다 이었던 였던 이었으며 였으며 이었고 였고 이지만 지만 이면서 면서 이어서 여서 이므로 "
    "므로 이라 라 "
    "에게서 께서 한테 부터 마다 밖에 조차 마저 뿐 대로 이든 든 이나마 만큼 으로서 로서 으로써 로써 "
    "으로부터 로부터 하고 들 엔 에선 께"
).split()
_ENDINGS = frozenset((*_ALL, *_MORE))
_RIEUL = 8
_DIGITS = "ㅇㄹ-ㅁ--ㄱㄹㄹ-"  # how 영 일 이 삼 사 오 육 칠 팔 구 end; "-" is a vowel
_ENGLISH = (
    "-ㄴ-----ㄴㅅㄴ"  # and 제로 원 투 쓰리 포 파이브 식스 세븐 에잇 나인, in names as "GPT-3"
)
_LETTERS = {"L": "ㄹ", "M": "ㅁ", "N": "ㄴ", "R": "ㄹ"}  # 엘 엠 엔 알; the others end in a vowel


def closed(text: str) -> str:
    """How the text ends when it is read aloud: "ㄹ", another consonant, or "" for a vowel."""
    found = re.search(r"[가-힣A-Za-z0-9%](?=[^가-힣A-Za-z0-9%]*$)", text)  # % is 퍼센트
    if not found:
        return ""
    last = found.group()
    if "가" <= last <= "힣":
        final = (ord(last) - 0xAC00) % 28
        return "" if not final else "ㄹ" if final == _RIEUL else "ㄱ"
    if last.isdigit():
        digits = _ENGLISH if re.search(r"[A-Za-z][-. \d]*$", text[: found.end()]) else _DIGITS
        return digits[int(last)].replace("-", "")
    if last.isupper():
        return _LETTERS.get(last, "")
    if text[: found.end()].endswith("ng"):
        return "ㅇ"
    if re.search(r"[aeiou][kptc]$", text[: found.end()]):
        return "ㄱ"  # book, chat, top; but "text" and "link" get a vowel
    return {"l": "ㄹ", "m": "ㅁ", "n": "ㄴ"}.get(last, "")


def with_particle(text: str, particle: str) -> str:
    """The text and the particle in the form that fits it; a particle of one form as it is."""
    if particle not in _PAIRS:
        return text + particle
    after_consonant, after_vowel = _PAIRS[particle]
    sound = closed(text)
    if after_vowel == "로" and sound == "ㄹ":
        sound = ""
    return text + (after_consonant if sound else after_vowel)


def is_ending(text: str) -> bool:
    """The text can follow a noun within its word: one, two or three particles or endings ("에서",
    "들에게는", "이었다").

    >>> is_ending("까지는"), is_ending("대학교")
    (True, False)
    """
    reached = {0}
    for _ in range(3):
        reached |= {
            at + size
            for at in reached
            for size in range(1, 5)
            if text[at : at + size] in _ENDINGS and at + size <= len(text)
        }
    return bool(text) and len(text) in reached


def bare(word: str) -> tuple[str, str]:
    """A word as stem and particle ("" where it has none that could stand there)."""
    for particle in _ALL:
        stem = word.removesuffix(particle)
        if stem == word or not stem:
            continue
        hangul = "가" <= stem[-1] <= "힣"
        if hangul and len(stem) == 1:
            continue  # 전이, 회의: the last syllable is the word's own
        if particle in _PAIRS and hangul and with_particle(stem, particle) != word:
            continue  # 평가: 가 does not stand after a consonant
        return stem, particle
    return word, ""
