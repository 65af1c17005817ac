"""Tests whether the embedder finds a meaning in the other language, with pairs of words.

A few everyday words that any multilingual embedder knows, and the terms that the notes themselves
give in both languages.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipeline.text.everyday import EVERYDAY

if TYPE_CHECKING:
    from pipeline.retrieval.embedder import TextEmbedder

__all__ = ["crossing"]

_MINED = 16
"""Terms of the notes that are asked beside them."""


def crossing(model: TextEmbedder, mined: Sequence[tuple[str, str]]) -> float:
    """How well the embedder finds each word's translation among all (MRR of both directions, chance
    is about .08)."""
    import numpy as np

    step = max(1, len(mined) // _MINED)
    pairs = dict.fromkeys([*EVERYDAY, *list(mined)[::step][:_MINED]])
    korean = model.questions([pair[0] for pair in pairs])
    english = model.passages([pair[1] for pair in pairs])
    scores = korean @ english.T
    found = []
    for table in (scores, scores.T):
        right = np.diagonal(table)[:, None]
        # A term that stands in several pairs ties with itself.
        found.append(float((1 / (1 + (table > right).sum(1))).mean()))
    return sum(found) / 2
