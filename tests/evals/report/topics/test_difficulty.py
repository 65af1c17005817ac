"""Difficulty is not luck, and what is learned from it is tested on other questions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from evals.report.make import markdown_report
from evals.report.topics.cells import Cell, cells
from evals.report.topics.difficulty import compute_optimal, difficulty_bins, learned_tables
from evals.report.topics.streams import Stream, streams
from evals.run.records import Run, SampleRecord
from tests.evals.synthetic import made_run


def with_chances(run: Run, chances: np.ndarray, seed: int = 3) -> tuple[Cell, Stream]:
    """The samples of `cot` right with these chances a question, wrong ones scattered."""
    rng = np.random.default_rng(seed)

    def drawn(sample: SampleRecord) -> SampleRecord:
        good = rng.random() < chances[int(sample.item[1:])]
        answer = "right" if good else f"wrong{rng.integers(0, 3)}"
        return replace(sample, answer=answer, group=answer, correct=bool(good), score=float(good))

    changed = replace(run, samples=tuple(drawn(s) for s in run.samples))
    cell = cells(changed)[0]
    return cell, streams(changed, cell)[0]


def test_questions_of_one_difficulty_are_not_sorted_by_luck() -> None:
    run = made_run(400, 8, strategies=("cot", "cot@sc8"))
    cell, stream = with_chances(run, np.full(400, 0.5))
    bins = difficulty_bins(cell, stream)
    assert sum(b.n for b in bins) == 400
    ones = [b.one[0] for b in bins]
    assert max(ones) - min(ones) < 0.12
    naive = stream.right().mean(axis=1)  # the bin chosen by the samples that are counted
    assert np.sort(naive)[-80:].mean() - np.sort(naive)[:80].mean() > 0.4


def test_hard_questions_are_told_from_easy_ones() -> None:
    run = made_run(200, 16, strategies=("cot", "cot@sc16"))
    chances = np.linspace(0.95, 0.05, 200)
    cell, stream = with_chances(run, chances)
    bins = difficulty_bins(cell, stream)
    assert [b.rank for b in bins] == [0, 1, 2, 3, 4]
    ones = [b.one[0] for b in bins]
    assert ones == sorted(ones, reverse=True)
    assert ones[0] > 0.75
    assert ones[-1] < 0.25
    for b in bins:
        assert b.one[1] <= b.one[0] <= b.one[2]
        assert b.any[0] >= max(b.one[0], b.vote[0])
    assert bins[0].vote[0] > bins[0].one[0]  # a vote helps where most are right


def test_few_samples_or_questions_teach_nothing() -> None:
    for n, draws in ((20, 16), (100, 6)):
        run = made_run(n, draws, strategies=("cot", f"cot@sc{draws}"))
        cell = cells(run)[0]
        stream = streams(run, cell)[0]
        assert difficulty_bins(cell, stream) == ()
        assert compute_optimal(cell, stream) is None


def test_easy_questions_are_stopped_at() -> None:
    """Half are always right, half right more often than not: votes pay for the second half."""
    run = made_run(200, 16, strategies=("cot", "cot@sc16"))
    cell, stream = with_chances(run, np.repeat([1.0, 0.5], 100))
    found = compute_optimal(cell, stream)
    assert found is not None
    assert found.table.startswith("1 stop, ")
    assert found.tokens < 0.8 * found.full[1]
    assert found.accuracy > found.full[0] - 0.03
    assert found.delta > 0
    assert found.delta_ci[0] <= found.delta <= found.delta_ci[1]


def test_another_way_is_tried_only_over_the_same_passages() -> None:
    names = ("rag+cot@sc16", "closed+plan@sc16", "rag+plan@sc16")
    run = made_run(60, 16, strategies=names, right={"cot": 0.1, "plan": 0.95})
    cell = cells(run)[0]
    drawn = streams(run, cell)
    mine = next(s for s in drawn if s.method == "rag+cot")
    alone = compute_optimal(cell, mine, [s for s in drawn if s.method != "rag+plan"])
    both = compute_optimal(cell, mine, drawn)
    assert alone is not None
    assert both is not None
    assert "plan" not in alone.table
    assert "plan" in both.table
    assert both.accuracy > alone.accuracy + 0.2


def test_only_what_ask_asks_for_is_remembered() -> None:
    run = made_run(80, 16, strategies=("closed+cot@sc16", "cot@sc16"))
    closed = made_run(80, 16, strategies=("closed+cot@sc16",))
    assert learned_tables(closed, cells(closed)[0]) == {}
    found = learned_tables(run, cells(run)[0])
    assert set(found) <= {"cot"}


def test_the_report_says_it(tmp_path: Path) -> None:
    text, _ = markdown_report(made_run(60, 16, strategies=("cot", "cot@sc16")))
    assert "### Easy and hard" in text
    assert "Learned on one half" in text
    short, _ = markdown_report(made_run(60, 4, strategies=("cot", "cot@sc4")))
    assert "Easy and hard" not in short


@pytest.mark.long
def test_the_interval_of_what_was_learned_covers() -> None:
    """Over many question sets of one kind: the mean difference lies in nearly all intervals."""
    run = made_run(80, 12, strategies=("cot", "cot@sc12"))
    found = []
    for at in range(100):
        chances = np.random.default_rng(at).beta(1.5, 1.2, 80)
        cell, stream = with_chances(run, chances, seed=at)
        optimal = compute_optimal(cell, stream)
        assert optimal is not None
        found.append(optimal)
    true = float(np.mean([one.delta for one in found]))
    covered = np.mean([one.delta_ci[0] <= true <= one.delta_ci[1] for one in found])
    assert covered >= 0.93 - 3 * (0.05 * 0.95 / 100) ** 0.5
    assert true > 0  # stopping early on easy questions pays for votes on hard ones
