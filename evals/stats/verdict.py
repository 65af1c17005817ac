"""Names what a comparison may be said to show: one set of words for every place that says it."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["MARGIN", "Verdict", "judge"]

MARGIN = 0.05
"""The least gain worth having, where nobody says otherwise: five points."""


class Verdict(StrEnum):
    """The values are the words that a reader sees.

    A decision over strategies is GAIN, LOSS, NO_GAIN (none as large as the margin) or CANNOT_TELL;
    a gate's is NO_LOSS (none as large as the margin), LOSS or CANNOT_TELL.
    """

    GAIN = "gain"
    LOSS = "loss"
    NO_GAIN = "no gain"
    NO_LOSS = "no loss"
    CANNOT_TELL = "cannot tell"


def judge(delta: float, high: float, p: float, margin: float, alpha: float = 0.05) -> Verdict:
    """The verdict on a difference of candidate minus baseline.

    delta: the difference seen. high: the upper end of its interval. p: of no difference, adjusted
    for every comparison made. margin: the least gain that would be worth having, above 0. A loss
    is said before the absence of a gain, as it says more. Raises ValueError for another margin.
    """
    if not margin > 0:
        raise ValueError(f"margin is {margin}, not above 0")
    if p < alpha and delta:
        return Verdict.GAIN if delta > 0 else Verdict.LOSS
    return Verdict.NO_GAIN if high < margin else Verdict.CANNOT_TELL
