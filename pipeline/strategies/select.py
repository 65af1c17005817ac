"""Choose among pieces of the notes by a fitted score: samples propose, likelihoods decide.

A small model gives the right answer far more often than it gives it most often. So it is asked in
several prompts, only what stands in the notes may be an answer (as in exact-extract decoding, arXiv
2108.05857), and each such piece is weighed by how often it was given, how likely it is by prompts
that ask the same, and how likely it makes the question (arXiv 2204.07496). The weights are data,
`select.yaml`, fitted by `python -m benchmarks.selection --fit`; of each piece they make a
probability that it is right, which is the confidence.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pipeline.evidence.reply_reading import ParsedReply
from pipeline.strategies.base import Decision, Plan, Question, Strategy
from pipeline.strategies.common.candidates import (
    Candidate,
    SourceText,
    candidates,
    piece_of,
    sources,
)
from pipeline.strategies.common.choosing import plain_vote
from pipeline.strategies.common.likely_pieces import with_likely_pieces
from pipeline.strategies.common.limits import require
from pipeline.strategies.common.polling import AnswerGroup, decided
from pipeline.strategies.common.prompt_method import PromptMethod
from pipeline.types import Request, Sample

__all__ = ["Select", "chances", "given_and_likely"]

_OF = {"pieces": "inside", "scored": "likely"}
"""Weights, and a number that only candidates with which they go have."""
_WEIGHTS = Path(__file__).with_name("select.yaml")


@dataclass(frozen=True, slots=True)
class Select(Strategy):
    """`draws` replies, then scores of the pieces that they are. The first `sources` sentences (or
    passages) are read one at a time; 0 is one, and another for every sixteen samples. With `pieces`
    the likely pieces that no reply gave are candidates too. Where there is nothing to be a piece of
    it is the plain vote.
    """

    name: str
    prompt_method: PromptMethod
    draws: int = 8
    sources: int = 0
    pieces: bool = False

    def __post_init__(self) -> None:
        fits = 0 <= self.sources <= self.draws
        require(fits, "select.sources", self.sources, "a number of sentences, or 0")

    def vote_of(self, question: Question, sample: Sample) -> ParsedReply | None:
        texts = self._texts(question)
        if not texts:
            return super(Select, self).vote_of(question, sample)
        for text in texts:
            span = piece_of(question, self.prompt_method, sample, text.text)
            if span is not None and text.text in (sample.request.prompt.text or text.text):
                return Candidate(text, *span, ()).read(question)
        return None

    def _texts(self, question: Question) -> list[SourceText]:
        return sources(question, self.sources or 1 + self.draws // 16)

    def plan(self, question: Question) -> Plan:
        texts = self._texts(question)
        if not texts:
            samples = yield self.prompt_method.draw(question, 0, self.draws)
            return plain_vote(question, [self.prompt_method.read(question, one) for one in samples])
        found, samples = yield from given_and_likely(
            question, self.prompt_method, texts, self.draws, pieces=self.pieces
        )
        return choose(question, found, len(samples))


def given_and_likely(
    question: Question,
    method: PromptMethod,
    texts: Sequence[SourceText],
    draws: int,
    *,
    pieces: bool,
) -> Generator[Sequence[Request], list[Any], tuple[list[Candidate], list[Sample]]]:
    """The candidates of the aggregation, and the replies; see `Select`."""
    found, samples = yield from candidates(question, method, texts, draws, scored=not pieces)
    if pieces:
        found = yield from with_likely_pieces(question, texts, found)
    return found, samples


def choose(question: Question, found: Sequence[Candidate], replies: int) -> Decision:
    """The decision for the candidate with the greatest chance; of equals for the one that was given
    first."""
    read = [(one, answer) for one in found if (answer := one.read(question)) is not None]
    groups = [
        AnswerGroup(answer, one.draws, chance)
        for (one, answer), chance in zip(read, chances([one for one, _ in read]), strict=True)
    ]
    groups.sort(key=lambda group: -round(group.weight, 12))
    if not groups:
        return decided([], None, replies)
    best = groups[0]
    share = len(best.draws) / replies
    return decided(groups, best.answer, replies, share=share, confidence=best.weight)


def chances(found: Sequence[Candidate], weights: Weights | None = None) -> list[float]:
    """The chance of each candidate of a question to be right. They add up to less than 1: what is
    left is the chance that none is."""
    if not found:
        return []
    model = weights or loaded()
    which = next(
        (name for name, own in _OF.items() if all(own in one.seen for one in found)), "counted"
    )
    known, none = model[which], model[which]["none"]
    values = [
        sum(weight * one.seen[name] for name, weight in known.items() if name != "none")
        - one.source.behind
        for one in found
    ]
    top = max(none, *values)
    raised = [math.exp(value - top) for value in values]
    total = math.fsum(raised) + math.exp(none - top)
    return [value / total for value in raised]


Weights = Mapping[str, Mapping[str, float]]
"""By what was seen (`pieces` and `scored`: everything, `counted`: the replies alone) a weight for
each number, and `none`, the value of no answer."""


@functools.cache
def loaded() -> Weights:
    data: Weights = yaml.safe_load(_WEIGHTS.read_text("utf-8"))["weights"]
    return data
