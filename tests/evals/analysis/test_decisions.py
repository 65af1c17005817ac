"""Decisions: a gain is found where there is one, none is where there is none, and both are said."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from evals.analysis.cells import cells
from evals.analysis.decisions import decide, decisions
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
    assert said.startswith("cot@sc8 over direct: +")
    assert "adjusted p < .001" in said
    assert "x tokens, " in said
    assert said.endswith("x seconds.")


def test_no_gain_says_what_could_have_been_seen() -> None:
    run = made_run(60, 8, right={"direct": 0.4, "cot": 0.4}, strategies=("direct", "cot"))
    (found,) = decisions(run)
    assert found["sentences"][0].startswith("No gain found: cot over direct ")
    assert "points would have been seen with 80 % power." in found["sentences"][0]


def test_a_loss_is_not_called_no_gain() -> None:
    run = made_run(200, 1, right={"direct": 0.9, "cot": 0.1}, strategies=("direct", "cot"))
    assert decisions(run)[0]["sentences"][0].startswith("cot is worse than direct: -")


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
