"""Lists within lists, and tables that are lists."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.answering.kinds.base import Asked
from pipeline.answering.kinds.explanation import widened
from pipeline.answering.kinds.lists import (
    best_list,
    carried_on,
    listed,
    listed_rows,
    named_list,
)
from pipeline.evidence.gather import Evidence, gather, inquire
from pipeline.types import Hit, Hits, Passage, Place, Search, Signal

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


METALS = "| metal | melts at |\n| tin | 232 °C |\n| zinc | 420 °C |\n| lead | 327 °C |"


@pytest.mark.parametrize(
    ("question", "rows"),
    [
        ("Which metals are there?", ["tin", "zinc", "lead"]),
        ("What metal is tin?", []),  # names one of them; of the others two are no list
        ("Which alloys are there?", []),
    ],
)
def test_the_rows_of_a_table_are_a_list_of_what_stands_above_them(
    question: str, rows: list[str]
) -> None:
    passage = Passage("1", METALS, "metals.md", Place("metals.md", 1, 4))
    inquiry = inquire(question, "en", [passage])
    listed = listed_rows(inquiry, gather(inquiry, [Hit(passage, 1.0)]))
    assert [one.text.split()[1] for one in listed] == rows


def rows_of(question: str, *scores: float) -> list[str]:
    """The rows that are the list, where the rows of the table of metals have these scores."""
    passage = Passage("1", METALS, "metals.md", Place("metals.md", 1, 4), ("Coins",))
    inquiry = inquire(question, "en", [passage])
    found = sorted(gather(inquiry, [Hit(passage, 1.0)]), key=lambda one: one.start)
    scored = [replace(one, score=score) for one, score in zip(found, scores, strict=True)]
    scored.sort(key=lambda one: -one.score)
    return [one.text.split()[1] for one in listed_rows(inquiry, scored)]


def test_the_rows_of_the_best_table_are_the_list_where_they_answer_nearly_alike() -> None:
    assert rows_of("What were coins made of?", 1.0, 4.0, 3.5) == ["tin", "zinc", "lead"]
    assert rows_of("What were coins made of?", 1.0, 4.0, 0.5) == []  # zinc alone is meant
    assert rows_of("Which three were coins made of?", 1.0, 4.0, 0.5) == ["tin", "zinc", "lead"]
    assert rows_of("Which four were coins made of?", 1.0, 4.0, 0.5) == []


@pytest.mark.parametrize(
    ("like", "source", "shown"),
    [
        (0.5, "mint.md", "| tin"),
        (0.7, "mint.md", "Struck"),
        (0.7, "metals.md", "| tin"),  # the sections are of a note that the best row is not of
    ],
)
def test_rows_go_before_sections_that_the_question_hardly_names(
    like: float, source: str, shown: str
) -> None:
    passage = Passage("1", METALS, source, Place(source, 1, 4), ("Coins",))
    inquiry = inquire("Which metals are there?", "en", [passage])
    rows = gather(inquiry, [Hit(passage, 1.0)])
    course = listed(Asked("list", inquiry, rows, "notes", inquiry.text, 0.9, 0.5))
    (search,) = next(course)
    assert isinstance(search, Search)
    parts = [
        Passage(
            name, f"{name} by hand in a mint.", "mint.md", Place("mint.md", 1, 1), ("Mint", name)
        )
        for name in ("Struck", "Cast", "Milled")
    ]
    hits = [Hit(one, like, signals=(Signal(1.0, 1.0),)) for one in parts]
    with pytest.raises(StopIteration) as done:
        course.send([Hits(search, tuple(hits))])
    assert done.value.value.parts[0].evidence.text.startswith(shown)


TWO_LISTS = """Pumps are serviced:
- in spring

Parts to look at:
- seal
- bearing
- valve"""


def test_a_list_of_one_item_gives_way_and_one_of_as_many_as_asked_for_is_meant() -> None:
    passage = Passage("1", TWO_LISTS, "pumps.md", Place("pumps.md", 1, 7))
    inquiry = inquire("What three parts of a pump are there?", "en", [passage])
    found = gather(inquiry, [Hit(passage, 1.0)])
    season = next(one for one in found if one.text.startswith("Pumps"))
    parts = next(one for one in found if one.text.startswith("Parts"))
    near = [replace(season, score=5.0), replace(parts, score=4.5)]
    assert best_list(near) == near[1]  # the other has one item
    behind = [replace(season, score=5.0), replace(parts, score=3.5)]
    assert best_list(behind) == behind[0]
    assert best_list(behind, inquiry) == behind[1]
    assert best_list(behind, inquire("What two parts are there?", "en")) == behind[0]
    assert best_list([]) is None


def test_what_is_far_ahead_of_the_rows_is_meant_alone() -> None:
    passage = Passage("1", METALS, "metals.md", Place("metals.md", 1, 4))
    inquiry = inquire("Which metals are there?", "en", [passage])
    first, *others = gather(inquiry, [Hit(passage, 1.0)])
    assert listed_rows(inquiry, [replace(first, score=first.score + 3), *others]) == ()
    said = Passage("2", "The metals of coins are three.", "coins.md", Place("coins.md", 1, 1))
    best = gather(inquiry, [Hit(said, 1.0)])[0]
    rows = [first, *others]
    assert listed_rows(inquiry, [replace(best, score=first.score + 1), *rows])
    assert listed_rows(inquiry, [replace(best, score=first.score + 3), *rows]) == ()


BEGUN = """* A bread dough needs 3 things:
  1. Flour
    * Strong flour has more gluten"""
GOES_ON = """* Rye has little of it
  2. Water
  3. Salt
* Bake at 230 °C"""
DOUGH = "A bread dough needs 3 things:"


def pieces(
    headings: tuple[str, ...], line: int = 4, rest: str = GOES_ON, begun: str = BEGUN
) -> tuple[Evidence, tuple[str, ...]]:
    """The first part of a list, and what is found to be the rest of it."""
    one = Passage("1", begun, "bread.md", Place("bread.md", 1, 3), ("Dough",))
    two = Passage("2", rest, "bread.md", Place("bread.md", line, line + 3), headings)
    inquiry = inquire("What does a dough need?", "en", [one, two])
    found = gather(inquiry, [Hit(one, 1.0), Hit(two, 0.9)])
    first = next(at for at in found if at.passage.id == "1" and at.unit.kind in ("lead", "item"))
    shown = named_list("What does a dough need?", first)
    return shown, tuple(at.text for at in carried_on(shown, found))


def test_a_list_that_was_cut_goes_on_in_the_next_passage() -> None:
    shown, rest = pieces(("Dough", DOUGH, "Flour"))
    assert shown.text.startswith(DOUGH)
    assert rest == ("Rye has little of it\n  2. Water\n  3. Salt",)  # and not what comes after it
    assert pieces(("Dough", DOUGH, "Flour"), line=9)[1] == ()
    assert pieces(("Dough", "Flour"))[1] == ()


def test_a_list_without_a_lead_goes_on_under_the_same_heading_as_long_as_it_is_one() -> None:
    begun = "- 밀가루\n- 물\n- 소금"
    same = ("Dough",)
    assert pieces(same, rest="- 효모\n- 설탕", begun=begun)[1] == ("효모\n- 설탕",)
    assert pieces(same, rest="- 효모\n\n도구:\n- 저울\n- 체", begun=begun)[1] == ("효모",)
    assert pieces(same, rest="도구:\n- 저울\n- 체", begun=begun)[1] == ()
    assert pieces(same, rest="반죽은 한 시간 둔다.", begun=begun)[1] == ()
    assert pieces(("Oven",), rest="- 효모\n- 설탕", begun=begun)[1] == ()


def test_a_list_is_answered_with_the_rest_that_was_cut_from_it() -> None:
    one = Passage("1", BEGUN, "bread.md", Place("bread.md", 1, 3), ("Dough",))
    headings = ("Dough", DOUGH, "Flour")
    two = Passage("2", GOES_ON, "bread.md", Place("bread.md", 4, 7), headings)
    inquiry = inquire("Which things does a bread dough need?", "en", [one, two])
    found = gather(inquiry, [Hit(one, 1.0), Hit(two, 0.9)])
    lead = next(at for at in found if at.passage.id == "1" and at.unit.kind in ("lead", "item"))
    found = (replace(lead, score=99.0), *found)
    course = listed(Asked("list", inquiry, found, "notes", inquiry.text, 0.9, 0.5))
    (search,) = next(course)
    assert isinstance(search, Search)
    with pytest.raises(StopIteration) as done:
        course.send([Hits(search, ())])
    first, rest = done.value.value.parts
    assert first.evidence.text.startswith(DOUGH)
    assert rest.evidence.text.endswith("3. Salt")
