"""Turns as a text to go on with, for models that know no chat."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.engine.local.engine import LocalEngine
from pipeline.errors import ModelError
from pipeline.models.completion_form import as_text
from pipeline.models.local_files import embedded_model
from pipeline.types import Draw, Message, Prompt, SampleParams
from tests.engine.ggufs import with_template
from tests.engine.second_model import needs_second_model, second_model

USER: Final = "user"
MODEL: Final = "assistant"
SHOWN = ("Lisbon", "Oslo", "Madrid", "Paris", "Seoul")


def turns(*said: str, first: Any = USER) -> tuple[Message, ...]:
    roles = [USER, MODEL] if first == USER else [MODEL, USER]
    return tuple(Message(roles[i % 2], text) for i, text in enumerate(said))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("messages", "text"),
    [
        (turns("Answer:"), "Answer:"),
        (turns("질문: 왜?\n답："), "질문: 왜?\n답："),
        (turns("Why?"), "Why?\n"),
        (turns("Q: a\nA:", "b", "Q: c\nA:"), "Q: a\nA: b\n\nQ: c\nA:"),
        (turns("Q: a\nA:", " b", "Q: c\nA:"), "Q: a\nA: b\n\nQ: c\nA:"),
        (turns("Q: a\nA:", "b\n\n", "Q: c\nA:"), "Q: a\nA: b\n\nQ: c\nA:"),
        (turns("Why?", "So.", "And?"), "Why?\nSo.\n\nAnd?\n"),
        (turns("A:", "It is"), "A: It is"),
        (turns("A:", ""), "A:"),
        (turns("Why?", ""), "Why?\n"),
        ((Message("system", "Be brief."), *turns("A:")), "Be brief.\n\nA:"),
        (turns("It was", first=MODEL), "It was"),
    ],
)
def test_turns_follow_each_other(messages: tuple[Message, ...], text: str) -> None:
    assert as_text(messages) == text


@given(st.lists(st.text("ab:\n ", min_size=1, max_size=8), min_size=1, max_size=6))
def test_what_was_begun_is_gone_on_with(said: list[str]) -> None:
    """A reply, and what came before it, stands in the text of every later prompt as it stood."""
    messages = turns(*said)
    for i, message in enumerate(messages):
        if message.role == MODEL:
            before = as_text(messages[:i])
            text = as_text(messages[: i + 1])
            assert text.startswith(before)
            assert text.endswith(message.content)
            assert as_text(messages).startswith(text)


# -- with a model ------------------------------------------------------------------------------


@pytest.fixture(
    scope="module",
    params=["embedded, no template", pytest.param("second model", marks=needs_second_model)],
)
def base(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LocalEngine]:
    path = second_model()
    if "embedded" in request.param:
        folder = tmp_path_factory.mktemp("base")
        path = with_template(embedded_model(), folder / "base.gguf", None)
    with LocalEngine(path, context=512) as engine:
        yield engine


def shown(asked: str) -> tuple[Message, ...]:
    """A task that every model can do: the same word again."""
    pairs = [text for word in SHOWN for text in (f"Word: {word}\nThe same word:", word)]
    return turns(*pairs, f"Word: {asked}\nThe same word:")


@pytest.mark.model
def test_a_base_model_does_as_it_is_shown_and_ends(base: LocalEngine) -> None:
    assert base.info.form == "completion"
    assert base.notice == ""
    words = ["Berlin", "Tokyo", "Oslo", "Rome", "Madrid"]
    asked = [Prompt(shown(word)) for word in words]
    params = SampleParams(temperature=0.0, max_tokens=24)
    pieces: dict[str, str] = {}

    def hear(request: Draw, piece: str) -> None:
        pieces[request.item] = pieces.get(request.item, "") + piece

    requests = [Draw(p, params, item=str(i)) for i, p in enumerate(asked)]
    samples = {s.request.item: s for s in base.sample(requests, hear)}
    assert {s.finish for s in samples.values()} == {"stop"}
    assert [samples[str(i)].text for i in range(len(words))] == words
    assert pieces == {item: s.text for item, s in samples.items()}
    # Raw text is nobody's turn: it is gone on with until the model ends it.
    raw = Prompt(text=as_text(shown("Berlin")))
    (sample,) = base.sample([Draw(raw, params)])
    assert sample.text.startswith(" Berlin\n\n")


@pytest.mark.model
def test_a_turn_goes_on_from_the_one_before_without_reading_it_again(base: LocalEngine) -> None:
    base.release()
    params = SampleParams(temperature=0.0, max_tokens=8)
    (first,) = base.sample([Draw(Prompt(shown("Berlin")), params, item="a")])
    (scheduler,) = base.schedulers
    read = scheduler.stats.read
    more = (*shown("Berlin"), *turns(first.text, "Word: Rome\nThe same word:", first=MODEL))
    (second,) = base.sample([Draw(Prompt(more), params, item="b", parent=first.key)])
    assert second.text == "Rome"
    assert scheduler.stats.read - read < 16
    alone = replace(Draw(Prompt(more), params, item="c"))
    (again,) = base.sample([alone])
    assert again.text == second.text
    begun = Prompt((*shown("Berlin"), Message(MODEL, "Ber")))
    (rest,) = base.sample([Draw(begun, params, item="d")])
    assert not rest.text.startswith(" ")


@pytest.mark.model
def test_the_form_can_be_chosen(tmp_path: Path) -> None:
    with LocalEngine(embedded_model(), context=256, form="completion") as engine:
        assert engine.info.form == "completion"
        assert engine.info.template_sha256 == "completion"
    bare = with_template(embedded_model(), tmp_path / "bare.gguf", None)
    with pytest.raises(ModelError, match="base model"):
        LocalEngine(bare, context=256, form="chat")
