"""Student's t and the normal distribution, to about 1e-12, without scipy.

The t distribution comes from the regularised incomplete beta function, by Lentz's continued
fraction (Numerical Recipes 6.4; DLMF 8.17.22).
"""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist

from evals.stats.checks import share

__all__ = ["incomplete_beta", "normal_cdf", "normal_quantile", "t_cdf", "t_quantile"]

_NORMAL = NormalDist()
_TINY = 1e-300
_AS_NORMAL = 1e9  # degrees of freedom from which t and normal differ by less than 1e-9


def incomplete_beta(a: float, b: float, x: float) -> float:
    """I_x(a, b), the share of a Beta(a, b) variable below x. Raises ValueError outside its domain:
    a and b above 0, x from 0 to 1."""
    if not (a > 0 and b > 0 and 0 <= x <= 1):
        raise ValueError(f"the incomplete beta function has no value at a={a}, b={b}, x={x}")
    if x in (0.0, 1.0):
        return float(x)
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    # The fraction converges quickly on this side of the mean; the other side is its complement.
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(a, b, x) / a
    return 1 - front * _fraction(b, a, 1 - x) / b


def _fraction(a: float, b: float, x: float) -> float:
    c, d = 1.0, 1 / _away(1 - (a + b) * x / (a + 1))
    result = d
    for m in range(1, 100_000):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / _away(1 + term * d)
            c = _away(1 + term / c)
            result *= c * d
        if abs(c * d - 1) < 1e-16:
            break
    return result


def _away(value: float) -> float:
    """Not zero."""
    return value if abs(value) > _TINY else _TINY


def t_cdf(t: float, df: float) -> float:
    """P(T <= t) for Student's t with df degrees of freedom (any number above 0, or infinity).

    Raises ValueError for other df, or for a t that is not a number.
    """
    if not df > 0 or math.isnan(t):
        raise ValueError(f"Student's t has no value at t={t}, df={df}")
    if df >= _AS_NORMAL:
        return _NORMAL.cdf(t)
    if math.isinf(t):
        return float(t > 0)
    if t * t < df:  # near the middle, the complement would lose digits
        half = incomplete_beta(0.5, df / 2, t * t / (df + t * t)) / 2
        return 0.5 + math.copysign(half, t)
    tail = incomplete_beta(df / 2, 0.5, df / (df + t * t)) / 2
    return 1 - tail if t > 0 else tail


@lru_cache(maxsize=4096)
def t_quantile(p: float, df: float) -> float:
    """The t below which a share p of Student's t lies. Raises ValueError unless 0 < p < 1, df > 0.

    Newton's method within a bracket that bisection keeps, so there is no case in which it fails.
    """
    share(p, "p")
    if not df > 0:
        raise ValueError(f"Student's t has no quantile at df={df}")
    if df >= _AS_NORMAL:
        return _NORMAL.inv_cdf(p)
    if p == 0.5:
        return 0.0
    tail = min(p, 1 - p)
    low, high = -1.0, 0.0
    while t_cdf(low, df) > tail:
        low, high = 2 * low, low
        if low < -1e150:
            raise ValueError(f"the quantile of {p} at df={df} is out of a number's range")
    here = (low + high) / 2
    for _ in range(200):
        excess = t_cdf(here, df) - tail
        low, high = (low, here) if excess > 0 else (here, high)
        step = here - excess / _t_density(here, df)
        # Newton's step, or half of what is left where that would leave it
        after = step if low < step < high else (low + high) / 2
        if abs(after - here) <= 1e-15 * abs(here):
            break
        here = after
    return here if p < 0.5 else -here


def _t_density(t: float, df: float) -> float:
    front = math.lgamma((df + 1) / 2) - math.lgamma(df / 2)
    log = front - 0.5 * math.log(df * math.pi) - (df + 1) / 2 * math.log1p(t * t / df)
    return max(math.exp(log), _TINY)


def normal_cdf(z: float) -> float:
    """P(Z <= z) for a standard normal variable."""
    return _NORMAL.cdf(z)


def normal_quantile(p: float) -> float:
    """The z below which a share p of the standard normal lies. Raises ValueError unless in 0..1."""
    return _NORMAL.inv_cdf(share(p, "p"))
