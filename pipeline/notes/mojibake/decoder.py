"""A damaged line back into Korean: candidates for every syllable, the likeliest words of them by
the syllable model, and of those the sequence that a Korean language model finds likeliest."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import NamedTuple

from pipeline.notes.mojibake.codepages import CodePage
from pipeline.notes.mojibake.lexicon import analyser
from pipeline.notes.mojibake.syllables import ORDER, SyllableModel, in_alphabet

__all__ = ["Decoder", "Word"]

_BEAM = 80
"""Partial words kept while a word is spelled out."""
_PROPOSED = 24
"""Readings of a word that are scored by the language model."""
_TRIED = 8
"""Readings of a word that are tried in context."""
_LINES = 4
"""Readings of a line kept."""
_WORSE = 12.0
"""Log-likelihood below the best reading of a word at which another is not considered."""
_WINDOW = 14
"""Characters of context a word is scored in."""
_LONGEST = 16
"""Syllables without a space after which a word is decoded in parts."""
_SOFTENING = 2.0
"""The two models see the same evidence: their sum is overconfident by about this factor."""


class Word(NamedTuple):
    """A run of damaged syllables `line[start:end]`, what it was, and how sure that is (0 to 1).
    `lossy` where bytes were missing."""

    start: int
    end: int
    text: str
    confidence: float = 1.0
    lossy: bool = False


class _Reading(NamedTuple):
    score: float
    text: str
    words: tuple[Word, ...]


class Decoder:
    """Decodes lines damaged as one code page. Remembers what it has scored.

    learn: gives the syllable model; called at the first syllable that has two readings.
    """

    def __init__(self, page: CodePage, learn: Callable[[], SyllableModel]) -> None:
        self._page = page
        self._learn = learn
        self._scores: dict[str, float] = {}
        self._proposals: dict[tuple[str, str, str], list[tuple[float, str]]] = {}

    @cached_property
    def _model(self) -> SyllableModel:
        return self._learn()

    def decode(self, line: str) -> list[Word]:
        """The words and signs behind a damaged line. What is not in any of them stands as it is."""
        readings = [_Reading(0.0, "", ())]
        at = 0
        segments = self._segments(line)
        for number, (start, end, parts) in enumerate(segments):
            literal = line[at:start]
            at = end
            if not parts:
                sign = self._page.sign(line[start:end])
                word = Word(start, end, sign)
                readings = [
                    r._replace(text=r.text + literal + sign, words=(*r.words, word))
                    for r in readings
                ]
                continue
            following = line[end : end + 1]
            if number + 1 < len(segments) and segments[number + 1][0] == end:
                following = ""
            proposals = self._propose(parts, (readings[0].text + literal)[-1:], following)
            readings = self._extend(readings, literal, start, end, proposals)
        return list(readings[0].words)

    def _segments(self, line: str) -> list[tuple[int, int, tuple[str, ...]]]:
        """Runs of damaged syllables with the candidates of each, and signs (with none)."""
        found: list[tuple[int, int, tuple[str, ...]]] = []
        for match in self._page.pattern.finditer(line):
            candidates = self._page.hangul(match.group())
            if candidates:
                joins = found and found[-1][1] == match.start() and found[-1][2]
                if joins and len(found[-1][2]) < _LONGEST:
                    start, _, parts = found[-1]
                    found[-1] = (start, match.end(), (*parts, candidates))
                else:
                    found.append((match.start(), match.end(), (candidates,)))
            elif self._page.sign(match.group()):
                found.append((match.start(), match.end(), ()))
        return found

    def _propose(self, parts: Sequence[str], before: str, after: str) -> list[tuple[float, str]]:
        """The likeliest readings of one word with their log-likelihood, best first, judged by
        themselves: what stands before counts only as a boundary."""
        if all(len(candidates) == 1 for candidates in parts):
            return [(0.0, "".join(parts))]
        before = in_alphabet(before or " ")
        before = " " if "가" <= before <= "힣" else before
        after = in_alphabet(after) or " "
        key = (before, "\0".join(parts), after)
        known = self._proposals.get(key)
        if known is not None:
            return known
        probability = self._model.probability
        states = [(0.0, before)]
        for candidates in parts:
            states = [
                (score + math.log(probability(text, syllable)), text + syllable)
                for score, text in states
                for syllable in candidates
            ]
            states.sort(reverse=True)
            del states[_BEAM:]
        found = sorted(
            ((score + math.log(probability(text, after)), text[1:]) for score, text in states),
            reverse=True,
        )
        found = [item for item in found[:_PROPOSED] if item[0] > found[0][0] - _WORSE]
        if len(found) > _TRIED:
            alone = self._score([text for _, text in found])
            order = sorted(range(len(found)), key=lambda i: found[i][0] + alone[i], reverse=True)
            found = [found[i] for i in order[:_TRIED]]
        self._proposals[key] = found
        return found

    def _extend(
        self,
        readings: list[_Reading],
        literal: str,
        start: int,
        end: int,
        proposals: list[tuple[float, str]],
    ) -> list[_Reading]:
        """Every reading of the line so far with every reading of the next word; the best stay."""
        if len(proposals) == 1:
            word = Word(start, end, proposals[0][1])
            return [
                r._replace(text=r.text + literal + word.text, words=(*r.words, word))
                for r in readings
            ]
        windows = [_window(reading.text + literal) for reading in readings]
        jobs = [window + text for window in windows for text in ("", *(t for _, t in proposals))]
        scores = iter(self._score(jobs))
        extended = []
        for reading, window in zip(readings, windows, strict=True):
            base = next(scores) if window.strip() else 0.0 * next(scores)
            before = in_alphabet(f" {reading.text}{literal}")[1 - ORDER :]
            gains = [self._said(before, text) + next(scores) - base for _, text in proposals]
            sure = _shares(gains)
            for (_, text), gain, share in zip(proposals, gains, sure, strict=True):
                word = Word(start, end, text, share, True)
                extended.append(
                    _Reading(
                        reading.score + gain, reading.text + literal + text, (*reading.words, word)
                    )
                )
        extended.sort(key=lambda reading: reading.score, reverse=True)
        return extended[:_LINES]

    def _said(self, before: str, word: str) -> float:
        """Log-likelihood of a word after the end of what was read so far."""
        score = 0.0
        for syllable in in_alphabet(word):
            score += math.log(self._model.probability(before, syllable))
            before = (before + syllable)[1 - ORDER :]
        return score

    def _score(self, texts: list[str]) -> list[float]:
        """Log-likelihood of each text by the analyser's language model, its end left open."""
        if len(self._scores) > 500_000:
            self._scores.clear()
        for text in texts:
            if text not in self._scores:
                # One by one: handing such short texts to other threads costs more than it saves.
                analyses = analyser().analyze(text, open_ending=True) if text.strip() else []
                self._scores[text] = analyses[0][1] if analyses else 0.0
        return [self._scores[text] for text in texts]


def _window(text: str) -> str:
    """The end of a text, from a word boundary on."""
    window = text[-_WINDOW:]
    space = window.find(" ")
    return window[space + 1 :] if len(text) > _WINDOW and space >= 0 else window


def _shares(scores: Sequence[float]) -> list[float]:
    """Softmax of the softened scores."""
    top = max(scores)
    weights = [math.exp((score - top) / _SOFTENING) for score in scores]
    total = sum(weights)
    return [weight / total for weight in weights]
