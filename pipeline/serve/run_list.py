"""Past runs, as far as the page shows them. What knows runs hands its functions in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["NO_RUNS", "RunList"]


@dataclass(frozen=True)
class RunList:
    """`runs()` are rows `{name, created, tasks, strategies, models, questions}`, the newest first;
    `report(name)` is the HTML of one, None where there is none of that name. `prices()` are rows
    `{strategy, task, model, run, n, accuracy, tokens, seconds}`: what was measured, a question."""

    runs: Callable[[], Sequence[dict[str, Any]]]
    report: Callable[[str], str | None]
    prices: Callable[[], Sequence[dict[str, Any]]]


NO_RUNS = RunList(runs=lambda: (), report=lambda _: None, prices=lambda: ())
