"""Axes: where a value lies, and which round values to write beside it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Scale", "differences", "doubling", "linear", "logarithmic", "shares", "short"]


@dataclass(frozen=True, slots=True)
class Scale:
    """From values in [`low`, `high`] to 0..1, with the `ticks` to show."""

    low: float
    high: float
    ticks: tuple[float, ...]
    log: bool = False

    def __call__(self, value: float) -> float:
        """Where a value lies, from 0 to 1; what lies outside is put on the edge."""
        if self.log:
            value = math.log(max(value, self.low))
            low, high = math.log(self.low), math.log(self.high)
        else:
            low, high = self.low, self.high
        return min(1.0, max(0.0, (value - low) / (high - low)))


def linear(values: Iterable[float], least: float = 0.0, count: int = 5) -> Scale:
    """A scale around values at round ends; `least` is the smallest span it may have."""
    found = [v for v in values if math.isfinite(v)] or [0.0, 1.0]
    low, high = min(found), max(found)
    if high - low <= max(least, 1e-6, abs(high) * 1e-6):
        spread = max(least, abs(high) * 0.1, 1e-3)
        low, high = (low + high - spread) / 2, (low + high + spread) / 2
    step = _step((high - low) / count)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = tuple(round(i * step, 12) for i in range(first, last + 1))
    return Scale(ticks[0], ticks[-1], ticks)


def shares(values: Iterable[float], count: int = 5) -> Scale:
    """A linear scale of shares: it never leaves 0 to 1."""
    return _bounded(values, 0.0, count)


def differences(values: Iterable[float], count: int = 5) -> Scale:
    """A linear scale of differences of shares, with 0 on it: it never leaves -1 to 1."""
    return _bounded([*values, 0.0], -1.0, count)


def _bounded(values: Iterable[float], least: float, count: int) -> Scale:
    inside = [min(1.0, max(least, v)) for v in values if math.isfinite(v)]
    found = linear(inside, 0.1, count)
    ticks = tuple(t for t in found.ticks if least - 1e-9 <= t <= 1 + 1e-9)
    return Scale(max(least, found.low), min(1.0, found.high), ticks)


def logarithmic(values: Iterable[float], count: int = 6) -> Scale:
    """A logarithmic scale around positive values, with ticks at 1, 2 and 5 or at powers; a linear
    one where they are too near each other for those."""
    found = [v for v in values if v > 0 and math.isfinite(v)] or [1.0, 10.0]
    low, high = min(found), max(found)
    if high / low < 4:
        return linear(found)
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for steps in ((1, 1.5, 2, 3, 5, 7), (1, 2, 5), (1, 3), (1,)):
        ticks = tuple(
            round(s * 10.0**d, 12) for d in decades for s in steps if low <= s * 10.0**d <= high
        )
        if len(ticks) <= count:
            break
    return Scale(low, high, ticks or (low, high), log=True)


def doubling(values: Iterable[float]) -> Scale:
    """A logarithmic scale of whole numbers, with ticks at powers of two."""
    found = [v for v in values if v > 0 and math.isfinite(v)] or [1.0, 2.0]
    low, high = min(found), max(max(found), 2 * min(found))
    powers = [2.0**i for i in range(math.floor(math.log2(low)), math.ceil(math.log2(high)) + 1)]
    inside = [p for p in powers if low <= p <= high]
    step = 1 + len(inside) // 8
    return Scale(low, high, tuple(inside[::step]), log=True)


def short(value: float) -> str:
    """A tick in few characters: `0.5`, `250`, `1.5k`, `20M`."""
    size = abs(value)
    for least, unit in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if size >= least:
            return f"{value / least:g}{unit}"
    return f"{value:g}"


def _step(rough: float) -> float:
    """The round step nearest above: 1, 2, 2.5 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(s * power for s in (1, 2, 2.5, 5, 10) if s * power >= rough * (1 - 1e-9))
