"""Which turns a question leans on: the last, both of the last two, or an older one."""

from __future__ import annotations

import re

import pytest

from pipeline.answering.conversation.context import Turn, in_context
from pipeline.types import Hit, Passage, Place

SAID = {
    "felt": "Felt is made of wet wool; nothing is woven, and it never frays.",
    "linen": "Linen is woven of flax and creases at once.",
    "silk": "Silk comes from a cocoon.",
}
TURNS = [Turn("What is felt?"), Turn("What is silk?"), Turn("What is linen?")]


class Notes:
    """A passage for each cloth."""

    def leans(self, question: str) -> float:
        return 1.0

    def leans_on_both(self, question: str) -> bool:
        return "two" in question

    def overlap(self, text: str) -> tuple[float, float]:
        return 1.0, 0.0

    def search(self, question: str, k: int) -> list[Hit]:
        name = next(cloth for cloth in SAID if cloth in question)
        place = Place(f"{name}.md", 1, 1)
        return [Hit(Passage(name, SAID[name], place.source, place, (name,)), 1.0)]

    def name_tokens(self, text: str) -> frozenset[int]:
        return frozenset(map(hash, re.findall("[a-z]{4,}", text.lower())))


@pytest.mark.parametrize(
    ("question", "about"),
    [
        ("Does it crease?", ["linen"]),
        ("Which of the two is dearer?", ["silk", "linen"]),
        ("Why has the wool to be wet?", ["felt"]),
        ("Where does it grow?", ["linen"]),
    ],
)
def test_it_is_asked_of_the_turns_that_it_leans_on(question: str, about: list[str]) -> None:
    whole = in_context(question, TURNS, Notes())
    assert whole == f"{' '.join(about)}, {', '.join(about)}: {question}"


def test_of_one_turn_alone_both_is_that_turn() -> None:
    question = "Which of the two is dearer?"
    assert in_context(question, TURNS[:1], Notes()) == f"felt, felt: {question}"
