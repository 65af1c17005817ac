"""Accuracy against the number of draws, for each prompt that was drawn more than once.

All curves but one are exact expectations over the stored draws (`evals.stats.votes`), a question
at a time; their bands are clustered. What the vote gets is between one draw and any of them:

    majority   the most frequent answer of k draws, ties shared fairly
    any        at least one of k draws is right (pass@k): what a perfect verifier would choose
    surest     the draw with the greatest mean log-probability of k (best-of-k)
    weighted   the vote weighed by each draw's likelihood, as `weighted` does; over random
               subsets of the draws
    NAME       the draw that a verifier of the run puts first of k (best-of-k)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from evals.report.topics.cells import SEED, Cell
from evals.report.topics.streams import Stream
from evals.run.records import QuestionRecord, SampleRecord
from evals.stats.checks import FloatArray, generator
from evals.stats.proportions import accuracy_interval
from evals.stats.votes import best_at, maj_at, pass_at, win_shares

__all__ = [
    "Curve",
    "CurvePoint",
    "curves",
    "expected",
    "ks_for",
    "majority",
    "verifiers_of",
    "weighted",
]

_SUBSETS = 40
_TEMPERATURE = 0.3  # of the aggregation `weighted`
_JUDGED = 0.95  # of the draws with an answer, for a verifier to have a curve


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

    method: str
    selector: str
    points: tuple[CurvePoint, ...]


def curves(cell: Cell, stream: Stream) -> tuple[Curve, ...]:
    """The curves of one prompt, majority, any, surest and weighted, then those of verifiers."""
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
        found.append(Curve(stream.method, selector, tuple(points)))
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
    found = {
        "majority": majority(cell, stream, ks),
        "any": pass_at(sizes, right.sum(axis=1), ks),
        "surest": _best(stream, ks, lambda draw: draw.mean_logprob),
        "weighted": weighted(cell, stream, ks),
    }
    for name in verifiers_of(stream):
        found[name] = _best(stream, ks, lambda draw, name=name: draw.verifiers.get(name))  # type: ignore[misc]
    return found


def verifiers_of(stream: Stream) -> list[str]:
    """The verifiers that judged nearly every draw that has an answer."""
    answered = [d for row in stream.draws for d in row if d.answer is not None]
    names = dict.fromkeys(name for d in answered for name in d.verifiers)
    return [
        name
        for name in names
        if sum(name in d.verifiers for d in answered) >= _JUDGED * len(answered)
    ]


def _best(
    stream: Stream, ks: Sequence[int], score: Callable[[SampleRecord], float | None]
) -> FloatArray:
    return np.array([
        best_at(row, [score(d) if d.answer is not None else None for d in draws], ks)
        for row, draws in zip(stream.right(), stream.draws, strict=True)
    ])  # fmt: skip


def weighted(cell: Cell, stream: Stream, ks: Sequence[int]) -> FloatArray:
    """Expected accuracy of the vote weighed by likelihood, over forty random subsets for each k,
    shape (items, ks)."""
    rng = generator(SEED)
    rows = zip(cell.items, stream.draws, strict=True)
    return np.array([_weighted(item, draws, ks, rng) for item, draws in rows])


def _weighted(
    item: QuestionRecord,
    draws: Sequence[SampleRecord],
    ks: Sequence[int],
    rng: np.random.Generator,
) -> FloatArray:
    groups = list(dict.fromkeys(d.group for d in draws if d.answer is not None))
    if not groups or not item.answerable:
        return majority_of(item, draws, ks)
    belongs = np.array(
        [[float(d.answer is not None and d.group == g) for g in groups] for d in draws]
    )
    right = np.array([float(d.correct) for d in draws]) @ belongs / belongs.sum(axis=0)
    sure = np.exp(np.minimum(0.0, [d.mean_logprob for d in draws]))
    orders = rng.random((_SUBSETS, len(draws))).argsort(axis=1)
    votes = (np.exp(sure / _TEMPERATURE)[:, None] * belongs)[orders].cumsum(axis=1)
    here = votes[:, np.asarray(ks) - 1]  # subsets, ks, groups
    top = (here >= here.max(axis=2, keepdims=True) * (1 - 1e-12)) & (here > 0)
    shares = top / np.maximum(top.sum(axis=2, keepdims=True), 1)
    found: FloatArray = (shares @ right).mean(axis=0)
    return found


def majority(cell: Cell, stream: Stream, ks: Sequence[int]) -> FloatArray:
    """Expected accuracy of the majority of k draws of each question, shape (items, ks)."""
    rows = zip(cell.items, stream.draws, strict=True)
    return np.array([majority_of(item, draws, ks) for item, draws in rows])


def majority_of(
    item: QuestionRecord, draws: Sequence[SampleRecord], ks: Sequence[int]
) -> FloatArray:
    """The same of one question, shape (ks,)."""
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
    return np.clip(1 - answered, 0.0, 1.0)  # sums of chances may miss 1 by their last bit
