"""Two runs compared: paired by question where the questions are the same, else as two samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from evals.report.topics.cells import SEED, cluster_of
from evals.report.topics.pairs import StrategyPair, pairs, scorer_of
from evals.report.topics.words import p_words, percent, points, times, verdict_words
from evals.run.records import Outcome, Run
from evals.stats.multiple_testing import max_t_differences
from evals.stats.paired import paired_interval
from evals.stats.unpaired import unpaired_interval
from evals.stats.verdict import MARGIN, Verdict, judge

__all__ = ["Comparison", "compare", "comparison_sentence"]

_ENOUGH = 0.5  # of the smaller run's questions must be in both to be paired on them


@dataclass(frozen=True, slots=True)
class Comparison:
    """The second run minus the first, in shares. `paired`: over `n` questions both have; else over
    all `n_first` and `n_second`, with a wider interval. `p_adjusted` allows for all comparisons of
    the two runs, and `verdict` by it, with `margin` the least gain worth having. `tokens` and
    `seconds`: ratios of prices, second over first (None: no price).
    `notes`: what a reader must know.
    """

    name: str
    task: str
    paired: bool
    n: int
    n_first: int
    n_second: int
    accuracy: tuple[float, float]
    delta: float
    ci: tuple[float, float]
    p: float
    p_adjusted: float
    verdict: Verdict
    margin: float
    only_first: int
    only_second: int
    tokens: float | None
    seconds: float | None
    notes: tuple[str, ...] = ()


def compare(first: Run, second: Run, margin: float = MARGIN) -> tuple[Comparison, ...]:
    """Every strategy, model and task that both runs have. Empty where they share none."""
    found = pairs(first, second)
    paired = [p for p in found if _pairable(p)]
    adjusted = _adjusted(paired)
    loose = [_unpaired(p, first, second, margin) for p in found if not _pairable(p)]
    made = {p.name: _paired(p, adjusted[p.name], first, second, margin) for p in paired}
    made |= {c.name: c for c in _held(loose, len(found))}
    return tuple(_judged(made[p.name]) for p in found)


def _judged(c: Comparison) -> Comparison:
    return replace(c, verdict=judge(c.delta, c.ci[1], c.p_adjusted, c.margin))


def comparison_sentence(c: Comparison) -> str:
    """One line: `Gain: sums, cot: 41.0 % -> 46.5 %, +5.5 points [1.2, 9.8], adjusted p = ...`"""
    low, high = (points(v, sign=False) for v in c.ci)
    said = f"{verdict_words(c.verdict, c.margin)}: {c.name}: "
    said += f"{percent(c.accuracy[0])} -> {percent(c.accuracy[1])}, "
    said += f"{points(c.delta)} points [{low}, {high}], adjusted p {p_words(c.p_adjusted)}"
    for ratio, unit in ((c.tokens, "tokens"), (c.seconds, "seconds")):
        said += f", {times(ratio)} {unit}" if ratio is not None else ""
    how = f"paired on {c.n:,} questions" if c.paired else f"not paired, {c.n_first:,} and "
    return f"{said} ({how}{'' if c.paired else f'{c.n_second:,} questions'})."


def _pairable(pair: StrategyPair) -> bool:
    fewest = min(len(pair.all_first), len(pair.all_second))
    return len(pair.items) >= max(1, _ENOUGH * fewest)


def _adjusted(found: Sequence[StrategyPair]) -> dict[str, tuple[float, float]]:
    """(p, adjusted p) of every pair: max-T over all pairs at once, where a question that one pair
    lacks counts as no difference in it."""
    if not found:
        return {}
    keys = list(dict.fromkeys((p.task, i.id) for p in found for i in p.items))
    row = {key: at for at, key in enumerate(keys)}
    clusters = [""] * len(keys)
    differences = np.zeros((len(keys), len(found)))
    for column, pair in enumerate(found):
        gained = pair.correct(1) - pair.correct(0)
        for item, value in zip(pair.items, gained.tolist(), strict=True):
            at = row[pair.task, item.id]
            differences[at, column] = value
            clusters[at] = f"{pair.task}\0{cluster_of(item)}"
    family = max_t_differences(differences, clusters, seed=SEED)
    both = zip(family.p.tolist(), family.p_adjusted.tolist(), strict=True)
    return {pair.name: p for pair, p in zip(found, both, strict=True)}


def _paired(
    pair: StrategyPair, p: tuple[float, float], first: Run, second: Run, margin: float
) -> Comparison:
    a, b = pair.correct(0), pair.correct(1)
    found = paired_interval(b, a, pair.clusters)
    left = max(len(pair.all_first), len(pair.all_second)) - len(pair.items)
    notes = _notes(pair, first, second)
    if left:
        notes.append(f"{left:,} questions are not in both runs and are left out")
    if found.caution:
        notes.append(found.caution)
    return Comparison(
        pair.name,
        pair.task,
        True,
        len(pair.items),
        len(pair.all_first),
        len(pair.all_second),
        (float(a.mean()), float(b.mean())),
        found.value,
        (found.low, found.high),
        *p,
        Verdict.CANNOT_TELL,
        margin,
        int((a > b).sum()),
        int((b > a).sum()),
        _ratio(pair.first, pair.second, lambda o: float(o.tokens)),
        _ratio(pair.first, pair.second, _seconds),
        tuple(notes),
    )


def _unpaired(pair: StrategyPair, first: Run, second: Run, margin: float) -> Comparison:
    one, other = (np.array([float(row.correct) for _, row in rows]) for rows in pair.all)
    sources = [[cluster_of(item) for item, _ in rows] for rows in pair.all]
    found, p = unpaired_interval(other, one, sources[1], sources[0])
    notes = _notes(pair, first, second)
    notes.append("the questions differ: compared as two samples, which shows far less")
    before, after = ([row for _, row in rows] for rows in (pair.all_first, pair.all_second))
    return Comparison(
        pair.name,
        pair.task,
        False,
        0,
        len(before),
        len(after),
        (float(one.mean()), float(other.mean())),
        found.value,
        (found.low, found.high),
        p,
        p,
        Verdict.CANNOT_TELL,
        margin,
        0,
        0,
        _ratio(before, after, lambda o: float(o.tokens)),
        _ratio(before, after, _seconds),
        tuple(notes),
    )


def _held(found: Sequence[Comparison], tests: int) -> list[Comparison]:
    """Adjusted by Bonferroni over all comparisons made: two samples have no flips to share."""
    return [replace(c, p_adjusted=min(1.0, c.p * tests)) for c in found]


def _notes(pair: StrategyPair, first: Run, second: Run) -> list[str]:
    scorers = scorer_of(first, pair.task), scorer_of(second, pair.task)
    if scorers[0] != scorers[1]:
        return [f"scored differently: {scorers[0]} and {scorers[1]}"]
    return []


def _seconds(row: Outcome) -> float:
    return row.seconds + row.retrieval_seconds


def _ratio(before: Sequence[Outcome], after: Sequence[Outcome], measure: object) -> float | None:
    assert callable(measure)
    one = sum(measure(o) for o in before) / len(before)
    other = sum(measure(o) for o in after) / len(after)
    return other / one if one > 0 and other > 0 else None
