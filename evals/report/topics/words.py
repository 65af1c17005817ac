"""Writes numbers as reports show them, and puts sentences together."""

from __future__ import annotations

import math

from evals.stats.verdict import Verdict
from pipeline.errors import Filled, filled

__all__ = [
    "count",
    "joined",
    "p_words",
    "percent",
    "points",
    "price",
    "seconds",
    "times",
    "verdict_words",
]


def verdict_words(verdict: Verdict, margin: float) -> str:
    """How a verdict begins its sentence: `Gain`, `No gain beyond 5 points`, `Cannot tell`."""
    return filled(_BEGINS[verdict], margin=f"{100 * margin:.3g}")


_BEGINS = {
    Verdict.GAIN: "Gain",
    Verdict.LOSS: "Loss",
    Verdict.NO_GAIN: "No gain beyond {margin} points",
    Verdict.NO_LOSS: "No loss beyond {margin} points",
    Verdict.CANNOT_TELL: "Cannot tell",
}


def joined(*sentences: str, between: str = " ") -> Filled:
    """Sentences one after another, each of which is said in the reader's language.

    >>> joined("Bands are 95 %.", filled("{n} questions.", n=40))
    'Bands are 95 %. 40 questions.'
    """
    parts = {
        f"part{at}": one if isinstance(one, Filled) else filled(one)
        for at, one in enumerate(sentences)
    }
    return filled(between.join(f"{{{name}}}" for name in parts), **parts)


def points(share: float, *, sign: bool = True) -> str:
    """A difference of shares as percentage points: `+18.3`."""
    value = round(100 * share, 1) + 0.0  # -0.0 is no loss
    return f"{value:+.1f}" if sign else f"{value:.1f}"


def percent(share: float) -> str:
    """A share as a percentage with one decimal: `61.7 %`."""
    return f"{round(100 * share, 1) + 0.0:.1f} %"


def p_words(p: float) -> str:
    """`< .001`, `= .034`, `= .58`, `= 1`."""
    if p < 0.001:
        return "< .001"
    if p > 0.995:
        return "= 1"
    return "= " + f"{p:.{3 if p < 0.1 else 2}f}".removeprefix("0")


def times(ratio: float) -> str:
    """`7.4x`, `0.31x`, `120x`."""
    return f"{_three(ratio)}x"


def seconds(value: float) -> str:
    """`0.42 s`, `12.1 s`, `3 min 20 s`."""
    if value >= 120:
        whole = round(value)
        return f"{whole // 60} min {whole % 60} s"
    return filled("{seconds} s", seconds=_three(value))


def count(value: float) -> str:
    """A number of tokens: `312`, `4,096`, `3.5`."""
    return f"{value:,.0f}" if value >= 100 or value == int(value) else _three(value)


def price(value: float) -> str:
    """A large number in engineering units: `1.42 T`, `310 G`."""
    if value <= 0 or not math.isfinite(value):
        return "0"
    for power, unit in ((18, "E"), (15, "P"), (12, "T"), (9, "G"), (6, "M"), (3, "k")):
        if value >= 10**power:
            return f"{_three(value / 10**power)} {unit}"
    return _three(value)


def _three(value: float) -> str:
    """Two or three significant figures, never an exponent."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    value = float(f"{value:.3g}") if abs(value) < 1000 else value  # 0.9999 is written as 1.0
    size = math.floor(math.log10(abs(value)))
    return f"{value:,.{min(6, 1 - size) if size < 0 else max(0, min(1, 2 - size))}f}"
