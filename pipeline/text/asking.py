"""Tells whether a sentence of the notes asks something itself, as exercises and goals do.

"By the end you will know what a tariff is" has all words of the question and answers nothing. Told
by the same linear model as the kinds of questions (`pipeline.text.question_kinds`), fitted on the
examples of `asking.yaml` and `statements.yaml` and on sentences of notes; `python -m
benchmarks.kinds --fit` fits it again.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.text.question_kinds import kind_scores, read_weights

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.floating[Any]]

__all__ = ["ASKING", "asks"]

ASKING = ("asks", "says")
_CLEAR = 0.1
_BY_WORDS = 0.3
"""A statement left out is worse than an exercise quoted: so much must speak for one that asks, and
more where words alone tell."""
_WEIGHTS = Path(__file__).with_name("asking.npz")


def asks(sentence: str, language: str, embedding: Array | None = None) -> float:
    """How much a sentence reads like one that asks something, about -1 to 1, above 0 where it
    clearly does. `embedding`, shape (dimension,), is that of the multilingual embedder that ships.

    >>> asks("Explain why the tower leans.", "en") > 0 > asks("The tower leans.", "en")
    True
    """
    asking, says = kind_scores(sentence, language, embedding, _model())
    return asking - says - (_BY_WORDS if embedding is None else _CLEAR)


@cache
def _model() -> dict[str, Any]:
    return read_weights(_WEIGHTS)
