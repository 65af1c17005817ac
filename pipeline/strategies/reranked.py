"""Best of N by a reranker: any function that says how well a reply answers a question."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from pipeline.evidence.reply_reading import ParsedReply
from pipeline.strategies.base import Plan, Question, Strategy
from pipeline.strategies.common.choosing import choose
from pipeline.strategies.common.prompt_method import PromptMethod
from pipeline.text.terms import terms

__all__ = ["ReplyScorer", "Reranked", "on_topic"]


class ReplyScorer(Protocol):
    """Pure: the same question and reply always score the same."""

    def __call__(self, question: Question, reply: str, reading: ParsedReply) -> float:
        """Higher is better, on any scale. `reply` is all that the model wrote, `reading` the answer
        in it and its evidence."""
        ...


def on_topic(question: Question, reply: str, reading: ParsedReply) -> float:
    """The part of the question's terms that stand in the evidence of the answer, or, where it has
    none, in the reply: whether it speaks of what was asked, not whether it is right."""
    asked = terms(question.text, question=True)
    heard = " ".join(f"{one.text} {one.passage.heading}" for one in reading.evidence) or reply
    return len(asked & terms(heard)) / len(asked) if asked else 0.0


@dataclass(frozen=True, slots=True)
class Reranked(Strategy):
    """`draws` replies; the one that `scorer` puts first. Of equals the answer given more often
    wins, then the first drawn. A scorer such as a cross-encoder is handed in from Python; the one
    used without is weak and costs nothing. A score that is not a finite number is the
    worst.
    """

    name: str
    prompt_method: PromptMethod
    draws: int = 8
    scorer: ReplyScorer = on_topic

    def plan(self, question: Question) -> Plan:
        samples = yield self.prompt_method.draw(question, 0, self.draws)
        readings = [self.prompt_method.read(question, sample) for sample in samples]
        scores = [
            self.scorer(question, sample.text, reading) if reading else math.nan
            for sample, reading in zip(samples, readings, strict=True)
        ]
        worst = min((score for score in scores if math.isfinite(score)), default=0.0) - 1
        scores = [score if math.isfinite(score) else worst for score in scores]
        return choose(question, readings, scores, chances=False)
