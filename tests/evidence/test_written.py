"""Answers written from several quotations: what they support is kept, with its numbers."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.evidence.gather import Evidence
from pipeline.evidence.written import WrittenReader
from pipeline.notes.passage_units import answering_units
from pipeline.text.language import language_of
from pipeline.text.terms import terms
from pipeline.types import Passage, Place, Signal

BREEZES = (
    "The land breeze blows at night, from the cool land out to sea.",
    "The sea breeze blows by day, at up to 25 kilometres an hour.",
    "Fishermen in Brittany leave port with the land breeze at 4 in the morning.",
)
KOREAN = (
    "삼투는 물이 반투과성 막을 지나 진한 쪽으로 옮겨 가는 현상이다.",
    "확산은 입자가 농도가 높은 곳에서 낮은 곳으로 퍼지는 현상이다.",
)


def quotations(*texts: str) -> tuple[Evidence, ...]:
    found = []
    for at, text in enumerate(texts):
        passage = Passage(str(at), text, "n.md", Place("n.md", 1, 1), ("Notes",), language_of(text))
        unit = answering_units(passage)[0]
        found.append(Evidence(passage, unit, 0, len(text), Signal(1.0), 1.0))
    return tuple(found)


def read(reply: str, *texts: str, cut: bool = False) -> tuple[str, int] | None:
    reader = WrittenReader(language_of(texts[0]), quotations(*texts))
    found = reader(reply, cut=cut)
    return (found.text, len(found.evidence)) if found else None


def test_each_sentence_gets_the_number_of_what_supports_it() -> None:
    found = read(
        "By day the sea breeze blows, up to 25 kilometres an hour. "
        "At night the land breeze blows out to sea.",
        *BREEZES,
    )
    assert found is not None
    text, cited = found
    assert re.findall(r"\[\d+\]", text) == ["[1]", "[2]"]  # numbered in the order they are cited
    assert cited == 2


def test_one_sentence_about_both_sides_takes_two_quotations() -> None:
    found = read(
        "The land breeze blows at night from the cool land, the sea breeze by day at up to "
        "25 kilometres an hour.",
        *BREEZES,
    )
    assert found is not None
    assert found[0].endswith("[1][2]")


@pytest.mark.parametrize(
    "made_up",
    [
        "The sea breeze blows by day, at up to 40 kilometres an hour.",
        "Fishermen in Portugal leave port with the land breeze.",
        "Volcanoes erupt where continental plates collide and magma rises.",
    ],
)
def test_what_no_quotation_says_is_dropped(made_up: str) -> None:
    assert read(made_up, *BREEZES) is None
    found = read(f"The land breeze blows at night. {made_up}", *BREEZES)
    assert found is not None
    assert made_up not in found[0]


def test_an_answer_mostly_made_up_is_none() -> None:
    reply = (
        "The land breeze blows at night. Whales sing in winter. Corals bleach when it is hot. "
        "Plankton feeds them all."
    )
    assert read(reply, *BREEZES) is None


def test_the_last_sentence_of_a_reply_cut_off_is_not_read() -> None:
    reply = "The land breeze blows at night. The sea breeze blows by"
    found = read(reply, *BREEZES, cut=True)
    assert found is not None
    assert "sea breeze" not in found[0]


def test_a_reply_of_one_sentence_is_read_although_it_was_cut_off() -> None:
    found = read("The land breeze blows at night, from the cool land", *BREEZES, cut=True)
    assert found is not None


def test_half_of_a_sentence_must_be_in_one_quotation() -> None:
    assert read("The land breeze blows gently over villages.", *BREEZES) is not None
    assert read("The land breeze gently soothes sleeping villages.", *BREEZES) is None


def test_korean_and_marks_of_the_model_s_own() -> None:
    found = read("- **삼투**는 물이 막을 지나 진한 쪽으로 옮겨 가는 현상이다 [7].", *KOREAN)
    assert found is not None
    assert found[0].endswith("[1]")
    assert "7" not in found[0]
    assert read("Osmosis is water passing a membrane.", *KOREAN) is None  # not the language asked


@given(st.text(max_size=200))
def test_any_reply_is_read_or_refused(reply: str) -> None:
    reader = WrittenReader("en", quotations(*BREEZES))
    found = reader(reply)
    assert found is None or (found.evidence and 0 < found.support <= 1)


def test_support_is_the_share_of_sentences_that_are_kept_and_of_quotations_that_are_used() -> None:
    reader = WrittenReader("en", quotations(*BREEZES))
    one = reader("At night the land breeze blows out to sea.")
    two = reader(
        "By day the sea breeze blows, up to 25 kilometres an hour. "
        "At night the land breeze blows out to sea."
    )
    assert one is not None
    assert two is not None
    assert 0 < one.support <= 1 / 3
    assert one.support < two.support <= 2 / 3


NIGHT, DAY = "At night the land breeze blows out to sea.", "The sea breeze blows by day."


def test_of_a_reply_with_the_mark_what_follows_the_last_is_read() -> None:
    reader = WrittenReader("en", quotations(*BREEZES))
    plain = reader(NIGHT)
    assert plain is not None
    assert reader(f"{DAY}\nAnswer: {DAY}\nAnswer: {NIGHT}", "Answer:") == plain
    assert reader(NIGHT, "Answer:") == plain  # where the mark was left out, all of it


def test_of_a_reply_cut_off_only_the_last_sentence_is_left_out() -> None:
    found = read(f"{NIGHT} {DAY} Fishermen in Brittany leave port", *BREEZES, cut=True)
    assert found == (f"{NIGHT} [1] {DAY} [2]", 2)


@pytest.mark.parametrize(("good", "bad", "kept"), [(2, 1, True), (1, 2, False), (2, 3, False)])
def test_half_of_the_sentences_must_be_supported(good: int, bad: int, kept: bool) -> None:
    made_up = ("Whales sing in winter.", "Corals bleach in July.", "Plankton feeds them all.")
    reply = " ".join([*(NIGHT, DAY)[:good], *made_up[:bad]])
    assert (read(reply, *BREEZES) is not None) is kept


def test_a_sentence_in_another_language_than_the_question_is_dropped() -> None:
    reply = f"{NIGHT} 삼투는 물이 반투과성 막을 지나 진한 쪽으로 옮겨 가는 현상이다."
    assert read(reply, *BREEZES, *KOREAN) == (f"{NIGHT} [1]", 1)
    assert read("25.", *BREEZES) is None  # and a figure by itself is no sentence


@pytest.mark.parametrize(
    ("question", "said", "kept"),
    [
        ("When do harbour crews go?", "Moonlit harbour crews quietly leave port at 4.", True),
        ("When do they go?", "Moonlit harbour crews quietly leave port at 4.", False),
        ("When do they leave Ostend?", "Those of Ostend leave port at 4.", True),
        ("When do they leave?", "Those of Ostend leave port at 4.", False),
        # what says nothing else is supported by nothing
        ("Why does the land breeze blow out to sea at night?", NIGHT, False),
    ],
)
def test_what_the_question_says_needs_no_support_and_gives_none(
    question: str, said: str, kept: bool
) -> None:
    reader = WrittenReader("en", quotations(*BREEZES), frozenset(terms(question)))
    assert (reader(said) is not None) is kept


def test_a_sentence_may_have_every_name_of_its_quotation() -> None:
    found = read("Fishermen in Brittany leave port at 4 in the morning.", *BREEZES)
    assert found is not None


def test_of_two_that_say_the_same_the_first_is_cited() -> None:
    reader = WrittenReader("en", quotations(BREEZES[1], BREEZES[0], BREEZES[0]))
    found = reader(NIGHT)
    assert found is not None
    assert [one.passage.id for one in found.evidence] == ["1"]


@pytest.mark.parametrize(
    ("sentence", "cited"),
    [
        ("Yeast, sugar, pepper and mustard ferment.", None),  # two of five
        ("Yeast, sugar, pepper and mustard.", "[1]"),  # two of four
        ("Yeast, sugar and flour, mustard.", "[1][2]"),  # three of four where one has two
        ("Yeast, sugar, milk, flour, mustard.", "[1]"),  # four of five where one has three
    ],
)
def test_as_much_of_a_sentence_as_it_takes(sentence: str, cited: str | None) -> None:
    found = read(sentence, "There is yeast, sugar, milk.", "There is flour, rye, oats.")
    assert (found and found[0].removeprefix(f"{sentence} ")) == cited


def test_what_is_written_is_a_sum_of_quotations_and_no_value() -> None:
    reader = WrittenReader("en", quotations(*BREEZES))
    there, back = reader(f"{NIGHT} {DAY}"), reader(f"{DAY} {NIGHT}")
    assert there is not None
    assert back is not None
    assert not there.firm
    assert there.key == back.key  # they vote alike, in whatever order
    assert [one.passage.id for one in back.evidence] == ["1", "0"]
    assert there.claim == terms(NIGHT) | terms(DAY)
