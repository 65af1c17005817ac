"""Particle filtering (arXiv 2502.01618): lines of thought that are drawn on step by step, and
resampled by their scores, so that draws go where the scorer sees promise without giving up the
rest."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from pipeline.strategies.base import Decision, Plan, Question, Strategy
from pipeline.strategies.common.limits import require_counts
from pipeline.strategies.common.partial_replies import (
    PartialReply,
    PartialReplyScorer,
    ask_end,
    ask_step,
    extend,
    likely,
    vote,
)
from pipeline.strategies.common.prompt_method import PromptMethod
from pipeline.types import Draw

__all__ = ["Particles", "resample"]


@dataclass(frozen=True, slots=True)
class Particles(Strategy):
    """`particles` lines, at most `depth` steps of at most `tokens` tokens each. After every step as
    many are taken again, each in proportion to its score (systematic resampling); its random number
    is a hash of the question's id, the run's seed and the round. What has not ended at last is
    written to its end in one sample a line.

    `draws` bounds all requests. An ended line that was taken again several times is drawn no more,
    and votes with its score times its copies; two particles never share a sample.
    """

    name: str
    prompt_method: PromptMethod
    draws: int = 24
    particles: int = 4
    depth: int = 8
    tokens: int = 48
    scorer: PartialReplyScorer = likely

    def __post_init__(self) -> None:
        require_counts(self, "particles", "particles", "depth", "tokens")

    def plan(self, question: Question) -> Plan:
        lines = [PartialReply()] * min(self.particles, max(1, self.draws // 2))
        drawn = 0
        for number in range(self.depth):
            alive = [i for i, line in enumerate(lines) if not line.ended]
            if not alive or drawn + 2 * len(alive) > self.draws:
                break
            samples = yield [
                ask_step(self.prompt_method, question, lines[i], drawn + at, self.tokens)
                for at, i in enumerate(alive)
            ]
            drawn += len(alive)
            for i, sample in zip(alive, samples, strict=False):
                lines[i] = extend(self.prompt_method, question, lines[i], sample)
            if len(samples) < len(alive):
                return self._decision(question, lines)
            if not all(line.ended for line in lines):
                scores = [self.scorer(question, line) for line in lines]
                chance = _chance(question.id, question.params.seed, number)
                lines = [lines[i] for i in resample(scores, chance)]
        alive = [i for i, line in enumerate(lines) if not line.ended]
        samples = yield [
            ask_end(self.prompt_method, question, lines[i], drawn + at)
            for at, i in enumerate(alive)
        ]
        for i, sample in zip(alive, samples, strict=False):
            lines[i] = extend(self.prompt_method, question, lines[i], sample)
        return self._decision(question, lines)

    def _decision(self, question: Question, lines: Sequence[PartialReply]) -> Decision:
        """A sample has one vote, however often its line was taken again: it weighs more instead."""
        copies: dict[Draw | int, list[PartialReply]] = {}
        for i, line in enumerate(lines):
            last = line.samples[-1].request if line.ended else i
            copies.setdefault(last, []).append(line)
        distinct = [same[0] for same in copies.values()]
        weights = [self.scorer(question, same[0]) * len(same) for same in copies.values()]
        return vote(question, distinct, weights, len(distinct))


def resample(scores: Sequence[float], chance: float) -> list[int]:
    """Systematic resampling: as many positions as there are scores, in order; the one with the
    share p of all scores is taken n p times, rounded down or up. `chance` (0 to 1, not 1) decides
    which. Where all scores are 0 everything stays.

    Raises ValueError for a score that is negative or not finite.
    """
    if any(not math.isfinite(score) or score < 0 for score in scores):
        raise ValueError(f"scores must be numbers from 0 up, not {list(scores)}")
    n, total = len(scores), math.fsum(scores)
    if total <= 0:
        return list(range(n))
    ends = list(accumulate(score / total for score in scores))
    last = max(i for i, score in enumerate(scores) if score > 0)
    taken, at = [], 0
    for i in range(n):
        while at < last and ends[at] <= (i + chance) / n:
            at += 1
        taken.append(at)
    return taken


def _chance(question: str, seed: int, number: int) -> float:
    """A number from 0 up to 1 that is always the same for these three."""
    digest = hashlib.sha256(f"{question}\x1f{seed}\x1fparticles\x1f{number}".encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48
