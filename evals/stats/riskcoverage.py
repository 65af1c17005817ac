"""Selective answering: risk against coverage, and the threshold that meets a target."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evals.stats.checks import (
    Clusters,
    FloatArray,
    cluster_codes,
    generator,
    unit,
    vector,
    whole,
)
from evals.stats.interval import Interval
from evals.stats.proportions import accuracy_interval

__all__ = [
    "RiskCoverage",
    "Threshold",
    "choose_threshold",
    "cross_checked_threshold",
    "risk_coverage",
]


@dataclass(frozen=True, slots=True)
class RiskCoverage:
    """Answering only from each of the `thresholds` up (falling), shape (thresholds,): the share of
    questions answered (`coverage`) and the share of those that is wrong (`risk`).

    `aurc`: the area under that curve, the mean risk over coverages 1/n to 1, equal confidences in
    random order; `random` is the aurc of a confidence that says nothing."""

    thresholds: FloatArray
    coverage: FloatArray
    risk: FloatArray
    aurc: float
    random: float


@dataclass(frozen=True, slots=True)
class Threshold:
    """Answer where confidence >= `threshold`: the share of answerable questions then `answered`,
    and of unanswerable ones `refused`, with intervals, both on data that the threshold was
    not chosen on."""

    threshold: float
    answered: Interval
    refused: Interval


def risk_coverage(confidence: ArrayLike, right: ArrayLike) -> RiskCoverage:
    """The risk-coverage curve (selective classification, arXiv 1705.08500).

    confidence: any numbers, shape (answers,). right: 0 to 1, shape (answers,). Raises ValueError
    for other values or lengths that differ.
    """
    x, y = vector(confidence, "confidence"), unit(vector(right, "right"), "right")
    if x.size != y.size:
        raise ValueError(f"there are {x.size} confidences and {y.size} outcomes")
    levels, place, counts = np.unique(-x, return_inverse=True, return_counts=True)
    wrong = np.bincount(place, weights=1 - y).astype(np.float64)
    answered, errors = np.cumsum(counts), np.cumsum(wrong)
    return RiskCoverage(
        -levels,
        answered / x.size,
        errors / answered,
        _area(counts, wrong),
        float((1 - y).mean()),
    )


def _area(counts: NDArray[np.int64], wrong: FloatArray) -> float:
    """The mean risk of the first 1, 2, ... answers, in groups of equal confidence."""
    before = np.repeat(np.cumsum(wrong) - wrong, counts)
    rate = np.repeat(wrong / counts, counts)
    within = np.arange(1, before.size + 1) - np.repeat(np.cumsum(counts) - counts, counts)
    return float(((before + rate * within) / np.arange(1, before.size + 1)).mean())


def choose_threshold(
    confidence: ArrayLike,
    answerable: ArrayLike,
    *,
    answered: float | None = None,
    refused: float | None = None,
) -> float:
    """The threshold that answers at least a share `answered` of the answerable questions and
    refuses as many others as that allows; or refuses at least `refused` and answers what it can.

    confidence: any numbers, shape (questions,). answerable: whether the notes hold an answer, (1
    or 0), both kinds present. Give one of the two targets. Thresholds lie midway between
    confidences; above all of them nothing is answered. Raises ValueError for other input.
    """
    x, known = _questions(confidence, answerable)
    target = answered if answered is not None else refused
    if target is None or (answered is not None and refused is not None):
        raise ValueError("give one target: the share answered, or the share refused")
    if not 0 <= target <= 1:
        raise ValueError(f"the target is {target}, not from 0 to 1")
    levels = np.unique(x)
    middles = (levels[:-1] + levels[1:]) / 2
    middles = np.where(middles > levels[:-1], middles, levels[1:])
    options = np.concatenate([levels[:1], middles, [math.nextafter(levels[-1], math.inf)]])
    near = 1e-12
    if answered is not None:  # the highest that still answers enough
        reached = np.sort(x[known])
        shares = 1 - np.searchsorted(reached, options, side="left") / reached.size
        return float(options[shares >= target - near][-1])
    reached = np.sort(x[~known])
    shares = np.searchsorted(reached, options, side="left") / reached.size
    return float(options[shares >= target - near][0])


def cross_checked_threshold(
    confidence: ArrayLike,
    answerable: ArrayLike,
    clusters: Clusters = None,
    *,
    seed: int,
    folds: int = 5,
    answered: float | None = None,
    refused: float | None = None,
) -> Threshold:
    """`choose_threshold`, with the shares on clusters that the threshold was not chosen on: each
    fold of them is judged by the threshold of the others. The threshold returned is that of all
    data. Raises ValueError also where there are fewer clusters than folds, or where leaving out a
    fold leaves only one kind of question.
    """
    x, known = _questions(confidence, answerable)
    codes = cluster_codes(clusters, x.size)
    groups = int(codes.max()) + 1
    folds = whole(folds, "folds", 2)
    if groups < folds:
        raise ValueError(f"{groups} clusters cannot be put into {folds} folds")
    fold = (generator(seed).permutation(groups) % folds)[codes]
    passed = np.zeros(x.size)
    for f in range(folds):
        others, here = fold != f, fold == f
        if known[others].all() or not known[others].any():
            raise ValueError("without one of the folds only one kind of question is left")
        passed[here] = x[here] >= choose_threshold(
            x[others], known[others], answered=answered, refused=refused
        )
    return Threshold(
        choose_threshold(x, known, answered=answered, refused=refused),
        accuracy_interval(passed[known], codes[known]),
        accuracy_interval(1 - passed[~known], codes[~known]),
    )


def _questions(
    confidence: ArrayLike, answerable: ArrayLike
) -> tuple[FloatArray, NDArray[np.bool_]]:
    x, known = vector(confidence, "confidence"), vector(answerable, "answerable")
    if x.size != known.size:
        raise ValueError(f"there are {x.size} confidences and {known.size} questions")
    if not np.isin(known, (0.0, 1.0)).all():
        raise ValueError("answerable holds values other than 0 and 1")
    if known.all() or not known.any():
        raise ValueError("a threshold needs answerable and unanswerable questions")
    return x, known == 1
