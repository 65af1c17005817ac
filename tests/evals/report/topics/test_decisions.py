"""Decisions: a gain is found where there is one, none is where there is none, and both are said."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from evals.report.topics.cells import cells
from evals.report.topics.decisions import decide, decisions
from evals.run.records import Run
from evals.stats.verdict import Verdict
from tests.evals.synthetic import made_run

ASKED_FOR = {"strategy", "accuracy", "ci", "tokens_per_question", "seconds_per_question"}
ASKED_FOR |= {"delta", "delta_ci", "p_adjusted", "n", "p", "flops_per_question"}


def test_a_gain_is_found_priced_and_said() -> None:
    run = made_run(200, 8, right={"direct": 0.2, "cot": 0.6})
    (found,) = decisions(run)
    assert (found["run"], found["task"], found["model"], found["n"]) == (
        "made", "sums", "small", 200,
    )  # fmt: skip
    base, _, voted = found["strategies"]
    assert set(voted) >= ASKED_FOR
    assert base["delta"] is None
    assert base["p_adjusted"] is None
    assert voted["delta"] == pytest.approx(voted["accuracy"] - base["accuracy"])
    assert 0 < voted["delta_ci"][0] < voted["delta"] < voted["delta_ci"][1]
    assert voted["p_adjusted"] < 0.001
    assert voted["p_adjusted"] >= voted["p"]
    said = found["sentences"][1]
    assert voted["verdict"] == "gain"
    assert said.startswith("Gain: cot@sc8 over direct +")
    assert "adjusted p < .001" in said
    assert "x tokens, " in said
    assert "x seconds" in said


def paired_run(up: int, down: int, both: int, neither: int, cluster_size: int = 1) -> Run:
    """Of `direct` and `cot`, so many questions that only one, both or neither got right."""
    n = up + down + both + neither
    run = made_run(n, 1, strategies=("direct", "cot"), cluster_size=cluster_size)
    rights = {
        "cot": [True] * up + [False] * down + [True] * both + [False] * neither,
        "direct": [False] * up + [True] * down + [True] * both + [False] * neither,
    }
    outcomes = tuple(replace(o, correct=rights[o.strategy][int(o.item[1:])]) for o in run.outcomes)
    samples = tuple(replace(s, finish="stop") for s in run.samples)
    return replace(run, outcomes=outcomes, samples=samples)


@pytest.mark.parametrize(
    ("counts", "verdict", "begins"),
    [
        ((60, 5, 60, 75), Verdict.GAIN, "Gain: cot over direct +27.5 points ["),
        ((5, 60, 60, 75), Verdict.LOSS, "Loss: cot over direct -27.5 points ["),
        ((4, 4, 200, 192), Verdict.NO_GAIN, "No gain beyond 5 points: cot over direct +0.0 "),
        ((12, 10, 10, 8), Verdict.CANNOT_TELL, "Cannot tell: cot over direct +5.0 points ["),
        ((3, 0, 3, 2), Verdict.CANNOT_TELL, "Cannot tell: cot over direct +37.5 points ["),
        ((3, 0, 0, 0), Verdict.CANNOT_TELL, "Cannot tell: cot over direct +100.0 points ["),
    ],
)
def test_each_verdict_and_its_words(
    counts: tuple[int, int, int, int], verdict: Verdict, begins: str
) -> None:
    (found,) = decisions(paired_run(*counts))
    row = found["strategies"][1]
    assert row["verdict"] is verdict
    assert found["sentences"][0].startswith(begins)
    low, high = row["delta_ci"]
    # what is said stands in the interval that is printed beside it
    assert (high < row["margin"]) == (verdict in (Verdict.NO_GAIN, Verdict.LOSS))
    if verdict is Verdict.GAIN:
        assert low > 0
    if verdict is Verdict.CANNOT_TELL:
        assert "power" in found["sentences"][0] or "too few" in found["sentences"][0]


def test_the_margin_is_the_runs_own() -> None:
    run = paired_run(4, 4, 200, 192)
    strict = replace(run, about={**run.about, "margin": 0.005})
    (found,) = decisions(strict)
    assert found["strategies"][1]["verdict"] is Verdict.CANNOT_TELL
    loose = replace(run, about={**run.about, "margin": 0.125})
    assert decisions(loose)[0]["sentences"][0].startswith("No gain beyond 12.5 points: ")


def test_what_could_have_been_seen_is_never_nothing() -> None:
    """With the observed discordance kept, runs without any claimed to see 0.0 points."""
    (found,) = decisions(paired_run(0, 0, 20, 20))
    assert found["strategies"][1]["detectable"] == pytest.approx(0.19, abs=0.01)
    assert "19.1 points" in found["sentences"][0]
    (few,) = decisions(paired_run(2, 0, 1, 2))
    assert few["strategies"][1]["detectable"] is None
    assert "5 questions are too few" in few["sentences"][0]
    # 37 points more than 95 % cannot be
    (high,) = decisions(paired_run(0, 0, 19, 1))
    assert high["strategies"][1]["detectable"] == pytest.approx(0.37, abs=0.02)  # a loss could
    # five notes never reach p < .05, whatever happens in them
    (notes,) = decisions(paired_run(6, 4, 20, 20, cluster_size=10))
    assert "50 questions are too few" in notes["sentences"][0]


def test_with_notes_power_is_a_bound_and_says_so() -> None:
    (alone,) = decisions(paired_run(12, 10, 30, 28))
    (notes,) = decisions(paired_run(12, 10, 30, 28, cluster_size=4))
    assert " with 80 % power" in alone["sentences"][0]
    assert " with at least 80 % power" in notes["sentences"][0]
    assert (alone["strategies"][1]["at_least"], notes["strategies"][1]["at_least"]) == (False, True)


def test_a_family_sees_less_than_one_alone() -> None:
    run = made_run(60, 4, right={"direct": 0.5, "cot": 0.5, "plan": 0.5},
                   seed=4, strategies=("direct", "cot", "plan", "cot@sc2", "plan@sc2"))  # fmt: skip
    alone = replace(run, strategies=("direct", "cot"))
    many, one = decide(cells(run)[0])[1], decide(cells(alone)[0])[1]
    assert many.detectable is not None
    assert one.detectable is not None
    assert many.detectable > one.detectable + 0.02


def test_replies_cut_off_are_said_in_the_verdict() -> None:
    run = paired_run(12, 10, 10, 8)
    assert "cut off" not in decisions(run)[0]["sentences"][0]
    cut = tuple(
        replace(s, finish="length") if s.template == "direct" and int(s.item[1:]) % 2 else s
        for s in run.samples
    )
    (found,) = decisions(replace(run, samples=cut))
    assert found["strategies"][0]["cut"] == 0.5
    assert found["strategies"][1]["cut"] == 0
    assert found["sentences"][0].endswith("; 50.0 % of the replies of direct were cut off.")


def test_a_check_of_one_token_is_no_reply_cut_off() -> None:
    """What a strategy asks for besides replies, and steps that go on, end at their own limits."""
    run = paired_run(12, 10, 10, 8)
    asked = tuple(
        replace(s, key=f"{s.key}-{name}", template=name, finish="length", limit=limit)
        for s in run.samples
        for name, limit in (("ptrue", 1), (s.template, 8))
    )
    more = {s.key: (f"{s.key}-ptrue", f"{s.key}-{s.template}") for s in run.samples}
    outcomes = tuple(
        replace(o, samples=tuple(k for key in o.samples for k in (key, *more[key])))
        for o in run.outcomes
    )
    whole = tuple(replace(s, limit=192) for s in run.samples)
    cut = replace(run, samples=(*whole, *asked), outcomes=outcomes)
    assert decide(cells(cut)[0])[0].cut == 0


def test_other_measures_are_aggregated() -> None:
    run = paired_run(12, 10, 10, 8)
    scored = tuple(replace(o, parts={"f1": 0.75 if o.correct else 0.25}) for o in run.outcomes)
    row = decide(cells(replace(run, outcomes=scored))[0])[1]
    mean, low, high = row.scores["f1"]
    assert mean == pytest.approx(0.25 + 0.5 * row.accuracy)
    assert low < mean < high
    some = (replace(run.outcomes[0], parts={"f1": 1.0}), *run.outcomes[1:])
    assert decide(cells(replace(run, outcomes=some))[0])[1].scores == {}


def test_a_strategy_against_itself_differs_by_nothing() -> None:
    run = made_run(30, 8)
    again = [replace(o, strategy="again") for o in run.outcomes if o.strategy == "direct"]
    twice = replace(run, strategies=("direct", "again"), outcomes=(*run.outcomes, *again))
    row = decide(cells(twice)[0])[1]
    assert (row.delta, row.p_adjusted) == (0.0, 1.0)
    assert row.delta_ci is not None
    assert row.delta_ci[0] < 0 < row.delta_ci[1]


def test_questions_not_answered_by_all_are_left_out_and_counted() -> None:
    run = made_run(20, 8)
    some = tuple(o for o in run.outcomes if (o.strategy, o.item) != ("cot", "q3"))
    (found,) = decisions(replace(run, outcomes=some))
    assert (found["n"], found["dropped"]) == (19, 1)


def test_one_item_one_strategy_and_nothing_at_all() -> None:
    (one,) = decisions(made_run(1, 8))
    assert one["n"] == 1
    json.dumps(one, allow_nan=False)
    (alone,) = decisions(made_run(5, 8, strategies=("direct",)))
    assert alone["sentences"] == []
    assert decisions(replace(made_run(1), outcomes=(), samples=())) == []


def test_cells_are_by_task_and_model_in_the_order_of_the_run() -> None:
    run = made_run(4, 2, models=("a", "b"), tasks=("t1", "t2"), strategies=("direct", "cot@sc2"))
    found = [(d["task"], d["model"]) for d in decisions(run)]
    assert found == [("t1", "a"), ("t1", "b"), ("t2", "a"), ("t2", "b")]


def test_clustered_questions_give_wider_intervals() -> None:
    def width(size: int) -> float:
        run = made_run(120, 2, strategies=("direct", "cot"), cluster_size=size)
        # whole notes are right or wrong: a cluster is one piece of luck
        same = tuple(
            replace(o, correct=int(o.item[1:]) // 12 % 2 == 0 if o.strategy == "cot" else False)
            for o in run.outcomes
        )
        ci = decide(cells(replace(run, outcomes=same))[0])[1].delta_ci
        assert ci is not None
        return ci[1] - ci[0]

    assert width(12) > 1.5 * width(1)


def test_the_same_run_gives_the_same_words() -> None:
    assert json.dumps(decisions(made_run(30))) == json.dumps(decisions(made_run(30)))
