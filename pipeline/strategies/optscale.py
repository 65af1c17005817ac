"""As many replies as a good one is likely to be among (OptScale, arXiv 2506.22376): how the checks
of the first ones are spread says how many more are worth their price."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean, stdev

from pipeline.evidence.reply_reading import ParsedReply
from pipeline.strategies.base import Plan, Question, Strategy
from pipeline.strategies.common.choosing import choose, plain_vote
from pipeline.strategies.common.limits import require
from pipeline.strategies.common.prompt_method import PromptMethod
from pipeline.strategies.ptrue import ask, chance
from pipeline.types import Sample

__all__ = ["OptScale", "replies_needed"]

_LEAST_SPREAD = 0.02
"""Checks that say the same by accident do not make the next one certain."""


@dataclass(frozen=True, slots=True)
class OptScale(Strategy):
    """Best of N by P(True), with N found out: `probe` replies and their checks first, and then as
    many more as make it `sure` that the best of all reaches the chance `reach`, if checks are
    spread as those so far (a normal distribution, cut at 0 and 1). That is estimated anew each
    time there are twice as many. At most `draws` requests, replies and checks; a reply in words
    that were checked costs no check.
    """

    name: str
    prompt_method: PromptMethod
    draws: int = 32
    probe: int = 4
    reach: float = 0.9
    sure: float = 0.9

    def __post_init__(self) -> None:
        require(self.probe >= 2, "optscale.probe", self.probe, "a number of samples from 2 up")
        require(0 < self.reach < 1, "optscale.reach", self.reach, "a number between 0 and 1")
        require(0 < self.sure < 1, "optscale.sure", self.sure, "a probability between 0 and 1")

    def plan(self, question: Question) -> Plan:
        readings: list[ParsedReply | None] = []
        texts: list[str] = []
        checks: dict[str, Sample | None] = {}
        wanted, left = min(self.probe, max(1, self.draws // 2)), self.draws
        while wanted:
            replies = yield self.prompt_method.draw(question, len(readings), wanted)
            left -= len(replies)
            whole = len(replies) == wanted
            read = [self.prompt_method.read(question, reply) for reply in replies]
            readings += read
            texts += [reply.text for reply in replies]
            unlike = {
                reply.text: reply
                for reply, reading in zip(replies[::-1], read[::-1], strict=True)
                if reading and reply.text not in checks
            }
            asked = list(unlike.values())[::-1][: max(0, left)]
            made = (
                (yield [ask(question, self.prompt_method, reply) for reply in asked])
                if asked
                else []
            )
            left -= len(made)
            for reply, check in zip(asked, made, strict=False):
                fine = check.finish not in ("cancelled", "error")
                checks[reply.text] = check if fine else None
            if not whole or len(made) < len(asked):
                break
            seen = [chance(checks.get(text)) for text, r in zip(texts, readings, strict=True) if r]
            needed = replies_needed(seen, self.reach, self.sure)
            more = min(needed - len(readings), left // 2, len(readings))
            wanted = max(0, int(more))
        if not any(checks.values()):
            return plain_vote(question, readings)
        return choose(question, readings, [chance(checks.get(text)) for text in texts])


def replies_needed(seen: Sequence[float], reach: float, sure: float) -> float:
    """The least N with which, `sure`, the best of N chances is at least `reach`, if they are spread
    as those `seen` are: (1 - F(reach)^N) >= sure. Infinite where that is out of reach, as with
    fewer than two, of which nothing can be said; no more are needed where one is there already.

    >>> replies_needed([0.5, 0.7, 0.6, 0.4], reach=0.8, sure=0.9)
    87
    """
    if any(one >= reach for one in seen):
        return 0
    if len(seen) < 2:
        return math.inf
    spread = NormalDist(fmean(seen), max(_LEAST_SPREAD, stdev(seen)))
    low, high = spread.cdf(0.0), spread.cdf(1.0)
    below = (spread.cdf(reach) - low) / (high - low)
    if below >= 1:
        return math.inf
    return math.ceil(math.log(1 - sure) / math.log(below)) if below > 0 else 1
