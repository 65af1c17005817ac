"""Recommends a strategy in one sentence: the cheapest that is shown to be as good as the best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evals.report.topics.cells import Cell
from evals.report.topics.decisions import LEVEL, DecisionRow
from evals.report.topics.words import points, times
from evals.stats.noninferiority import noninferiority
from evals.stats.verdict import Verdict
from pipeline.errors import filled

__all__ = ["Headline", "headline"]


@dataclass(frozen=True, slots=True)
class Headline:
    """`strategy` is the one to use, `text` says so and why, `verdict` is what that rests on."""

    strategy: str
    verdict: Verdict
    text: str


def headline(cell: Cell, rows: Sequence[DecisionRow]) -> Headline | None:
    """The advice of a cell; None for one strategy alone.

    The best is the most accurate of those shown to be better than the first, else the first. A
    strategy of fewer tokens is taken instead where it is shown to lose less than the margin to the
    best: with all that are cheaper tried, such a claim is wrong in at most 5 % of runs.
    """
    base, *others = rows
    if not others:
        return None
    gained = [row for row in others if row.verdict is Verdict.GAIN]
    best = max(gained, key=lambda row: (row.accuracy, row.tokens_per_question), default=base)
    cheaper = _as_good(cell, rows, best)
    if cheaper is None:
        alike = [row for row in gained if row.accuracy == best.accuracy]
        return _best(base, alike) if gained else _none_better(base, others)
    saved = 1 - cheaper.tokens_per_question / best.tokens_per_question
    said = filled(
        "Use {name}: as accurate as {best} to within {margin} points, for {saved} fewer tokens.",
        name=cheaper.strategy,
        best=best.strategy,
        margin=f"{100 * best.margin:.3g}",
        saved=_whole(saved),
    )
    return Headline(cheaper.strategy, cheaper.verdict or Verdict.NO_GAIN, said)


def _best(base: DecisionRow, alike: Sequence[DecisionRow]) -> Headline:
    best = min(alike, key=lambda row: row.tokens_per_question)
    said = "Use {name}: {delta} points over {base}."
    values = {"name": best.strategy, "delta": points(best.delta or 0.0), "base": base.strategy}
    if base.tokens_per_question > 0 and best.tokens_per_question > 0:
        said = "Use {name}: {delta} points over {base}, for {ratio} the tokens."
        values["ratio"] = times(best.tokens_per_question / base.tokens_per_question)
    return Headline(best.strategy, Verdict.GAIN, filled(said, **values))


def _as_good(cell: Cell, rows: Sequence[DecisionRow], best: DecisionRow) -> DecisionRow | None:
    """The cheapest strategy that is shown to be no worse than the best by the margin."""
    usable = [row for row in rows if 0 < row.tokens_per_question < best.tokens_per_question]
    right = cell.correct(best.strategy)
    for row in sorted(usable, key=lambda row: row.tokens_per_question):
        alpha = (1 - LEVEL) / len(usable)
        mine = cell.correct(row.strategy)
        if noninferiority(mine, right, best.margin, cell.clusters, alpha=alpha).holds:
            return row
    return None


def _none_better(base: DecisionRow, others: Sequence[DecisionRow]) -> Headline:
    verdicts = {row.verdict for row in others}
    values = {"name": base.strategy, "margin": f"{100 * base.margin:.3g}", "n": f"{base.n:,}"}
    if verdicts == {Verdict.LOSS}:
        said = "Stay with {name}: every other strategy is worse."
        return Headline(base.strategy, Verdict.LOSS, filled(said, **values))
    if Verdict.CANNOT_TELL not in verdicts:
        said = "Stay with {name}: no other strategy gains {margin} points."
        return Headline(base.strategy, Verdict.NO_GAIN, filled(said, **values))
    seen = [
        row.detectable
        for row in others
        if row.verdict is Verdict.CANNOT_TELL and row.detectable is not None
    ]
    if seen:
        said = (
            "Stay with {name}: none is shown to be better, and {n} questions cannot tell "
            "differences below {least} points."
        )
        values["least"] = points(min(seen), sign=False)
    else:
        said = (
            "Stay with {name}: none is shown to be better, and {n} questions are too few to show "
            "any difference."
        )
    return Headline(base.strategy, Verdict.CANNOT_TELL, filled(said, **values))


def _whole(saved: float) -> str:
    """Percent, never 0 or 100 where it is neither."""
    percent = 100 * saved
    if percent < 0.5:
        return filled("less than {n} %", n=1)
    return f"{min(99, round(percent))} %"
