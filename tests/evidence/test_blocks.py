"""Formulas and listings are quoted whole, with the line that leads into them."""

from __future__ import annotations

import pytest

from pipeline.evidence.blocks import whole_block
from pipeline.evidence.gather import gather, inquire
from pipeline.types import Hit, Passage, Place

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
    ],
)
def test_a_line_is_a_formula_by_its_signs(line: str, block: bool) -> None:
    text = f"Grain and flour are told apart.\nThe mixture of grain is set by this:\n{line}"
    said = quoted("What is the mixture of grain set by?", text)
    assert said == (text.split("\n", 1)[1] if block else None)
