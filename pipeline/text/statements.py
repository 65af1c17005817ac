"""Tells whether a sentence states what was decided, or what is to be done.

The same linear model as for the kinds of questions (`pipeline.text.question_kinds`), fitted on the
examples of `statements.yaml`; `python -m benchmarks.kinds --fit` fits it again.
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

__all__ = ["STATEMENTS", "plans", "states"]

STATEMENTS = ("decision", "task", "other")
_CLEAR = 0.2
_RIVAL = 0.1
"""A decision and a task read alike: so much may a sentence rather be the other."""
_WEIGHTS = Path(__file__).with_name("statements.npz")


def states(what: str, sentence: str, language: str, embedding: Array | None = None) -> float:
    """How much a sentence reads like `what`, a decision or a task, above 0 where it is clearly one.
    `embedding`, shape (dimension,), is that of the multilingual embedder that ships."""
    decision, task, other = kind_scores(sentence, language, embedding, _model())
    wanted, rival = (decision, task) if what == "decision" else (task, decision)
    return min(wanted - other - _CLEAR, wanted - rival + _RIVAL)


def plans(sentence: str, language: str, embedding: Array | None = None) -> float:
    """How much a sentence reads like a decision or a task, whichever, above 0 where it is clearly
    one."""
    decision, task, other = kind_scores(sentence, language, embedding, _model())
    return max(decision, task) - other - _CLEAR


@cache
def _model() -> dict[str, Any]:
    return read_weights(_WEIGHTS)
