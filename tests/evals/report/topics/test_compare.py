"""Two runs: paired where they can be, honest where not; a gate that fails when it cannot see."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evals.report.topics.compare import compare, comparison_sentence
from evals.report.topics.gate import gate
from evals.run.records import Run
from evals.stats.verdict import Verdict
from pipeline.errors import ConfigError, DatasetError
from tests.evals.synthetic import made_run


def changed(run: Run, lose: int = 0, win: int = 0, name: str = "new") -> Run:
    """The same run where `lose` right answers of every strategy became wrong, `win` wrong right."""
    left: dict[tuple[str, bool], int] = {}
    outcomes = []
    for o in run.outcomes:
        quota = lose if o.correct else win
        done = left.get((o.strategy, o.correct), 0)
        if done < quota:
            left[o.strategy, o.correct] = done + 1
            o = replace(o, correct=not o.correct)
        outcomes.append(o)
    return replace(run, name=name, outcomes=tuple(outcomes))


def test_the_same_run_differs_by_nothing() -> None:
    run = made_run(40, 4, strategies=("direct", "cot"))
    found = compare(run, run)
    assert [c.name for c in found] == ["sums, direct", "sums, cot"]
    assert all((c.delta, c.p_adjusted, c.paired, c.n) == (0.0, 1.0, True, 40) for c in found)
    assert "paired on 40 questions" in comparison_sentence(found[0])


def test_a_change_is_paired_and_found() -> None:
    run = made_run(200, 4, strategies=("cot",))
    (found,) = compare(run, changed(run, win=30))
    assert found.delta == pytest.approx(0.15)
    assert found.ci[0] > 0
    assert found.p_adjusted < 0.001
    assert (found.only_first, found.only_second) == (0, 30)
    assert found.tokens == pytest.approx(1.0)
    assert comparison_sentence(found).startswith("Gain: sums, cot: ")
    (lost,) = compare(run, changed(run, lose=30))
    assert comparison_sentence(lost).startswith("Loss: sums, cot: ")
    (same,) = compare(run, run)
    assert comparison_sentence(same).startswith("No gain beyond 5 points: sums, cot: ")
    (few,) = compare(made_run(20), changed(made_run(20), win=1))[:1]
    assert comparison_sentence(few).startswith("Cannot tell: sums, direct: ")


def test_several_models_are_told_apart() -> None:
    run = made_run(30, 4, strategies=("cot",), models=("small", "big"))
    found = compare(run, run)
    assert [c.name for c in found] == ["sums, cot, small", "sums, cot, big"]
    means = [sum(o.correct for o in run.outcomes if o.model == m) / 30 for m in ("small", "big")]
    assert [c.accuracy[0] for c in found] == pytest.approx(means)


def test_questions_in_one_run_only_are_left_out_and_said() -> None:
    run = made_run(40, 4, strategies=("cot",))
    fewer = replace(
        run,
        items=run.items[:30],
        outcomes=tuple(o for o in run.outcomes if int(o.item[1:]) < 30),
    )
    (found,) = compare(run, fewer)
    assert (found.n, found.paired) == (30, True)
    assert any("10 questions" in note for note in found.notes)


def test_other_questions_are_compared_as_two_samples() -> None:
    run = made_run(60, 4, strategies=("cot",))
    other = made_run(60, 4, strategies=("cot",), seed=2, text=" (reworded)", name="other")
    (found,) = compare(run, other)
    assert not found.paired
    assert (found.n_first, found.n_second) == (60, 60)
    assert "(not paired, " in comparison_sentence(found)
    (same,) = compare(run, made_run(60, 4, strategies=("cot",), seed=2))
    assert same.paired
    assert found.ci[0] < found.delta < found.ci[1]


def test_a_changed_scorer_is_said() -> None:
    run = made_run(20, 4, strategies=("cot",))
    other = replace(run, tasks=({**run.tasks[0], "scorer": "contains"},))
    assert compare(run, other)[0].notes[0] == "scored differently: numeric and contains"


def test_runs_that_share_nothing() -> None:
    assert compare(made_run(4, tasks=("a",)), made_run(4, tasks=("b",))) == ()
    two = made_run(4, 2, strategies=("direct",))
    three = made_run(4, 2, strategies=("cot",))
    assert compare(two, three)[0].name == "sums, direct -> cot"


def test_the_gate_passes_what_is_no_worse_and_fails_what_is() -> None:
    run = made_run(300, 4, strategies=("cot",))
    assert gate(run, run, 0.02).passed
    assert gate(run, run, 0.02).checks[0].line.startswith("sums, cot: no loss beyond 2 points: ")
    assert gate(changed(run, win=20), run, 0.02).passed
    worse = gate(changed(run, lose=60), run, 0.02)
    assert not worse.passed
    assert worse.checks[0].verdict is Verdict.LOSS
    assert worse.checks[0].line.startswith("sums, cot: loss: -20.0 points, at worst -")
    assert "gate failed: 0 of 1" in worse.line


def test_what_is_unclear_does_not_pass_and_says_how_many_would_tell() -> None:
    run = made_run(30, 4, strategies=("cot",))
    found = gate(changed(run, lose=4, win=4), run, 0.02)
    assert not found.passed
    assert found.checks[0].verdict is Verdict.CANNOT_TELL
    assert found.checks[0].line.startswith("sums, cot: cannot tell: +0.0 points, at worst -")
    assert found.checks[0].line.rstrip(".").endswith("four times in five")


def test_every_strategy_must_hold_unless_one_is_named() -> None:
    run = made_run(300, 4, strategies=("direct", "cot"))
    bad = tuple(replace(o, correct=o.strategy == "direct" and o.correct) for o in run.outcomes)
    broken = replace(run, outcomes=bad)
    assert not gate(broken, run, 0.02).passed
    assert gate(broken, run, 0.02, strategy="direct").passed


def test_no_gate_between_two_scorers() -> None:
    """Ten points more by another measure are no ten points more."""
    run = made_run(300, 4, strategies=("cot",))
    other = replace(run, name="new", tasks=({**run.tasks[0], "scorer": "contains"},))
    with pytest.raises(DatasetError, match=r"made .*numeric.* new .*contains"):
        gate(other, run, 0.02)


def test_no_gate_on_a_judge_alone() -> None:
    run = made_run(20, 4, strategies=("cot",), tasks=("a", "b"))
    judged = replace(run, tasks=tuple({**t, "scorer": "judge"} for t in run.tasks))
    with pytest.raises(DatasetError, match="opinion alone"):
        gate(judged, judged, 0.02)
    half = replace(run, tasks=(run.tasks[0], {**run.tasks[1], "scorer": "judge"}))
    found = gate(half, half, 0.02)
    assert [c.name for c in found.checks] == ["a, cot"]
    assert found.notes == ("b, cot: left out, judged by a model",)


def test_a_gate_needs_something_to_compare() -> None:
    run = made_run(4)
    with pytest.raises(DatasetError, match="do not share"):
        gate(run, made_run(4, tasks=("other",)), 0.02)
    with pytest.raises(DatasetError, match="share no question"):
        gate(run, made_run(4, text=" reworded"), 0.02)
    with pytest.raises(ConfigError, match="margin"):
        gate(run, run, 2)
