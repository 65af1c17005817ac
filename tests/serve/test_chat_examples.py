"""Earlier turns of a chat become worked examples."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.prompts.exemplar import Exemplar
from pipeline.serve.chat_examples import examples
from pipeline.types import Message

ASKED = Message("user", "Now?")


def talk(*pairs: tuple[str, str]) -> list[Message]:
    return [
        Message(role, text)  # type: ignore[arg-type]
        for pair in pairs
        for role, text in zip(("user", "assistant"), pair, strict=True)
    ]


@pytest.mark.parametrize(
    ("reply", "answer", "steps"),
    [
        ("2 + 3 = 5. The answer is 5.", "5", "2 + 3 = 5."),
        ("2 + 3 = 5.\n#### 5", "5", "2 + 3 = 5."),
        ("둘과 셋을 더한다. 정답은 5입니다.", "5", "둘과 셋을 더한다."),
        ("The answer is 5.", "The answer is 5.", ""),
        ("Five, I think.", "Five, I think.", ""),
    ],
)
def test_steps_and_answer_are_told_apart(reply: str, answer: str, steps: str) -> None:
    (found,) = examples([*talk(("2 + 3?", reply)), ASKED])
    assert (found.reasoning, found.answer) == (steps, answer)


def test_what_is_no_pair_is_left_out() -> None:
    messages = [
        Message("system", "Be kind."),
        Message("assistant", "Hello!"),
        *talk(("a", "b")),
        Message("user", "unanswered"),
        *talk(("c", "d")),
        ASKED,
        Message("assistant", "begun"),
    ]
    assert examples(messages) == (Exemplar("a", "b"), Exemplar("c", "d"))
    assert examples([ASKED]) == ()
    assert examples([]) == ()


ROLES = st.sampled_from(["system", "user", "assistant"])


@given(st.lists(st.builds(Message, ROLES, st.text(max_size=60))))
def test_any_talk_can_be_shown(messages: list[Message]) -> None:
    found = examples(messages)
    asked = [m.content.strip() for m in messages if m.role == "user"]
    assert all(one.question in asked for one in found)
    assert len(found) < max(len(asked), 1)
    assert all(one.answer for one in found)
