"""Answers that are a piece of what was found: who gave them, where they stand, how likely they are.

Several prompts ask the same of a sentence, and only what stands in it may be an answer. The pieces
that were given are then scored, and what was seen of each is put down as numbers by name, from
which `pipeline.strategies.select` chooses.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pipeline.evidence.gather import Evidence
from pipeline.evidence.reply_reading import ParsedReply
from pipeline.evidence.spans import find_span
from pipeline.evidence.written import WrittenReader
from pipeline.prompts.completion_prompts import ENDS, load_completion, worked_prompt
from pipeline.strategies.base import Question
from pipeline.strategies.common.prompt_method import PromptMethod
from pipeline.strategies.common.shown_passages import distinct_at_home
from pipeline.text.terms import terms
from pipeline.types import Draw, Likelihood, Passage, Prompt, Request, Sample, Score

__all__ = [
    "ORDERS",
    "SCORERS",
    "Candidate",
    "SourceText",
    "candidates",
    "piece_of",
    "prompt_of",
    "sources",
]

ORDERS = 6
"""Prompts that ask the same: other examples first, and every second time the question first."""

_FORMS = ("span", "span-asked-first")
_SHOWN = 5
"""Worked examples in a prompt."""
_SCORED = 8
"""Candidates of a question that are scored, those given most often."""
SCORERS = 2
"""Prompts that score a candidate."""
_BEHIND = 3.0
"""How much less may speak for a sentence than for the best one (see `pipeline.evidence.verify`)."""


@dataclass(frozen=True, slots=True)
class SourceText:
    """A text that answers must be a piece of. `behind` says how much less speaks for it than for
    the best one, as a logarithm; `evidence` is what it is, where it was searched for."""

    text: str
    behind: float = 0.0
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """`source.text[start:end]`, the replies that gave it, by number, and what was seen of it."""

    source: SourceText
    start: int
    end: int
    draws: tuple[int, ...]
    seen: dict[str, float] = field(default_factory=dict, hash=False)
    """Numbers by name; with those of the scores only where all scores were made."""

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]

    def read(self, question: Question) -> ParsedReply | None:
        """As an answer; None where it is not of the kind that the question takes."""
        one = self.source.evidence
        if one is None:
            return question.read(self.text)
        key = f"{one.passage.id}:{one.start}:{self.start}:{self.end}"
        return ParsedReply(self.text, (one,), key, span=(self.start, self.end))


def sources(question: Question, most: int) -> list[SourceText]:
    """The texts that answers may stand in, at most so many: the sentences that bear on a question
    asked of the notes, else the passages shown. None where an answer is to be written."""
    if isinstance(question.read, WrittenReader):
        return []
    if not question.evidence:
        return [SourceText(one.text) for one in question.passages[:most]]
    first = distinct_at_home(question.evidence)[:most]
    behind = [first[0].score - one.score for one in first]
    return [
        SourceText(one.said, less, one)
        for one, less in zip(first, behind, strict=True)
        if less <= _BEHIND
    ]


def candidates(
    question: Question,
    method: PromptMethod,
    texts: Sequence[SourceText],
    draws: int,
    *,
    scored: bool = True,
) -> Generator[Sequence[Request], list[Any], tuple[list[Candidate], list[Sample]]]:
    """The candidates that `draws` replies give, in the order in which they were first given, and
    the replies. `scored`: with how likely those given most often are, if there are two replies."""
    asked = [_draw(question, method, texts, number) for number in range(draws)]
    samples: list[Sample] = yield asked
    found: dict[tuple[int, int, int], list[int]] = {}
    for number, sample in enumerate(samples):
        at = number % len(texts)
        span = piece_of(question, method, sample, texts[at].text)
        if span is not None:
            found.setdefault((at, *span), []).append(number)
    replies = len(samples) / len(texts)
    given = []
    for (at, start, end), by in found.items():
        seen = _counted(question, texts[at].text[start:end], len(by) / replies)
        given.append(Candidate(texts[at], start, end, tuple(by), seen))
    order = sorted(range(len(given)), key=lambda at: (-len(given[at].draws), at))[:_SCORED]
    scores = [_scores(question, given[at]) for at in order]
    wanted = [score for some in scores for score in some] if scored and draws > 1 else []
    made: list[Likelihood] = (yield wanted) if wanted else []
    if wanted and len(made) == len(wanted):
        each = len(scores[0])
        kept = []
        for n, at in enumerate(order):
            likely = _likely(made[n * each : (n + 1) * each])
            kept.append((at, replace(given[at], seen=given[at].seen | likely)))
        given = [one for _, one in sorted(kept, key=lambda pair: pair[0])]
    return given, samples


def piece_of(
    question: Question, method: PromptMethod, sample: Sample, text: str
) -> tuple[int, int] | None:
    """Where the answer of a reply stands in a text; None where it does not, or there is none."""
    if sample.finish != "stop":
        return None
    mark = method.mark(question)
    reply = sample.text.rsplit(mark, 1)[-1] if mark else sample.text
    return find_span(reply, text, question.language)


def _draw(
    question: Question, method: PromptMethod, texts: Sequence[SourceText], number: int
) -> Draw:
    """The reply of that number: the sources take turns, then the prompts; of each prompt the first
    reply is greedy. One prompt method has these prompts: `direct`; another asks in its own."""
    source, turn = texts[number % len(texts)], number // len(texts)
    if method.name != "direct":
        prompt = method.prompt(question, [_shown(question, source)])
        return method.request(question, number, prompt=prompt)
    again, order = divmod(turn, ORDERS)
    prompt = prompt_of(question, source, order)
    most = load_completion(_FORMS[0]).max_tokens
    params = replace(question.params, max_tokens=most, stop=("\n",), think_budget=0, think_min=0)
    if not again:
        params = replace(params, temperature=0.0)
    return Draw(prompt, params, again, question.id)


def prompt_of(question: Question, source: SourceText, order: int) -> Prompt:
    """The prompt of that number about a source."""
    return worked_prompt(
        _FORMS[order % len(_FORMS)], question.language, order, _SHOWN,
        passages=source.text, question=question.text,
    )  # fmt: skip


def _shown(question: Question, source: SourceText) -> Passage:
    """A source as a passage to show."""
    if source.evidence is not None:
        return replace(source.evidence.passage, text=source.text, headings=())
    return next(one for one in question.passages if one.text == source.text)


def _counted(question: Question, text: str, votes: float) -> dict[str, float]:
    """What is seen of a candidate without asking the model; `votes` is its share of the replies."""
    said, asked = terms(text), terms(question.text)
    return {
        "votes": votes,
        "words": math.log(1 + len(text.split())),
        "asked": len(said & asked) / len(said) if said else 0.0,
    }


def _scores(question: Question, one: Candidate) -> list[Score]:
    """How likely is the candidate, and that it ends there, by each of the first prompts?"""
    return [
        Score(prompt_of(question, one.source, order), f" {one.text}{ENDS}")
        for order in range(SCORERS)
    ]


def _likely(made: Sequence[Likelihood]) -> dict[str, float]:
    return {"likely": sum(one.logprob for one in made) / len(made)}
