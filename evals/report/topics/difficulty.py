"""Difficulty as the model has it, and compute-optimal thinking learned from it (arXiv 2408.03314).

A question's difficulty is the model's own pass@1. Of its samples one half says which bin it is in,
the other half what is measured there, and the other way round: no sample chooses the bin it is
counted in, so luck does not sort the questions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evals.report.topics.cells import SEED, Cell
from evals.report.topics.curves import majority
from evals.report.topics.streams import Stream, named, streams
from evals.run.records import QuestionRecord, Run, SampleRecord
from evals.stats.allocation import AllocationTable, Trials, cross_fitted, learn
from evals.stats.checks import FloatArray, generator
from evals.stats.paired import paired_interval
from evals.stats.proportions import accuracy_interval
from evals.stats.votes import pass_at
from pipeline.strategies.optimal import PRIOR_TABLE

__all__ = [
    "PRIOR",
    "PROBES",
    "ComputeOptimal",
    "DifficultyBin",
    "compute_optimal",
    "difficulty_bins",
    "learned_tables",
]

PROBES = 4
PRIOR = AllocationTable.read(PRIOR_TABLE)
"""What `optimal` does where nothing was learned: a guess, not a measurement."""
_BINS = 5
_FEWEST_SAMPLES = 8
_FEWEST_ITEMS = 40
_MOST = 16  # samples that `optimal` asks for
_ORDERS = 48


@dataclass(frozen=True, slots=True)
class DifficultyBin:
    """Questions alike in difficulty, the easiest first: how many there are on average over the two
    halves, and with the samples that did not choose them the accuracy of one sample, of the vote
    over `k` and of any of `k`, with 95 % intervals."""

    rank: int
    n: float
    k: int
    one: tuple[float, float, float]
    vote: tuple[float, float, float]
    any: tuple[float, float, float]


def difficulty_bins(cell: Cell, stream: Stream) -> tuple[DifficultyBin, ...]:
    """Up to five bins of equal size; none where there are too few samples or questions."""
    if stream.size < _FEWEST_SAMPLES or cell.n < _FEWEST_ITEMS:
        return ()
    half = stream.size // 2
    parts = [_part(stream, 0, half), _part(stream, half, 2 * half)]
    bins: FloatArray = np.stack([_binned(part.right().mean(axis=1)) for part in parts])
    found = []
    for rank in range(_BINS):
        values = _inside(cell, parts, bins, rank, half)
        if values is not None:
            found.append(values)
    return tuple(found)


def _binned(share: FloatArray) -> FloatArray:
    """The bin of each question by its rank, 0 the easiest; equal ones share one."""
    order = np.argsort(-share, kind="stable")
    ranks = np.empty(share.size)
    ranks[order] = np.arange(share.size)
    middle = np.array([ranks[share == value].mean() for value in share])
    return np.minimum(_BINS - 1, np.floor(_BINS * (middle + 0.5) / share.size))


def _inside(
    cell: Cell, parts: Sequence[Stream], bins: FloatArray, rank: int, half: int
) -> DifficultyBin | None:
    """Both ways: the bin by one half, what is measured by the other."""
    rows: list[FloatArray] = []
    clusters: list[str] = []
    for chooses, counts in ((0, 1), (1, 0)):
        inside = np.flatnonzero(bins[chooses] == rank)
        if not inside.size:
            continue
        right = parts[counts].right()[inside]
        votes = majority(cell, parts[counts], [half])[inside, 0]
        any_of = pass_at(np.full(inside.size, half), right.sum(axis=1), [half])[:, 0]
        rows.append(np.column_stack([right.mean(axis=1), votes, any_of]))
        clusters += [cell.clusters[i] for i in inside]
    if not rows:
        return None
    values = np.concatenate(rows)
    one, vote, some = (accuracy_interval(values[:, i], clusters) for i in range(3))
    return DifficultyBin(
        rank,
        values.shape[0] / 2,
        half,
        (one.value, one.low, one.high),
        (vote.value, vote.low, vote.high),
        (some.value, some.low, some.high),
    )


def _part(stream: Stream, start: int, end: int) -> Stream:
    return Stream(
        stream.method, tuple(row[start:end] for row in stream.draws), stream.prompt_tokens, ()
    )


@dataclass(frozen=True, slots=True)
class ComputeOptimal:
    """`table`, learned on all questions, for `optimal` with `draws` samples of `method`. `accuracy`
    and `tokens` are of tables learned on one half of the questions and tested on the other;
    `prior` (accuracy, tokens) is of the guess; `full` of a vote over all `draws`; `voted` is the
    accuracy of a plain vote for as many tokens as were spent, `delta` the difference from it."""

    method: str
    way: str
    draws: int
    table: str
    accuracy: float
    tokens: float
    prior: tuple[float, float]
    full: tuple[float, float]
    voted: float
    delta: float
    delta_ci: tuple[float, float]
    n: int

    @property
    def helps(self) -> bool:
        """As right as the guess on questions it was not learned from, and not for more tokens; or
        righter."""
        better = self.accuracy > self.prior[0] + 1e-9
        return better or (self.accuracy >= self.prior[0] - 1e-9 and self.tokens <= self.prior[1])


def compute_optimal(
    cell: Cell, stream: Stream, others: Sequence[Stream] = ()
) -> ComputeOptimal | None:
    """What is learned from one prompt's samples, and from those of other prompt methods over the
    same passages; None where there are too few samples or questions."""
    few = stream.size < _FEWEST_SAMPLES or cell.n < _FEWEST_ITEMS
    if few or len(set(cell.clusters)) < 2:
        return None
    draws = min(_MOST, stream.size)
    access = stream.method.rpartition("+")[0]
    ways = {
        s.method.rpartition("+")[2]: s
        for s in others
        if s.method != stream.method
        and s.method.rpartition("+")[0] == access
        and s.size >= draws - PROBES
    }
    trials = _trials(cell, stream, ways, draws)
    tested = cross_fitted(trials, PRIOR, cell.clusters, seed=SEED)
    guess = learn_nothing(trials)
    prior = tuple(float(x.mean()) for x in trials.under(guess))
    full = float(trials.right["more"].mean()), float(trials.tokens["more"].mean())
    voted = _vote_for(cell, stream, draws, float(tested.tokens.mean()))
    found = paired_interval(tested.right, voted, cell.clusters)
    name = named(stream.method)
    return ComputeOptimal(
        stream.method,
        name.way if name else stream.method,
        draws,
        str(learn(trials, PRIOR)),
        float(tested.right.mean()),
        float(tested.tokens.mean()),
        (prior[0], prior[1]),
        full,
        float(voted.mean()),
        found.value,
        (found.low, found.high),
        cell.n,
    )


def learned_tables(run: Run, cell: Cell) -> dict[str, str]:
    """By prompt method, the tables that a run teaches `ask`: of samples that were asked for as it
    asks, and where they help on questions they were not learned from."""
    found = {}
    drawn = streams(run, cell)
    for stream in drawn:
        name = named(stream.method)
        if name is None or (name.access is not None and name.access.kind != "ask"):
            continue
        taught = compute_optimal(cell, stream, drawn)
        if taught is not None and taught.helps:
            found[taught.way] = taught.table
    return found


def learn_nothing(trials: Trials) -> AllocationTable:
    """The guess, with more of the same where its prompt method was not sampled."""
    rows = tuple((least, a if a in trials.right else "more") for least, a in PRIOR.rows)
    return AllocationTable(rows)


def _vote_for(cell: Cell, stream: Stream, draws: int, tokens: float) -> FloatArray:
    """Expected accuracy of a plain vote for so many tokens a question, between whole samples on a
    line."""
    k = min(float(draws), max(1.0, stream.k_for_tokens(tokens)))
    below = min(int(k), draws)
    table = majority(cell, stream, sorted({below, min(below + 1, draws)}))
    part = k - below
    return table[:, 0] if table.shape[1] == 1 else (1 - part) * table[:, 0] + part * table[:, 1]


def _trials(cell: Cell, stream: Stream, ways: dict[str, Stream], draws: int) -> Trials:
    """Every question in several orders of its samples."""
    rng = generator(SEED)
    shape = (cell.n, _ORDERS)
    names = ["stop", "more", *ways]
    ease = np.zeros(shape)
    right = {name: np.zeros(shape) for name in names}
    tokens = {name: np.zeros(shape) for name in names}
    for at, item in enumerate(cell.items):
        base = float(stream.prompt_tokens[at])
        for order in range(_ORDERS):
            mine = [stream.draws[at][i] for i in rng.permutation(stream.size)[:draws]]
            probes, rest = mine[:PROBES], mine[PROBES:]
            ease[at, order] = _ease(probes)
            after = {"stop": (probes, 0.0), "more": (mine, 0.0)}
            for name, other in ways.items():
                picked = rng.permutation(other.size)[: len(rest)]
                more = [other.draws[at][i] for i in picked]
                after[name] = ([*probes, *more], float(other.prompt_tokens[at]))
            for name, (used, prompt) in after.items():
                right[name][at, order] = _voted(item, used)
                tokens[name][at, order] = base + prompt + sum(d.tokens for d in used)
    levels = tuple(i / PROBES for i in range(PROBES, -1, -1))
    return Trials(levels, ease, right, tokens)


def _groups(draws: Sequence[SampleRecord]) -> dict[str, list[SampleRecord]]:
    found: dict[str, list[SampleRecord]] = {}
    for draw in draws:
        if draw.answer is not None:
            found.setdefault(draw.group, []).append(draw)
    return found


def _ease(probes: Sequence[SampleRecord]) -> float:
    return max((len(g) for g in _groups(probes).values()), default=0) / len(probes)


def _voted(item: QuestionRecord, draws: Sequence[SampleRecord]) -> float:
    """Whether the most frequent answer is right; of equals the one that came first."""
    groups = _groups(draws)
    if not item.answerable:
        return float(not groups)
    winner = max(groups.values(), key=len, default=[])
    return float(winner[0].correct) if winner else 0.0
