"""Student's t and the normal distribution, from scipy, with a domain that is checked."""

from __future__ import annotations

import math

from scipy import special

from evals.stats.checks import share

__all__ = ["normal_cdf", "normal_quantile", "t_cdf", "t_quantile"]


def t_cdf(t: float, df: float) -> float:
    """P(T <= t) for Student's t with df degrees of freedom (any number above 0, or infinity).

    Raises ValueError for other df, or for a t that is not a number.
    """
    if not df > 0 or math.isnan(t):
        raise ValueError(f"Student's t has no value at t={t}, df={df}")
    return float(special.stdtr(df, t))


def t_quantile(p: float, df: float) -> float:
    """The t below which a share p of Student's t lies. Raises ValueError unless p is between 0 and
    1 and df above 0."""
    share(p, "p")
    if not df > 0:
        raise ValueError(f"Student's t has no quantile at df={df}")
    return float(special.stdtrit(df, p))


def normal_cdf(z: float) -> float:
    """P(Z <= z) for a standard normal variable."""
    return float(special.ndtr(z))


def normal_quantile(p: float) -> float:
    """The z below which a share p of the standard normal lies. Raises ValueError unless in 0..1."""
    return float(special.ndtri(share(p, "p")))
