"""The likely pieces of a sentence, whoever gave them (exact extract, arXiv 2108.05857).

A model that reads too little into a question still tells likely answers from unlikely ones. So all
pieces of the sentence that begin at one of its likely words are scored, in two requests for each
prompt: the words where a piece may begin, then the pieces. A prompt is read once, and what pieces
begin with in common is, too.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import Any

from pipeline.prompts.completion_prompts import ENDS
from pipeline.strategies.base import Question
from pipeline.strategies.common.candidates import SCORERS, Candidate, SourceText, prompt_of
from pipeline.strategies.common.pieces import SentencePieces
from pipeline.types import Likelihood, Request, Score

__all__ = ["with_likely_pieces"]

_BEGINS = 7
"""Words at which pieces begin that are scored, of each sentence."""


def with_likely_pieces(
    question: Question, texts: Sequence[SourceText], given: Sequence[Candidate]
) -> Generator[Sequence[Request], list[Any], list[Candidate]]:
    """The candidates `given`, then the likely pieces that nobody gave, with what their form and
    their likelihoods say. As they were given where not all scores were made."""
    sentences = [SentencePieces(one.text, question.text, question.language) for one in texts]
    begins = [(at, *word) for at, one in enumerate(sentences) for word in one.begins()]
    prompts = [[prompt_of(question, one, order) for order in range(SCORERS)] for one in texts]
    asked = [
        Score(prompt, f" {texts[at].text[begin:end]}")
        for at, begin, end in begins
        for prompt in prompts[at]
    ]
    made: list[Likelihood] = (yield asked) if asked else []
    if not asked or len(made) < len(asked):
        return list(given)
    first = dict(zip(begins, _means(made), strict=True))
    taken = {(texts.index(one.source), one.start) for one in given}
    for number in range(len(texts)):
        here = sorted((one for one in begins if one[0] == number), key=lambda one: -first[one])
        taken |= {(at, begin) for at, begin, _ in here[:_BEGINS]}
    pieces = {
        (at, piece.start, piece.end): sentence.form(piece)
        for at, sentence in enumerate(sentences)
        for piece in sentence.pieces()
        if (at, piece.start) in taken
    }
    asked = [
        Score(prompt, f" {texts[at].text[start:end]}{ENDS}")
        for at, start, end in pieces
        for prompt in prompts[at]
    ]
    made = (yield asked) if asked else []
    if not asked or len(made) < len(asked):
        return list(given)
    likely = dict(zip(pieces, _means(made), strict=True))
    known = {(texts.index(one.source), one.start, one.end): one for one in given}
    order = [*(one for one in known if one in pieces), *(one for one in pieces if one not in known)]
    weight = {one: math.exp(likely[one] - max(likely.values())) for one in pieces}
    found = []
    for at, start, end in order:
        one = known.get((at, start, end)) or Candidate(texts[at], start, end, ())
        seen = {"votes": 0.0, **one.seen, **pieces[at, start, end]}
        seen["likely"] = likely[at, start, end]
        seen["inside"] = _inside((at, start, end), weight)
        found.append(replace(one, seen=seen))
    return found


def _means(made: Sequence[Likelihood]) -> list[float]:
    """Of each text the mean over the prompts."""
    return [
        math.fsum(one.logprob for one in made[at : at + SCORERS]) / SCORERS
        for at in range(0, len(made), SCORERS)
    ]


def _inside(one: tuple[int, int, int], weight: dict[tuple[int, int, int], float]) -> float:
    """How much of what is likely has a piece in common with this one, as a share of what both
    cover: a piece stands for those that are nearly it."""
    total = math.fsum(weight.values())
    at, start, end = one
    shared = 0.0
    for (other, begin, stop), value in weight.items():
        if other == at:
            both = min(end, stop) - max(start, begin)
            if both > 0:
                shared += value * both / (max(end, stop) - min(start, begin))
    return shared / total
