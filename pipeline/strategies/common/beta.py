"""The probability that one of two answers is the more likely, from their counts: exact.

For whole counts the incomplete beta function at one half is a sum of binomial coefficients,
I_1/2(a, b) = P(Bin(a + b - 1, 1/2) >= a), so nothing is approximated but the last division.
"""

from __future__ import annotations

import math
from functools import lru_cache

__all__ = ["evidence_for", "probability_ahead"]


def probability_ahead(first: int, second: int) -> float:
    """P(p1 > p2) for two answers with these votes, of which p1 is the share of the first among
    samples of either, under the posterior Beta(first + 1, second + 1) of a uniform prior.

    Raises ValueError for a negative count.
    """
    tosses = _tosses(first, second)
    return _tail(first, tosses) / (1 << tosses)


def evidence_for(first: int, second: int) -> float:
    """The e-value of these votes against "the first answer is not the more likely of the two": the
    likelihood of a share spread evenly over (1/2, 1], in units of that of a fair coin.

    While the first answer is not the more likely, this is a supermartingale that starts at 1 as
    votes come in one by one, and at most 1.5 once the first answer has one. Falls with `second`.
    Raises ValueError for a negative count.
    """
    tosses = _tosses(first, second)
    return _tail(first, tosses) / (tosses * math.comb(tosses - 1, first))


def _tosses(first: int, second: int) -> int:
    if first < 0 or second < 0:
        raise ValueError(f"counts of votes are 0 or more, not {first} and {second}")
    return first + second + 1


@lru_cache(maxsize=4096)
def _tail(most: int, tosses: int) -> int:
    """In how many of all sequences of tosses at most so many are heads."""
    total = term = 1
    for heads in range(1, most + 1):
        term = term * (tosses - heads + 1) // heads
        total += term
    return total
