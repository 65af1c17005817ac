"""What a passage is made of, told from the form of its text alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.notes.passage_units import answering_units, is_title, unit_text, units
from pipeline.notes.table_rows import row_text
from pipeline.text.language import language_of
from pipeline.types import Passage, Place


def passage(text: str, *headings: str) -> Passage:
    return Passage("id", text, "a.md", Place("a.md", 1, 1), headings, language_of(text))


def kinds(text: str) -> list[tuple[str, str]]:
    return [(unit.kind, text[unit.start : unit.end]) for unit in units(passage(text))]


def test_sentences_items_and_rows() -> None:
    text = "Salt is old. It is dug.\n- sea salt\n- rock salt\n| kind | grain |\n| fine | small |"
    assert kinds(text) == [
        ("sentence", "Salt is old."),
        ("lead", "It is dug."),
        ("item", "sea salt"),
        ("item", "rock salt"),
        ("header", "| kind | grain |"),
        ("row", "| fine | small |"),
    ]


def test_a_lead_stands_for_its_whole_list() -> None:
    text = "반죽의 순서:\n1. 섞는다\n2. 치댄다\n3. 재운다\n다음 날 굽는다."
    lead, first = units(passage(text))[:2]
    assert lead.kind == "lead"
    assert text[lead.start : lead.until] == "반죽의 순서:\n1. 섞는다\n2. 치댄다\n3. 재운다"
    assert first.context == "반죽의 순서:"


NESTED = """- 잎의 구조
  - 큐티클: 물을 막는다
  - 기공
    1. 낮에 열린다.
- Root hairs (root epidermis): take up water
  - one cell each
- Stem"""


def test_an_item_that_only_names_stands_for_the_items_below_it() -> None:
    found = {NESTED[one.start : one.end]: one for one in units(passage(NESTED))}
    said = {text: one.kind for text, one in found.items()}
    assert said == {
        "잎의 구조": "lead", "큐티클: 물을 막는다": "item", "기공": "lead", "낮에 열린다.": "item",
        "Root hairs (root epidermis): take up water": "item", "one cell each": "item",
        "Stem": "item",
    }  # fmt: skip
    until = {text: NESTED[: one.until].split("\n")[-1].strip() for text, one in found.items()}
    assert until["잎의 구조"] == until["기공"] == "1. 낮에 열린다."
    assert until["Root hairs (root epidermis): take up water"] == "- one cell each"
    assert not found["Stem"].until


def test_the_context_of_an_item_is_what_those_above_it_name() -> None:
    found = {NESTED[one.start : one.end]: one.context for one in units(passage(NESTED))}
    assert found["큐티클: 물을 막는다"] == "잎의 구조"
    assert found["낮에 열린다."] == "잎의 구조: 기공"
    assert found["one cell each"] == "Root hairs (root epidermis)"
    assert found["Stem"] == ""


@given(
    st.lists(st.tuples(st.integers(0, 4), st.sampled_from(["a", "b: c", "끝이다."])), min_size=1)
)
def test_nested_items_keep_within_their_list(rows: list[tuple[int, str]]) -> None:
    text = "\n".join(f"{'  ' * depth}- {said}" for depth, said in rows)
    found = units(passage(text))
    assert len(found) == len(rows)
    for one in found:
        assert one.end <= (one.until or one.end) <= len(text)
        assert one.kind != "lead" or one.until


@pytest.mark.parametrize(
    "text",
    [
        "1. 밀물은 왜 생기는가?\n2. 썰물이란 무엇인가?",
        "Q. 밀물은 왜 생기나요?",
        "- Why do tides rise?\n- Name two tides.",  # half of the list asks
        "1. Why do tides rise?\n2. Name two tides.",
        "Which one floats? (A) iron (B) cork (C) lead",
        "소금은 어느 것인가? ① NaCl ② KCl ③ CaO",
        "몰수는 형벌인가? (O/X)",
    ],
)
def test_questions_and_what_is_to_be_chosen_are_no_answers(text: str) -> None:
    assert not any(unit.answers for unit in units(passage(text)))


def test_a_list_under_a_question_is_what_is_to_be_chosen() -> None:
    text = "Which metal is liquid?\n1. iron\n2. mercury\n3. zinc\nMercury melts at -39 degrees."
    assert [kind for kind, _ in kinds(text)] == [
        "question",
        "option",
        "option",
        "option",
        "sentence",
    ]


def test_what_stands_under_a_question_is_about_it() -> None:
    text = "Q. What is yeast?\nA fungus of one cell."
    answer = units(passage(text))[-1]
    assert answer.answers
    assert unit_text(passage(text), answer) == "What is yeast? A fungus of one cell."


def test_a_title_left_in_the_text_is_no_answer_where_sentences_are_closed() -> None:
    text = "The waggle dance\nBees dance on the comb. They shiver in winter."
    assert kinds(text)[0] == ("heading", "The waggle dance")


def test_speech_without_full_stops_answers() -> None:
    text = "so the bees dance on the comb\nand the others follow them\nin the dark of the hive"
    assert all(unit.answers for unit in units(passage(text)))


def test_a_row_is_compared_with_the_names_of_its_columns() -> None:
    text = "| river | length (km) |\n| Nile | 6,650 |\n| Rhine | 1,230 |"
    nile = units(passage(text))[1]
    assert (
        unit_text(passage(text, "Water", "Rivers"), nile)
        == "Rivers: river: Nile; length (km): 6,650"
    )


def test_items_beside_those_that_ask_are_questions_too_where_most_of_them_ask() -> None:
    text = (
        "- Checks\n  - Does it hold?\n  - Is it dry?\n  - Name the sluice.\n- Methods\n  - a review"
    )
    found = kinds(text)
    assert [kind for kind, _ in found] == ["lead", *3 * ["question"], "lead", "item"]
    text = "- Awareness is subjective. Is that wrong?\n- Bias: trials are mixed up."
    assert [kind for kind, _ in kinds(text)] == ["item", "question", "item"]


def test_an_item_that_asks_and_answers_is_no_exercise() -> None:
    text = "- Sluice\n  Q. What is a sluice?\n  A gate that lets water through."
    assert kinds(text)[-1] == ("item", "A gate that lets water through.")
    assert {kind for kind, _ in kinds("- Sluice\n- What is a weir?\n- What is a lock?")} == {
        "question"
    }


def test_numbers_and_dashes_inside_a_sentence_make_no_list() -> None:
    assert kinds("3.14 is pi.\n-5 degrees is cold.") == [
        ("sentence", "3.14 is pi."),
        ("sentence", "-5 degrees is cold."),
    ]


@given(
    st.lists(
        st.sampled_from(
            ["A bee dances.", "- nectar", "2. wax", "| a | b |", "| 1 |", "Why?", "① x ② y",
             "벌은 춤춘다.", "가. 꿀", "", " ", "...", "title", "어떻게 아나요? 춤을 본다."]
        ),
        max_size=12,
    )
)  # fmt: skip
def test_units_are_in_order_apart_and_within_the_text(lines: list[str]) -> None:
    text = "\n".join(lines)
    at = 0
    for unit in units(passage(text)):
        assert at <= unit.start < unit.end <= len(text)
        assert text[unit.start : unit.end].strip() == text[unit.start : unit.end]
        assert unit.until == 0 or unit.end < unit.until <= len(text)
        at = unit.end
    assert len(answering_units(passage(text))) >= 1


def test_an_empty_cell_keeps_its_place() -> None:
    assert row_text("|||tin||", "|a|b|c|d|") == "c: tin"


@given(st.lists(st.text(alphabet="ab 가나1.", max_size=6), min_size=1, max_size=5))
def test_a_row_is_read_without_its_bars(cells: list[str]) -> None:
    row = "| " + " | ".join(cells) + " |"
    header = "| " + " | ".join(f"H{i}" for i in range(len(cells))) + " |"
    said = row_text(row, header)
    assert "|" not in said
    for at, cell in enumerate(cells):
        assert not cell.strip() or f"H{at}: {cell.strip()}" in said


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        (
            "- when a deadlock occurs\n\nOne process waits for the other.",
            ["when a deadlock occurs"],
        ),
        (
            "설명이다.\n\n- 데드락이 일어나는 경우\n\n둘이 서로 기다린다.",
            ["데드락이 일어나는 경우"],
        ),
        ("- rinse the basket\n- dry it\n\nThen put it back.", []),  # a list
        ("- Osmosis: water moves\n\nIt is passive.", []),  # says what it is
        ("- It moves by itself.\n\nIt is passive.", []),  # a sentence
        ("It is passive.\n\n- no energy needed", []),  # nothing below
        ("These are needed:\n\n- no energy\n\nSo it goes.", []),  # led into
    ],
)
def test_a_lone_item_over_prose_is_a_title(text: str, titles: list[str]) -> None:
    one = passage(text)
    found = [text[u.start : u.end] for u in units(one) if is_title(one, u)]
    assert found == titles


def test_a_heading_in_the_text_is_a_title() -> None:
    one = passage("Deadlock", "Processes", "Deadlock")
    assert [is_title(one, u) for u in answering_units(one)] == [True]


@pytest.mark.parametrize("title", ["Verse 42. Rivers", "3. 화산의 종류.", "Chapter 7. Yeast. Salt"])
def test_a_heading_cut_as_sentences_are_is_a_title(title: str) -> None:
    one = passage(title, "Notes", title)
    assert all(is_title(one, u) for u in answering_units(one))
    below = passage(f"{title}\n\nIt grows back.", title)
    assert [is_title(below, u) for u in units(below)][-1] is False
