"""Past runs for the page: their list, their reports, and what each strategy was measured to cost.

The library knows nothing of runs, so what does is found by name, as verbs are.
"""

from __future__ import annotations

import importlib
import threading
from collections import defaultdict
from pathlib import Path
from typing import Any

__all__ = ["prices", "report", "runs"]

_LARGEST = 32 << 20  # bytes of outcomes; a larger run is priced by its report alone
_known: dict[tuple[Path, int], list[dict[str, Any]]] = {}
_lock = threading.Lock()


def _found(folder: Path) -> Any:
    return importlib.import_module("evals.report.runs").list_runs(folder)


def runs(folder: Path) -> list[dict[str, Any]]:
    """Every finished run that can be read, the newest first."""
    fields = ("name", "created", "tasks", "strategies", "models", "questions")
    return [{f: getattr(run, f) for f in fields} for run in _found(folder) if not run.problem]


def report(folder: Path, name: str) -> str | None:
    """The report of a run as HTML; None where there is no such run, or it is damaged."""
    if name not in {run.name for run in _found(folder) if not run.problem}:
        return None
    run = importlib.import_module("evals.run.records").load_run(folder / name)
    html: str = importlib.import_module("evals.report.make").html_report(run)
    return html


def prices(folder: Path) -> list[dict[str, Any]]:
    """What a question cost and how often it was right, by task, model and strategy. Of runs that
    measured the same, the newest counts."""
    rows: dict[tuple[str, str, str], dict[str, Any]] = {}
    for run in _found(folder):
        for row in _priced(folder / run.name) if not run.problem else ():
            rows.setdefault((row["task"], row["model"], row["strategy"]), row)
    return list(rows.values())


def _priced(run: Path) -> list[dict[str, Any]]:
    """The rows of one run; a file is read once until it changes."""
    from pipeline.errors import ThinkscaleError

    outcomes = run / "outcomes.jsonl"
    try:
        info = outcomes.stat()
    except OSError:
        return []
    if info.st_size > _LARGEST:
        return []
    with _lock:
        if (outcomes, info.st_mtime_ns) not in _known:
            try:
                _known[outcomes, info.st_mtime_ns] = _sums(run)
            except ThinkscaleError:
                return []
        return _known[outcomes, info.st_mtime_ns]


def _sums(run: Path) -> list[dict[str, Any]]:
    found = importlib.import_module("evals.run.records").load_run(run)
    cells: dict[tuple[str, str, str], list[Any]] = defaultdict(list)
    for outcome in found.outcomes:
        cells[outcome.task, outcome.model, outcome.strategy].append(outcome)
    return [
        {
            "task": task,
            "model": model,
            "strategy": strategy,
            "run": found.name,
            "n": len(rows),
            "accuracy": round(sum(r.correct for r in rows) / len(rows), 4),
            "tokens": round(sum(r.tokens for r in rows) / len(rows), 1),
            "seconds": round(sum(r.seconds + r.retrieval_seconds for r in rows) / len(rows), 3),
        }
        for (task, model, strategy), rows in cells.items()
    ]
