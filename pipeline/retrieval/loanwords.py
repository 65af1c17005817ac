"""Loanwords that a question spells in one script and the notes in the other: `캐시` and `cache`.

A word of a question that the notes lack, or have once or twice, is compared by sound with all words
of the other script in the notes, and with two of Latin letters that stand together: Korean writes
them as one (머신러닝). It is respelled as the one that sounds alike where that stands out from the
next and, with an embedder of both languages, is also near in meaning. An abbreviation written as
its letters are called (에이치티티피) is respelled as the notes have it.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from pipeline.retrieval.morphemes import trunks
from pipeline.text.letter_names import letters_of
from pipeline.text.sounds import comparable, first_letters, likeness, skeleton, sounds_of
from pipeline.text.tokens import HANGUL, STOP_WORDS, stem, token_id

if TYPE_CHECKING:
    from pipeline.retrieval.morphemes import Lexicon
    from pipeline.retrieval.sparse import SparseArm

__all__ = ["Respelled", "Spellings", "score"]

_LATIN = re.compile(r"[a-z]{3,}")
_ASKED = re.compile(
    r"(?<!\d)(?<!\d )(?:[가-힣]{2,}|(?<![A-Za-z가-힣])[A-Za-z]{4,}(?![A-Za-z]))(?![가-힣]* ?\d)"
)
"""Not beside a figure: that is a unit, or what names a part of the notes ("slide 5")."""
_ACRONYM = re.compile(r"(?<![A-Za-z0-9])[A-Z](?:-?[A-Z]){1,7}(?![A-Za-z0-9])")
_PAIR = re.compile(r"(?<![a-z])([a-z]{2,})([ -])(?=([a-z]{3,})(?![a-z]))")
"""Two words that Korean may write as one: "machine learning", 머신러닝."""
_TWICE = 2
"""So often must two words stand next to each other that no hyphen joins."""
_ESCAPE = re.compile(r"\\.")
_ALIKE = 0.75
"""Words less alike are not looked at any further,"""
_LOOKED_AT = 6
"""nor more than so many, as each is embedded,"""
_NEAREST = 0.92
"""nor any where a cosine of so much would not do."""
_GAP = 0.15
"""Standing out from the next by more counts no further."""
_LEAST = 1.2
_COMMON = 2.0
"""So likely must a word be of one passage, and less as the logarithm of its passages, up to here:
those that sound alike by chance are as often rare as words are."""
_RARE, _MORE = 5, 3
"""A word of at most so many passages may be one that so many times as many have otherwise."""


@dataclass(frozen=True, slots=True)
class Respelled:
    """A question as the notes spell its loanwords. `same[token]` is the token that it has instead:
    other forms of the word, and the spelling of the question where the notes have that, too."""

    text: str
    same: dict[int, int] = field(default_factory=dict)


def score(
    word: str, others: Sequence[tuple[str, float]], cosine: Callable[[str, str], float] | None
) -> tuple[str, float] | None:
    """Of words and how alike they sound, the one that `word` most likely is, and how likely, as a
    logarithm. `cosine` tells how near the meanings of two words are.

    The weights are of a logistic regression on every other word of `benchmarks/loanwords.py`.
    """
    near = {other: cosine(word, other) if cosine else 0.0 for other, _ in others}
    ranked = sorted(others, key=lambda one: -(one[1] + 2 * near[one[0]]))
    if not ranked:
        return None
    best, alike = ranked[0]
    value = alike + 2 * near[best]
    rivals = (a + 2 * near[other] for other, a in ranked[1:] if not _akin(best, other))
    gap = min(_GAP, value - next(rivals, value - _GAP))
    size = min(5.0, (sounds_of(word).size + sounds_of(best).size) / 2)
    if cosine is None:
        return best, 19.4 * alike + 0.66 * size + 12.9 * gap - 21.97
    return best, 16.4 * alike + 10.0 * near[best] + 0.78 * size + 17.6 * gap - 28.9


def _akin(one: str, other: str) -> bool:
    """Whether two words are forms of one: they begin alike, as `vector` and `vectors` do."""
    return stem(one) == stem(other) or one[:5] == other[:5] or one in other or other in one


class Spellings:
    """The words of the notes that a question's may be respelled as. `lines` are the passages as
    they are stored; what is stored there and is no word of the notes, `arm` does not know.
    `cosine` tells how near the meanings of two words are."""

    def __init__(
        self,
        lines: Iterable[str],
        lexicon: Lexicon,
        arm: SparseArm,
        cosine: Callable[[str, str], float] | None = None,
    ) -> None:
        self._lexicon, self._arm, self._cosine = lexicon, arm, cosine
        self._best = lru_cache(4096)(self._compared)
        latin: set[str] = set()
        hangul: set[str] = set()
        acronyms: Counter[str] = Counter()
        pairs: Counter[str] = Counter()
        for line in lines:
            text = _ESCAPE.sub(" ", line)
            lower = text.lower()
            latin.update(_LATIN.findall(lower))
            for one, mark, two in _PAIR.findall(lower):
                if one not in STOP_WORDS and two not in STOP_WORDS:
                    pairs[f"{one} {two}"] += _TWICE if mark == "-" else 1
            hangul.update(HANGUL.findall(text))
            acronyms.update(_ACRONYM.findall(text))
        self._latin: dict[tuple[str, str], list[str]] = {}
        latin.update(pair for pair, count in pairs.items() if count >= _TWICE)
        for word in sorted(latin):
            key = word[0], skeleton(word.replace(" ", ""))
            self._latin.setdefault(key, []).append(word)
        self._runs = hangul
        common = sorted(acronyms, key=lambda one: acronyms[one])  # the commonest spelling stays
        self._acronyms = {one.replace("-", "").lower(): one for one in common}

    def respelled(self, question: str) -> Respelled:
        """The question with its loanwords as the notes spell them."""
        same: dict[int, int] = {}

        def spelled(match: re.Match[str]) -> str:
            run = match.group()
            words, known = (
                trunks(run, self._lexicon, self._arm)
                if HANGUL.match(run)
                else ([run.lower()], self._tokens(run.lower()))
            )
            seen = min((self._arm.passages_with(token) for token in known), default=0)
            if seen > _RARE or run.lower() in STOP_WORDS:
                return run
            for word in words:
                if other := self._acronyms.get(letters_of(word)):
                    return other + run[len(word) :]
            found = [one for word in words if (one := self._best(word))]
            if not found:
                return run
            _, trunk, other = max(found)
            tokens = self._forms(other)
            if known and max(map(self._arm.passages_with, tokens)) < _MORE * max(seen, 1):
                return run
            same.update(dict.fromkeys((*tokens[1:], *known), tokens[0]))
            return other + run[len(trunk) :]

        text = _ASKED.sub(spelled, question)
        return Respelled(text, {name: one for name, one in same.items() if name != one})

    def _tokens(self, word: str) -> list[int]:
        token = token_id(stem(word))
        return [token] if self._arm.passages_with(token) else []

    def _compared(self, word: str) -> tuple[float, str, str] | None:
        """How likely the best of the words that sound alike is, the word, and that."""
        others = self._others(word)
        if not others:
            return None
        alike = likeness(word, others)
        near = [
            (others[at], float(alike[at]))
            for at in alike.argsort()[::-1][: 3 * _LOOKED_AT].tolist()
            if alike[at] >= _ALIKE and self._forms(others[at])
        ]
        # What sound alone speaks against is not embedded.
        best = score(word, near, (lambda *_: _NEAREST) if self._cosine else None)
        if best is None or best[1] + _COMMON < _LEAST:
            return None
        other, value = score(word, near[:_LOOKED_AT], self._cosine) or best
        value += min(_COMMON, math.log(self._arm.passages_with(self._forms(other)[0])))
        return (value, word, other) if value >= _LEAST else None

    def _others(self, word: str) -> list[str]:
        """The words of the other script that begin with a like sound and are about as long."""
        same, may_be = skeleton(word), comparable(word)
        if not HANGUL.match(word):
            return self._hangul.get((word[0], same), [])
        found = (self._latin.get((letter, same), ()) for letter in first_letters(word))
        return [other for words in found for other in words if may_be(other)]

    @cached_property
    def _hangul(self) -> dict[tuple[str, str], list[str]]:
        """The words of Hangul by the letter and the consonants that a Latin one has."""
        words = (trunks(run, self._lexicon, self._arm)[0] for run in self._runs)
        found: dict[tuple[str, str], list[str]] = {}
        for word in sorted({word for several in words for word in several}):
            for letter in first_letters(word):
                found.setdefault((letter, skeleton(word)), []).append(word)
        return found

    def _forms(self, word: str) -> list[int]:
        """The tokens of a word and of its plural or singular that the notes have, the commonest
        first; of two words those of the rarer."""
        if " " in word:
            both = [self._forms(one) for one in word.split()]
            return min(both, key=lambda forms: self._arm.passages_with(forms[0]) if forms else 0)
        if HANGUL.match(word):
            names = trunks(word, self._lexicon, self._arm)[1]
        else:
            single = word[:-3] + "y" if word.endswith("ies") else word.removesuffix("s")
            forms = (word, single, f"{single}s", f"{single}es", single.removesuffix("e"))
            names = [token_id(stem(form)) for form in forms]
        seen = {name: self._arm.passages_with(name) for name in names}
        return sorted((name for name in seen if seen[name]), key=lambda name: -seen[name])
