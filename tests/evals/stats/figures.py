"""The figures of docs/statistics.md:   python -m tests.evals.stats.figures

Every line is a simulation in which the truth is known. Seeds are fixed.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from evals.stats.proportions import accuracy_interval
from tests.evals.stats import (
    test_families,
    test_paired,
    test_pilot,
    test_power,
    test_proportions,
    test_replacement,
)
from tests.evals.stats.simulation import binary, paired_fractions

__all__ = ["rows", "table"]

NOTES = [5] * 60
FEW = [8] * 12
UNEVEN = test_proportions.UNEVEN


def naive(runs: int) -> float:
    """Coverage where the notes are left out of account."""
    rng, hits = np.random.default_rng(5), 0
    for _ in range(runs):
        found = accuracy_interval(binary(rng, NOTES, 0.4, 0.3))
        hits += found.low <= 0.4 <= found.high
    return hits / runs


def rows(runs: int) -> Iterator[tuple[str, str, float]]:
    """(what is asked, what it should be, what it was) for so many runs of each simulation."""
    covers, flips = "93 to 97 %", test_paired.p_values
    paired, by_t, by_bca = test_paired.coverage, test_paired.by_t, test_paired.by_bootstrap
    one = test_proportions.coverage
    yield "accuracy, 300 questions of 60 notes", covers, one(NOTES, 0.4, 0.3, runs, 5)
    yield "the same, notes left out of account", "(too low)", naive(runs)
    yield "accuracy, 96 questions of 12 notes", covers, one(FEW, 0.4, 0.2, runs, 5)
    yield "accuracy, 150 questions of 20 very unequal notes", covers, one(UNEVEN, 0.4, 0.2, runs, 5)
    yield "difference, 60 notes", covers, paired(by_t, NOTES, 0.3, 0.2, runs, False)
    yield "difference, 12 notes", covers, paired(by_t, FEW, 0.3, 0.2, runs, False)
    yield "difference of expected accuracies", covers, paired(by_t, UNEVEN, 0.3, 0.2, runs, True)
    yield "difference, BCa, 60 notes", covers, paired(by_bca, NOTES, 0.3, 0.15, runs, False)
    yield "size of model replaced, 60 notes", covers, test_replacement.coverage(runs)
    p = flips(paired_fractions, UNEVEN, runs, 12)
    yield "p at most .05 where nothing differs", "5 %", float(np.mean(p <= 0.05))
    yield "p at most .50 where nothing differs", "50 %", float(np.mean(p <= 0.5))
    wrong = test_families.any_false_claim
    yield "any false claim, 8 strategies, none better", "at most 5 %", wrong(runs, [5] * 30, 0, 6)
    yield "any false claim, 4 of 8 better", "at most 5 %", wrong(runs, [5] * 30, 4, 6)
    yield "a loss of the whole margin passes the gate", "at most 5 %", test_power.passes(0.1, runs)
    calls, world = test_pilot.calls, test_pilot.spread
    none = calls(world, 0.0, runs, 0.05, test_pilot.NOTES)["gain"]
    yield "pilot of 20 says gain where there is none", "at most 10 %", none
    there = calls(world, 0.05, runs, 0.05, test_pilot.NOTES)["no gain"]
    yield "pilot of 20 says no gain where it is worth it", "at most 10 %", there


def table(runs: int) -> str:
    """The table in Markdown."""
    lines = [f"| of {runs:,} runs | should be | was |", "|---|---|---|"]
    lines += [f"| {asked} | {should} | {100 * was:.1f} % |" for asked, should, was in rows(runs)]
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(5_000))
