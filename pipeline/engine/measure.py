"""Logits of a batch -> log-probabilities and confidences, a few numpy calls for all streams."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pipeline.engine.confidence import TOP

__all__ = ["Gauge", "chosen", "log_likelihoods"]

_DEPTH = 32

Floats = npt.NDArray[np.float32]


class Gauge:
    """Measures rows of logits, float32 (rows, vocabulary); its scratch memory is kept."""

    def __init__(self, vocabulary: int) -> None:
        self._scratch: Floats = np.empty((0, vocabulary), np.float32)
        self._vocabulary = vocabulary

    def normaliser(self, logits: Floats) -> Floats:
        """log of the sum of exponentials of each row, in nats."""
        rows = len(logits)
        if len(self._scratch) < rows:
            self._scratch = np.empty((rows, self._vocabulary), np.float32)
        scratch = self._scratch[:rows]
        peak = logits.max(axis=1, keepdims=True)
        np.subtract(logits, peak, out=scratch)
        np.exp(scratch, out=scratch)
        total: Floats = np.log(scratch.sum(axis=1)) + peak[:, 0]
        return total

    def rows(self, logits: Floats) -> tuple[Floats, list[float]]:
        """For each row, whatever is drawn from it: its normaliser, and the token confidence, minus
        the mean log-probability of the 20 likeliest (arXiv 2508.15260)."""
        total = self.normaliser(logits)
        return total, (total - _top_mean(logits)).tolist()

    def __call__(self, logits: Floats, tokens: Sequence[int]) -> tuple[list[float], list[float]]:
        """For each row: the log-probability of its token, and the token confidence."""
        total, sure = self.rows(logits)
        return chosen(logits, tokens, total), sure


def _top_mean(logits: Floats) -> Floats:
    """Mean of the 20 largest values of each row, without sorting the vocabulary.

    The row is folded into columns of 32; the 20 largest values stand in the 20 columns with the
    largest maxima, so only those 640 values are looked at.
    """
    rows, vocabulary = logits.shape
    width = vocabulary // _DEPTH
    if width <= TOP:
        kept = min(TOP, vocabulary)
        return np.asarray(np.partition(logits, -kept, axis=1)[:, -kept:].mean(axis=1), np.float32)
    folded = logits[:, : width * _DEPTH].reshape(rows, _DEPTH, width)
    columns = np.argpartition(folded.max(axis=1), width - TOP, axis=1)[:, width - TOP :]
    few = np.take_along_axis(folded, columns[:, None, :], axis=2).reshape(rows, -1)
    rest = logits[:, width * _DEPTH :]
    if rest.size:
        few = np.concatenate([few, rest], axis=1)
    few.partition(few.shape[1] - TOP, axis=1)
    return np.asarray(few[:, -TOP:].mean(axis=1), np.float32)


def log_likelihoods(gauge: Gauge, logits: Floats, tokens: Sequence[int]) -> list[float]:
    """Log-probability of `tokens[i]` under row i."""
    return chosen(logits, tokens, gauge.normaliser(logits))


def chosen(logits: Floats, tokens: Sequence[int], total: Floats) -> list[float]:
    """The same, the normalisers of the rows being known."""
    found: list[float] = (logits[np.arange(len(tokens)), np.asarray(tokens)] - total).tolist()
    return found
