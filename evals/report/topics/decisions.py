"""Compares every strategy with the first: accuracy, price, difference, verdict, one sentence.

Differences are paired by question, errors clustered by note, p-values those of a sign-flip test of
whole clusters, adjusted for all strategies of a cell at once (max-T, Westfall and Young 1993).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from evals.report.topics.cells import SEED, Cell, cells
from evals.report.topics.words import p_words, percent, points, times, verdict_words
from evals.run.records import Run
from evals.stats.checks import FloatArray, cluster_codes
from evals.stats.interval import Interval, grouped
from evals.stats.multiple_testing import max_t
from evals.stats.paired import discordant, paired_interval
from evals.stats.power import ALONE, detectable, rivals_of
from evals.stats.proportions import accuracy_interval
from evals.stats.verdict import MARGIN, Verdict, judge

__all__ = [
    "CUT",
    "LEVEL",
    "POWER",
    "DecisionRow",
    "decide",
    "decisions",
    "margin_of",
    "scores",
    "sentence",
]

LEVEL = 0.95
POWER = 0.8
CUT = 0.02
"""The share of replies cut at their limit of tokens from which a verdict says so."""


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """One strategy in a cell. Accuracy and differences are shares (0.183 is 18.3 points); `ci` and
    `delta_ci` are 95 % intervals. The first strategy has no difference and no verdict: None.

    `verdict`: with `margin` the least gain worth having. `detectable`: the least true difference
    that these questions show with 80 % power, in a family of so many strategies; None where they
    are too few to show any that could be; a bound, with 80 % power or more, where `at_least` (notes
    hardly say how much their questions hang together). `cut`: the share of replies that hit
    their limit of tokens. `scores`: other measures of the scorer (F1) by name, as mean and
    interval. `caution`: what a reader must know of the interval.
    """

    strategy: str
    n: int
    accuracy: float
    ci: tuple[float, float]
    tokens_per_question: float
    seconds_per_question: float
    flops_per_question: float
    abstained: float
    cut: float = 0.0
    delta: float | None = None
    delta_ci: tuple[float, float] | None = None
    p: float | None = None
    p_adjusted: float | None = None
    verdict: Verdict | None = None
    margin: float = MARGIN
    detectable: float | None = None
    at_least: bool = False
    scores: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)
    caution: str = ""

    @property
    def gains(self) -> bool:
        """Better than the baseline, with the family-wise error kept below 5 %."""
        return self.verdict is Verdict.GAIN


def margin_of(run: Run) -> float:
    """The least gain worth having, as the run was told."""
    return float(run.about.get("margin") or MARGIN)


def decide(cell: Cell, margin: float = MARGIN) -> tuple[DecisionRow, ...]:
    """The row of every strategy of a cell, the baseline first."""
    clusters = cell.clusters
    right = [cell.correct(name) for name in cell.strategies]
    raw, adjusted = _tests(right, clusters)
    rows = []
    for at, name in enumerate(cell.strategies):
        accuracy = accuracy_interval(right[at], clusters, LEVEL)
        row = DecisionRow(
            strategy=name,
            n=cell.n,
            accuracy=accuracy.value,
            ci=(accuracy.low, accuracy.high),
            tokens_per_question=float(cell.tokens(name).mean()),
            seconds_per_question=float(cell.seconds(name).mean()),
            flops_per_question=float(cell.flops(name).mean()),
            abstained=float(cell.values(name, lambda o: float(o.abstained)).mean()),
            cut=cell.cut[at] if cell.cut else 0.0,
            margin=margin,
            scores={key: (s.value, s.low, s.high) for key, s in scores(cell, name).items()},
            caution=accuracy.caution,
        )
        if at:
            found = paired_interval(right[at], right[0], clusters, LEVEL)
            p = adjusted[at - 1]
            row = replace(
                row,
                delta=found.value,
                delta_ci=(found.low, found.high),
                p=raw[at - 1],
                p_adjusted=p,
                verdict=judge(found.value, found.high, p, margin, 1 - LEVEL),
                caution=found.caution,
            )
        rows.append(row)
    return tuple(_seen(rows, right, clusters))


def _tests(right: list[FloatArray], clusters: list[str]) -> tuple[list[float], list[float]]:
    """p-values of every strategy but the first, alone and adjusted for all of them."""
    if len(right) < 2:
        return [], []
    found = max_t(np.column_stack(right[1:]), right[0], clusters, seed=SEED)
    return found.p.tolist(), found.p_adjusted.tolist()


def _seen(
    rows: list[DecisionRow], right: list[FloatArray], clusters: list[str]
) -> list[DecisionRow]:
    """The rows with what each undecided one would have shown, beside the others undecided: those
    decided have left the family by then (the test steps down)."""
    open_ = [at for at, row in enumerate(rows) if at and row.verdict in _UNDECIDED]
    if not open_ or len(set(clusters)) < 2:
        return rows
    apart = np.column_stack([right[at] - right[0] for at in open_])
    codes = cluster_codes(clusters, len(clusters))
    sizes = np.bincount(codes)
    found = list(rows)
    for place, at in enumerate(open_):
        others = np.delete(apart, place, axis=1)
        rivals = rivals_of(apart[:, place], others, clusters) if len(open_) > 1 else ALONE
        up, down = discordant(right[at], right[0])
        least = detectable(
            rows[at].n,
            (up + down + 1) / (rows[at].n + 2),  # few that differ may be more in truth
            power=POWER,
            alpha=1 - LEVEL,
            sizes=sizes,
            correlation=grouped(right[at] - right[0], codes).correlation,
            rivals=rivals,
        )
        if least is not None and least <= max(1 - rows[0].accuracy, rows[0].accuracy):
            found[at] = replace(rows[at], detectable=least, at_least=bool(sizes.max() > 1))
    return found


_UNDECIDED = (Verdict.NO_GAIN, Verdict.CANNOT_TELL)


def scores(cell: Cell, strategy: str) -> dict[str, Interval]:
    """The mean of every measure from 0 to 1 that the scorer gave for all questions, by name."""
    rows = cell.of(strategy)
    names = [name for name in rows[0].parts if all(name in row.parts for row in rows)]
    found = {}
    for name in names:
        values = cell.values(strategy, lambda row, name=name: row.parts[name])  # type: ignore[misc]
        if values.min() >= 0 and values.max() <= 1:
            found[name] = accuracy_interval(values, cell.clusters, LEVEL)
    return found


def decisions(run: Run) -> list[dict[str, Any]]:
    """What `eval run --json` prints, an object for each task and model:
    `{run, task, model, n, headline, strategies: [...], sentences: [...]}`."""
    from evals.report.topics.headline import headline  # which is made of these rows

    found = []
    for cell in cells(run):
        rows = decide(cell, margin_of(run))
        found.append({
            "run": run.name,
            "task": cell.task,
            "model": cell.model.name,
            "n": cell.n,
            "dropped": cell.dropped,
            "headline": best.text if (best := headline(cell, rows)) else "",
            "strategies": [_plain(asdict(row)) for row in rows],
            "sentences": [sentence(row, rows[0]) for row in rows[1:]],
        })  # fmt: skip
    return found


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: list(value) if isinstance(value, tuple) else value for key, value in row.items()}


def sentence(row: DecisionRow, base: DecisionRow) -> str:
    """The decision about one strategy against the baseline, its verdict first."""
    if row.delta is None or row.delta_ci is None or row.p_adjusted is None or row.verdict is None:
        return f"{row.strategy} is the baseline."
    low, high = row.delta_ci
    said = f"{verdict_words(row.verdict, row.margin)}: {row.strategy} over {base.strategy} "
    said += f"{points(row.delta)} points [{points(low, sign=False)}, {points(high, sign=False)}], "
    said += f"adjusted p {p_words(row.p_adjusted)}"
    for ratio, unit in (
        (_ratio(row.tokens_per_question, base.tokens_per_question), "tokens"),
        (_ratio(row.seconds_per_question, base.seconds_per_question), "seconds"),
    ):
        said += f", {times(ratio)} {unit}" if ratio is not None else ""
    if row.verdict is Verdict.CANNOT_TELL:
        power = "at least " * row.at_least + f"{POWER:.0%}".replace("%", " %")
        if row.detectable is None:
            said += f"; {row.n:,} questions are too few to show any difference that could be there"
        else:
            shown = points(row.detectable, sign=False)
            said += f"; these questions show a difference of {shown} points with {power} power"
    for one in (base, row):
        if one.cut > CUT:
            said += f"; {percent(one.cut)} of the replies of {one.strategy} were cut off"
    return said + "."


def _ratio(value: float, base: float) -> float | None:
    return value / base if base > 0 and value > 0 else None
