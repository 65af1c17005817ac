"""Formulas and listings are quoted whole, with the line that leads into them."""

from __future__ import annotations

import pytest

from pipeline.evidence.gather import Evidence, gather, inquire
from pipeline.evidence.listings import whole_block
from pipeline.notes.passage_units import answering_units
from pipeline.types import Hit, Passage, Place, Signal

LISTING = "total = 0\ntotal += len(names)\nprint(total)"
FORMULA = "$$ E = m c^2 $$"


def quoted(question: str, text: str) -> str | None:
    passage = Passage("p", text, "a.md", Place("a.md", 1, 9), ("Notes",), "en")
    found = whole_block(gather(inquire(question, "en", [passage]), [Hit(passage, 1.0)]))
    return found.text if found else None


@pytest.mark.parametrize("block", [LISTING, FORMULA])
def test_a_block_comes_with_what_leads_into_it(block: str) -> None:
    text = f"Energy and names are told apart.\nThe length of all names is added up so:\n{block}"
    assert quoted("How is the length of all names added up?", text) == text.split("\n", 1)[1]


def test_prose_is_no_block() -> None:
    assert quoted("What is told apart?", "Energy and names are told apart.\nThey differ.") is None


@pytest.mark.parametrize(
    ("line", "block"),
    [
        ("f(x) is 2.", False),  # a sentence with two signs
        ("a blend of 50% A & 50% B", False),  # signs that stand in prose, too
        ("a = 50% of b", True),
        ("- a = 50% of b", False),  # an item of a list
        ("is f(x) > 2 (or 3)?", False),  # a question
        ("x == 2 ? a : b;", True),
        ("print(total)", True),
        # few signs for its length, but for the one at its end
        ("the grain (of any kind) is weighed and left to stand over night in the mill", False),
        ("the function that weighs the grain and adds up what was in all sacks of it {", True),
    ],
)
def test_a_line_is_a_formula_by_its_signs(line: str, block: bool) -> None:
    text = f"Grain and flour are told apart.\nThe mixture of grain is set by this:\n{line}"
    said = quoted("What is the mixture of grain set by?", text)
    assert said == (text.split("\n", 1)[1] if block else None)


def written(text: str, *scores: float) -> tuple[Evidence, ...]:
    """What stands in the lines of a text as evidence, with these scores, the best first."""
    passage = Passage("p", text, "a.md", Place("a.md", 1, 9), ("Notes",), "en")
    found = [
        Evidence(passage, unit, unit.start, unit.end, Signal(1.0), score)
        for unit, score in zip(answering_units(passage), scores, strict=False)
    ]
    return tuple(sorted(found, key=lambda one: -one.score))


LOAF = "The loaf is set by this:\nloaf = flour + 2 * water;\nsalt = flour / 50;\nyeast = salt / 2;"
LED = f"Bread is weighed.\n{LOAF}\nBread is baked hot."


@pytest.mark.parametrize(
    ("scores", "quoted"),
    [
        ((1, 5, 1, 1), True),  # the line that leads into it
        ((1, 1, 5, 1), True),  # its lines
        ((5, 1, 1, 1), False),  # a line before
        ((1, 1, 1, 5), False),  # a line after
        ((5, 4, 1, 1), True),  # nearly as much speaks for the one that leads into it
        ((5, 2, 1, 1), False),
    ],
)
def test_what_is_part_of_a_block_or_leads_into_it_brings_it(
    scores: tuple[float, ...], quoted: bool
) -> None:
    found = whole_block(written(LED, *scores))
    assert (found and found.text) == (LOAF if quoted else None)


def test_without_evidence_there_is_no_block() -> None:
    assert whole_block(()) is None
    assert whole_block(written(FORMULA, 1.0)) is not None


def test_of_the_line_that_leads_into_a_block_the_last_sentence_is_quoted() -> None:
    text = f"Bread is weighed. {LOAF}"
    found = whole_block(written(text, 1.0, 5.0))
    assert found is not None
    assert found.text == text.partition(". ")[2]


@pytest.mark.parametrize(
    ("text", "block"),
    [
        # what a listing begins with may have no signs, and so may its indented lines
        ("repeat for ever\n  x = x + 1;\nIt never ends.", "repeat for ever\n  x = x + 1;"),
        ("Do it so.\nrepeat for ever\n\n  x = x + 1;", "repeat for ever\n\n  x = x + 1;"),
        ("while (true) {\n    wait\n}\nIt never ends.", "while (true) {\n    wait\n}"),
        # blank lines do not end it, prose does
        ("x = 1;\n\ny = x + 2;\nBoth are set.", "x = 1;\n\ny = x + 2;"),
        ("x = 1;\nThen comes y.\ny = x + 2;", "x = 1;"),
        ("x = 1;\ny = 2;\nboth of them are set now", "x = 1;\ny = 2;"),
        ("Let it be so:\nf(x) = 2.", "f(x) = 2."),
        # two formulas are two
        ("$$ a = b $$\n$$ c = d $$\nBoth hold.", "$$ a = b $$"),
        # prose that begins with a small letter and ends as prose does
        ("so it is set.\nx = 1;\ny = 2;", "x = 1;\ny = 2;"),
        ("값은 이렇게 정한다\nx = 1;\ny = 2;", "x = 1;\ny = 2;"),
    ],
)
def test_where_a_block_begins_and_ends(text: str, block: str) -> None:
    passage = Passage("p", text, "a.md", Place("a.md", 1, 9), ("Notes",), "en")
    unit = next(one for one in answering_units(passage) if one.end > text.index(block))
    found = whole_block([Evidence(passage, unit, unit.start, unit.end, Signal(1.0), 1.0)])
    assert found is not None
    assert found.text.endswith(block)
    assert found.end == text.index(block) + len(block)
