"""Shows what a finished run decides as a table, and remembers it for `thinkscale ask`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pipeline.cli.translation import tr

if TYPE_CHECKING:
    from evals.run.records import Run
    from pipeline.config import Config

__all__ = ["print_decisions", "remember_best"]


def remember_best(
    config: Config,
    run: Run,
    rows: Sequence[dict[str, Any]],
    notes: set[str],
    files: Mapping[str, str],
) -> None:
    """Tell `ask` which of its strategies did best on the questions about these notes."""
    from evals.report.topics.cells import SEED, find_cell
    from evals.report.topics.difficulty import learned_tables
    from evals.stats.permutation import sign_flip
    from pipeline.answering.measured import MeasuredStrategy, remember
    from pipeline.strategies import parse_name

    for cell in rows:
        held = find_cell(run, cell["task"], cell["model"])
        mine = [
            row
            for row in cell["strategies"]
            if (access := parse_name(row["strategy"]).access) is None or access.kind == "ask"
        ]
        if cell["task"] not in notes or not mine or held is None:
            continue
        base, others = mine[0], mine[1:]
        before = held.correct(base["strategy"])
        better = [
            row
            for row in others
            if row["accuracy"] > base["accuracy"]
            and sign_flip(held.correct(row["strategy"]), before, held.clusters, seed=SEED).p
            < 0.05 / len(others)
        ]  # fmt: skip
        best = max(better, key=lambda row: float(row["accuracy"]), default=base)
        names = [str(replace(parse_name(r["strategy"]), access=None)) for r in (best, base)]
        remember(
            config,
            MeasuredStrategy(
                run=run.name,
                task=cell["task"],
                n=cell["n"],
                model=files[cell["model"]],
                notes=str(config.notes_path),
                strategy=names[0],
                baseline=names[1],
                points=round(100 * (best["accuracy"] - base["accuracy"]), 1),
                times=round(best["tokens_per_question"] / max(base["tokens_per_question"], 1), 2),
                tables=learned_tables(run, held),
            ),
        )


def print_decisions(rows: Sequence[dict[str, Any]]) -> None:
    """The table of each task and model, and what it comes to."""
    from rich.table import Table

    from evals.report.report_language import speaker
    from pipeline.cli.style import console
    from pipeline.cli.translation import language

    say = speaker(language())
    shown = console(width=120)
    for cell in rows:
        title = f"{cell['task']}, {cell['model']}, n={cell['n']}"
        table = Table(title=title, title_justify="left")
        table.add_column(tr("strategy"))
        heads = (tr("accuracy"), "95 %", tr("tokens"), tr("seconds"), tr("gain"), "95 %", "p adj.")
        for head in heads:
            table.add_column(head, justify="right")
        for row in cell["strategies"]:
            gain = ["", "", ""]
            if row["delta"] is not None:
                gain = [
                    f"{row['delta'] * 100:+.1f}",
                    _range(row["delta_ci"]),
                    _p(row["p_adjusted"]),
                ]
            table.add_row(
                row["strategy"],
                f"{row['accuracy'] * 100:.1f}",
                _range(row["ci"]),
                f"{row['tokens_per_question']:.0f}",
                f"{row['seconds_per_question']:.2f}",
                *gain,
            )
        shown.print(table)
        if cell["headline"]:
            shown.print(say(cell["headline"]), style="bold")
        for sentence in cell["sentences"]:
            shown.print(sentence)


def _range(bounds: Sequence[float]) -> str:
    return f"[{bounds[0] * 100:.1f}, {bounds[1] * 100:.1f}]"


def _p(value: float) -> str:
    return "<.001" if value < 0.001 else f"{value:.3f}".lstrip("0")
