"""A worked example that a prompt may show before the question."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Exemplar"]


@dataclass(frozen=True, slots=True)
class Exemplar:
    """A question with its answer, and how one gets there in words (empty: not shown)."""

    question: str
    answer: str
    reasoning: str = ""
