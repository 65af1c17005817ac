"""Which cell of a row a question asks for, and none where that cannot be told."""

from __future__ import annotations

import pytest

from pipeline.evidence.table_cells import addresses, asked_cell, is_listed, named_cell
from pipeline.notes.table_rows import row_text
from pipeline.text.answer_type import wanted

METALS = "| metal | melting point | density (g) |"
TIN = "| tin | 232 °C | 7.3 |"
ELEMENTS = "| 원소 | 값 |"


def asked(question: str, language: str, header: str, row: str) -> str | None:
    """What is marked of the row as it is read out."""
    span = asked_cell(question, language, wanted(question), row, header)
    return None if span is None else row_text(row, header)[slice(*span)]


@pytest.mark.parametrize(
    ("question", "header", "row", "cell"),
    [
        ("What is the price of tin?", "| metal | price |", "| tin | 30 |", "30"),
        ("Which colours has tin?", "| metal | colour |", "| tin | silvery |", "silvery"),
        # two headings are named alike
        ("What is the price of tin?", "| metal | old price | new price |", "| tin | 3 | 4 |", None),
        # nothing is named, and one cell is no reason to take it
        ("Why does it shine?", "| alloy |", "| brass |", None),
        # what is asked for comes first
        ("What is the density of the metal that melts at 232 °C?", METALS, TIN, "7.3"),
        ("Which metal has a density of 7.3?", METALS, TIN, "tin"),
        # no heading is named, but one cell holds what is wanted
        ("When was tin found?", "| metal | finder | discovery |", "| tin | Lark | 12 May 1843 |",
         "12 May 1843"),
        ("Who sells tin?", "| metal | cost |", "| tin | 30 euros |", None),
        # a heading that is named goes before a figure
        ("How many is the weight of tin?", "| metal | weight | delivery |",
         "| tin | heavy | 3 days |", "heavy"),
    ],
)  # fmt: skip
def test_the_cell_that_is_asked_for(question: str, header: str, row: str, cell: str | None) -> None:
    assert asked(question, "en", header, row) == cell


@pytest.mark.parametrize(
    ("question", "header", "row", "cell"),
    [
        ("주석의 가격은?", "| 금속 | 가격 |", "| 주석 | 30 |", "30"),
        ("주석의 기간은?", "| 금속 | 기능 |", "| 주석 | 주조 |", None),
        # what is asked for comes last
        ("7도에서 녹는 금속의 밀도는?", "| 금속 | 녹는점 | 밀도 |", "| 주석 | 7도 | 9 |", "9"),
        # a heading in another form, but not half of one
        ("주석이 녹는 온도는?", "| 금속 | 녹는점 |", "| 주석 | 높음 |", "높음"),
        ("주석의 가격은?", "| 금속 | 가격변동 |", "| 주석 | 큼 |", None),
    ],
)  # fmt: skip
def test_the_cell_that_is_asked_for_in_korean(
    question: str, header: str, row: str, cell: str | None
) -> None:
    assert asked(question, "ko", header, row) == cell


@pytest.mark.parametrize(
    ("question", "language", "header", "row", "told"),
    [
        ("What is the melting point of tin?", "en", METALS, TIN, True),
        ("What is the density of tin?", "en", METALS, TIN, True),  # (g) is no part of its name
        ("What is the point of tin?", "en", METALS, TIN, False),  # half of a heading
        ("What about tin?", "en", METALS, TIN, False),
        # by another cell than the first, and what stands above that
        ("Which metal has a melting point of 232 °C, and what density?", "en", METALS, TIN, True),
        ("What is tin?", "en", "", TIN, False),
        # a single letter only as a word
        ("What is the value of a?", "en", "| row | value |", "| a | 7 |", True),
        ("What is the value at best?", "en", "| row | value |", "| a | 7 |", False),
        ("철의 값은?", "ko", ELEMENTS, "| 철 | 7 |", True),
        ("지하철의 값은?", "ko", ELEMENTS, "| 철 | 7 |", False),
    ],
)
def test_a_row_is_named_by_a_cell_and_another_heading(
    question: str, language: str, header: str, row: str, told: bool
) -> None:
    assert addresses(question, language, row, header) == told


@pytest.mark.parametrize(
    ("question", "header", "share"),
    [
        ("What is the melting point of tin?", METALS, 1.0),
        ("What is the point of tin?", METALS, 0.5),
        ("What is the melting point?", METALS, 0.0),  # "melting" is not tin
        ("What is the density of tins?", METALS, 1.0),
        ("What is the density of tinplate?", METALS, 0.0),
        ("What about tin?", METALS, 0.0),
        ("What about tin?", "| metal | | |", 0.0),
        ("What about tin?", "", 0.0),
    ],
)
def test_how_well_the_heading_of_another_cell_is_named(
    question: str, header: str, share: float
) -> None:
    assert named_cell(question, "en", TIN, header) == share


@pytest.mark.parametrize(
    ("question", "language", "header", "row", "listed"),
    [
        ("Which metals are there?", "en", METALS, TIN, True),
        ("Which metals have a density?", "en", METALS, TIN, True),
        ("Which alloys are there?", "en", METALS, TIN, False),
        ("Which densities are there?", "en", METALS, TIN, False),  # not what the rows are
        ("What metal is tin?", "en", METALS, TIN, False),  # one row, not all of them
        ("Which metals melt at 232 °C?", "en", METALS, TIN, False),
        ("Which metals are there?", "en", "", TIN, False),
        ("Which metals are there?", "en", "| | metal |", "| tin | soft |", False),
        ("원소에는 뭐가 있어?", "ko", ELEMENTS, "| 철 | 7 |", True),
        ("철의 원소 번호는?", "ko", ELEMENTS, "| 철 | 7 |", False),
    ],
)
def test_a_row_is_one_of_those_that_a_question_asks_to_list(
    question: str, language: str, header: str, row: str, listed: bool
) -> None:
    assert is_listed(question, language, row, header) is listed
