"""Does the embedder find a meaning in the other language? Asked with pairs of words.

A few everyday words that any multilingual embedder knows, and the terms that the notes themselves
give in both languages.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.retrieval.embedder import TextEmbedder

__all__ = ["EVERYDAY", "crossing"]

EVERYDAY = tuple(
    (korean, english)
    for korean, english in (
        pair.split("=")
        for pair in (
            "물=water|학교=school|자동차=car|의사=doctor|바다=sea|역사=history|수학=mathematics|"
            "음악=music|아침=morning|겨울=winter|전쟁=war|은행=bank|나무=tree|병원=hospital|"
            "신문=newspaper|비행기=airplane|감자=potato|친구=friend|시장=market|언어=language|"
            "기억=memory|도시=city|컴퓨터=computer|책=book"
        ).split("|")
    )
)
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
