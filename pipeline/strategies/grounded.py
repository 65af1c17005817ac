"""Best of N by what the passages support: the program looks it up, the model is not asked."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.evidence.reply_reading import ParsedReply
from pipeline.evidence.written import WrittenReader
from pipeline.strategies.base import Plan, Question, Strategy
from pipeline.strategies.common.choosing import choose, plain_vote
from pipeline.strategies.common.prompt_method import PromptMethod
from pipeline.text.numbers.quantities import quantities, stands_in
from pipeline.text.sentences import sentences
from pipeline.text.terms import terms

__all__ = ["Grounded", "borne_out"]


@dataclass(frozen=True, slots=True)
class Grounded(Strategy):
    """`draws` replies; the one that one sentence of the notes supports best, and that speaks most
    of what was asked. Among those it supports alike the most frequent answer wins. Without
    passages nothing can be looked up, and it is the plain vote.
    """

    name: str
    prompt_method: PromptMethod
    draws: int = 8

    def plan(self, question: Question) -> Plan:
        samples = yield self.prompt_method.draw(question, 0, self.draws)
        readings = [self.prompt_method.read(question, sample) for sample in samples]
        scores = [borne_out(question, reading) if reading else None for reading in readings]
        if all(score is None for score in scores):
            return plain_vote(question, readings)
        return choose(question, readings, [score or 0.0 for score in scores])


def borne_out(question: Question, reading: ParsedReply) -> float | None:
    """How well the notes support an answer, 0 to 1; None where there is nothing to look it up in.

    With evidence: its support, times the part of the question that the best of its sentences
    covers; of an answer written from several quotations, its support. Else the same two parts are
    counted in terms over the sentences of the passages shown,
    and every figure of the answer must stand in that one sentence.
    """
    if isinstance(question.read, WrittenReader):
        return reading.support
    if reading.evidence:
        return reading.support * min(1.0, max(one.coverage for one in reading.evidence))
    if not question.passages:
        return None
    asked = terms(question.text, question=True)
    said, figures = terms(reading.text), quantities(reading.text, alone=len(reading.text) < 12)
    best = 0.0
    for passage in question.passages:
        about = terms(passage.heading)
        for start, end in sentences(passage.text, passage.language):
            text = passage.text[start:end]
            here = terms(text)
            if figures:
                standing = quantities(text)
                if not all(stands_in(figure, standing) for figure in figures):
                    continue
            elif not said:
                continue
            new = said if figures == [] else frozenset(t for t in said if not t[0].isdigit())
            support = len(new & (here | about)) / len(new) if new else 1.0
            covered = len(asked & (here | about)) / len(asked) if asked else 1.0
            best = max(best, support * covered)
    return best
