"""Logits of a batch -> log-probabilities, confidences and the likeliest tokens, in one pass for all
streams.

With a vocabulary of hundreds of thousands, whatever looks at every logit twice costs more than the
arithmetic of the model's last layers. So each row is folded once to find its largest values, which
samplers and confidences are made of; the normaliser alone looks at the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.engine.confidence import TOP

__all__ = ["LogprobMeter", "Normaliser", "TopLogits", "chosen", "largest"]

_DEPTH = 32
_PLAIN = 60.0  # e to this is far from what a float32 can hold, summed over any vocabulary

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class TopLogits:
    """Of each row: `values` and the `tokens` they belong to, both (rows, m), in no order. The
    largest `exact` of the row are among them."""

    values: Floats
    tokens: Ints
    exact: int

    def peak(self) -> Floats:
        """The largest value of each row, (rows,)."""
        found: Floats = self.values.max(axis=1)
        return found

    def top_mean(self) -> Floats:
        """The mean of the `TOP` largest of each row, (rows,)."""
        few = self.values
        if few.shape[1] > TOP:
            few = np.partition(few, few.shape[1] - TOP, axis=1)[:, -TOP:]
        return np.asarray(few.mean(axis=1), np.float32)

    def first(self, count: int) -> tuple[Floats, Ints]:
        """The `count` largest of each row (or all there are) and their tokens, in no order."""
        width = self.values.shape[1]
        if count >= width:
            return self.values, self.tokens
        at = np.argpartition(self.values, width - count, axis=1)[:, width - count :]
        return np.take_along_axis(self.values, at, axis=1), np.take_along_axis(
            self.tokens, at, axis=1
        )


def largest(logits: Floats, count: int = TOP) -> TopLogits:
    """At least the `count` largest logits of each row of (rows, vocabulary).

    The row is folded into columns of 32; the `count` largest values stand in the `count` columns
    with the largest maxima, so only those are looked at.
    """
    rows, vocabulary = logits.shape
    width = vocabulary // _DEPTH
    count = min(count, vocabulary)
    if width <= count:
        tokens = np.broadcast_to(np.arange(vocabulary), logits.shape)
        return TopLogits(logits, tokens, vocabulary)
    folded = logits[:, : width * _DEPTH].reshape(rows, _DEPTH, width)
    columns = np.argpartition(folded.max(axis=1), width - count, axis=1)[:, width - count :]
    tokens = (np.arange(_DEPTH)[None, :, None] * width + columns[:, None, :]).reshape(rows, -1)
    if vocabulary > width * _DEPTH:
        rest = np.broadcast_to(
            np.arange(width * _DEPTH, vocabulary), (rows, vocabulary - width * _DEPTH)
        )
        tokens = np.concatenate([tokens, rest], axis=1)
    return TopLogits(logits[np.arange(rows)[:, None], tokens], tokens, count)


class Normaliser:
    """The log of the sum of exponentials of each row, in nats, in `total`, (rows,): when every
    thread that helps has come back from `work`. `peak` is the largest of each row."""

    def __init__(self, logits: Floats, peak: Floats) -> None:
        self.total: Floats = np.empty(len(logits), np.float32)
        self._logits, self._peak = logits, peak
        self._rows = iter(range(len(logits)))  # each row goes to the thread that asks first

    def work(self) -> None:
        """Do rows until there are none left."""
        scratch = np.empty(self._logits.shape[1], np.float32)
        for i in self._rows:  # a row at a time stays in the processor's own memory
            row, peak = self._logits[i], self._peak[i]
            if -_PLAIN < peak < _PLAIN:
                np.exp(row, out=scratch)
                self.total[i] = np.log(scratch.sum())
            else:
                np.subtract(row, peak, out=scratch)
                np.exp(scratch, out=scratch)
                self.total[i] = np.log(scratch.sum()) + peak


class LogprobMeter:
    """Measures rows of logits, float32 (rows, vocabulary)."""

    def normaliser(self, logits: Floats, peak: Floats | None = None) -> Floats:
        """log of the sum of exponentials of each row, in nats; `peak` is the largest of each row,
        if it is known."""
        rows = Normaliser(logits, logits.max(axis=1) if peak is None else peak)
        rows.work()
        return rows.total

    def rows(self, logits: Floats) -> tuple[Floats, list[float]]:
        """For each row, whatever is drawn from it: its normaliser, and the token confidence, minus
        the mean log-probability of the 20 likeliest (arXiv 2508.15260)."""
        few = largest(logits)
        total = self.normaliser(logits, few.peak())
        return total, (total - few.top_mean()).tolist()

    def __call__(self, logits: Floats, tokens: Sequence[int]) -> tuple[list[float], list[float]]:
        """For each row: the log-probability of its token, and the token confidence."""
        total, sure = self.rows(logits)
        return chosen(logits, tokens, total), sure


def chosen(logits: Floats, tokens: Sequence[int], total: Floats) -> list[float]:
    """Log-probability of `tokens[i]` under row i, whose normaliser is `total[i]`."""
    found: list[float] = (logits[np.arange(len(tokens)), np.asarray(tokens)] - total).tolist()
    return found
