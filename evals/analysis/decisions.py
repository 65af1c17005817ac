"""What every strategy bought over the first: accuracy, price, difference, and one sentence.

Differences are paired by question, errors clustered by note, p-values those of a sign-flip test of
whole clusters, adjusted for all strategies of a cell at once (max-T, Westfall and Young 1993).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from evals.analysis.cells import SEED, Cell, cells
from evals.analysis.words import p_words, points, times
from evals.records import Run
from evals.stats.checks import FloatArray
from evals.stats.families import max_t
from evals.stats.interval import Interval
from evals.stats.paired import paired_interval
from evals.stats.power import plan_detectable, plan_from
from evals.stats.proportions import accuracy_interval

__all__ = ["LEVEL", "POWER", "Row", "decide", "decisions", "sentence", "sentences"]

LEVEL = 0.95
POWER = 0.8


@dataclass(frozen=True, slots=True)
class Row:
    """One strategy in a cell. Accuracy and differences are shares (0.183 is 18.3 points); `ci` and
    `delta_ci` are 95 % intervals. The first strategy has no difference: None.

    `detectable`: the smallest true difference that this n would show with 80 % power, before the
    adjustment for several strategies (None where nothing can be said). `caution`: what a reader
    must know of the interval.
    """

    strategy: str
    n: int
    accuracy: float
    ci: tuple[float, float]
    tokens_per_question: float
    seconds_per_question: float
    flops_per_question: float
    abstained: float
    delta: float | None = None
    delta_ci: tuple[float, float] | None = None
    p: float | None = None
    p_adjusted: float | None = None
    detectable: float | None = None
    caution: str = ""

    @property
    def gains(self) -> bool:
        """Better than the baseline, with the family-wise error kept below 5 %."""
        return self._differs and (self.delta or 0.0) > 0

    @property
    def loses(self) -> bool:
        """Worse than the baseline, with the family-wise error kept below 5 %."""
        return self._differs and (self.delta or 0.0) < 0

    @property
    def _differs(self) -> bool:
        return self.p_adjusted is not None and self.p_adjusted < 1 - LEVEL


def decide(cell: Cell) -> tuple[Row, ...]:
    """The row of every strategy of a cell, the baseline first."""
    clusters = cell.clusters
    base = cell.correct(cell.strategies[0])
    raw, adjusted = _tests(cell)
    rows = []
    for at, name in enumerate(cell.strategies):
        right = cell.correct(name)
        accuracy = accuracy_interval(right, clusters, LEVEL)
        row = Row(
            strategy=name,
            n=cell.n,
            accuracy=accuracy.value,
            ci=(accuracy.low, accuracy.high),
            tokens_per_question=float(cell.tokens(name).mean()),
            seconds_per_question=float(cell.seconds(name).mean()),
            flops_per_question=float(cell.flops(name).mean()),
            abstained=float(cell.values(name, lambda o: float(o.abstained)).mean()),
            caution=accuracy.caution,
        )
        if at:
            found = paired_interval(right, base, clusters, LEVEL)
            seen = _detectable(right, base, clusters)
            row = _compared(row, found, raw[at - 1], adjusted[at - 1], seen)
        rows.append(row)
    return tuple(rows)


def _compared(
    row: Row, found: Interval, p: float, adjusted: float, detectable: float | None
) -> Row:
    return replace(
        row,
        delta=found.value,
        delta_ci=(max(-1.0, found.low), min(1.0, found.high)),
        p=p,
        p_adjusted=adjusted,
        detectable=detectable,
        caution=found.caution,
    )


def _detectable(right: FloatArray, base: FloatArray, clusters: list[str]) -> float | None:
    if len(set(clusters)) < 2:
        return None
    plan = plan_from(right, base, clusters)
    return min(1.0, plan_detectable(plan, right.size, power=POWER, alpha=1 - LEVEL))


def _tests(cell: Cell) -> tuple[list[float], list[float]]:
    """p-values of every strategy but the first, alone and adjusted for all of them."""
    if len(cell.strategies) < 2:
        return [], []
    base = cell.correct(cell.strategies[0])
    columns = [cell.correct(name) for name in cell.strategies[1:]]
    found = max_t(np.column_stack(columns), base, cell.clusters, seed=SEED)
    return found.p.tolist(), found.p_adjusted.tolist()


def decisions(run: Run) -> list[dict[str, Any]]:
    """What `eval run --json` prints, an object for each task and model:
    `{run, task, model, n, strategies: [...], sentences: [...]}`."""
    found = []
    for cell in cells(run):
        rows = decide(cell)
        found.append({
            "run": run.name,
            "task": cell.task,
            "model": cell.model.name,
            "n": cell.n,
            "dropped": cell.dropped,
            "strategies": [_plain(asdict(row)) for row in rows],
            "sentences": list(sentences(rows)),
        })  # fmt: skip
    return found


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: list(value) if isinstance(value, tuple) else value for key, value in row.items()}


def sentences(rows: tuple[Row, ...]) -> tuple[str, ...]:
    """The decision about every strategy but the first, in their order."""
    return tuple(sentence(row, rows[0]) for row in rows[1:])


def sentence(row: Row, base: Row) -> str:
    """The decision about one strategy against the baseline: a gain, a loss, or none found."""
    if row.delta is None or row.delta_ci is None or row.p_adjusted is None:
        return f"{row.strategy} is the baseline."
    low, high = row.delta_ci
    said = f"{points(row.delta)} points [{points(low, sign=False)}, {points(high, sign=False)}], "
    said += f"adjusted p {p_words(row.p_adjusted)}"
    for ratio, unit in (
        (_ratio(row.tokens_per_question, base.tokens_per_question), "tokens"),
        (_ratio(row.seconds_per_question, base.seconds_per_question), "seconds"),
    ):
        said += f", {times(ratio)} {unit}" if ratio is not None else ""
    if row.gains:
        return f"{row.strategy} over {base.strategy}: {said}."
    if row.loses:
        return f"{row.strategy} is worse than {base.strategy}: {said}."
    seen = ""
    if row.detectable is not None:
        shown = points(row.detectable, sign=False)
        seen = f"; at this n a difference of {shown} points would have been seen with "
        seen += f"{POWER:.0%} power".replace("%", " %")
    return f"No gain found: {row.strategy} over {base.strategy} {said}{seen}."


def _ratio(value: float, base: float) -> float | None:
    return value / base if base > 0 and value > 0 else None
