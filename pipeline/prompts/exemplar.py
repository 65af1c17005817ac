"""A worked example that may stand before a question in a prompt."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Exemplar"]


@dataclass(frozen=True, slots=True)
class Exemplar:
    """A question with its answer, and how one gets there in words.

    `answer` is the bare answer ("17"). `reasoning` holds the steps alone, in the language of the
    question ("3 + 5 = 8. 8 + 9 = 17."): the words that lead to the final answer are the template's.
    It is empty where there is nothing to think about.
    """

    question: str
    answer: str
    reasoning: str = ""
