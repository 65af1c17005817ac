"""Tells sentences about the notes themselves (who wrote them, when, in which room) from those about
their subject. Nobody wants to be asked for a room number.

The embedder decides, by which of two groups of examples the sentence lies nearer to: lines about
notes and lines about subjects, twenty and more of each in each language (`about_notes.json`). Where
an embedder cannot tell the examples themselves apart, each judged by the others, it is not believed
in that language.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evals.draft.material import Sentence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.retrieval.embedder import TextEmbedder

__all__ = ["AboutNotes"]

_SURE = 0.15
"""0 is between the groups, 0.5 the middle of the lines about notes. Of 500 sentences of the shipped
course 5.4 % lie above .1 and 1.6 % above .2; it was set so that 20 lines about notes of five other
subjects all lie above."""
_ABLE = 0.9
"""Of the examples that must be told apart."""


class AboutNotes:
    """Judges sentences with an embedder that is open."""

    def __init__(self, embedder: TextEmbedder) -> None:
        self._embedder = embedder
        self._known: dict[str, bool] = {}
        self._split = cache(self._find)

    def __call__(self, sentences: Sequence[Sentence]) -> bool:
        """Whether any of them is about the notes."""
        return any(self._judge(one.text, one.language) for one in sentences)

    def _judge(self, text: str, language: str) -> bool:
        split = self._split("ko" if language == "ko" else "en")
        if split is None:
            return False
        if text not in self._known:
            self._known[text] = bool(split.of(self._embedder.passages([text]))[0] > _SURE)
        return self._known[text]

    def _find(self, language: str) -> _Split | None:
        groups = _examples()[language]
        notes = self._embedder.passages(groups["notes"])
        subject = self._embedder.passages(groups["subject"])
        right = sum(_Split(_but(notes, i), subject).of(notes[i]) > 0 for i in range(len(notes)))
        right += sum(
            _Split(notes, _but(subject, i)).of(subject[i]) < 0 for i in range(len(subject))
        )
        able = right >= _ABLE * (len(notes) + len(subject))
        return _Split(notes, subject) if able else None


class _Split:
    """The direction from one group's mean to the other's: -0.5 is the subject's, 0.5 the notes'."""

    def __init__(self, notes: NDArray[Any], subject: NDArray[Any]) -> None:
        high, low = notes.mean(0), subject.mean(0)
        self._way = high - low
        self._middle = (high + low) @ self._way / 2
        self._length = self._way @ self._way

    def of(self, vectors: NDArray[Any]) -> Any:
        return (vectors @ self._way - self._middle) / self._length


def _but(vectors: NDArray[Any], at: int) -> NDArray[Any]:
    import numpy as np

    found: NDArray[Any] = np.delete(vectors, at, 0)
    return found


@cache
def _examples() -> dict[str, dict[str, list[str]]]:
    text = Path(__file__).with_name("about_notes.json").read_text(encoding="utf-8")
    found: dict[str, dict[str, list[str]]] = json.loads(text)
    return found
