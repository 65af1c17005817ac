"""The fair baseline: what plain self-consistency would have scored at the same cost.

A method that spends more than one draw must beat a vote over as many plain draws as it could have
bought, in tokens and in seconds. The vote's accuracy at a fraction of a draw lies on the line
between its neighbours on the exact maj@k curve.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evals.report.topics.cells import Cell
from evals.report.topics.curves import majority
from evals.report.topics.streams import Stream, method_of
from evals.stats.checks import FloatArray
from evals.stats.paired import paired_interval
from pipeline.errors import filled

__all__ = ["EqualCost", "fair_baselines"]


@dataclass(frozen=True, slots=True)
class EqualCost:
    """A strategy against self-consistency over `method` at as many `by` ("tokens" or "seconds").

    `k`: draws that so much buys. `accuracy`: the strategy's; `voted`: that of the vote;
    `delta` the first minus the second, paired. `why`: where there is no such comparison.
    """

    strategy: str
    by: str
    method: str
    k: float | None
    accuracy: float
    voted: float | None = None
    delta: float | None = None
    delta_ci: tuple[float, float] | None = None
    why: str = ""


def fair_baselines(cell: Cell, streams: Sequence[Stream]) -> tuple[EqualCost, ...]:
    """Every strategy at equal tokens and at equal seconds, against the votes over its own prompt
    where that was drawn, else over the first prompt that shows the same passages."""
    tables: dict[str, FloatArray] = {}
    found = []
    for strategy in cell.strategies:
        stream = _stream(strategy, streams)
        if stream is None:
            continue
        if stream.method not in tables:
            tables[stream.method] = majority(cell, stream, range(1, stream.size + 1))
        found += [_fair(cell, strategy, by, stream, tables) for by in ("tokens", "seconds")]
    return tuple(found)


def _stream(strategy: str, streams: Sequence[Stream]) -> Stream | None:
    method = method_of(strategy)
    access = method.rpartition("+")[0]
    same = [s for s in streams if s.method == method]
    like = [s for s in streams if s.method.rpartition("+")[0] == access]
    return next(iter([*same, *like]), None)


def _fair(
    cell: Cell, strategy: str, by: str, stream: Stream, tables: Mapping[str, FloatArray]
) -> EqualCost:
    right = cell.correct(strategy)
    accuracy = float(right.mean())
    if by == "tokens":
        k: float | None = stream.k_for_tokens(float(cell.tokens(strategy).mean()))
    else:
        k = stream.k_for_seconds(float(cell.seconds(strategy).mean()))
    if k is not None:
        k = round(k, 9)  # the price of just one draw buys one, whatever the last bit says
    why = ""
    if k is None:
        why = "no vote was timed around that many seconds"
    elif k < 1:
        why = "cheaper than one sample"
    elif k > stream.size:
        why = filled("dearer than all {k} samples", k=stream.size)
    if k is None or why:
        return EqualCost(strategy, by, stream.method, k, accuracy, why=why)
    table = tables[stream.method]
    below = min(math.floor(k), stream.size)
    above = min(below + 1, stream.size)
    part = k - below
    voted = (1 - part) * table[:, below - 1] + part * table[:, above - 1]
    found = paired_interval(right, voted, cell.clusters)
    ci = (found.low, found.high)
    return EqualCost(strategy, by, stream.method, k, accuracy, float(voted.mean()), found.value, ci)
