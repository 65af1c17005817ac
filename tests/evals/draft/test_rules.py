"""Sentences become questions by rule."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.draft.cloze import BLANK, cloze_questions
from evals.draft.definitions import definition_questions
from evals.draft.figures import figure_questions
from evals.draft.headings import heading_questions
from evals.draft.labelled_facts import label_questions
from evals.draft.leakage import MOST_OVERLAP, KnownQuestions, leak, overlap
from evals.draft.material import usable
from pipeline.text.particles import with_particle

from .harbour import material_in, sentence

FIGURES = [
    ("The ferry Skua has 46 seats below and a café.", "How many seats does the ferry Skua have?",
     ("46", "46 seats")),
    ("Skua and Tern have 90 seats together.", "", ()),  # two owners
    ("Torvik's mill had 3 wheels before the flood.", "How many wheels did Torvik's mill have?",
     ("3", "3 wheels")),
    ("Torvik tower (Holm, 1871) contains 214 steps.", "How many steps does Torvik tower contain?",
     ("214 steps", "214")),
    ("The old archive holds 80 GB of maps.", "How many GB of maps does the old archive hold?",
     ("80 GB",)),
    ("Torvik lighthouse was built in June 1871 by Anna Holm.", "When was Torvik lighthouse built?",
     ("June 1871",)),
    ("Torvik lighthouse was built by Anna Holm in 1871.", "Who built Torvik lighthouse?",
     ("Anna Holm", "Holm")),
    ("The crossing takes 40 minutes in summer.", "How long does the crossing take?",
     ("40 minutes",)),
    ("It has 46 seats.", "", ()),
    ("Skua has four times as many seats as Tern.", "", ()),
    ("토르빅 등대의 계단은 214개이고 문은 빨간색이다.", "토르빅 등대는 계단이 몇 개인가요?",
     ("214개", "214")),
    ("갈매기호(1998년 건조)는 좌석이 46개이다.", "갈매기호의 좌석은 몇 개인가요?", ("46개", "46")),
    ("토르빅 등대는 1871년에 안나 홀름의 설계로 세워졌다.", "토르빅 등대는 언제 세워졌나요?",
     ("1871년",)),
    # what came second is not when the first came to be
    ("토르빅 숲은 1468년에 왕의 숲으로 정해진 뒤 500년 넘게 보호되었다.", "", ()),
    ("토르빅 항구의 넓이는 약 630만 헥타르이며 반은 얕은 물이다.",
     "토르빅 항구는 넓이가 얼마인가요?", ("630만 헥타르", "630만")),
    ("그 배는 좌석이 46개이다.", "", ()),
    ("배마다 골라 쓰는 밧줄이 12개이다.", "", ()),
]  # fmt: skip


@pytest.mark.parametrize(("text", "question", "answers"), FIGURES)
def test_figures(text: str, question: str, answers: tuple[str, ...]) -> None:
    found = {c.question: c.answers for c in figure_questions(sentence(text)) if usable(c.spans[0])}
    if question:
        assert found.get(question) == answers, found
    else:
        assert found == {}


DEFINITIONS = [
    ("A sluice is a gate in a channel that holds the water back.", "What is a sluice?",
     "a gate in a channel"),
    ("Low water is the state of the sea, and ships wait.", "What is low water?",
     "the state of the sea"),
    ("Torvik Radio is an old station for ships.", "What is Torvik Radio?",
     "an old station for ships"),
    ("This is a gate in a channel.", "", ""),
    ("The result is a great flood of water.", "", ""),
    ("썰물이란 바닷물이 먼바다로 빠져나가는 현상을 말한다.", "썰물이란 무엇인가요?",
     "바닷물이 먼바다로 빠져나가는 현상"),
    ("부표는 물에 띄워 뱃길을 알리는 장치이다.", "부표란 무엇인가요?",
     "물에 띄워 뱃길을 알리는 장치"),
    ("밀물: 밀물은 바닷물이 들어오는 현상을 의미합니다.", "밀물이란 무엇인가요?",
     "바닷물이 들어오는 현상"),
    ("부표 (buoy): 물에 띄워 뱃길을 알리는 장치입니다.", "부표란 무엇인가요?",
     "물에 띄워 뱃길을 알리는 장치"),
    ("중요한 점은 물이 다시 들어온다는 것이다.", "", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "question", "answer"), DEFINITIONS)
def test_definitions(text: str, question: str, answer: str) -> None:
    found = [(c.question, c.answers[0]) for c in definition_questions(sentence(text))]
    assert found == ([(question, answer)] if question else [])


def test_headings(tmp_path: Path) -> None:
    found = {c.question: c for c in heading_questions(material_in(tmp_path))}
    rules = found["Which 3 things are listed under “Rules on board” in “The harbour”?"]
    assert rules.parts == ("Bicycles", "Dogs", "Children")
    assert len(rules.spans) == 3
    assert found["Why go by sea? (The harbour)"].answers == (
        "The road over the pass is closed all winter",
    )
    assert len(found) == 2


CLOZE = [
    ("In 2019 the ferry Skua carried 8,400 people to Torvik over the sound.", "8,400 people"),
    ("소나무는 섬의 숲 전체에서 약 25%를 이루고 나머지는 참나무가 채운다.", "25%"),
    ("북쪽 곶에서 시작된 산불은 213시간 동안 이어진 끝에 비로 꺼졌다.", "213시간"),
    ("연락선 Skua는 2019년에 모두 8,400명의 손님을 태우고 해협을 건넜다.", "2019년"),
]


@pytest.mark.parametrize(("text", "answer"), CLOZE)
def test_cloze(text: str, answer: str) -> None:
    found = {c.answers[0]: c for c in cloze_questions(sentence(text))}
    assert answer in found, found
    question = found[answer].question
    assert BLANK in question
    assert answer not in question
    assert leak(found[answer]) == ""


def test_a_figure_that_is_part_of_a_name_or_a_range_is_no_gap() -> None:
    named = sentence("With Skua 7 the company sails to Torvik every day of the year.")
    ranged = sentence("The ferry Skua carries between 40 and 60 people on a calm day.")
    golds = [c.answers[0] for s in (named, ranged) for c in cloze_questions(s)]
    assert not {"7", "40", "60", "60 people"} & set(golds)


WORDS = st.lists(
    st.sampled_from(
        "harbour Skua 46 8,400 1871 Torvik the of 등대는 계단이 갈매기호의 (GT-4) a".split()
    ),
    min_size=1,
    max_size=40,
)


@given(WORDS)
def test_no_rule_copies_its_note_or_tells_its_answer(words: list[str]) -> None:
    one = sentence(" ".join(words) + ".")
    for made in (*cloze_questions(one), *figure_questions(one), *definition_questions(one)):
        assert overlap(made.question, one.text) < MOST_OVERLAP
        if made.made == "cloze":
            assert made.answers[0] not in made.question
        assert made.answers[0].strip()
        assert made.answers[0] in one.text


@given(st.text(max_size=60), st.text(max_size=60))
def test_overlap_is_a_share(a: str, b: str) -> None:
    assert 0 <= overlap(a, b) <= 1
    assert overlap(a, a) == pytest.approx(1.0) or not any(c.isalnum() or c in ".,%-" for c in a)


def test_asked_before() -> None:
    asked = KnownQuestions([("How many seats does the ferry Skua have?", ["46"])])
    assert asked.has("how many seats does the ferry Skua have", ["other"])
    assert asked.has("How many seats does the ferry “Skua” have now?", ["46"])
    assert not asked.has("How many seats does the ferry Tern have?", ["52"])


LABELS = [
    ("Skua (1998): 46 seats", "How many seats are noted for Skua?", ("46",)),
    ("Lamp oil: 80 kg (a winter)", "How much is Lamp oil, under “Stores”?", ("80 kg",)),
    ("갈매기호 (1998): 46개 좌석", "갈매기호의 좌석은 얼마인가요?", ("46개", "46")),
    ("갈매기호: 46개 (추정)", "“Stores”에서 갈매기호는 몇 개인가요?", ("46개", "46")),
    ("Skua: 46 seats below and 20 above, of which few are free.", "", ()),
    ("Skua (ferry): 1998", "", ()),
]  # fmt: skip


@pytest.mark.parametrize(("text", "question", "answers"), LABELS)
def test_labels(text: str, question: str, answers: tuple[str, ...]) -> None:
    found = [(c.question, c.answers) for c in label_questions(sentence(text, "Stores"))]
    if question:
        assert [(q, a[: len(answers)]) for q, a in found] == [(question, answers)]
    else:
        assert found == []


def test_a_long_sentence_keeps_what_it_is_about() -> None:
    text = (
        "The pilot station of Torvik, which had been closed for many years after the great storm,"
        " was opened for the third time by the harbour master Anna Holm in May 1931."
    )
    question = {c.answers[0]: c for c in cloze_questions(sentence(text))}["May 1931"].question
    assert "The pilot station of Torvik" in question
    assert question.endswith("Anna Holm in ____.")


def test_a_name_that_is_everywhere_is_no_gap() -> None:
    one = sentence("On most winter days the crew of the Skua stays in the harbour for repairs.")
    assert [c.answers[0] for c in cloze_questions(one)] == ["Skua"]
    assert list(cloze_questions(one, frozenset({"Skua"}))) == []


@pytest.mark.parametrize(
    ("word", "topic"),
    [("등대", "등대는"), ("항", "항은"), ("GT-3", "GT-3는"), ("GT-1", "GT-1은"), ("km", "km은")],
)  # fmt: skip
def test_particles(word: str, topic: str) -> None:
    assert with_particle(word, "은") == topic


@pytest.mark.parametrize(
    "text",
    ["By this bound the Skua holds 46 people.", "[Six good harbours of 2019].",
     "For example, the Skua has 46 seats.", "홀름이 1931년에 발표한 방법이 바로 이것이다.",
     "It has 46 seats and a door.", "그 배는 좌석이 아주 많은 배이다.", "Too short.",
     "What is a sluice good for?",
     "skua(46) calls the function.", "| Skua | 46 | 1998 | red |"],
)  # fmt: skip
def test_sentences_that_do_not_stand_alone(text: str) -> None:
    assert not usable(sentence(text))
