"""A conversation: which reading is asked, and what is remembered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import cast

import pytest

from pipeline.answering.conversation import Conversation, StandaloneQuestion
from pipeline.answering.session import Asker, open_session
from pipeline.config import Config
from pipeline.errors import PromptError
from pipeline.types import Answer, Hit, Passage, Place


class Notes:
    """An asker with one passage, headed "Models"; a question of at most three words leans."""

    def __init__(self, passage: str) -> None:
        held = Passage("p1", passage, "a.md", Place("a.md", 1, 1), headings=("Models",))

        def tokens(text: str) -> frozenset[int]:
            return frozenset(hash(word) for word in re.findall(r"[\w-]+", text.lower()))

        self.index = SimpleNamespace(
            overlap=lambda text: (0.5, 0.5),
            leans=lambda text: 1.0 if len(text.split()) <= 3 else -1.0,
            leans_on_both=lambda text: False,
            search=lambda text, k: [Hit(held, 1.0, {})],
            name_tokens=tokens,
        )

    def ask(self, question: str, *_: object) -> Answer:
        return Answer(
            question, f"about {question}", "en", "direct", abstained="nothing" in question
        )


def talk(passage: str = "GPT-2 has 1.5 billion parameters.") -> Conversation:
    made = Conversation(cast(Asker, Notes(passage)), remember=3)
    made.ask(StandaloneQuestion("How many parameters does GPT-2 have?"))
    return made


def test_what_leans_is_asked_behind_the_words_and_headings_of_the_answer() -> None:
    whole = "parameters GPT-2, Models: Who made it?"
    assert talk().standing(" Who made it? ") == StandaloneQuestion(whole, changed=True)
    long = "Who made the first model with attention?"
    assert talk().standing(long) == StandaloneQuestion(long)


def test_a_name_alone_takes_the_place_of_the_last_one() -> None:
    assert talk().standing("And GPT-3?").text == "How many parameters does GPT-3 have?"
    made = talk()
    made.ask(StandaloneQuestion("GPT-2의 파라미터는 몇 개인가요?"))
    assert made.standing("LSTM은?").text == "LSTM의 파라미터는 몇 개인가요?"
    made.ask(StandaloneQuestion("How many experts does Mixtral 8x7B have?"))
    assert made.standing("And DeepSeek-V3?").text == "How many experts does DeepSeek-V3 have?"
    same = made.standing("And Mixtral 8x7B?").text
    assert same.endswith(": And Mixtral 8x7B?"), same


def test_where_the_notes_have_nothing_of_what_was_asked_the_question_is_left_as_it_is() -> None:
    assert talk("Nothing of the kind.").standing("Who made it?").changed is False


def test_a_turn_about_nothing_is_passed_over() -> None:
    made = talk()
    made.ask(StandaloneQuestion("Thanks!"))
    assert made.standing("Who made it?").text == "parameters GPT-2, Models: Who made it?"


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


def test_what_cannot_be_asked_is_said_and_what_would_be_too_long_is_not_taken() -> None:
    made = talk("GPT-2 " + "x" * 1990)
    for bad in ("", "x" * 3000, "\udcff"):
        with pytest.raises(PromptError):
            made.standing(bad)
    made.ask(StandaloneQuestion("x" * 1990))
    assert made.standing("Who made it?").changed is False


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
        ("GPT-3는?", "친칠라 파라미터 개인가요, 모델의 크기: GPT-3는?", "1,750억"),
    ]:
        standing = made.standing(asked)
        assert standing.text == (whole or asked)
        assert found in made.ask(standing).answer.text
    assert made.sources == {"models.md": 2, "모델.md": 1}
