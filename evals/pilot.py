"""`eval run --pilot`: would thinking longer help here? A word before the whole run is paid for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evals.records import Run

__all__ = ["PILOT", "foretold", "told"]

PILOT = 20
"""Questions."""


def foretold(run: Run) -> list[dict[str, Any]]:
    """`{task, model, n, strategy, baseline, call, delta, delta_ci, worth, questions}` for every
    strategy but the first of every cell."""
    from evals.analysis.cells import SEED, cells
    from evals.stats.pilot import will_it_help

    rows = []
    for cell in cells(run):
        base, *others = cell.strategies
        for name in others:
            verdict = will_it_help(cell.correct(name), cell.correct(base), cell.clusters, seed=SEED)
            found = verdict.difference
            rows.append(
                {
                    "task": cell.task,
                    "model": cell.model.name,
                    "n": cell.n,
                    "strategy": name,
                    "baseline": base,
                    "call": verdict.call,
                    "delta": found.value,
                    "delta_ci": [found.low, found.high],
                    "worth": verdict.worth,
                    "questions": verdict.questions,
                }
            )
    return rows


def told(rows: list[dict[str, Any]]) -> Iterator[str]:
    """The verdicts as sentences."""
    for row in rows:
        low, high = row["delta_ci"]
        line = (
            f"{row['strategy']} over {row['baseline']}: {row['call']} "
            f"({100 * row['delta']:+.0f} points [{100 * low:+.0f}, {100 * high:+.0f}] at 80 %, "
            f"n={row['n']})."
        )
        if row["call"] == "cannot tell" and row["questions"]:
            line += (
                f" {row['questions']:,} questions would show {100 * row['worth']:.0f} points four "
                "times in five."
            )
        elif row["call"] == "no gain":
            line += f" Less than {100 * row['worth']:.0f} points, if any."
        yield line
