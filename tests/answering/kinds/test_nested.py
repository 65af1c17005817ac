"""Lists within lists."""

from __future__ import annotations

import pytest

from pipeline.answering.kinds.explanation import widened
from pipeline.answering.kinds.lists import named_list
from pipeline.evidence.gather import Evidence, gather, inquire
from pipeline.types import Hit, Passage, Place

COURT = """- Players
  - six on court
  - The libero
    - plays behind. That is to help the defence.
    - may not serve
- Scoring
  - sets of 25 points"""


def found(question: str) -> tuple[Evidence, ...]:
    passage = Passage("1", COURT, "court.md", Place("court.md", 1, 7), ("Parts",))
    return gather(inquire(question, "en", [passage]), [Hit(passage, 1.0)])


@pytest.mark.parametrize(
    ("question", "item", "begins", "ends"),
    [
        ("What may the libero do?", "may not serve", "The libero", "may not serve"),
        ("What are the rules for players?", "six on court", "Players", "may not serve"),
        ("What parts are there?", "Scoring", "Players", "25 points"),  # all that is headed
        ("What limits are there?", "may not serve", "The libero", "may not serve"),
    ],
)
def test_of_lists_within_lists_the_one_that_is_named(
    question: str, item: str, begins: str, ends: str
) -> None:
    one = next(one for one in found(question) if one.text.startswith(item))
    text = named_list(question, one).text
    assert text.startswith(begins)
    assert text.endswith(ends)


def test_a_reason_within_an_item_is_quoted_with_it() -> None:
    one = next(one for one in found("libero") if one.text.startswith("plays behind"))
    assert widened(one).text == "plays behind. That is to help the defence."
