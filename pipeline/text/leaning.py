"""Tells whether a question leans on what was said before ("Who made it?", "GPT-3는?").

The same linear model as for the kinds of questions (`pipeline.text.question_kinds`), fitted on the
examples of `leaning.yaml` and `both.yaml`; `python -m benchmarks.followups --fit` fits it again.
What a question leans on is found in the notes, see `pipeline.answering.conversation.context`.
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

__all__ = ["BOTH", "LEANING", "leans", "on_both"]

LEANING = ("leans", "whole")
BOTH = ("leans", "both")
_WORDS = 0.25
"""How much the words alone count beside words and embedding, which know less of bare names."""
_MARGIN, _BY_WORDS = 0.1, 0.3
"""A question changed wrongly is worse than one left alone: so much must speak for leaning, and
so much where words alone tell it, which they do less well. Chosen, as the weight above, on five
subjects and the shipped questions for development."""
_FOLDER = Path(__file__).parent


def leans(question: str, language: str, embedding: Array | None = None) -> float:
    """How much a question reads like one that leans on what was said, about -1 to 1, above 0 where
    it does. `embedding`, shape (dimension,), is that of the multilingual embedder that ships."""
    told = _difference(question, language, None)
    if embedding is None:
        return told - _BY_WORDS
    both = _difference(question, language, embedding)
    return (both + _WORDS * told) / (1 + _WORDS) - _MARGIN


def on_both(question: str, language: str, embedding: Array | None = None) -> bool:
    """Whether a question that leans does so on two things that were said.

    >>> on_both("Which of the two is older?", "en"), on_both("How old is it?", "en")
    (True, False)
    """
    one, two = kind_scores(question, language, embedding, _model("both"))
    return two > one


def _difference(question: str, language: str, embedding: Array | None) -> float:
    leaning, whole = kind_scores(question, language, embedding, _model("leaning"))
    return leaning - whole


@cache
def _model(name: str) -> dict[str, Any]:
    return read_weights(_FOLDER / f"{name}.npz")
