"""A question read, and what of it each sentence of the notes has."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.evidence.gather import (
    Evidence,
    answers_kind,
    asked_span,
    belongs,
    gather,
    inquire,
)
from pipeline.text.language import language_of
from pipeline.text.numbers.quantities import quantities
from pipeline.types import Hit, Passage, Place, Signal

METALS = (
    "Metals are compared below.\n\n"
    "| metal | melting point |\n|---|---|\n| tin | 232 °C |\n| zinc | 420 °C |"
)


def found(question: str, text: str, *headings: str) -> tuple[Evidence, ...]:
    passage = Passage("p", text, "a.md", Place("a.md", 20, 29), headings, language_of(text))
    return gather(inquire(question, language_of(question)), [Hit(passage, 1.0)])


def test_a_row_is_said_cell_by_cell_and_has_a_header() -> None:
    rows = {one.text: one for one in found("What is the melting point of tin?", METALS)}
    tin, said = rows["| tin | 232 °C |"], rows["Metals are compared below."]
    assert (tin.said, tin.header) == ("metal: tin; melting point: 232 °C", tin.unit.context)
    assert (said.said, said.header) == (said.text, "")


def test_a_row_that_the_question_names_by_row_and_column_opens() -> None:
    rows = {one.text: one.opens for one in found("What is the melting point of tin?", METALS)}
    assert rows.pop("| tin | 232 °C |") == 1
    assert set(rows.values()) == {0.0}


def test_the_first_sentence_under_what_is_asked_about_opens_and_no_other() -> None:
    text = "Water passes a membrane. It evens out what is dissolved. That takes time."
    for headings, opens in (
        (("Osmosis",), [1.0, 0.0, 0.0]),
        (("Cells", "Osmosis"), [1.0, 0.0, 0.0]),
        (("Osmosis", "Cells"), [0.0, 0.0, 0.0]),
        ((), [0.0, 0.0, 0.0]),
    ):
        said = sorted(found("What is osmosis?", text, *headings), key=lambda one: one.unit.start)
        assert [one.opens for one in said] == opens
    assert not any(one.opens for one in found("What is it?", text, "?"))  # nothing is asked about


@pytest.mark.parametrize(
    ("question", "text", "names_all"),
    [
        ("What did DeepMind train?", "Google DeepMind trained a large model.", True),
        ("What did DeepMind train?", "The DeepMind-2 trained a large model.", False),
        ("What did DeepMind train?", "Anthropic trained a large model.", False),
        ("What did GPT-4 win?", "The GPT-3 won a prize.", False),
        ("What did GPT-4 win?", "The GPT-4 won a prize.", True),
        ("What did Ida Lind tell the GPT-4?", "The GPT-4 won a prize.", False),
        ("What won a prize?", "The GPT-4 won a prize.", True),
    ],
)
def test_whether_every_name_of_the_question_is_there(
    question: str, text: str, names_all: bool
) -> None:
    (one,) = found(question, text)
    assert one.names_all is names_all


def test_whether_it_is_in_the_language_of_the_question() -> None:
    text = "삼투는 물이 반투과성 막을 지나는 현상이다."
    assert [one.at_home for one in found("삼투가 뭐야?", text)] == [True]
    assert [one.at_home for one in found("What is osmosis?", text)] == [False]


@pytest.mark.parametrize(
    ("question", "text", "fits"),
    [
        ("Why did the mill burn?", "The mill burned for its dust.", 1.0),
        ("Who trained Gopher?", "The DeepMind team trained Gopher.", 1.0),
        ("Who trained Gopher?", "The team of old trained Gopher.", 0.0),
        ("How many moons has Mars?", "The red Mars has 2 moons.", 1.0),
        ("How many moons has Mars?", "The red Mars has some moons.", 0.0),
        ("How many moons has Mars?", "The red Mars and its 2 moons. Venus has 7 moons.", 1.0),
        ("How many moons has Mars?", "The red Mars is near Venus, and Venus has 7 moons.", 0.0),
        # a figure that the question brought along
        ("How long do the 16 sailors row?", "The 16 sailors row.", 0.0),
        ("다리는 몇 미터야?", "다리는 길이가 86미터이다.", 1.0),
        ("다리는 몇 미터야?", "다리는 길이가 길다.", 0.0),
    ],
)
def test_how_well_it_holds_what_was_asked_for(question: str, text: str, fits: float) -> None:
    assert max(one.fits for one in found(question, text)) == fits


@pytest.mark.parametrize(
    ("question", "text", "marked"),
    [
        ("Who trained Gopher?", "The DeepMind team trained Gopher.", "DeepMind"),
        ("Who trained Gopher?", "The DeepMind team with Ida Lind trained Gopher.", None),
        ("How many arches has the Ouse Bridge?",
         "The Ouse Bridge has 37 arches and the Vara Weir has 34 arches.", "37"),
        ("Why is there a Vara Weir?", "The Vara Weir holds 34 tons.", None),
        ("다리는 아치가 몇 개야?", "다리에는 아치가 37개 있다.", "37개"),
    ],
)  # fmt: skip
def test_what_was_asked_for_is_marked(question: str, text: str, marked: str | None) -> None:
    (one,) = found(question, text)
    span = asked_span(inquire(question, language_of(question)), one)
    assert (one.said[slice(*span)] if span else None) == marked


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        ("1. It has moons.", False),  # the number of an item
        ("It has these:\n  2. Io", False),
        ("It has 3. They are small.", True),
        ("86 m. That is long.", True),
        ("3", True),
    ],
)
def test_what_numbers_a_list_is_no_figure(text: str, answers: bool) -> None:
    (figure,) = (q for q in quantities(text) or ()) if quantities(text) else (None,)
    kind = figure and answers_kind(inquire("How much is it?", "en"), figure, text)
    assert bool(kind) is answers


def test_a_figure_belongs_to_a_name_or_to_a_longer_one_that_has_it() -> None:
    asked = inquire("How many rooms has DeepMind?", "en")
    for text, own in (
        ("The DeepMind house has 96 rooms.", True),
        ("The Google DeepMind house has 96 rooms.", True),
        ("The Anthropic house has 96 rooms.", False),
        ("The house has 96 rooms.", True),
    ):
        assert belongs(asked, text, quantities(text)[0]) is own, text
    assert belongs(inquire("How many rooms are there?", "en"), text, quantities(text)[0])


def test_a_row_with_more_cells_than_its_header_is_read() -> None:
    text = "| metal | melts |\n| tin | 232 °C | 30 | 40 | 50 |"
    assert [one.fits for one in found("How much is tin?", text)] == [1.0]


WORDS = st.lists(st.sampled_from("tin tides 밀물 조수 GPT-3 why 얼마나 7 moons the ?".split()))


@given(WORDS)
def test_the_weights_of_the_terms_of_a_question_sum_to_1(words: list[str]) -> None:
    weights = inquire(" ".join(words), "en").weights
    assert sum(weights.values()) == pytest.approx(1 if weights else 0)
    assert all(weight > 0 for weight in weights.values())


def test_words_that_say_what_kind_of_answer_is_wanted_are_no_terms() -> None:
    many, few = inquire("How many moons are there?", "en"), inquire("The moons", "en")
    assert many.weights.keys() == few.weights.keys()


def test_signals_must_be_those_of_the_passage() -> None:
    passage = Passage("p", "The mill burned.", "a.md", Place("a.md", 20, 29))
    with pytest.raises(ValueError, match="longer"):
        gather(inquire("Why?", "en"), [Hit(passage, 1.0, {}, (Signal(0.5), Signal(0.5)))])


def test_a_question_without_hits_has_no_evidence() -> None:
    assert gather(inquire("Why?", "en"), []) == ()
