"""`eval run --pilot`: twenty questions tell, before a run, whether thinking longer would help."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evals.run.records import Run

__all__ = ["PILOT", "foretold", "told"]

PILOT = 20
"""Questions."""


def foretold(run: Run) -> list[dict[str, Any]]:
    """`{task, model, n, strategy, baseline, verdict, delta, delta_ci, worth, questions}` for every
    strategy but the first of every cell."""
    from evals.report.topics.cells import SEED, cells
    from evals.report.topics.decisions import margin_of
    from evals.stats.pilot import will_it_help
    from evals.stats.plan import plan_from

    rows = []
    margin = margin_of(run)
    for cell in cells(run):
        base, *others = cell.strategies
        for name in others:
            pair = cell.correct(name), cell.correct(base), cell.clusters
            verdict = will_it_help(*pair, worth=margin, seed=SEED)
            found = verdict.difference
            needed = plan_from(*pair).questions(margin) if found.clusters > 1 else None
            rows.append(
                {
                    "task": cell.task,
                    "model": cell.model.name,
                    "n": cell.n,
                    "strategy": name,
                    "baseline": base,
                    "verdict": verdict.verdict,
                    "delta": found.value,
                    "delta_ci": [found.low, found.high],
                    "worth": verdict.worth,
                    "questions": needed,
                }
            )
    return rows


def told(rows: list[dict[str, Any]]) -> Iterator[str]:
    """The verdicts as sentences."""
    from evals.report.topics.words import points, verdict_words
    from evals.stats.verdict import Verdict

    for row in rows:
        low, high = (points(end, sign=False) for end in row["delta_ci"])
        line = (
            f"{verdict_words(row['verdict'], row['worth'])}: {row['strategy']} over "
            f"{row['baseline']} {points(row['delta'])} points [{low}, {high}] at 80 %, "
            f"n={row['n']}."
        )
        if row["verdict"] is Verdict.CANNOT_TELL and row["questions"]:
            line += (
                f" {row['questions']:,} questions show a gain of {100 * row['worth']:.3g} points "
                "four times in five."
            )
        yield line
