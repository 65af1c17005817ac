"""Which rows a sentence leads to."""

from __future__ import annotations

import pytest

from pipeline.evidence.table_cells import addresses, leads_to

METALS = "| metal | melting point | used for |"
ZINC = "| zinc | 420 °C | gutters |"
ORGANS = "| 기관 | 하는 일 | 무게 |"
LIVER = "| 간 | 해독 | 1.5kg |"


@pytest.mark.parametrize(
    ("said", "question", "language", "row", "header", "leads"),
    [
        ("Pewter is mostly zinc.", "What is the melting point of the metal in pewter?", "en",
         ZINC, METALS, True),
        ("Pewter is mostly lead.", "What is the melting point of the metal in pewter?", "en",
         ZINC, METALS, False),
        ("Pewter is mostly zinc.", "What is the melting point of zinc?", "en", ZINC, METALS, False),
        ("Pewter is mostly zinc.", "What colour is pewter?", "en", ZINC, METALS, False),
        ("The melting point of zinc is low.", "What is the melting point of pewter's metal?", "en",
         ZINC, METALS, False),
        ("쓸개즙은 간에서 나온다.", "쓸개즙을 만드는 기관의 무게는?", "ko", LIVER, ORGANS, True),
        ("쓸개즙은 간에서 나온다.", "쓸개즙은 무슨 색이야?", "ko", LIVER, ORGANS, False),
        ("Pewter is mostly zinc.", "What is its melting point?", "en", "Zinc melts.", "", False),
    ],
)  # fmt: skip
def test_a_row_that_is_named_and_asked_about(
    said: str, question: str, language: str, row: str, header: str, leads: bool
) -> None:
    assert leads_to(said, question, language, row, header) is leads


@pytest.mark.parametrize(
    ("question", "language", "row", "header", "named"),
    [
        ("What is the melting point of zinc?", "en", ZINC, METALS, True),
        ("Which metal is used for gutters?", "en", ZINC, METALS, True),
        ("Which metal melts at the melting point of 420 °C?", "en", ZINC, METALS, True),
        ("Which metal has gutters?", "en", ZINC, METALS, False),  # what of the gutters is not said
        ("Which metal is used for roofs?", "en", ZINC, METALS, False),
        ("무게가 1.5kg인 기관은 뭐야?", "ko", LIVER, ORGANS, True),
    ],
)
def test_a_row_is_named_by_any_cell_and_what_stands_above_it(
    question: str, language: str, row: str, header: str, named: bool
) -> None:
    assert addresses(question, language, row, header) is named
