"""Accuracy against the number of draws, for each prompt that was drawn more than once.

All three curves are exact expectations over the stored draws (`evals.stats.votes`), a question at
a time; their bands are clustered. What the vote gets is between one draw and any of them:

    majority   the most frequent answer of k draws, ties shared fairly
    any        at least one of k draws is right (pass@k): what choosing could gain at most
    surest     the draw with the greatest mean log-probability of k (best-of-k)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from evals.report.topics.cells import Cell
from evals.report.topics.streams import Stream
from evals.run.records import QuestionRecord, SampleRecord
from evals.stats.checks import FloatArray
from evals.stats.proportions import accuracy_interval
from evals.stats.votes import best_at, maj_at, pass_at, win_shares

__all__ = ["SELECTORS", "Curve", "CurvePoint", "curves", "expected", "ks_for", "majority"]

SELECTORS = ("majority", "any", "surest")


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """Expected accuracy with k draws, its 95 % band, and the price a question (`seconds` None
    where no run with about so many draws was timed)."""

    k: int
    accuracy: float
    low: float
    high: float
    tokens: float
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Curve:
    """One selector over the draws of one prompt."""

    arm: str
    selector: str
    points: tuple[CurvePoint, ...]


def curves(cell: Cell, stream: Stream) -> tuple[Curve, ...]:
    """The curves of one prompt, in the order of `SELECTORS`."""
    ks = ks_for(stream.size)
    clusters = cell.clusters
    found = []
    for selector, values in expected(cell, stream, ks).items():
        points = []
        for at, k in enumerate(ks):
            interval = accuracy_interval(values[:, at], clusters)
            points.append(
                CurvePoint(
                    k,
                    interval.value,
                    interval.low,
                    interval.high,
                    stream.tokens_at(k),
                    stream.seconds_at(k),
                )
            )
        found.append(Curve(stream.arm, selector, tuple(points)))
    return tuple(found)


def ks_for(most: int) -> list[int]:
    """Numbers of draws worth a point: all up to 8, then about six a doubling."""
    ks = {k for k in (*range(1, 9), 10, 12, 14, 16, 20, 24, 28) if k <= most} | {most}
    size = 32
    while size <= most:
        ks |= {k for k in (size, size * 5 // 4, size * 3 // 2, size * 7 // 4) if k <= most}
        size *= 2
    return sorted(ks)


def expected(cell: Cell, stream: Stream, ks: Sequence[int]) -> dict[str, FloatArray]:
    """Selector -> expected accuracy of each question with k draws, shape (items, ks)."""
    right = stream.right()
    sizes = np.full(right.shape[0], right.shape[1])
    surest = [
        best_at(row, [d.mean_logprob if d.answer is not None else None for d in draws], ks)
        for row, draws in zip(right, stream.draws, strict=True)
    ]
    return {
        "majority": majority(cell, stream, ks),
        "any": pass_at(sizes, right.sum(axis=1), ks),
        "surest": np.array(surest),
    }


def majority(cell: Cell, stream: Stream, ks: Sequence[int]) -> FloatArray:
    """Expected accuracy of the majority of k draws of each question, shape (items, ks)."""
    rows = zip(cell.items, stream.draws, strict=True)
    return np.array([_majority(item, draws, ks) for item, draws in rows])


def _majority(item: QuestionRecord, draws: Sequence[SampleRecord], ks: Sequence[int]) -> FloatArray:
    votes = Counter(d.group for d in draws if d.answer is not None)
    # A class is as right as its draws are on average: they may be spelled differently.
    score = {
        group: sum(float(d.correct) for d in draws if d.group == group and d.answer is not None)
        / count
        for group, count in votes.items()
    }
    silent = len(draws) - votes.total()
    classes = tuple(sorted((votes[g], score[g]) for g in votes))
    return _expected(classes, silent, tuple(ks), item.answerable)


@lru_cache(maxsize=8192)
def _expected(
    classes: tuple[tuple[int, float], ...], silent: int, ks: tuple[int, ...], answerable: bool
) -> FloatArray:
    """Of classes of equal answers, (votes, score) each: many questions have the same."""
    counts = [count for count, _ in classes]
    if answerable:
        return maj_at(counts, [score for _, score in classes], ks, silent)
    # Where there is nothing to answer, right is that no draw gives an answer.
    answered: FloatArray = win_shares(counts, ks, silent).sum(axis=0)
    return 1 - answered
