"""Universal self-consistency: the model chooses, by number, among replies that may vote."""

from __future__ import annotations

import pytest

from pipeline.strategies import make_strategy
from pipeline.strategies.common.prompt_method import PromptMethod
from pipeline.strategies.universal import Universal, _number
from tests.strategies.helpers import run, sum_question

REPLIES = ["Answer: 17", "no idea", "Answer: 18", "Answer: 17"]


def script(choice: str):  # type: ignore[no-untyped-def]
    return lambda prompt, draw: choice if "Reply 1:" in prompt else REPLIES[draw]


@pytest.mark.parametrize(
    ("choice", "answer", "share"),
    [
        (" 1.", "17", 0.5),
        (" 2", "18", 0.25),
        ("3 because", "17", 0.5),
        ("4", "17", 0.5),  # three replies were shown: the vote decides
        ("0", "17", 0.5),
        ("I cannot say", "17", 0.5),
    ],
)
def test_the_reply_it_names_wins(choice: str, answer: str, share: float) -> None:
    thought, requests = run(make_strategy("cot@universal5"), script(choice))
    assert thought.decision.winner is not None
    assert thought.decision.winner.text == answer
    assert thought.decision.votes[0].answer == answer
    assert thought.decision.share == share
    assert len(requests) == 5


def test_only_replies_that_may_vote_are_shown_and_the_prompt_ends_in_its_own_words() -> None:
    _, requests = run(make_strategy("cot@universal5"), script("1"))
    last = requests[-1]
    asked, begun = last.prompt.messages
    assert "Reply 3: Answer: 17" in asked.content
    assert "no idea" not in asked.content
    assert "Reply 4" not in asked.content
    assert begun.role == "assistant"
    assert begun.content == "The best reply is number"
    assert last.params.temperature == 0
    assert all(r.params.temperature > 0 for r in requests[:-1])


def test_nothing_is_asked_where_all_agree() -> None:
    thought, requests = run(make_strategy("cot@universal5"), lambda *_: "Answer: 17")
    assert len(requests) == 4
    assert thought.decision.share == 1


def test_long_replies_show_their_end() -> None:
    strategy = Universal("u", PromptMethod("cot"), 3, characters=100)
    long = ["first " * 100 + "Answer: 17", "second " * 100 + "Answer: 18"]
    _, requests = run(strategy, lambda p, d: "2" if "Reply 1:" in p else long[d])
    asked = requests[-1].prompt.messages[0].content
    assert "Answer: 17" in asked
    assert "Answer: 18" in asked
    assert len(asked) < 400


def test_it_asks_in_korean() -> None:
    question = sum_question()
    korean = type(question)("3 + 5 + 9는?", "ko", question.read, "number", id="q")
    replies = ["답: 17", "답: 18"]
    strategy = make_strategy("cot@universal3")
    thought, requests = run(
        strategy, lambda p, d: " 2번" if "답변 1:" in p else replies[d % 2], korean
    )
    assert "같은 질문에" in requests[-1].prompt.messages[0].content
    assert thought.decision.winner is not None
    assert thought.decision.winner.text == "18"


@pytest.mark.parametrize(
    ("text", "number"),
    [("3", 3), (" 12.", 12), ("#2", 2), ("**4**", 4), ("", 0), ("GPT-2 has 1.5", 2), ("two", 0)],
)
def test_the_number_is_read(text: str, number: int) -> None:
    assert _number(text) == number
