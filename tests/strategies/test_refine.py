"""Self-refine: one chat of drafts, criticism and revisions."""

from __future__ import annotations

import pytest

from pipeline.errors import ConfigError
from pipeline.strategies import make_strategy
from pipeline.strategies.common.prompt_method import PromptMethod
from pipeline.strategies.refine import Refine
from tests.strategies.helpers import run


def script(*replies: str):  # type: ignore[no-untyped-def]
    """The n-th reply to a prompt with n replies of the assistant in it."""
    return lambda prompt, _: replies[min(prompt.count("assistant: "), len(replies) - 1)]


def test_the_last_version_is_the_answer_and_all_versions_say_how_sure() -> None:
    talk = script("Answer: 16", "5 + 9 is wrong", "Answer: 17", "still a doubt", "Answer: 17")
    thought, requests = run(make_strategy("cot@refine5"), talk)
    assert thought.decision.winner is not None
    assert thought.decision.winner.text == "17"
    assert thought.decision.share == pytest.approx(2 / 3)
    assert [(v.answer, v.count) for v in thought.decision.votes] == [("17", 2), ("16", 1)]
    roles = [m.role for m in requests[-1].prompt.messages]
    assert roles == ["user", "assistant"] * 4 + ["user"]


def test_every_turn_goes_on_from_the_one_before() -> None:
    thought, requests = run(make_strategy("cot@refine5"), script("Answer: 16", "wrong"))
    keys = [sample.key for sample in thought.samples]
    assert [r.parent for r in requests] == [None, *keys[:-1]]
    for request, parent in zip(requests[1:], thought.samples, strict=False):
        last = [m for m in request.prompt.messages if m.role == "assistant"][-1]
        assert last.content == parent.text
    assert all(r.params.temperature == 0 for r in requests)
    # the question is paid for once, each later turn for itself alone
    assert thought.samples[1].cost.prompt_tokens < thought.samples[0].cost.prompt_tokens * 3


@pytest.mark.parametrize("nothing", ["OK", "ok.", " ", '"OK"'])
def test_criticism_without_a_point_ends_it(nothing: str) -> None:
    thought, requests = run(make_strategy("cot@refine5"), script("Answer: 17", nothing))
    assert len(requests) == 2
    assert thought.decision.share == 1


def test_a_revision_that_cannot_be_read_leaves_the_draft() -> None:
    thought, _ = run(make_strategy("cot@refine3"), script("Answer: 17", "hm", "I do not know."))
    assert thought.decision.winner is not None
    assert thought.decision.winner.text == "17"
    assert thought.decision.share == 0.5


@pytest.mark.parametrize(("draws", "asked"), [(1, 1), (2, 1), (3, 3), (4, 3), (5, 5), (9, 5)])
def test_draws_and_rounds_both_bound_it(draws: int, asked: int) -> None:
    _, requests = run(make_strategy(f"cot@refine{draws}"), script("Answer: 17", "wrong"))
    assert len(requests) == asked


def test_nothing_is_said_about_an_empty_draft() -> None:
    thought, requests = run(make_strategy("cot@refine5"), lambda *_: "")
    assert len(requests) == 1
    assert thought.decision.winner is None


def test_rounds_are_checked() -> None:
    with pytest.raises(ConfigError, match=r"refine\.rounds"):
        Refine("r", PromptMethod("cot"), rounds=0)
