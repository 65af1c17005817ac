"""Per-token numbers -> the summary a vote can weigh (DeepConf, arXiv 2508.15260)."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.types import Confidence, SampleParams

__all__ = ["GROUP", "ONLINE", "TAIL", "TOP", "below", "group_of", "summarise"]

TOP = 20
"""Token confidence is minus the mean log-probability of this many most likely tokens."""
GROUP = 2048
"""Tokens in a sliding group, as in the paper; a shorter reply is taken in groups of a quarter."""
TAIL = 2048
"""Tokens at the end that make the tail confidence; likewise."""
ONLINE = 16
"""Tokens in a group of a sample that may be stopped early, when the request does not say."""


def group_of(params: SampleParams) -> int:
    """The window the request asks for, in tokens; 0 lets the reply's length decide."""
    return params.group or (ONLINE if params.stop_below > 0 else 0)


def below(confidences: Sequence[float], group: int, least: float) -> bool:
    """The last whole group of tokens is less sure than `least` (0: nothing ever is)."""
    if least <= 0 or len(confidences) < group:
        return False
    return sum(confidences[-group:]) < least * group


def summarise(
    logprobs: Sequence[float], confidences: Sequence[float], group: int = 0, tail: int = 0
) -> Confidence:
    """The mean log-probability of the tokens written, and mean, tail and lowest-group confidence.

    The paper's windows of 2,048 tokens suit replies of many thousands; for shorter ones the window
    is a quarter of the reply, at least 8 tokens, so that the lowest group can differ from the mean.
    """
    n = len(confidences)
    if not n:
        return Confidence()
    window = min(n, group or min(GROUP, max(8, n // 4)))
    last = min(n, tail or min(TAIL, max(8, n // 4)))
    total = lowest = sum(confidences[:window])
    for i in range(window, n):
        total += confidences[i] - confidences[i - window]
        lowest = min(lowest, total)
    return Confidence(
        mean_logprob=sum(logprobs) / len(logprobs) if logprobs else 0.0,
        mean=sum(confidences) / n,
        tail=sum(confidences[-last:]) / last,
        lowest_group=lowest / window,
    )
