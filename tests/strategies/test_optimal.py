"""Compute-optimal: the probes decide what the rest is spent on, and they are charged."""

from __future__ import annotations

import pytest

from pipeline.errors import ConfigError
from pipeline.strategies import make_strategy
from tests.strategies.helpers import run


def replies(*answers: str):  # type: ignore[no-untyped-def]
    """Answers of the probes; the plan says 17 whatever is drawn."""
    return lambda prompt, draw: (
        "Answer: 17" if "plan" in prompt else f"Answer: {answers[draw % len(answers)]}"
    )


def ways(requests) -> list[str]:  # type: ignore[no-untyped-def]
    return [r.prompt.template for r in requests]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (["17"] * 4, ["cot"] * 4),
        (["17", "17", "17", "18"], ["cot"] * 16),
        (["17", "17", "18", "19"], ["cot"] * 16),
        (["17", "18", "19", "20"], ["cot"] * 4 + ["plan"] * 12),
        (["17", "?", "?", "?"], ["cot"] * 4 + ["plan"] * 12),
        (["?", "?", "?", "?"], ["cot"] * 4 + ["plan"] * 12),
    ],
)
def test_ease_decides(answers: list[str], expected: list[str]) -> None:
    thought, requests = run(make_strategy("cot@optimal16"), replies(*answers))
    assert ways(requests) == expected
    assert len(thought.samples) == len(expected), "the probes are among what is charged"
    assert thought.decision.winner is not None
    assert thought.decision.winner.text == "17"


def test_all_draws_vote_the_probes_too() -> None:
    thought, _ = run(make_strategy("cot@optimal6"), replies("17", "18", "19", "20"))
    assert {v.answer: v.count for v in thought.decision.votes} == {
        "17": 3,
        "18": 1,
        "19": 1,
        "20": 1,
    }
    assert thought.decision.share == 0.5


def test_the_table_is_a_parameter() -> None:
    options = {"optimal": {"probe": 2, "table": "0.5 stop, 0 direct"}}
    _, requests = run(make_strategy("cot@optimal8", options=options), replies("17", "18"))
    assert ways(requests) == ["cot"] * 2
    _, requests = run(make_strategy("cot@optimal8", options=options), replies("?"))
    assert ways(requests) == ["cot"] * 2 + ["direct"] * 6


def test_below_the_last_row_nothing_follows() -> None:
    options = {"optimal": {"table": "0.9 more"}}
    _, requests = run(make_strategy("cot@optimal8", options=options), replies("17", "18"))
    assert len(requests) == 4


def test_the_same_way_named_goes_on_counting_its_draws() -> None:
    _, requests = run(make_strategy("plan@optimal8"), lambda _, draw: f"Answer: {draw}")
    assert [r.draw for r in requests] == list(range(8))


@pytest.mark.parametrize(
    "table",
    [
        "",
        "more",
        "x more",
        "0.5 more, 0.6 stop",
        "2 stop",
        "-1 stop",
        "nan stop",
        "0.5 plam",
        "0.5",
    ],
)
def test_a_table_that_makes_no_sense_is_refused(table: str) -> None:
    with pytest.raises(ConfigError):
        make_strategy("cot@optimal8", options={"optimal": {"table": table}})
