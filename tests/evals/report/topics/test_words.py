"""Numbers as they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.report.topics import words


@pytest.mark.parametrize(
    ("p", "said"),
    [(0.0001, "< .001"), (0.0034, "= .003"), (0.034, "= .034"), (0.58, "= .58"), (1.0, "= 1")],
)
def test_p_values(p: float, said: str) -> None:
    assert words.p_words(p) == said


def test_points_and_ratios() -> None:
    assert words.points(0.1834) == "+18.3"
    assert words.points(-0.0001) == "+0.0"
    assert words.points(-0.05, sign=False) == "-5.0"
    assert [words.times(v) for v in (7.44, 0.3111, 120.4)] == ["7.4x", "0.31x", "120x"]
    assert words.price(1.423e12) == "1.4 T"
    assert [words.seconds(v) for v in (0.42, 12.14, 200)] == ["0.42 s", "12.1 s", "3 min 20 s"]


@given(st.floats(min_value=0, max_value=1e21))
def test_no_exponent_is_ever_written(value: float) -> None:
    for said in (words.times(value), words.count(value), words.price(value), words.seconds(value)):
        assert "e" not in said.replace("sec", "")
