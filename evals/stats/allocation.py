"""Compute-optimal allocation, learned (arXiv 2408.03314): what to do after a few probes, by ease.

Ease is the share of the probes that give the most frequent answer, so it is known without the
correct answer. For each ease an action is learned from trials (questions in several orders of their
samples) whose outcomes are known: the cheapest, unless a dearer one is better by more than one
standard error and one point. `cross_fitted` learns on one half of the questions and tests on the
other, both ways round.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evals.stats.checks import Clusters, FloatArray, IntArray, cluster_codes, generator

__all__ = ["AllocationTable", "Tested", "Trials", "cross_fitted", "learn"]

_FEWEST = 8  # questions with some ease, below which nothing is learned of it
_WORTH = 0.01  # what a dearer action must gain at least


@dataclass(frozen=True, slots=True)
class AllocationTable:
    """`rows` of (least ease, action), ease falling to 0: the first row that ease reaches holds."""

    rows: tuple[tuple[float, str], ...]

    @classmethod
    def read(cls, text: str) -> AllocationTable:
        """From a table as it is written; ValueError for one that is not."""
        rows = (row.strip().partition(" ") for row in text.split(","))
        return cls(tuple((float(least), action.strip()) for least, _, action in rows))

    def action(self, ease: float) -> str:
        return next(action for least, action in self.rows if ease >= least - 1e-9)

    def __str__(self) -> str:
        """As `strategies.optimal.table` is written: `1 stop, 0.5 more, 0 plan`."""
        return ", ".join(f"{least:.4g} {action}" for least, action in self.rows)


@dataclass(frozen=True, slots=True)
class Trials:
    """Every question in several orders: `ease` of its probes, shape (items, orders); and for each
    action, the cheapest first, whether the answer is then right, and its tokens, the same shape.
    `levels`: every value that ease can have, from 1 down to 0."""

    levels: tuple[float, ...]
    ease: FloatArray
    right: Mapping[str, FloatArray]
    tokens: Mapping[str, FloatArray]

    def only(self, items: Sequence[int] | IntArray) -> Trials:
        at = np.asarray(items, dtype=np.int64)
        return Trials(
            self.levels,
            self.ease[at],
            {name: found[at] for name, found in self.right.items()},
            {name: found[at] for name, found in self.tokens.items()},
        )

    def under(self, table: AllocationTable) -> tuple[FloatArray, FloatArray]:
        """Expected accuracy and tokens of each question under a table, each of shape (items,)."""
        right, tokens = np.zeros(self.ease.shape), np.zeros(self.ease.shape)
        for level in self.levels:
            here, action = np.isclose(self.ease, level), table.action(level)
            right[here], tokens[here] = self.right[action][here], self.tokens[action][here]
        return right.mean(axis=1), tokens.mean(axis=1)


@dataclass(frozen=True, slots=True)
class Tested:
    """What tables learned on other questions do, a question each: `right` and `tokens`, shape
    (items,)."""

    right: FloatArray
    tokens: FloatArray


def learn(trials: Trials, prior: AllocationTable) -> AllocationTable:
    """The action for each ease; `prior` where fewer than eight questions have it."""
    found = []
    for level in trials.levels:
        share = np.isclose(trials.ease, level).mean(axis=1)
        if share.sum() < _FEWEST:
            found.append((level, _known(prior.action(level), trials)))
            continue
        found.append((level, _best(trials, level, share)))
    ends = [*(name for _, name in found[1:]), ""]
    rows = (row for row, after in zip(found, ends, strict=True) if row[1] != after)
    return AllocationTable(tuple(rows))


def _best(trials: Trials, level: float, share: FloatArray) -> str:
    """The cheapest action, given up for a dearer one where that is clearly better."""
    here = np.isclose(trials.ease, level)
    mean = {
        name: np.where(here, right, 0.0).sum(axis=1) / np.maximum(here.sum(axis=1), 1)
        for name, right in trials.right.items()
    }
    cost = {name: float(t[here].mean()) for name, t in trials.tokens.items()}
    order = sorted(mean, key=lambda name: cost[name])
    chosen = order[0]
    total = float(share.sum())
    for name in order[1:]:
        gain = mean[name] - mean[chosen]
        value = float((share * gain).sum() / total)
        error = math.sqrt(float((share**2 * (gain - value) ** 2).sum())) / total
        if value > max(error, _WORTH):
            chosen = name
    return chosen


def _known(action: str, trials: Trials) -> str:
    """A prior may name a way that was not sampled here: then more of the same."""
    return action if action in trials.right else "more"


def cross_fitted(
    trials: Trials, prior: AllocationTable, clusters: Clusters = None, *, seed: int
) -> Tested:
    """Each half of the questions under the table learned on the other; whole notes stay together.
    Raises ValueError for one note only."""
    codes = cluster_codes(clusters, trials.ease.shape[0])
    notes = int(codes.max()) + 1
    if notes < 2:
        raise ValueError("one note cannot be halved")
    half = np.zeros(notes, dtype=bool)
    half[generator(seed).permutation(notes)[: notes // 2]] = True
    right, tokens = np.zeros(codes.size), np.zeros(codes.size)
    for side in (True, False):
        test = np.flatnonzero(half[codes] == side)
        table = learn(trials.only(np.flatnonzero(half[codes] != side)), prior)
        right[test], tokens[test] = trials.only(test).under(table)
    return Tested(right, tokens)
