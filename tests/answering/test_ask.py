"""From question to answer over a real index, with an engine that says what it is told to."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.answering.loop import Budget
from pipeline.answering.prepare import PrepareSettings
from pipeline.answering.question import LONGEST_QUESTION
from pipeline.answering.search import OrderedIndex
from pipeline.answering.session import Asker
from pipeline.config import Config
from pipeline.engine import ScriptedEngine
from pipeline.errors import NotesError, PromptError
from pipeline.evidence.question_likelihood import MOST
from pipeline.retrieval import Index, ensure
from pipeline.strategies import make_strategy
from pipeline.types import Answer, Confidence, SampleParams
from tests.conftest import write_notes


@pytest.fixture(scope="module")
def index(small: Config) -> Iterator[Index]:
    with ensure(small) as opened:
        yield opened


def asker(config: Config, index: Index, engine: ScriptedEngine | None, draws: int = 4) -> Asker:
    def open_engine() -> ScriptedEngine:
        assert engine is not None, "the model was asked though it should not have been"
        return engine

    return Asker(
        notes=config.notes_path,
        index=OrderedIndex(index),
        engine=open_engine,
        strategy=make_strategy("direct@verified", draws=draws),
        params=SampleParams(),
        model="scripted",
        rules=PrepareSettings(languages=("en",)),
    )


def says(*replies: str) -> ScriptedEngine:
    return ScriptedEngine(lambda _, draw: replies[draw % len(replies)])


def quotes_stand_in_their_files(config: Config, answer: Answer) -> bool:
    for citation in answer.citations:
        lines = (config.notes_path / citation.place.source).read_text("utf-8").split("\n")
        there = "\n".join(lines[citation.place.start_line - 1 : citation.place.end_line])
        if citation.quote not in there:
            return False
    return bool(answer.citations)


def test_draws_that_the_notes_bear_out_vote(small: Config, index: Index) -> None:
    engine = says("GPT-2 has 1.76 trillion parameters.", "GPT-2 has 1.5 billion parameters.",
                  "I think it is 175 billion.", "It has 1.5 billion parameters.")  # fmt: skip
    answer = asker(small, index, engine).ask("How many parameters does GPT-2 have?")
    assert "1.5 billion" in answer.text
    assert not answer.quoted
    assert not answer.abstained
    assert [(vote.count, vote.weight) for vote in answer.votes] == [(2, 2.0)]
    assert answer.confidence == 0.5
    assert len(answer.samples) == 4
    assert answer.citations[0].place.source == "models.md"
    assert "**1.5 billion**" in answer.citations[0].quote
    assert quotes_stand_in_their_files(small, answer)


def test_where_no_draw_passes_the_sentence_of_the_notes_is_the_answer(
    small: Config, index: Index
) -> None:
    answer = asker(small, index, says("GPT-2 has 1.76 trillion parameters.")).ask(
        "How many parameters does GPT-2 have?"
    )
    assert answer.quoted
    assert answer.text == "The largest version of GPT-2 has 1.5 billion parameters."
    assert answer.votes == ()
    assert quotes_stand_in_their_files(small, answer)


def test_what_the_notes_do_not_say_is_not_answered(small: Config, index: Index) -> None:
    answer = asker(small, index, None).ask("What is the capital of Mongolia?")
    assert answer.abstained
    assert answer.text == "Not found in your notes."
    assert answer.citations == ()


def test_a_refusal_shows_the_closest_passages(small: Config, index: Index) -> None:
    answer = asker(small, index, None).ask("How many parameters does GPT-9 have in Mongolia?")
    assert answer.abstained
    passages = [citation.passage.id for citation in answer.closest]
    assert 1 <= len(passages) == len(set(passages)) <= 3
    assert any("parameters" in citation.quote for citation in answer.closest)
    assert quotes_stand_in_their_files(small, replace(answer, citations=answer.closest))


def test_a_model_that_does_not_speak_korean_is_not_asked(small: Config, index: Index) -> None:
    answer = asker(small, index, None).ask("GPT-3의 파라미터는 몇 개인가요?")
    assert answer.language == "ko"
    assert answer.quoted
    assert "1,750억" in answer.text
    assert "한국어" in answer.notice
    assert "scripted" in answer.notice
    assert answer.samples == ()
    assert quotes_stand_in_their_files(small, answer)


def test_a_model_that_speaks_korean_is_asked(small: Config, index: Index) -> None:
    engine = says("GPT-3의 파라미터는 1,750억 개입니다.")
    asked = replace(asker(small, index, engine), rules=PrepareSettings())
    answer = asked.ask("GPT-3의 파라미터는 몇 개인가요?")
    assert answer.text == "GPT-3의 파라미터는 1,750억 개입니다."
    assert answer.notice == ""


def test_a_korean_refusal_is_in_korean(small: Config, index: Index) -> None:
    answer = asker(small, index, None).ask("몽골의 수도는 어디인가요?")
    assert answer.abstained
    assert answer.text == "노트에서 찾지 못했습니다."


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("", "empty"),
        (" \n\t ", "empty"),
        ("why " * 25_000, f"limit is {LONGEST_QUESTION:,}"),
        ("what is \udcff?", "UTF-8"),
        ("what\0is", "UTF-8"),
    ],
)
def test_a_question_that_cannot_be_asked(
    small: Config, index: Index, question: str, words: str
) -> None:
    with pytest.raises(PromptError, match=words):
        asker(small, index, None).ask(question)


def test_a_note_changed_since_it_was_indexed_is_never_misquoted(tmp_path: Path) -> None:
    config = write_notes(tmp_path)
    with ensure(config) as index:
        note = config.notes_path / "models.md"
        note.write_text(note.read_text("utf-8").replace("1.5 billion", "9.9 billion"), "utf-8")
        with pytest.raises(NotesError, match=r"models\.md"):
            asker(config, index, says("It has 1.5 billion parameters.")).ask(
                "How many parameters does GPT-2 have?"
            )
    with ensure(config) as index:
        answer = asker(config, index, says("It has 1.5 billion parameters.")).ask(
            "How many parameters does GPT-2 have?"
        )
    assert "9.9 billion" in answer.text


def test_the_votes_are_told_as_they_form(small: Config, index: Index) -> None:
    right = "GPT-2 has 1.5 billion parameters."
    told: list[tuple[int, int]] = []
    asker(small, index, says(right)).ask(
        "How many parameters does GPT-2 have?",
        on_votes=lambda votes, draws: told.append((draws, votes[0].count if votes else 0)),
    )
    assert told == [(1, 1), (2, 2), (3, 3), (4, 4)]


_REPLIES = [
    "",
    "GPT-2 has 1.5 billion parameters.",
    "175 billion.",
    "No.",
    "The notes say 96 layers, and 2 < 3.",
    "GPT-3 has 175 billion parameters, 96 layers and 9 lives.",
    "\n\n",
    "문장",
]


def _random_asks(config: Config, index: Index, asks: int) -> None:
    """Words of the notes put together at random, and replies that are right, wrong and odd."""
    dice = random.Random(asks)
    words = sorted({word for p in index.passages for word in p.text.split()})
    frames = ["How many {} does {} have?", "Who {} {}?", "{}의 {}는 몇 개인가요?", "What is {} {}?"]
    cited = 0
    for _ in range(asks):
        question = dice.choice(frames).format(dice.choice(words), dice.choice(words))
        replies = dice.choices(_REPLIES, k=4)
        rules = PrepareSettings(sure=dice.choice([0.0, 0.5]), languages=("en",))
        loose = replace(asker(config, index, says(*replies)), rules=rules)
        answer = loose.ask(question)
        assert (answer.abstained or answer.kind == "about") != bool(answer.citations)
        cited += len(answer.citations)
        if answer.citations:
            assert quotes_stand_in_their_files(config, answer), question
        assert quotes_stand_in_their_files(config, replace(answer, citations=answer.also)) or (
            not answer.also
        )
    assert cited > asks / 4


def test_no_quote_is_ever_anywhere_else(small: Config, index: Index) -> None:
    _random_asks(small, index, 150)


@pytest.mark.long
def test_no_quote_is_ever_anywhere_else_in_ten_thousand_asks(small: Config, index: Index) -> None:
    _random_asks(small, index, 10_000)


def weighing(likely: str) -> ScriptedEngine:
    """A model to which the question is likely after the sentence with `likely` in it, and that
    otherwise has nothing to say."""

    class Weigher(ScriptedEngine):
        def _sure(self, text: str, draw: int) -> Confidence:
            return Confidence(mean_logprob=-0.1 if likely in text else -9.0)

    return Weigher(lambda *_: "I do not know.")


def test_the_model_weighs_which_sentence_answers(small: Config, index: Index) -> None:
    question = "How many parameters does GPT-2 have?"
    plain = asker(small, index, says("No.")).ask(question)
    for likely in ("1.5 billion", "175 billion"):
        engine = weighing(likely)
        answer = replace(
            asker(small, index, engine), rules=PrepareSettings(weigh=True, languages=("en",))
        ).ask(question)
        assert likely in answer.text
        assert answer.quoted
        assert quotes_stand_in_their_files(small, answer)
        assert {request.text for request in engine.scored} == {f" {question}"}
        assert len(engine.scored) == len({one.prompt for one in engine.scored}) <= MOST
        assert len(answer.samples) == 4, "what was weighed is no draw"
        assert answer.cost.prompt_tokens > plain.cost.prompt_tokens, "but it is paid for"


def test_what_a_small_budget_cannot_pay_is_not_weighed(small: Config, index: Index) -> None:
    engine = weighing("175 billion")
    budget = Budget(tokens=400)
    rules = PrepareSettings(weigh=True, languages=("en",))
    answer = replace(asker(small, index, engine), rules=rules, budget=budget).ask(
        "How many parameters does GPT-2 have?"
    )
    assert "1.5 billion" in answer.text
    assert not engine.scored
    assert answer.cost.prompt_tokens + answer.cost.generated_tokens <= 400
