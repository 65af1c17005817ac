"""Estimates the coverage that luck gives at least: the floor that permuted correct answers give.

With enough draws, a model that answers at random covers every yes-or-no question. Giving each
question the correct answer of another shows how much of the coverage is owed to that. It is a lower
bound: wrong replies are made of their own question's numbers and names, which hit its correct
answer more often than another's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from evals.stats.checks import Clusters, FloatArray, cluster_codes, draw_counts, matrix, vector
from evals.stats.votes import pass_at

__all__ = ["luck_floor", "match_counts"]


def match_counts(
    answers: Sequence[Sequence[Hashable | None]],
    golds: Sequence[Iterable[Hashable]],
    match: Callable[[Hashable, Hashable], bool] | None = None,
) -> FloatArray:
    """How many draws of question i match a correct answer of question j, shape (items, items).

    answers: the key of each draw (None: no answer). golds: the keys that are right for each
    question. match: says whether an answer and a correct answer are the same; without it, equal
    keys are. Raises ValueError for lengths that differ.
    """
    if len(answers) != len(golds):
        raise ValueError(f"{len(answers)} items with answers and {len(golds)} with correct ones")
    right = [set(gold) for gold in golds]
    counts = np.zeros((len(answers), len(answers)))
    for i, draws in enumerate(answers):
        for key, count in Counter(key for key in draws if key is not None).items():
            for j, gold in enumerate(right):
                if key in gold if match is None else any(match(key, g) for g in gold):
                    counts[i, j] += count
    return counts


def luck_floor(
    matches: ArrayLike, draws: ArrayLike, ks: Iterable[int], groups: Clusters = None
) -> FloatArray:
    """Coverage at each k if every question were given another's correct answer, shape (ks,).

    matches: from `match_counts`, shape (items, items). draws: how many draws each question has,
    shape (items,). groups: correct answers are exchanged within these only (kinds of question), as
    a year is no guess at a name; None: among all. It is the exact mean over all exchanges that give
    no question its own correct answer; where two questions share a correct answer, that is part of
    the luck. Raises ValueError for shapes that differ, or where no group has two questions; a
    question alone in its group is left out.
    """
    found, n = matrix(matches, "matches"), vector(draws, "draws")
    items = n.size
    if found.shape != (items, items):
        raise ValueError(f"matches has the shape {found.shape}, not ({items}, {items})")
    wanted = draw_counts(ks, int(n.min()))
    codes = np.zeros(items, dtype=np.int64) if groups is None else cluster_codes(groups, items)
    total, counted = np.zeros(wanted.size), 0
    for i in range(items):
        others = np.flatnonzero((codes == codes[i]) & (np.arange(items) != i))
        if others.size:
            right, times = np.unique(found[i, others], return_counts=True)
            covered = pass_at(np.full(right.size, n[i]), right, wanted.tolist())
            total += times @ covered / others.size
            counted += 1
    if not counted:
        raise ValueError("no two questions are of one group: no correct answers can be exchanged")
    return total / counted
