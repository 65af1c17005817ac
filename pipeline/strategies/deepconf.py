"""DeepConf offline (arXiv 2508.15260): the surest replies alone vote, each with its confidence."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.evidence.reply_reading import ParsedReply
from pipeline.strategies.base import Decision, Plan, Question, Strategy
from pipeline.strategies.common.limits import require
from pipeline.strategies.common.polling import elect, poll
from pipeline.strategies.common.prompt_method import PromptMethod
from pipeline.types import Confidence

__all__ = ["DeepConf", "surest", "weighed"]

_MEASURES: Mapping[str, Callable[[Confidence], float]] = {
    "lowest_group": lambda sure: sure.lowest_group,
    "tail": lambda sure: sure.tail,
    "mean": lambda sure: sure.mean,
}


@dataclass(frozen=True, slots=True)
class DeepConf(Strategy):
    """`draws` replies, of which the `keep` share with the highest confidence votes, at least
    `least` of them; equals of the last one kept are kept too.

    `measure` is the confidence: of the least sure group of tokens (`lowest_group`), of the end
    (`tail`), or of all (`mean`). The paper's windows are of 2,048 tokens and it keeps a tenth or
    nine tenths of 512 traces; here a window is a quarter of the reply, and half is kept. Where the
    engine gives no confidence, every reply has one vote.
    """

    name: str
    prompt_method: PromptMethod
    draws: int = 16
    keep: float = 0.5
    least: int = 3
    measure: str = "lowest_group"

    def __post_init__(self) -> None:
        require(0 < self.keep <= 1, "deepconf.keep", self.keep, "a share above 0, up to 1")
        require(self.least >= 1, "deepconf.least", self.least, "a number of replies from 1 up")
        known = " or ".join(_MEASURES)
        require(self.measure in _MEASURES, "deepconf.measure", self.measure, known)

    def plan(self, question: Question) -> Plan:
        samples = yield self.prompt_method.draw(question, 0, self.draws)
        readings = [self.prompt_method.read(question, sample) for sample in samples]
        sure = [_MEASURES[self.measure](sample.confidence) for sample in samples]
        voters = [s for s, reading in zip(sure, readings, strict=True) if reading]
        bar = surest(voters, self.keep, self.least)
        return weighed(question, readings, sure, bar)


def surest(values: Sequence[float], keep: float, least: int = 1) -> float:
    """The value that the `keep` share of them, rounded up, and at least `least`, reach; 0 where
    there are none."""
    kept = max(math.ceil(keep * len(values) - 1e-9), least)
    return sorted(values, reverse=True)[: max(kept, 1)][-1] if values else 0.0


def weighed(
    question: Question, readings: Sequence[ParsedReply | None], sure: Sequence[float], bar: float
) -> Decision:
    """The vote of the readings whose confidence reaches `bar`, weighed by it. `confidence` is the
    winner's part of that weight, less the part of such replies that gave no answer."""
    if not any(sure):
        sure = [1.0] * len(readings)
    heard = [i for i, s in enumerate(sure) if s >= bar - 1e-9]
    weights = [0.0] * len(readings)
    for i in heard:
        weights[i] = max(sure[i], 0.0)
    groups = poll(question, readings, weights)
    decision = elect(groups, len(readings))
    if decision.winner is None:
        return decision
    part = groups[0].weight / math.fsum(group.weight for group in groups)
    answered = sum(readings[i] is not None for i in heard) / len(heard)
    return replace(decision, confidence=part * answered)
