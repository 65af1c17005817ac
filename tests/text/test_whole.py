"""Where names stand in texts as whole words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.whole import whole_at


@pytest.mark.parametrize(
    ("name", "text", "at"),
    [
        ("tin", "Gutters are of tin.", 15),
        ("tin", "the melting point", -1),
        ("cable car", "Two cable cars run.", 4),
        ("간", "쓸개즙은 간에서 나온다.", 5),
        ("10-20 °C", "at 10 - 20 °C", 3),
        ("|", "a | b", -1),
    ],
)
def test_a_name_stands_as_whole_words(name: str, text: str, at: int) -> None:
    assert whole_at(name, text) == at


@given(st.text(max_size=20), st.text(max_size=60))
def test_it_is_a_place_in_the_text(name: str, text: str) -> None:
    assert -1 <= whole_at(name, text) < max(1, len(text.casefold()))
