"""The independent draws of one prompt, for every question: what expected accuracies are made from.

Only samples of aggregations that take a prompt's samples as they come are here, and as many for
every question: one that stops early stops because of what it saw, so its longer questions are not
like its shorter ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from evals.report.topics.cells import Cell
from evals.run.records import Outcome, Run, SampleRecord
from evals.stats.checks import FloatArray
from pipeline.errors import ConfigError
from pipeline.strategies.names import StrategyName, parse_name

__all__ = ["Stream", "method_of", "named", "streams"]

_IN_ORDER = (
    *("sc", "verified", "weighted", "mbr", "rerank", "grounded", "deepconf"),
    *("universal", "ptrue", "judge", "adaptive", "anytime", "esc"),
)
"""Aggregations whose samples are independent of each other, those with a fixed number first."""


@dataclass(frozen=True)
class Stream:
    """`draws[i]` are the draws of the i-th question of the cell, in draw order, `size` of each.

    `method` is what was asked: passages and prompt method (`rag3+cot`). `prompt_tokens`, shape
    (items,): the prompt, counted once. `timed`: mean seconds a question that were measured at a
    number of draws.
    """

    method: str
    draws: tuple[tuple[SampleRecord, ...], ...]
    prompt_tokens: FloatArray
    timed: tuple[tuple[int, float], ...]

    @property
    def size(self) -> int:
        return len(self.draws[0])

    def right(self) -> FloatArray:
        """1 where a draw is right, shape (items, draws)."""
        return np.array([[float(d.correct) for d in row] for row in self.draws])

    def tokens_at(self, k: float) -> float:
        """Expected tokens a question of k draws, the prompt counted once."""
        generated = np.array([[float(d.tokens) for d in row] for row in self.draws])
        return float(self.prompt_tokens.mean() + k * generated.mean())

    def seconds_at(self, k: float) -> float | None:
        """Seconds a question of k draws: between the numbers of draws that were timed, on a line;
        None outside of them."""
        if not self.timed or not self.timed[0][0] <= k <= self.timed[-1][0]:
            return None
        ks, seconds = zip(*self.timed, strict=True)
        return float(np.interp(k, ks, seconds))

    def k_for_seconds(self, wanted: float) -> float | None:
        """The number of draws (a fraction too) that takes so many seconds a question; None where
        it is outside of what was timed."""
        for (k0, s0), (k1, s1) in zip(self.timed, self.timed[1:], strict=False):
            if min(s0, s1) <= wanted <= max(s0, s1) and s1 != s0:
                return k0 + (k1 - k0) * (wanted - s0) / (s1 - s0)
        return None

    def k_for_tokens(self, wanted: float) -> float:
        """The number of draws (a fraction too) that costs so many tokens a question."""
        fixed = self.tokens_at(0)
        return (wanted - fixed) / (self.tokens_at(1) - fixed)


def named(strategy: str) -> StrategyName | None:
    """A strategy's name taken apart; None for one that is not written as names are."""
    try:
        return parse_name(strategy)
    except ConfigError:
        return None


def method_of(strategy: str) -> str:
    """What was asked, whatever was done with the replies: `rag3+cot` of `rag3+cot@sc8`."""
    return strategy.partition("@")[0]


def streams(run: Run, cell: Cell) -> tuple[Stream, ...]:
    """A stream for every prompt of the cell that was drawn more than once, in order of strategy."""
    drawn = {d.key: d for d in run.samples if (d.task, d.model) == (cell.task, cell.model.name)}
    best: dict[str, str] = {}
    for strategy in cell.strategies:
        name = named(strategy)
        if name is None or name.rule not in _IN_ORDER:
            continue
        method = method_of(strategy)
        if method not in best or _rank(cell, strategy, drawn) > _rank(cell, best[method], drawn):
            best[method] = strategy
    found = []
    for method, strategy in best.items():
        rows = [_in_order(outcome, drawn) for outcome in cell.of(strategy)]
        size = min(len(row) for row in rows)
        if size > 1:
            prompts = cell.values(strategy, lambda o: float(o.prompt_tokens))
            cut = tuple(tuple(row[:size]) for row in rows)
            found.append(Stream(method, cut, prompts, _timed(cell, method, drawn)))
    return tuple(found)


def _rank(cell: Cell, strategy: str, drawn: Mapping[str, SampleRecord]) -> tuple[int, int]:
    name = named(strategy)
    fewest = min(len(_in_order(outcome, drawn)) for outcome in cell.of(strategy))
    return fewest, -_IN_ORDER.index(name.rule) if name else 0


def _in_order(outcome: Outcome, drawn: Mapping[str, SampleRecord]) -> list[SampleRecord]:
    """The sampled draws 0, 1, 2, ... of one prompt that an outcome used, up to the first gap."""
    used = [drawn[key] for key in outcome.samples if key in drawn and not drawn[key].greedy]
    used = [d for d in used if d.template == used[0].template]
    by = {d.draw: d for d in used}
    found: list[SampleRecord] = []
    while len(found) in by:
        found.append(by[len(found)])
    return found


def _timed(
    cell: Cell, method: str, drawn: Mapping[str, SampleRecord]
) -> tuple[tuple[int, float], ...]:
    """Mean seconds of the strategies that took the same number of draws for every question."""
    found: dict[int, float] = {}
    for strategy in cell.strategies:
        name = named(strategy)
        if method_of(strategy) != method or name is None or name.rule not in ("", "sc", "verified"):
            continue
        sizes = {len([k for k in o.samples if k in drawn]) for o in cell.of(strategy)}
        if len(sizes) == 1:
            found.setdefault(sizes.pop(), float(cell.seconds(strategy).mean()))
    return tuple(sorted(found.items()))
