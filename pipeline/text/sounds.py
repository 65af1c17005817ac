"""Measures how alike a Korean and a Latin word sound: `캐시` and `cache`.

Both are written as phonemes, Hangul by its letters and Latin words by the commonest rules of
spelling; what is left of the difference is a weighted edit distance. Vowels weigh less than
consonants, since each language writes those of the other as it can; the vowels that Korean puts
between consonants, and letters that are not spoken, weigh next to nothing.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Sounds", "comparable", "first_letters", "likeness", "skeleton", "sounds_of"]

_ONSETS = [code.strip("-") for code in "g k n d t l m b p s s - z c c k t p h".split()]
_VOWELS = [
    code.strip("-") for code in "A E YA YE V E YV YE O WA WE WE YO U WV WE WI YU X I I".split()
]
_CODAS = [
    code.strip("-") for code in "- K K K n n n T l K m l l l P l m P P T T N T T K T P -".split()
]
"""The letters of a syllable in the order of Unicode. Capitals: vowels (V: ㅓ, X: ㅡ) with their
glides Y and W, and the ends of syllables, where Korean has K, T, P, N (ng) alone for many."""

# Phonemes of Latin words are small letters, but D (th), S (sh), C (ch), J (soft g), N (ng), B (au),
# q (the o of ou), y (also a long i) and x (the e that ends a word).
_LETTERS = re.compile(
    r"(?P<skip>(?<=^)[kpgm](?=n)|(?<=^)p(?=s)|(?<=^)w(?=r)|(?<=m)b(?=s?$)|(?<=[aeiou])gh|g(?=ns?$)"
    r"|([bdfgklmnprstz])(?=\2)|(?<=t)(?=ch)|c(?=c[^eiy]|k))"
    r"|(?P<tion>[ts]i(?=on|ou|a[^s]|e[^s])|ci(?=a|ou|e)|ssi(?=on))"
    r"|(?P<ph>ph)|(?P<sh>sh)|(?P<th>th)|(?P<tch>tch)|(?P<dg>dg(?=[eiy]))|(?P<sch>sch)|(?P<ch>ch)"
    r"|(?P<sc>sc(?=[eiy]))|(?P<que>que(?=s?$))|(?P<qu>qu)|(?P<wh>wh)|(?P<ng>ng(?![aeiouy]))"
    r"|(?P<ng2>n(?=[gkxq]|c[^eiyh]))|(?P<gu>gu(?=[eiy]))|(?P<softc>c(?=[eiy]))|(?P<softg>g(?=[eiy]))"
    r"|(?P<au>a[uw])|(?P<ou>o(?=[uw]))|(?P<long>[iy](?=[^aeiouy]es?$|gh))|(?P<ee>ee)|(?P<oo>oo)|(?P<mute>(?<=[^aeiou])e(?=s?$)|a(?=ges?$))"
    r"|(?P<x1>^x)|(?P<x>x)|(?P<le>le(?=s?$))|(?P<y>(?:^|(?<=[aeou]))y(?=[aeiou]))|(?P<any>[a-z])"
)
_SPELLED = {
    "tion": "S", "ph": "f", "sh": "S", "th": "D", "tch": "c", "dg": "J", "sch": "sk", "ch": "C",
    "sc": "s", "que": "k", "qu": "kw", "wh": "w", "ng": "N", "ng2": "N", "gu": "g", "softc": "s",
    "softg": "J", "x1": "z", "x": "ks", "le": "l", "y": "j", "au": "B", "ou": "q",
    "long": "y", "ee": "i", "oo": "u", "mute": "x",
}  # fmt: skip
_PLAIN = {"c": "k", "q": "k", "j": "z"}

_ALIKE = {
    "k": "k0 g25 C10 J50", "g": "g0 k25 J10", "K": "k0 g5 C25 J50",
    "t": "t0 d25 D15", "d": "d0 t25 D5", "T": "t0 d5 s15 D10 c30 C30 z30 S30 J40",
    "p": "p0 f5 b25 v30", "b": "b0 v0 p25 f30", "P": "p0 b5 f20 v25",
    "m": "m0 n40", "n": "n0 N15 m50", "N": "N0 n20", "l": "l0 r0",
    "s": "s0 D10 S20 z20 C30", "Q": "S0 s10 C5 D20 z30", "c": "c0 C0 t40 z15 s40 S25 J15",
    "z": "z0 J5 c20 C25 s25 S20 d40 D40", "h": "h0 f25 w40",
    "A": "a0 y5 B5 q5 u12 o15 i20 e40", "E": "e0 a2 x15 i40 o50 u50",
    "V": "u5 e5 o10 a12 B15 q15 x15 i30 y40", "O": "o0 q5 B0 a25 u30 e50",
    "U": "u0 w5 o15 q10", "X": "e20 u20 i25 y25 o25 a25 x10",
    "I": "i0 y0 j5 e3 x8", "Y": "j0 i8 y8 e12 u15", "W": "w0 u8 o8 h30",
}  # fmt: skip
"""What it costs, in hundredths, that a Korean phoneme stands for a Latin one; others `_OTHER`."""

_OTHER = 1.2
_VOWEL = 0.4
_GLIDE = 0.12
_CODES = {code: at for at, code in enumerate("".join(_ALIKE) + "".join("rfvaeiouywjBqxDSCJ"), 1)}
_LATIN_VOWELS = "aeiouyBq"
_SILENT = {"h": 0.25, "w": 0.3, "j": 0.3}


@dataclass(frozen=True, slots=True)
class Sounds:
    """The phonemes of a word as numbers, and what it costs to leave out each. `size` is what all
    that is spoken weighs."""

    codes: tuple[int, ...]
    drops: tuple[float, ...]
    size: float


@functools.lru_cache(maxsize=65536)
def sounds_of(word: str) -> Sounds:
    """The phonemes of a word of Hangul or of Latin letters, folded; other characters are silent.

    >>> sounds_of("캐시").codes == sounds_of("캐쉬").codes
    False
    """
    found = _korean(word) if "가" <= word[:1] <= "힣" else _latin(word)
    size = sum(_weight(code) for code, _ in found)
    return Sounds(tuple(_CODES[code] for code, _ in found), tuple(d for _, d in found), size)


def _weight(code: str) -> float:
    if code in "XYWjwx":
        return _GLIDE
    return _VOWEL if code in "AEVOUI" + _LATIN_VOWELS else 1.0


def _korean(word: str) -> list[tuple[str, float]]:
    """Phonemes with the cost of leaving each out."""
    found: list[tuple[str, float]] = []
    for char in word:
        at = ord(char) - ord("가")
        if not 0 <= at < 11172:
            continue
        onset, vowel, coda = _ONSETS[at // 588], _VOWELS[at % 588 // 28], _CODAS[at % 28]
        after = found[-1][0] if found else ""
        if onset == "s" and vowel[0] in "IY":
            onset = "Q"
        if onset and not (onset == "l" == after):
            found.append((onset, 0.4 if onset == "h" else 1.0))
        for code in vowel:
            found.append((code, _dropped(code, onset, after)))
        if coda:
            found.append((coda, 0.7 if coda == "T" else 1.0))
    return found


def _dropped(code: str, onset: str, after: str) -> float:
    """What it costs that a Korean vowel stands for no letter: little where it is the second part
    of a long one or breaks a cluster of consonants."""
    if code in "YW":
        return 0.15
    if code == "X":
        return 0.02
    if code == "I" and onset in ("Q", "c", "z"):
        return 0.12
    if not onset and after and after in "AEVOUI":
        return {"I": 0.08, "V": 0.15, "U": 0.15}.get(code, _VOWEL)
    return _VOWEL


def _latin(word: str) -> list[tuple[str, float]]:
    found: list[tuple[str, float]] = []
    letters = "".join(char for char in word if "a" <= char <= "z")
    for match in _LETTERS.finditer(letters):
        rule, text = match.lastgroup, match.group()
        if rule == "skip":
            continue
        codes = _SPELLED.get(rule or "", _PLAIN.get(text, text))
        after = letters[match.end() :]
        for code in codes:
            before = found[-1][0] if found else ""
            found.append((code, _unspoken(code, before, after)))
    return found


def _unspoken(code: str, before: str, after: str) -> float:
    """What it costs that a Latin letter is not heard."""
    if code == "x":
        return 0.02
    if code in _LATIN_VOWELS:
        return 0.12 if before and before in _LATIN_VOWELS else _VOWEL
    if code == "w" and before and before in _LATIN_VOWELS:
        return 0.02
    if code == "r" and after[:1] not in tuple("aeiouy"):
        return 0.03
    if code == "s" and not after:
        return 0.3
    if code in "gJ" and before == "N":
        return 0.1
    return _SILENT.get(code, 1.0)


@functools.cache
def _costs() -> NDArray[np.float32]:
    """What each phoneme costs in the place of each other, both ways; 0 fills short words."""
    import numpy as np

    costs = np.full((len(_CODES) + 1, len(_CODES) + 1), _OTHER, np.float32)
    for one, others in _ALIKE.items():
        for other in others.split():
            row, column = _CODES[one], _CODES[other[0]]
            costs[row, column] = costs[column, row] = int(other[1:]) / 100
    return costs


def likeness(word: str, others: Sequence[str]) -> NDArray[np.float32]:
    """How alike a word and each of some words of the other script sound, 1 where nothing differs.

    >>> [round(float(value), 1) for value in likeness("라우터", ["router", "routing", "cache"])]
    [1.0, 0.6, 0.1]
    """
    import numpy as np

    one = sounds_of(word)
    many = [sounds_of(other) for other in others]
    longest = max((len(other.codes) for other in many), default=0)
    codes = np.zeros((longest, len(many)), np.intp)
    drops = np.zeros((longest, len(many)), np.float32)
    for at, other in enumerate(many):
        codes[: len(other.codes), at] = other.codes
        drops[: len(other.codes), at] = other.drops
    # Row by row of the table of distances, for all words at once. Fillers are dropped for nothing.
    costs = _costs()
    row = np.concatenate([np.zeros((1, len(many)), np.float32), np.cumsum(drops, 0)])
    for code, drop in zip(one.codes, one.drops, strict=True):
        new = row + np.float32(drop)
        np.minimum(new[1:], row[:-1] + costs[code][codes], out=new[1:])
        for at in range(longest):
            np.minimum(new[at + 1], new[at] + drops[at], out=new[at + 1])
        row = new
    sizes = np.array([other.size for other in many], np.float32)
    found: NDArray[np.float32] = 1 - 2 * row[-1] / np.maximum(sizes + one.size, 0.1)
    return found


_FIRST = {
    "g": "gckq", "k": "ckqgx", "d": "dt", "t": "td", "p": "pfbv", "b": "bvp", "m": "m", "n": "nkgm",
    "l": "lrw", "s": "sctz", "Q": "sct", "c": "ctjzs", "z": "jzgxdt", "h": "hfw",
}  # fmt: skip
_OTHERS = "aeiouyhwj"
_STABLE = str.maketrans(dict.fromkeys("bfvP", "p") | {"N": "n"})
_LETTERS_LOST = {ord(letter): None for letter in "acdeghijkloqrstuwxyz"}
_PHONEMES_LOST = {ord(code): None for code in "gKktTdlsQczhAEVOUXIYW"}
_HARD = "gKktTdsQcz"
_NOT_HARD = {ord(letter): None for letter in "abefhilmnopruvwy"}
_TWICE = re.compile(r"(.)\1+")


def first_letters(word: str) -> str:
    """The letters that a Latin word may begin with that sounds like a word of Hangul.

    >>> first_letters("캐시")
    'ckqgx'
    """
    return _FIRST.get(next((code for code, _ in _korean(word)), ""), _OTHERS)


def skeleton(word: str) -> str:
    """The consonants made with the lips or nose, in order, which both scripts keep apart: words
    with others do not sound alike. Much quicker than to compare them.

    >>> skeleton("미토콘드리아"), skeleton("mitochondria"), skeleton("스케줄"), skeleton("schedule")
    ('mn', 'mn', '', '')
    """
    if "가" <= word[:1] <= "힣":
        kept = "".join(code for code, _ in _korean(word)).translate(_PHONEMES_LOST)
    else:
        kept = word.translate(_LETTERS_LOST)
    return _TWICE.sub(r"\1", kept.translate(_STABLE))


def comparable(word: str) -> Callable[[str], bool]:
    """Whether a Latin word has about as many letters as a word of Hangul has sounds, as many of
    them hard consonants, and an l where that has one: else they do not sound alike."""
    sounds = _korean(word)
    size, codes = sum(_weight(code) for code, _ in sounds), [code for code, _ in sounds]
    hard, liquid = sum(code in _HARD for code in codes), "l" in codes

    def may_be(other: str) -> bool:
        words = other.count(" ") + 1
        if not size - 0.5 <= len(other) - words + 1 <= 1.6 * size + 2.3 * words:
            return False
        if not liquid if "l" in other else liquid and "r" not in other:
            return False
        return -1 <= len(other.translate(_NOT_HARD)) - words + 1 - hard <= 2

    return may_be
