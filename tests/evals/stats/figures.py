"""The figures of docs/statistics.md:   python -m tests.evals.stats.figures

Every line is a simulation in which the truth is known, or a sum over all outcomes. Seeds are fixed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from evals.stats.proportions import accuracy_interval
from tests.evals.stats import (
    test_intervals,
    test_multiple_testing,
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


def worst(found: Sequence[float]) -> float:
    """The least coverage of all worlds tried."""
    return min(found)


def rows(runs: int) -> Iterator[tuple[str, str, float]]:
    """(what is asked, what it should be, what it was) for so many runs of each simulation."""
    covers, least, flips = "93 to 99 %", "93 % or more", test_paired.p_values
    one, exact = test_proportions.coverage, test_intervals.independent
    yield "accuracy, 300 questions of 60 notes", covers, one(NOTES, 0.4, 0.3, runs, 5)
    yield "the same, notes left out of account", "(too low)", naive(runs)
    yield "accuracy, 96 questions of 12 notes", covers, one(FEW, 0.4, 0.2, runs, 5)
    yield "accuracy, 150 questions of 20 very unequal notes", covers, one(UNEVEN, 0.4, 0.2, runs, 5)
    for notes in ("3 of 30", "10 of 5", "50 of 10"):
        sizes = test_intervals.NOTES[notes]
        found = worst(test_intervals.accuracy(sizes, 0.1, runs))
        yield f"accuracy, {notes} questions, the worst of 0 to 100 % right", least, found
    for n in (3, 20, 100):
        yield f"difference, {n} questions, the worst of 86 worlds", least, worst(exact(n))
    for notes in ("3 of 30", "10 of 5", "50 of 10", "20 unequal"):
        sizes = test_intervals.NOTES[notes]
        found = worst(test_intervals.clustered(sizes, 0.1, runs, 72))
        yield f"difference, {notes} questions, the worst of 36 worlds", least, found
    expected = test_intervals.fractions(UNEVEN, 0.3, 0.2, runs)
    yield "difference of expected accuracies", covers, expected
    yield "size of model replaced, 60 notes", covers, test_replacement.coverage(runs)
    p = flips(paired_fractions, UNEVEN, runs, 12)
    yield "p at most .05 where nothing differs", "5 %", float(np.mean(p <= 0.05))
    yield "p at most .50 where nothing differs", "50 %", float(np.mean(p <= 0.5))
    wrong = test_multiple_testing.any_false_claim
    yield "any false claim, 8 strategies, none better", "at most 5 %", wrong(runs, [5] * 30, 0, 6)
    yield "any false claim, 4 of 8 better", "at most 5 %", wrong(runs, [5] * 30, 4, 6)
    passed = max(test_intervals.gate_errors(n, 0.1) for n in (20, 50, 100))
    yield "a loss of the whole margin passes the gate, at worst", "about 5 %", passed
    seen, _ = test_power.plain([5] * 20, 0.2, 0.1, 20)
    yield "power where 80 % is claimed, 20 notes of 5", "75 to 85 %", seen
    seen, _ = test_power.plain([1] * 60, 0.05, 0.0, 20)
    yield "power where 80 % is claimed, 60 questions", "75 to 85 %", seen
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
