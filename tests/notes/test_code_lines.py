"""Lines of code and steps of a calculation are quoted as one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.notes.code_lines import goes_with, is_statement
from pipeline.notes.passage_units import units
from pipeline.text.language import language_of
from pipeline.types import Passage, Place


def said(text: str) -> list[str]:
    passage = Passage("id", text, "a.md", Place("a.md", 1, 1), (), language_of(text))
    return [text[one.start : one.end] for one in units(passage)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        # the lines of a statement, and the comment on it
        (
            "A table of boats:\nCREATE TABLE boats(\n  id int,\n  name text\n);\n"
            "-- one row a boat\n\nDROP TABLE boats;\nIt is gone.",
            ["A table of boats:",
             "CREATE TABLE boats(\n  id int,\n  name text\n);\n-- one row a boat",
             "DROP TABLE boats;", "It is gone."],
        ),
        ("let a = 1;\nlet b = 2;", ["let a = 1;\nlet b = 2;"]),
        # steps of a calculation
        (
            "// 넓이\nA = (2 * 3) / 2\n  = 6 / 2\n  = 3\n\n밑변은 2이다.",
            ["// 넓이\nA = (2 * 3) / 2\n  = 6 / 2\n  = 3", "밑변은 2이다."],
        ),
        ("평균 = (30 + 22) / 2 = 26\n--> 26세", ["평균 = (30 + 22) / 2 = 26\n--> 26세"]),
        # statements that say something each
        ("밀도 = 질량 / 부피\n무게 = 질량 x 중력", ["밀도 = 질량 / 부피", "무게 = 질량 x 중력"]),
        ("GDP = output (a year)\nCPI = prices (a month)",
         ["GDP = output (a year)", "CPI = prices (a month)"]),
        ("It rains.\n= 3 in all", ["It rains.", "= 3 in all"]),
        ("See (the chart)\nand the map", ["See (the chart)", "and the map"]),
        ("He left -- she stayed\n-- and so on", ["He left -- she stayed", "-- and so on"]),
    ],
)  # fmt: skip
def test_what_belongs_together_is_quoted_together(text: str, found: list[str]) -> None:
    assert said(text) == found


@given(
    st.lists(
        st.sampled_from(
            ["f(x);", "f(", ");", "# a", "-- b", "= 1", "word", "- item", "", "| a |", "{"]
        ),
        max_size=60,
    )
)
def test_units_stay_in_order_and_hold_every_line(lines: list[str]) -> None:
    assert len(goes_with(lines)) == len(lines)
    assert not any(goes_with(lines)[:1])
    text = "\n".join(["begin", *lines])
    passage = Passage("id", text, "a.md", Place("a.md", 1, 1), (), "en")
    at = 0
    for one in units(passage):
        assert at <= one.start < one.end <= len(text)
        assert not text[at : one.start].replace("-", "").strip()
        at = one.end
    assert not text[at:].strip()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("boats = [];", True),
        ("// counts boats\nfunction count(boats) {", True),
        ("// a remark alone", True),
        ("A boat floats because it is light.", False),
        ("배는 가벼워서 뜬다.", False),
        ("boats = [];\nThe list is empty.", False),
        ("$p = \\frac{m}{V}", False),  # a formula says something
        ("| boat | sail |", False),
        ("boil(egg); // seven minutes", True),
        ("function boil(egg) {\n  wait(`${egg.size} min`);\n\n};\nboil(egg); // done", True),
        ("Boil it. // seven minutes", False),
        ("", False),
    ],
)
def test_a_text_is_code_where_each_line_of_it_is(text: str, code: bool) -> None:
    assert is_statement(text) is code
