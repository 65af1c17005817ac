"""Budget forcing: the reply goes on after "Wait," as often as asked for, then it must answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.errors import ConfigError
from pipeline.strategies import make_strategy
from pipeline.strategies.common.prompt_method import PromptMethod
from pipeline.strategies.force import Force
from tests.strategies.helpers import run, sum_question


def begun(request) -> str:  # type: ignore[no-untyped-def]
    last = request.prompt.messages[-1]
    return last.content if last.role == "assistant" else ""


def test_it_thinks_on_and_the_last_answer_counts() -> None:
    replies = ["3 + 5 = 9.\nAnswer: 18", " 3 + 5 = 8.\nAnswer: 17", " yes.\nAnswer: 17"]
    thought, requests = run(make_strategy("cot@force"), lambda p, d: replies[d])
    assert [begun(r) for r in requests] == [
        "",
        "3 + 5 = 9.\nWait,",
        "3 + 5 = 9.\nWait, 3 + 5 = 8.\nWait,",
    ]
    assert thought.decision.winner is not None
    assert thought.decision.winner.text == "17"
    assert thought.decision.share == pytest.approx(2 / 3)
    assert [r.parent for r in requests] == [None, *(s.key for s in thought.samples[:-1])]
    assert thought.cost.prompt_tokens == thought.samples[0].cost.prompt_tokens > 0


def test_a_reply_that_never_answers_is_made_to() -> None:
    def script(prompt: str, _: int) -> str:
        return " 17" if prompt.endswith("Answer:") else " and so on"

    thought, requests = run(make_strategy("cot@force"), script)
    assert begun(requests[-1]).endswith("Wait, and so on\nAnswer:")
    assert len(requests) == 4
    assert thought.decision.winner is not None
    assert thought.decision.winner.text == "17"


@pytest.mark.parametrize(("draws", "waits"), [(1, 0), (2, 1), (3, 2), (4, 2), (9, 2)])
def test_draws_and_times_both_bound_it(draws: int, waits: int) -> None:
    strategy = make_strategy(f"cot@force{draws}")
    _, requests = run(strategy, lambda *_: "Answer: 17")
    assert begun(requests[-1]).count("Wait,") == waits
    _, requests = run(strategy, lambda *_: "hm")
    assert len(requests) == min(draws, 4)


def test_korean_waits_in_korean() -> None:
    korean = replace(sum_question(), language="ko")
    _, requests = run(make_strategy("cot@force2"), lambda *_: "답: 17", korean)
    assert begun(requests[-1]) == "잠깐,"


def test_a_model_that_thinks_is_forced_inside_its_thoughts() -> None:
    strategy = make_strategy("cot@force", options={"force": {"think_min": 50, "think_budget": 80}})
    _, requests = run(strategy, lambda *_: "<think>3 + 5 + 9</think>Answer: 17")
    assert len(requests) == 1
    params = requests[0].params
    assert (params.think_min, params.think_budget) == (50, 80)
    assert params.max_tokens == PromptMethod("cot").template.max_tokens + 80
    _, requests = run(strategy, lambda *_: "Answer: 17")
    assert len(requests) == 3, "a model without such tags is forced by words"


def test_parameters_are_checked() -> None:
    with pytest.raises(ConfigError, match=r"force\.times"):
        Force("f", PromptMethod("cot"), times=0)
    with pytest.raises(ConfigError, match=r"force\.think_budget"):
        Force("f", PromptMethod("cot"), think_min=9, think_budget=3)
