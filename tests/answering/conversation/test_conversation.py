"""A conversation: which reading is asked, and what is remembered."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import cast

import pytest

from pipeline.answering.conversation import Conversation, StandaloneQuestion
from pipeline.answering.session import Asker, open_session
from pipeline.config import Config
from pipeline.errors import PromptError
from pipeline.types import Answer


class Notes:
    """An asker with one passage: a rare word of it weighs 1, any other word nothing."""

    def __init__(self, passage: str) -> None:
        words = set(passage.lower().split())

        def overlap(text: str) -> tuple[float, float]:
            known = {word for word in text.lower().strip("?").split() if word in words}
            return float(len(known)), float(len(known))

        self.index = SimpleNamespace(overlap=overlap)

    def ask(self, question: str, *_: object) -> Answer:
        return Answer(
            question, f"about {question}", "en", "direct", abstained="nothing" in question
        )


def talk(passage: str = "parameters gpt-2 gpt-3 layers") -> Conversation:
    made = Conversation(cast(Asker, Notes(passage)), remember=3)
    made.ask(StandaloneQuestion("How many parameters does GPT-2 have?"))
    return made


def test_a_follow_up_is_made_whole_and_any_other_question_is_asked_as_it_is() -> None:
    made = talk()
    whole = "How many parameters does GPT-3 have?"
    assert made.standing(" And GPT-3? ") == StandaloneQuestion(whole, changed=True)
    assert made.standing("What is LoRA?") == StandaloneQuestion("What is LoRA?")


def test_a_subject_is_put_in_only_where_the_notes_have_both() -> None:
    assert talk("gpt-2").standing("How many layers?").text == "How many layers does GPT-2 have?"
    assert talk("tables of layers").standing("How many layers?").text == "How many layers?"


def test_what_is_remembered() -> None:
    made = talk()
    made.ask(made.standing("And GPT-3?"))
    made.ask(StandaloneQuestion("nothing?"))
    assert [turn.question for turn in made.turns][1] == "How many parameters does GPT-3 have?"
    assert made.turns[-1].answer == ""
    made.ask(StandaloneQuestion("more"))
    assert len(made.turns) == 3
    made.forget()
    assert len(made.turns) == 0
    assert made.standing("And GPT-3?").changed is False


def test_what_cannot_be_asked_is_said_and_a_reading_too_long_is_not_taken() -> None:
    made = talk()
    for bad in ("", "x" * 3000, "\udcff"):
        with pytest.raises(PromptError):
            made.standing(bad)
    made.ask(StandaloneQuestion(f"What is {'x' * 1000}-1 {'y' * 960}?"))
    assert made.standing("How did it, they and their friends begin?").changed is False


@pytest.fixture
def asker(small: Config) -> Iterator[Asker]:
    with open_session(small, samples=1) as opened:
        yield opened


@pytest.mark.model
def test_with_real_notes(asker: Asker) -> None:
    made = Conversation(asker)
    for asked, whole, found in [
        ("How many parameters does GPT-2 have?", "", "1.5 billion"),
        ("And Gopher?", "How many parameters does Gopher have?", "280 billion"),
        ("친칠라의 파라미터는 몇 개인가요?", "", "700억"),
        ("GPT-3는?", "GPT-3의 파라미터는 몇 개인가요?", "1,750억"),
    ]:
        standing = made.standing(asked)
        assert standing.text == (whole or asked)
        assert found in made.ask(standing).answer.text
    assert made.sources == {"models.md": 2, "모델.md": 1}
