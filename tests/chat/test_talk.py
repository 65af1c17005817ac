"""A conversation: which reading is asked, and what is remembered."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest

from pipeline.answering.prepare import Rules
from pipeline.answering.session import Asker, open_session
from pipeline.chat import Standing, Talk
from pipeline.config import Config
from pipeline.errors import PromptError
from pipeline.types import Answer


class Notes:
    """An asker whose notes are sure of what it is told they are."""

    rules = Rules()

    def __init__(self, **sureness: float) -> None:
        self.sureness = {text.replace("_", " "): sure for text, sure in sureness.items()}

    def prepare(self, question: str) -> Any:
        return SimpleNamespace(sure=self.sureness.get(question, 0.1))

    def ask(self, question: str, *_: object) -> Answer:
        return Answer(
            question, f"about {question}", "en", "direct", abstained="nothing" in question
        )


def talk(**sureness: float) -> Talk:
    made = Talk(cast(Asker, Notes(**sureness)), remember=3)
    made.ask(Standing("How many parameters does GPT-2 have?"))
    return made


def test_one_reading_is_a_rule_and_none_is_as_asked() -> None:
    made = talk()
    assert made.standing(" And GPT-3? ") == Standing("How many parameters does GPT-3 have?", "rule")
    assert made.standing("What is LoRA?") == Standing("What is LoRA?", "as asked")


@pytest.mark.parametrize(
    ("sure", "chosen"),
    [
        ({"How many layers?": 0.4, "How many layers does GPT-2 have?": 0.7}, "notes"),
        ({"How many layers?": 0.8, "How many layers does GPT-2 have?": 0.7}, "as asked"),
        ({"How many layers?": 0.1, "How many layers does GPT-2 have?": 0.3}, "as asked"),
    ],
)
def test_a_subject_is_put_in_only_where_the_notes_bear_it_out(
    sure: dict[str, float], chosen: str
) -> None:
    assert talk(**sure).standing("How many layers?").by == chosen


@pytest.mark.parametrize(
    ("first", "second", "text"),
    [
        (0.6, 0.9, "How many parameters does dropout have?"),  # the likelier, and borne out
        (0.2, 0.9, "Dropout of GPT-2?"),
        (0.3, 0.1, "How many parameters does dropout have?"),
    ],
)
def test_of_two_changed_readings_the_likelier_goes_first(
    first: float, second: float, text: str
) -> None:
    sure = {"How many parameters does dropout have?": first, "Dropout of GPT-2?": second}
    assert talk(**sure).standing("And dropout?").text == text


def test_what_is_remembered() -> None:
    made = talk()
    made.ask(made.standing("And GPT-3?"))
    made.ask(Standing("nothing?"))
    assert [turn.question for turn in made.turns][1] == "How many parameters does GPT-3 have?"
    assert made.turns[-1].answer == ""
    made.ask(Standing("more"))
    assert len(made.turns) == 3
    made.forget()
    assert len(made.turns) == 0
    assert made.standing("And GPT-3?").by == "as asked"


def test_what_cannot_be_asked_is_said_and_a_reading_too_long_is_not_taken() -> None:
    made = talk()
    for bad in ("", "x" * 3000, "\udcff"):
        with pytest.raises(PromptError):
            made.standing(bad)
    made.ask(Standing(f"What is {'x' * 1000}-1 {'y' * 960}?"))
    assert made.standing("How did it, it and it begin?").by == "as asked"


@pytest.fixture
def asker(small: Config) -> Iterator[Asker]:
    with open_session(small, samples=1) as opened:
        yield opened


@pytest.mark.model
def test_with_real_notes(asker: Asker) -> None:
    made = Talk(asker)
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
