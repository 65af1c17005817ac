"""DeepConf online (arXiv 2508.15260): a few whole replies say how sure a reply has to be, those
after them are stopped as soon as they are not, and it ends when the vote is as good as unanimous.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.strategies.base import Decision, Plan, Question, Strategy
from pipeline.strategies.common.limits import require, require_counts
from pipeline.strategies.common.prompt_method import PromptMethod
from pipeline.strategies.deepconf import surest, weighed
from pipeline.types import Sample

__all__ = ["DeepConfOnline"]


@dataclass(frozen=True, slots=True)
class DeepConfOnline(Strategy):
    """At most `draws` replies. The first `warmup` (at most half) are whole; the confidence of the
    least sure group of `group` tokens that the `keep` surest of them reach is the bar for all. The
    others are asked for `batch` at a time with `stop_below` at that bar: the engine stops them
    itself, they are charged for what they wrote and never vote. It ends once `least` votes are in
    and the leader has the `consensus` share of their weight.

    The group of the first replies has to be that of the others, so it shares no stored samples with
    aggregations that leave the group open. An engine that gives no confidence stops nothing.
    """

    name: str
    prompt_method: PromptMethod
    draws: int = 32
    warmup: int = 8
    keep: float = 0.5
    consensus: float = 0.95
    least: int = 3
    batch: int = 4
    group: int = 16

    def __post_init__(self) -> None:
        rule = "deepconf-online"
        require(0 < self.keep <= 1, f"{rule}.keep", self.keep, "a share above 0, up to 1")
        fits = 0.5 < self.consensus <= 1
        require(fits, f"{rule}.consensus", self.consensus, "a share above 0.5, up to 1")
        require_counts(self, rule, "warmup", "least", "batch", "group")

    def plan(self, question: Question) -> Plan:
        first = max(1, min(self.warmup, self.draws // 2))
        prompt = self.prompt_method.prompt(question)
        wanted = first
        samples: list[Sample] = []
        bar = 0.0
        while wanted:
            got = yield [
                self.prompt_method.request(
                    question, len(samples) + i, prompt=prompt, group=self.group, stop_below=bar
                )
                for i in range(wanted)
            ]
            samples += got
            if len(got) < wanted:
                break
            if not bar:
                bar = self._bar(samples)
            left = 0 if self._agreed(question, samples, bar) else self.draws - len(samples)
            wanted = min(left, self.batch)
        return self._vote(question, samples, bar or self._bar(samples))

    def _bar(self, samples: Sequence[Sample]) -> float:
        """Rounded down, so that no reply it was taken from falls below it."""
        whole = [s.confidence.lowest_group for s in samples if s.finish in ("stop", "length")]
        return math.floor(surest(whole, self.keep) * 1e4) / 1e4

    def _agreed(self, question: Question, samples: Sequence[Sample], bar: float) -> bool:
        decision = self._vote(question, samples, bar)
        counted = [vote.weight for vote in decision.votes]
        if sum(vote.count for vote in decision.votes) < self.least:
            return False
        return counted[0] >= (self.consensus - 1e-9) * math.fsum(counted)

    def _vote(self, question: Question, samples: Sequence[Sample], bar: float) -> Decision:
        readings = [self.prompt_method.read(question, sample) for sample in samples]
        return weighed(question, readings, [s.confidence.lowest_group for s in samples], bar)
