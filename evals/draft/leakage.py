"""A question that copies its passage, holds its answer, or was asked before measures nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable

from evals.draft.candidate import DraftQuestion
from evals.scorers.contains import stands
from pipeline.errors import filled

__all__ = ["MOST_OVERLAP", "KnownQuestions", "leak", "overlap"]

MOST_OVERLAP = 0.6
"""A question may share no run of words (in Korean also none of characters) with its quote that is
this share of the question."""

_ALIKE = 0.8
"""Questions that share so much of their letter pairs are the same question in other words, if they
have a correct answer in common."""

_TOKEN = re.compile(r"[\w.,%-]+")
_NO_LETTER = re.compile(r"[\W_]+")


def overlap(question: str, quote: str) -> float:
    """The longest run that both have, as a share of the question, 0 to 1."""
    asked = _TOKEN.findall(question.lower())
    share = _run(asked, _TOKEN.findall(quote.lower())) / max(len(asked), 1)
    if re.search("[가-힣]", question):  # particles hide shared words, so characters count too
        letters = list("".join(question.lower().split()))
        run = _run(letters, list("".join(quote.lower().split())))
        share = max(share, run / max(len(letters), 1))
    return share


def leak(candidate: DraftQuestion) -> str:
    """What is wrong with a candidate, in words; nothing where it may be asked."""
    shared = max(overlap(candidate.question, span.text) for span in candidate.spans)
    if shared >= MOST_OVERLAP:
        return filled("the question copies {share} of itself from the note", share=f"{shared:.0%}")
    golds = candidate.parts or candidate.answers
    for gold in golds:
        if stands(gold, candidate.question, candidate.language):
            return f"the question holds its answer ({gold})"
    return ""


class KnownQuestions:
    """The questions that are there already."""

    def __init__(self, questions: Iterable[tuple[str, Iterable[str]]] = ()) -> None:
        self._plain: set[str] = set()
        self._pairs: list[tuple[set[str], set[str]]] = []
        for question, answers in questions:
            self.add(question, answers)

    def add(self, question: str, answers: Iterable[str]) -> None:
        self._plain.add(_flat(question))
        self._pairs.append((_pairs(question), {_flat(answer) for answer in answers}))

    def has(self, question: str, answers: Iterable[str]) -> bool:
        """Whether it was asked: the same letters, or nearly so with a correct answer in common."""
        if _flat(question) in self._plain:
            return True
        ours, golds = _pairs(question), {_flat(answer) for answer in answers}
        return any(
            golds & theirs and len(ours & pairs) >= _ALIKE * len(ours | pairs)
            for pairs, theirs in self._pairs
        )


def _run(a: list[str], b: list[str]) -> int:
    best = 0
    row = [0] * (len(b) + 1)
    for left in a:
        previous, row = row, [0]
        for at, right in enumerate(b):
            row.append(previous[at] + 1 if left == right else 0)
        best = max(best, *row)
    return best


def _flat(text: str) -> str:
    return _NO_LETTER.sub("", text.lower())


def _pairs(text: str) -> set[str]:
    plain = _flat(text)
    return {plain[at : at + 2] for at in range(len(plain) - 1)}
