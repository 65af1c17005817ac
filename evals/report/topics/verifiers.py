"""Measures what choosing among k samples adds: each verifier, and a perfect one."""

from __future__ import annotations

from dataclasses import dataclass

from evals.report.topics.cells import Cell
from evals.report.topics.curves import expected
from evals.report.topics.streams import Stream
from evals.stats.paired import paired_interval

__all__ = ["Choosing", "VerifierGap", "choosing"]


@dataclass(frozen=True, slots=True)
class Choosing:
    """One way of choosing among `k` samples: accuracy, its difference from the vote (paired, 95 %),
    and the part of the way from the vote to a perfect verifier that it goes (None where there is no
    way to go)."""

    name: str
    accuracy: float
    delta: float
    delta_ci: tuple[float, float]
    part: float | None


@dataclass(frozen=True, slots=True)
class VerifierGap:
    """All ways of choosing among the `k` samples of one prompt. `vote` is the accuracy of the plain
    vote, `perfect` that of a verifier that always finds a right sample (pass@k)."""

    method: str
    k: int
    vote: float
    perfect: Choosing
    ways: tuple[Choosing, ...]


def choosing(cell: Cell, stream: Stream) -> VerifierGap:
    """Every way of choosing among all samples of one prompt."""
    k = stream.size
    values = {name: found[:, 0] for name, found in expected(cell, stream, [k]).items()}
    vote = values.pop("majority")
    gap = float(values["any"].mean() - vote.mean())
    rows = {}
    for name, found in values.items():
        interval = paired_interval(found, vote, cell.clusters)
        part = interval.value / gap if gap > 1e-9 else None
        ci = (interval.low, interval.high)
        rows[name] = Choosing(name, float(found.mean()), interval.value, ci, part)
    perfect = rows.pop("any")
    return VerifierGap(stream.method, k, float(vote.mean()), perfect, tuple(rows.values()))
