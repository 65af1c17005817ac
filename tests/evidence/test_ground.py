"""What of a reply is kept, and which sentence of the notes it is taken from."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.evidence.verify import NotesReader, _read, _supporter, ground
from tests.evidence.test_verify import read

KELP = (
    "Kelp grows on rocks, and storms tear it off. Urchins graze it down. Otters eat the urchins. "
    "Divers cut it by hand."
)


def test_a_reader_of_the_notes_reads_as_they_bear_out() -> None:
    inquiry, evidence = read("What is said about kelp?", KELP)
    said = "Storms tear kelp off rocks."
    reading = NotesReader(inquiry, evidence)(f"So: Answer: {said}", "Answer:", cut=True)
    assert reading is not None
    assert reading == ground(said, inquiry, evidence)
    assert reading.evidence[0].text.startswith("Kelp grows on rocks")


def test_without_the_mark_that_was_asked_for_all_of_a_reply_is_read() -> None:
    inquiry, evidence = read("How many parameters does GPT-2 have?")
    good, bad = "GPT-2 has 1.5 billion parameters.", "GPT-2 has 7 parameters."
    assert ground(good, inquiry, evidence, "Answer:") is not None
    assert ground(f"Answer: {bad}\nAnswer: {good}", inquiry, evidence, "Answer:") is not None
    assert ground(f"Answer: {good}\nAnswer: {bad}", inquiry, evidence, "Answer:") is None


def test_what_is_said_first_must_be_in_the_notes() -> None:
    inquiry, evidence = read("How many parameters does GPT-2 have?")
    good = "GPT-2 has 1.5 billion parameters."
    assert ground(f"GPT-2 has 7 parameters. {good}", inquiry, evidence) is None
    for idle in ("That is told.", "It was trained for 900 days."):  # what answers nothing
        reading = ground(f"{idle} {good} {idle}", inquiry, evidence)
        assert reading is not None
        assert reading.text == good


@pytest.mark.parametrize(
    ("question", "reply", "sentences"),
    [
        ("What is said about kelp?", KELP, 3),
        ("What is said about kelp?", KELP.partition(" Otters")[0], 2),
        ("How many divers are there?", "There are 12 divers. They have 12 knives.", 1),
    ],
)
def test_an_answer_in_words_has_a_few_sentences_and_a_figure_one(
    question: str, reply: str, sentences: int
) -> None:
    inquiry, found = read(question, f"{KELP} There are 12 divers with 12 knives.")
    evidence = [replace(one, score=1.0) for one in found]
    reading = ground(reply, inquiry, evidence)
    assert reading is not None
    assert reading.text.count(".") == sentences
    assert 0 < reading.support <= 1
    assert len(set(reading.evidence)) == len(reading.evidence)


@pytest.mark.parametrize(
    ("change", "good"),
    [
        ({}, True),
        ({"score": -1.0}, True),  # a little less speaks for it than for the best one
        ({"score": -9.0}, False),
        ({"fits": 0.0}, False),  # it has not what was asked for
        ({"names_all": False}, False),  # it is about something else
    ],
)
def test_which_sentences_bear_a_reply_out(change: dict[str, float], good: bool) -> None:
    inquiry, (best, *_) = read("What is said about kelp?", "Kelp grows on rocks.")
    other = replace(best, passage=replace(best.passage, text="Storms tear kelp off."), score=0.0)
    other = replace(other, end=len(other.passage.text), **change)  # type: ignore[arg-type]
    evidence = (replace(best, score=1.0), other)
    assert (ground("Storms tear it off.", inquiry, evidence) is not None) is good


@pytest.mark.parametrize(
    ("reply", "good"),
    [
        ("Kelp grows on rocks with roots.", True),  # two of three
        ("Kelp grows on hulls.", True),  # one of two
        ("Kelp grows on hulls and piers.", False),
        # with a figure that is there half of it is enough
        ("Kelp grows 9 yards on hulls, piers or moorings.", True),  # one of four
        ("Kelp grows 9 yards on hulls, piers, buoys or moorings.", False),
        ("Kelp grows 8 yards on rocks.", False),
    ],
)
def test_how_much_of_a_reply_must_be_there(reply: str, good: bool) -> None:
    inquiry, evidence = read("What is said about kelp?", "It grows on rocks 9 yards long.")
    claim = _read(reply, inquiry)
    assert claim is not None
    assert (_supporter(claim, inquiry, evidence) is not None) is good


def test_what_adds_nothing_to_the_question_in_words_is_borne_out_whole() -> None:
    inquiry, evidence = read("How many parameters does GPT-2 have?")
    for reply in ("1.5B", "GPT-2 has 1.5 billion parameters."):
        reading = ground(reply, inquiry, evidence)
        assert reading is not None
        assert reading.support == 1


def test_of_the_sentences_that_bear_a_reply_out_the_one_that_says_most_of_it_is_cited() -> None:
    texts = ("The divers are of Ostend.", "Most divers are of Ostend and cut kelp.")
    inquiry, found = read("Who dives?", *texts)
    for better in texts:
        evidence = [replace(one, score=float(one.text == better)) for one in found]
        for reply, cited in (
            ("Divers of Ostend cut kelp.", texts[1]),
            ("Divers of Ostend do.", better),  # both say all of it
        ):
            reading = ground(reply, inquiry, evidence)
            assert reading is not None
            assert reading.evidence[0].text == cited


@pytest.mark.parametrize(
    ("question", "reply", "good"),
    [
        ("How far does it fall in 3 seconds?", "It falls 44 m in 3 seconds.", True),
        ("How far does it fall in 3 seconds?", "It falls 5 m in 1 second.", False),
        ("How far does it fall in 3 seconds?", "It falls 44 m.", True),
        ("돌은 3초에 몇 미터나 떨어지는가?", "3초에 44미터 떨어진다.", True),
        ("돌은 3초에 몇 미터나 떨어지는가?", "1초에 5미터 떨어진다.", False),
    ],
)
def test_an_answer_for_another_measure_does_not_count(
    question: str, reply: str, good: bool
) -> None:
    notes = (
        "A stone falls 5 m in 1 second and 44 m in 3 seconds.",
        "돌은 1초에 5미터, 3초에 44미터 떨어진다.",
    )
    inquiry, evidence = read(question, *notes)
    assert (ground(reply, inquiry, evidence) is not None) is good
