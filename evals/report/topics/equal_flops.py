"""Small and thinking against large, at equal FLOPs: a paired test on the same questions.

The small model votes over as many samples as the large one's single reply costs. The vote's
accuracy at a fraction of a sample lies on the line between its neighbours on the exact maj@k curve.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from evals.report.topics.cells import SEED, Cell, cells
from evals.report.topics.curves import majority
from evals.report.topics.decisions import LEVEL, margin_of
from evals.report.topics.streams import Stream, method_of, named, streams
from evals.report.topics.words import p_words, percent, points, price, verdict_words
from evals.run.records import Run
from evals.stats.checks import FloatArray
from evals.stats.multiple_testing import holm
from evals.stats.paired import paired_interval
from evals.stats.permutation import flip_differences
from evals.stats.verdict import MARGIN, Verdict, judge
from pipeline.errors import filled

__all__ = ["EqualFlops", "equal_flops"]

_PLAIN = ("sc", "verified")  # aggregations whose price is that of their samples alone


@dataclass(frozen=True, slots=True)
class EqualFlops:
    """`small` voting over `k` samples of `method` against `large` with one reply of `strategy`, at
    `flops` a question both, over `n` questions. `delta` is the first minus the second, `p_adjusted`
    Holm's over all such pairs of a task."""

    task: str
    n: int
    small: str
    method: str
    k: float
    large: str
    strategy: str
    flops: float
    voted: float
    accuracy: float
    delta: float
    delta_ci: tuple[float, float]
    p_adjusted: float
    verdict: Verdict = Verdict.CANNOT_TELL
    margin: float = MARGIN

    @property
    def text(self) -> str:
        low, high = self.delta_ci
        return filled(
            "{verdict}: {small} with {k} samples of {method} over {large} with {name}, at equal "
            "FLOPs ({flops} a question): {a} against {b}, {d} points [{low}, {high}], adjusted p "
            "{p}.",
            verdict=verdict_words(self.verdict, self.margin),
            small=self.small,
            k=f"{self.k:.1f}",
            method=self.method,
            large=self.large,
            name=self.strategy,
            flops=price(self.flops),
            a=percent(self.voted),
            b=percent(self.accuracy),
            d=points(self.delta),
            low=points(low, sign=False),
            high=points(high, sign=False),
            p=p_words(self.p_adjusted),
        )


def equal_flops(run: Run) -> tuple[EqualFlops, ...]:
    """Every task, small model's votes and large model's single replies that cost as much."""
    found: list[EqualFlops] = []
    by: dict[str, list[Cell]] = {}
    for cell in cells(run):
        by.setdefault(cell.task, []).append(cell)
    for same in by.values():
        rows = [
            one
            for small in same
            for large in same
            if 0 < small.model.flops_per_token < large.model.flops_per_token
            for one in _pairs(run, small, large)
        ]
        if not rows:
            continue
        adjusted = holm([one.p_adjusted for one in rows])
        margin = margin_of(run)
        for one, p in zip(rows, adjusted.tolist(), strict=True):
            verdict = judge(one.delta, one.delta_ci[1], p, margin, 1 - LEVEL)
            found.append(replace(one, p_adjusted=p, verdict=verdict, margin=margin))
    return tuple(found)


def _pairs(run: Run, small: Cell, large: Cell) -> list[EqualFlops]:
    common = [item.id for item in small.items if item.id in {other.id for other in large.items}]
    mine = {item.id: at for at, item in enumerate(small.items)}
    theirs = {item.id: at for at, item in enumerate(large.items)}
    first = [mine[name] for name in common]
    second = [theirs[name] for name in common]
    clusters = [small.clusters[at] for at in first]
    if len(set(clusters)) < 2:
        return []
    found = []
    for stream in streams(run, small):
        whole = _price(small, stream)
        table: FloatArray | None = None
        for strategy in large.strategies:
            name = named(strategy)
            spent = float(large.flops(strategy)[second].mean())
            if whole is None or name is None or name.rule or spent <= 0:
                continue
            per_token = whole / stream.tokens_at(stream.size)
            k = round(stream.k_for_tokens(spent / per_token), 6)
            if not 1 <= k <= stream.size:
                continue
            if table is None:
                table = majority(small, stream, range(1, stream.size + 1))
            below = min(math.floor(k), stream.size)
            above = min(below + 1, stream.size)
            part = k - below
            voted = ((1 - part) * table[:, below - 1] + part * table[:, above - 1])[first]
            right = large.correct(strategy)[second]
            interval = paired_interval(voted, right, clusters)
            p = flip_differences(voted - right, clusters, seed=SEED).p
            found.append(
                EqualFlops(
                    small.task, len(common), small.model.name, stream.method, k, large.model.name,
                    strategy, spent, float(voted.mean()), float(right.mean()), interval.value,
                    (interval.low, interval.high), p,
                )
            )  # fmt: skip
    return found


def _price(cell: Cell, stream: Stream) -> float | None:
    """FLOPs a question of all samples of a prompt, by the plain votes that were run."""
    found = []
    for strategy in cell.strategies:
        name = named(strategy)
        if name is None or method_of(strategy) != stream.method or name.rule not in _PLAIN:
            continue
        spent, tokens = cell.flops(strategy), cell.tokens(strategy)
        if spent.min() > 0 and tokens.min() > 0:
            found.append((float(tokens.mean()), float(spent.mean())))
    if not found:
        return None
    tokens_run, flops = max(found)
    return flops / tokens_run * float(np.float64(stream.tokens_at(stream.size)))
