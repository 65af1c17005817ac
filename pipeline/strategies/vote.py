"""Draw, keep what the notes bear out, vote.

With one greedy draw this is `direct`, `cot` or `plan`, as its prompt says; with several it is
self-consistency (arXiv 2203.11171) in which a draw votes only when a quoted sentence of the notes
bears it out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.answers.grounding import Grounded, ground
from pipeline.prompts import build_prompt, load_template
from pipeline.strategies.base import Decision, Question
from pipeline.types import Sample, SampleRequest, Vote

__all__ = ["VerifiedVote"]

_QUORUM = 2
"""A reply that one draw of many gave is not agreement; the notes' own sentence is worth more."""


@dataclass(frozen=True, slots=True)
class VerifiedVote:
    """`draws` replies to one prompt; a single draw is greedy."""

    name: str
    template: str
    draws: int = 1

    def step(self, question: Question, samples: Sequence[Sample]) -> list[SampleRequest] | Decision:
        if len(samples) < self.draws:
            return self._requests(question)[len(samples) :]
        return self._decide(question, samples[: self.draws])

    def _requests(self, question: Question) -> list[SampleRequest]:
        template = load_template(self.template)
        prompt = build_prompt(question.text, question.passages, template, question.language)
        params = question.params
        if self.draws == 1:
            params = replace(params, temperature=0.0)
        return [SampleRequest(prompt, params, draw, question.id) for draw in range(self.draws)]

    def _decide(self, question: Question, samples: Sequence[Sample]) -> Decision:
        mark = load_template(self.template).answer_mark.get(question.language, "")
        classes: dict[str, list[Grounded]] = {}
        for sample in samples:
            grounded = ground(sample.text, question.inquiry, question.evidence, mark)
            if grounded is not None:
                classes.setdefault(grounded.key, []).append(grounded)
        # Most votes first; among equals the class that was drawn first. No die is rolled.
        ranked = sorted(classes.values(), key=len, reverse=True)
        votes = tuple(Vote(best_of(group).text, len(group), float(len(group))) for group in ranked)
        quorum = min(_QUORUM, len(samples))
        if not ranked or len(ranked[0]) < quorum:
            return Decision(None, votes)
        return Decision(best_of(ranked[0]), votes, len(ranked[0]) / len(samples))


def best_of(group: Sequence[Grounded]) -> Grounded:
    """The reply that speaks for its class: the best supported, then the shortest, then the
    first."""
    return max(group, key=lambda reply: (round(reply.support, 3), -len(reply.text)))
