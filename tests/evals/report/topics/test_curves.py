"""Curves and the fair baseline: exact against brute force, and honest about what was not run."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import combinations

import pytest

from evals.report.topics.cells import Cell, cells
from evals.report.topics.curves import curves, expected, ks_for, majority
from evals.report.topics.fair import fair_baselines
from evals.report.topics.streams import Stream, streams
from evals.run.records import Run, SampleRecord
from tests.evals.synthetic import made_run

STRATEGIES = ("direct", "cot", "cot@sc2", "cot@sc6")


def first(run: Run) -> tuple[Cell, Stream]:
    cell = cells(run)[0]
    return cell, streams(run, cell)[0]


def voted(draws: tuple[SampleRecord, ...]) -> float:
    """The accuracy of a vote with fair ties, by hand."""
    votes = Counter(d.group for d in draws if d.answer is not None)
    if not votes:
        return 0.0
    top = [g for g, n in votes.items() if n == max(votes.values())]
    good = {d.group: d.score for d in draws}
    return sum(good[g] for g in top) / len(top)


def test_a_stream_is_the_longest_vote_over_a_prompt() -> None:
    run = made_run(5, 6, strategies=STRATEGIES)
    cell = cells(run)[0]
    (stream,) = streams(run, cell)
    assert (stream.method, stream.size) == ("cot", 6)
    assert [d.draw for d in stream.draws[0]] == [0, 1, 2, 3, 4, 5]
    assert not any(d.greedy for row in stream.draws for d in row)
    assert [k for k, _ in stream.timed] == [1, 2, 6]


def test_curves_equal_all_subsets() -> None:
    run = made_run(6, 6, strategies=STRATEGIES)
    cell, stream = first(run)
    found = expected(cell, stream, [1, 3, 5])
    for item, draws in enumerate(stream.draws):
        for at, k in enumerate((1, 3, 5)):
            subsets = list(combinations(draws, k))
            majority_k = sum(voted(s) for s in subsets) / len(subsets)
            any_k = sum(max(d.score for d in s) for s in subsets) / len(subsets)
            sure = [max((d for d in s if d.answer is not None), key=lambda d: d.mean_logprob,
                        default=None) for s in subsets]  # fmt: skip
            surest_k = sum(d.score for d in sure if d) / len(subsets)
            assert found["majority"][item, at] == pytest.approx(majority_k)
            assert found["any"][item, at] == pytest.approx(any_k)
            assert found["surest"][item, at] == pytest.approx(surest_k)


def test_votes_grow_with_draws_where_the_right_answer_leads() -> None:
    cell, stream = first(made_run(80, 16, right={"cot": 0.6}, strategies=("direct", "cot@sc16")))
    vote, best, *_ = curves(cell, stream)
    assert vote.points[-1].accuracy > vote.points[0].accuracy + 0.05
    assert [p.k for p in vote.points] == ks_for(16)
    assert all(a.accuracy <= b.accuracy for a, b in zip(best.points, best.points[1:], strict=False))
    assert all(p.low <= p.accuracy <= p.high for p in vote.points)
    assert vote.points[0].tokens < vote.points[-1].tokens


def test_a_question_without_an_answer_is_right_where_nobody_answers() -> None:
    cell, stream = first(made_run(2, 4, strategies=("cot@sc4",)))
    silent = tuple(replace(d, answer=None, group="") for d in stream.draws[0])
    items = tuple(replace(i, answerable=False, answers=()) for i in cell.items)
    answered = tuple(replace(d, answer="x", group="x", score=0.0) for d in stream.draws[1])
    found = majority(replace(cell, items=items), replace(stream, draws=(silent, answered)), [1, 4])
    assert found.tolist() == [[1.0, 1.0], [0.0, 0.0]]


def test_the_fair_baseline_of_a_vote_is_itself() -> None:
    run = made_run(30, 6, strategies=STRATEGIES)
    cell = cells(run)[0]
    found = {(f.strategy, f.by): f for f in fair_baselines(cell, streams(run, cell))}
    same = found["cot@sc6", "tokens"]
    assert same.k == pytest.approx(6)
    assert same.delta == pytest.approx(0.0, abs=1e-9)
    assert found["cot@sc6", "seconds"].k == pytest.approx(6)
    two = found["cot@sc2", "tokens"]
    assert two.k is not None
    assert 1.8 < two.k < 2.2
    assert found["direct", "tokens"].why == "cheaper than one sample"
    assert found["direct", "tokens"].delta is None


def test_between_two_draws_the_vote_lies_on_a_line() -> None:
    run = made_run(40, 6, strategies=STRATEGIES)
    cell = cells(run)[0]
    (stream,) = streams(run, cell)
    price = stream.tokens_at(3.25)
    dear = tuple(
        replace(o, prompt_tokens=0, generated_tokens=round(price)) if o.strategy == "cot" else o
        for o in run.outcomes
    )
    cell = cells(replace(run, outcomes=dear))[0]
    found = {(f.strategy, f.by): f for f in fair_baselines(cell, (stream,))}["cot", "tokens"]
    assert found.k == pytest.approx(3.25, abs=0.01)
    three, four = majority(cell, stream, [3, 4]).mean(axis=0)
    assert found.k is not None
    part = found.k - 3
    assert found.voted == pytest.approx((1 - part) * three + part * four)
    assert found.delta == pytest.approx(found.accuracy - (found.voted or 0))


def test_dearer_than_what_was_drawn_is_said() -> None:
    run = made_run(10, 6, strategies=("cot@sc2", "cot@beam6"))
    dear = tuple(
        replace(o, generated_tokens=9_999) if o.strategy == "cot@beam6" else o for o in run.outcomes
    )
    cell = cells(replace(run, outcomes=dear))[0]
    found = fair_baselines(cell, streams(run, cell))
    whys = {f.why for f in found if f.strategy == "cot@beam6"}
    assert "dearer than all 2 samples" in whys


def test_without_draws_there_is_no_curve() -> None:
    run = made_run(10, 6, strategies=("direct", "cot"))
    cell = cells(run)[0]
    assert streams(run, cell) == ()
    assert fair_baselines(cell, ()) == ()


def test_stopping_early_does_not_bias_the_draws() -> None:
    run = made_run(10, 6, strategies=("cot@adaptive6",))
    short = tuple(replace(o, samples=o.samples[:3]) if o.item == "q0" else o for o in run.outcomes)
    cell = cells(replace(run, outcomes=short))[0]
    (stream,) = streams(replace(run, outcomes=short), cell)
    assert {len(row) for row in stream.draws} == {3}
