"""A worked example that may stand before a question in a prompt."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Exemplar"]


@dataclass(frozen=True, slots=True)
class Exemplar:
    """A question with its answer.

    `answer` is the bare answer ("17"), for prompts that ask for it at once. `reasoning` is the
    whole reply of someone who thinks first, in the language of the question: the steps, and then
    the sentence that gives the answer ("3 + 5 = 8. 8 + 9 = 17. The answer is 17."). It is empty
    where there is nothing to think about.
    """

    question: str
    answer: str
    reasoning: str = ""
