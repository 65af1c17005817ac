"""Repeats and equal FLOPs: chance is told from gain."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evals.report.make import markdown_report
from evals.report.topics.cells import cells
from evals.report.topics.equal_flops import equal_flops
from evals.report.topics.repeats import repeats
from evals.run.records import RepeatRecord, Run
from evals.stats.verdict import Verdict
from tests.evals.stats.simulation import allowance
from tests.evals.synthetic import made_run


def again(run: Run, lucky: dict[int, float], seed: int = 1) -> Run:
    """The run in three wordings; `lucky` is the chance that `cot` is right in each."""
    rng = np.random.default_rng(seed)
    rows = []
    for o in run.outcomes:
        for wording in range(3):
            for s in range(2):
                if (wording, s) == (0, 0):
                    continue
                right = rng.random() < lucky[wording] if o.strategy == "cot" else o.correct
                rows.append(
                    RepeatRecord(o.task, o.item, o.strategy, o.model, wording, s, bool(right))
                )
    return replace(run, repeats=tuple(rows))


def test_a_wording_that_matters_is_told_from_samples() -> None:
    run = made_run(200, 2, strategies=("direct", "cot"))
    alike = repeats(again(run, {0: 0.5, 1: 0.5, 2: 0.5}), cells(run)[0])
    apart = repeats(again(run, {0: 0.5, 1: 0.2, 2: 0.8}), cells(run)[0])
    assert [r.strategy for r in apart] == ["direct", "cot"]
    assert apart[0].components.between_runs == 0  # the same in every pass
    assert apart[1].components.between_runs > 0.2
    assert apart[1].components.wording > 0.9 * apart[1].components.between_runs ** 2
    assert alike[1].components.between_runs < 0.06
    assert apart[1].delta_here == pytest.approx(
        cells(run)[0].correct("cot").mean() - cells(run)[0].correct("direct").mean()
    )
    assert apart[1].agree is not None
    assert 1 <= apart[1].agree <= 6
    text, _ = markdown_report(again(run, {0: 0.5, 1: 0.2, 2: 0.8}))
    assert "### How much is chance" in text
    assert "over 6 passes" in text


def test_passes_that_were_not_finished_say_nothing() -> None:
    run = again(made_run(20, 2, strategies=("direct", "cot")), {0: 0.5, 1: 0.5, 2: 0.5})
    assert repeats(replace(run, repeats=run.repeats[:-1]), cells(run)[0]) == ()
    assert repeats(replace(run, repeats=()), cells(run)[0]) == ()
    assert "How much is chance" not in markdown_report(replace(run, repeats=()))[0]


NAMES = ("direct", "cot", "cot@sc8")


def test_small_and_thinking_wins_where_it_does() -> None:
    run = made_run(200, 8, strategies=NAMES, models=("small", "large"),
                   right={"direct": 0.2, "cot": 0.7})  # fmt: skip
    # as dear as four samples of the small model, and no better than one
    dear = tuple(
        replace(o, flops=0.5 * 2e8 * (50 + 8 * 90)) if o.model == "large" and "@" not in o.strategy
        else o
        for o in run.outcomes
    )  # fmt: skip
    found = equal_flops(replace(run, outcomes=dear))
    assert {(one.small, one.large) for one in found} == {("small", "large")}
    assert [one.strategy for one in found] == ["direct", "cot"]
    for one in found:
        assert 1 < one.k < 8
        assert one.n == 200
        assert one.delta == pytest.approx(one.voted - one.accuracy)
        assert one.delta_ci[0] < one.delta < one.delta_ci[1]
    assert found[0].verdict is Verdict.GAIN
    assert found[0].text.startswith("Gain: small with ")
    assert "cot over large with direct" in found[0].text
    text, _ = markdown_report(replace(run, outcomes=dear))
    assert "## Small and thinking, or large" in text


def test_the_fewest_and_most_samples_bound_what_is_compared() -> None:
    run = made_run(60, 4, strategies=("direct", "cot", "cot@sc4"), models=("small", "large"))
    cheap = replace(run, outcomes=tuple(
        replace(o, flops=1.0) if o.model == "large" else o for o in run.outcomes
    ))  # fmt: skip
    assert equal_flops(cheap) == ()
    assert equal_flops(made_run(60, 4, strategies=("direct", "cot@sc4"))) == ()


@pytest.mark.long
def test_equal_models_are_rarely_called_different() -> None:
    """Large's reply is a vote over four samples of its own, small's is the same vote."""
    runs, wrong = 120, 0
    for seed in range(runs):
        run = made_run(80, 8, strategies=("cot", "cot@sc4", "cot@sc8"),
                       models=("small", "large"), seed=seed)  # fmt: skip
        votes = {(o.item, o.model): o for o in run.outcomes if o.strategy == "cot@sc4"}
        dear = tuple(
            replace(o, correct=votes[o.item, "large"].correct,
                    flops=votes[o.item, "small"].flops)
            if o.model == "large" and o.strategy == "cot" else o
            for o in run.outcomes
        )  # fmt: skip
        found = equal_flops(replace(run, outcomes=dear))
        assert found[0].k == pytest.approx(4, abs=0.3)
        wrong += found[0].p_adjusted < 0.05
    assert wrong / runs <= 0.05 + allowance(0.05, runs, 3)
