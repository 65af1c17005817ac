"""Counts for the syllable model of what kiwipiepy knows of Korean: its words by frequency rank, its
verbs with their commonest endings, its particles."""

from __future__ import annotations

import threading
from functools import lru_cache
from typing import TYPE_CHECKING

from pipeline.notes.mojibake.conjugation import attach, is_syllable
from pipeline.notes.mojibake.syllables import Counts

if TYPE_CHECKING:
    from kiwipiepy import Kiwi

__all__ = ["analyser", "lexicon"]

_MASS = 3000.0
"""Weight of the whole dictionary, about that of as many running words."""
_NOUNS = {"NNG", "NNP", "NNB", "NP", "NR", "XR"}
_WHOLE_WORDS = {"MAG", "MAJ", "MM", "IC"}
_PREDICATES = {"VV", "VA", "VX", "VV-I", "VA-I", "XSV", "XSA", "VCP"}
_SUFFIXED = {"XSV", "XSA", "VCP"}
_ENDINGS = {"EF", "EC", "ETM"}
_PARTICLES = {"JX", "JKB", "JKS", "JKO", "JKG", "JC"}
_COMMON_VERBS = 6000
_COMMON_ENDINGS = 140
_FUTURE_ENDINGS = 300
# The dictionary lists a particle once; after a vowel it is written otherwise.
_AFTER_VOWEL = {
    "은": "는", "을": "를", "이": "가", "과": "와", "으로": "로", "이나": "나", "으로써": "로써",
    "으로서": "로서", "이라고": "라고", "으로부터": "로부터", "이란": "란", "이라도": "라도",
    "이랑": "랑",
}  # fmt: skip
_lock = threading.Lock()


@lru_cache(maxsize=1)
def analyser() -> Kiwi:
    """The morphological analyser, loaded on first use (some seconds)."""
    from kiwipiepy import Kiwi

    return Kiwi(num_workers=1)


def lexicon() -> Counts:
    """Counts of the dictionary; made once."""
    with _lock:
        return _lexicon()


@lru_cache(maxsize=1)
def _lexicon() -> Counts:
    # After the start of a sentence every morpheme of the language model is possible; ids are in
    # order of frequency.
    found = analyser().predict_next_morpheme([0], top_n=100_000)
    words = sorted((word for word in found if word.form), key=lambda word: word.id)
    endings = [word for word in words if word.tag in _ENDINGS][:_COMMON_ENDINGS]
    counts = Counts()
    for word in words:
        weight = _MASS / (word.id + 200)
        form, tag = word.form, word.tag
        if not is_syllable(form):
            continue
        if tag in _NOUNS:
            counts.add(f" {form}", weight, 1)
        elif tag in _WHOLE_WORDS:
            counts.add(f" {form} ", weight, 1)
        elif tag in _PARTICLES:
            counts.add(f"{form} ", 5 * weight)
            if form in _AFTER_VOWEL:
                counts.add(f"{_AFTER_VOWEL[form]} ", 5 * weight)
        elif tag in _PREDICATES and word.id < _COMMON_VERBS:
            before = "" if tag in _SUFFIXED else " "
            for ending in endings:
                share = 20 * weight / (ending.id + 20)
                counts.add(f"{before}{attach(form, ending.form)} ", share, len(before))
                past = attach(attach(form, "었"), ending.form)
                counts.add(f"{before}{past} ", 0.4 * share, len(before))
                if ending.id < _FUTURE_ENDINGS:
                    future = attach(f"{form}겠", ending.form)
                    counts.add(f"{before}{future} ", 0.1 * share, len(before))
    return counts
