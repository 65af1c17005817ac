"""Choosing among samples: exact against brute force, perfect and useless verifiers among them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from evals.report.make import markdown_report
from evals.report.topics.cells import Cell, cells
from evals.report.topics.curves import expected, majority, verifiers_of, weighted
from evals.report.topics.frontier import frontier
from evals.report.topics.streams import Stream, streams
from evals.report.topics.verifiers import choosing
from evals.run.records import Run, SampleRecord
from tests.evals.synthetic import made_run


def judged(run: Run, **scores: Callable[[SampleRecord], float]) -> tuple[Cell, Stream]:
    samples = tuple(
        replace(s, verifiers={name: score(s) for name, score in scores.items()})
        for s in run.samples
    )
    changed = replace(run, samples=samples)
    cell = cells(changed)[0]
    return cell, streams(changed, cell)[0]


def test_a_perfect_verifier_finds_what_any_finds_and_a_blind_one_finds_nothing() -> None:
    rng = np.random.default_rng(1)
    run = made_run(200, 8, strategies=("cot", "cot@sc8"))
    cell, stream = judged(run, perfect=lambda s: float(s.correct), blind=lambda s: rng.random())
    assert verifiers_of(stream) == ["perfect", "blind"]
    found = expected(cell, stream, [1, 4, 8])
    assert found["perfect"] == pytest.approx(found["any"])
    answered = [[d for d in row if d.answer is not None] for row in stream.draws]
    one = np.mean([np.mean([d.correct for d in row]) if row else 0.0 for row in answered])
    assert found["blind"][:, 2].mean() == pytest.approx(one, abs=0.1)


def test_best_of_k_by_a_verifier_is_that_of_all_subsets() -> None:
    rng = np.random.default_rng(2)
    run = made_run(5, 6, strategies=("cot", "cot@sc6"))
    cell, stream = judged(run, judge=lambda s: round(float(rng.random()), 1))
    found = expected(cell, stream, [1, 3, 5])["judge"]
    for item, draws in enumerate(stream.draws):
        for at, k in enumerate((1, 3, 5)):
            values = []
            for subset in combinations(draws, k):
                able = [d for d in subset if d.answer is not None]
                top = max((d.verifiers["judge"] for d in able), default=0.0)
                best = [float(d.correct) for d in able if d.verifiers["judge"] == top]
                values.append(float(np.mean(best)) if best else 0.0)
            assert found[item, at] == pytest.approx(np.mean(values))


def test_a_verifier_that_judged_some_has_no_curve() -> None:
    run = made_run(20, 8, strategies=("cot", "cot@sc8"))
    samples = tuple(replace(s, verifiers={"some": 1.0} if s.draw < 5 else {}) for s in run.samples)
    changed = replace(run, samples=samples)
    stream = streams(changed, cells(changed)[0])[0]
    assert verifiers_of(stream) == []


def test_a_vote_of_equal_weights_is_the_plain_vote() -> None:
    run = made_run(60, 8, strategies=("cot", "cot@sc8"))
    alike = replace(run, samples=tuple(replace(s, mean_logprob=-0.3) for s in run.samples))
    cell = cells(alike)[0]
    stream = streams(alike, cell)[0]
    ks = [1, 4, 8]
    exact, drawn = majority(cell, stream, ks), weighted(cell, stream, ks)
    assert drawn[:, 2] == pytest.approx(exact[:, 2])  # one subset: all of them
    assert drawn.mean(axis=0) == pytest.approx(exact.mean(axis=0), abs=0.03)


def test_a_sure_minority_wins_a_weighed_vote() -> None:
    """Two samples at e^-0.01 against three at e^-3: 28 to 1 a sample at most."""
    run = made_run(1, 5, strategies=("cot", "cot@sc5"))

    def said(s: SampleRecord) -> SampleRecord:
        sure = s.draw < 2
        return replace(
            s, answer="r" if sure else "w", group="r" if sure else "w", correct=sure,
            score=float(sure), mean_logprob=-0.01 if sure else -3.0,
        )  # fmt: skip

    changed = replace(run, samples=tuple(said(s) for s in run.samples))
    cell = cells(changed)[0]
    stream = streams(changed, cell)[0]
    assert weighted(cell, stream, [5])[0, 0] == 1.0
    assert majority(cell, stream, [5])[0, 0] == 0.0


def test_the_gap_to_a_perfect_verifier() -> None:
    run = made_run(150, 8, strategies=("cot", "cot@sc8"))
    cell, stream = judged(run, perfect=lambda s: float(s.correct))
    found = choosing(cell, stream)
    rights = stream.right()
    assert found.k == 8
    assert found.perfect.accuracy == pytest.approx(float((rights.sum(axis=1) > 0).mean()))
    assert found.perfect.delta == pytest.approx(found.perfect.accuracy - found.vote)
    best = next(way for way in found.ways if way.name == "perfect")
    assert best.part == pytest.approx(1.0)
    assert {way.name for way in found.ways} == {"surest", "weighted", "perfect"}
    text, _ = markdown_report(run)
    assert "cot, 8 samples: " in text


def test_one_rule_with_more_samples_is_a_line_by_every_price() -> None:
    names = ("direct", "cot@sc2", "cot@sc4", "cot@sc8")
    run = made_run(60, 8, strategies=names)
    cell = cells(run)[0]
    found = frontier(cell, dict.fromkeys(names, (0.1, 0.9)))
    assert [p.family for p in found] == ["", "cot@sc", "cot@sc", "cot@sc"]
    assert all(p.flops > 0 for p in found)
    assert [p.on_flops for p in found] == [p.on_tokens for p in found]  # one model: one order
    text, files = markdown_report(run, "plots")
    for price in ("tokens", "flops", "seconds"):
        (drawn,) = (svg for name, svg in files.items() if f"accuracy-against-{price}" in name)
        assert drawn.count('class="line c0"') >= 1
        assert "band" in drawn
        dots = re.findall(r'class="dot (c\d)', drawn)
        assert dots[1:] == ["c0"] * 3  # as their line
        assert dots[0] != "c0"
        assert "cot@sc" in drawn
    assert "FLOPs" in text
