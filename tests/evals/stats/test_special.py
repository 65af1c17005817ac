"""Student's t against published tables and closed forms."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.stats.special import normal_cdf, normal_quantile, t_cdf, t_quantile


@pytest.mark.parametrize(
    ("p", "df", "known"),
    [  # closed forms for 1, 2 and 4 degrees of freedom; the rest from NIST/SEMATECH table 1.3.6.7.2
        (0.975, 1, math.tan(0.475 * math.pi)),
        (0.95, 2, 0.9 * math.sqrt(2 / (4 * 0.95 * 0.05))),
        (0.975, 4, 2.7764451051977987),
        (0.975, 10, 2.2281388519649385),
        (0.95, 30, 1.6972608865939587),
        (0.995, 60, 2.6602830288550381),
        (0.975, 1000, 1.9623390808264078),
    ],
)
def test_quantiles_are_those_of_the_tables(p: float, df: float, known: float) -> None:
    assert t_quantile(p, df) == pytest.approx(known, abs=1e-8, rel=1e-11)


@pytest.mark.parametrize("t", [-7.0, -1.0, -0.3, 1e-9, 0.4, 2.0, 60.0])
def test_closed_forms(t: float) -> None:
    assert t_cdf(t, 1) == pytest.approx(0.5 + math.atan(t) / math.pi, rel=1e-12, abs=1e-9)
    assert t_cdf(t, 2) == pytest.approx(0.5 + t / (2 * math.sqrt(2 + t * t)), rel=1e-9, abs=1e-9)


@given(st.floats(0.001, 0.999), st.floats(0.6, 500))
def test_quantile_undoes_the_cdf(p: float, df: float) -> None:
    assert t_cdf(t_quantile(p, df), df) == pytest.approx(p, abs=1e-10)


@given(st.floats(-50, 50), st.floats(0.3, 1e6))
def test_symmetric(t: float, df: float) -> None:
    assert t_cdf(t, df) + t_cdf(-t, df) == pytest.approx(1, abs=1e-12)


def test_ends() -> None:
    assert t_quantile(0.975, math.inf) == pytest.approx(1.959963984540054, abs=1e-12)
    assert t_cdf(math.inf, 3) == 1
    assert t_cdf(-math.inf, 3) == 0
    assert t_quantile(0.5, 3) == 0
    assert normal_cdf(normal_quantile(0.3)) == pytest.approx(0.3)


def test_outside_of_the_domain() -> None:
    with pytest.raises(ValueError, match="p is 1"):
        t_quantile(1, 3)
    with pytest.raises(ValueError, match="df=0"):
        t_quantile(0.9, 0)
    for df in (0, -1):
        with pytest.raises(ValueError, match=f"df={df}"):
            t_cdf(0, df)
    with pytest.raises(ValueError, match="t=nan"):
        t_cdf(math.nan, 2)
