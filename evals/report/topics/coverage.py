"""Coverage: how many questions some draw gets right, how that grows, and how much of it is luck.

Two laws of growth (arXiv 2407.21787 and 2502.17578) are fitted to the first quarter of the draws
and asked for the rest; and every question is given another's correct answer, which says what
answers that are merely common would cover.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np

from evals.report.topics.cells import Cell
from evals.report.topics.curves import ks_for
from evals.report.topics.streams import Stream
from evals.run.records import Run
from evals.stats.checks import FloatArray
from evals.stats.coverage import fit_beta_binomial, fit_power_law, holdout
from evals.stats.luck import luck_floor, match_counts
from evals.stats.votes import pass_at
from pipeline.answers.normalise import AnswerKind, canonical

__all__ = ["Coverage", "coverage"]

_FEWEST = 8  # draws from which a law is worth fitting
_AGREE = 0.95  # how often keys must say what the scores say, to stand in for them


@dataclass(frozen=True, slots=True)
class Coverage:
    """Coverage at each of `ks`, and what the two laws fitted to all draws say there and at
    `ahead` (twice and four times as many draws).

    `fitted_to`: draws of the held-out check (0: too few to check), whose worst errors follow in
    shares; `flat_error` is that of saying it grows no further. `floor`: coverage with another
    question's correct answer at each of `ks` (None where answers cannot be matched to other golds).
    """

    method: str
    ks: tuple[int, ...]
    seen: tuple[float, ...]
    power_law: tuple[float, ...]
    beta_binomial: tuple[float, ...]
    ahead: tuple[tuple[int, float, float], ...]
    fitted_to: int
    power_law_error: float
    beta_binomial_error: float
    flat_error: float
    floor: tuple[float, ...] | None


def coverage(run: Run, cell: Cell, stream: Stream) -> Coverage | None:
    """The coverage of one prompt's draws; None where there are too few draws."""
    right = stream.right()
    items, size = right.shape
    if size < _FEWEST:
        return None
    ks = ks_for(size)
    counts = right.sum(axis=1)
    seen = pass_at(np.full(items, size), counts, ks).mean(axis=0)
    law = fit_power_law(np.array(ks), seen)
    beta = fit_beta_binomial(np.full(items, size), counts)
    further = [2 * size, 4 * size]
    first = max(2, size // 4)
    check = holdout(right, first)
    floor = _floor(run, cell, stream, ks)
    return Coverage(
        stream.method,
        tuple(ks),
        tuple(seen.tolist()),
        tuple(law.at(ks).tolist()),
        tuple(beta.at(ks).tolist()),
        tuple(zip(further, law.at(further).tolist(), beta.at(further).tolist(), strict=True)),
        first,
        check.power_law_error,
        check.beta_binomial_error,
        check.naive_error,
        tuple(floor.tolist()) if floor is not None else None,
    )


def _floor(run: Run, cell: Cell, stream: Stream, ks: list[int]) -> FloatArray | None:
    """None unless equal keys mean what the scores mean, which a wider scorer does not."""
    task = next((t for t in run.tasks if t.get("name") == cell.task), {})
    kind = cast(AnswerKind, task.get("reading", "auto"))
    golds = []
    for item in cell.items:
        read = [canonical(gold, kind, item.language) for gold in item.answers]
        golds.append({found.key for found in read if found is not None})
    answers = [[d.group if d.answer is not None else None for d in row] for row in stream.draws]
    own = np.array([[key in gold for key in row] for row, gold in zip(answers, golds, strict=True)])
    if float((own == (stream.right() > 0)).mean()) < _AGREE or cell.n < 2:
        return None
    kinds = [item.kind for item in cell.items]
    alike = all(kinds.count(kind) > 1 for kind in set(kinds))
    sizes = np.full(cell.n, stream.size)
    return luck_floor(match_counts(answers, golds), sizes, ks, kinds if alike else None)
