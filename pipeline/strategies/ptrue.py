"""Best of N by P(True) (arXiv 2207.05221): the model is asked of each of its replies whether it is
right, and the reply it gives the best chance is taken."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from pipeline.prompts.turns import turn
from pipeline.strategies.base import Plan, Question, Strategy
from pipeline.strategies.common.checking import one_token, with_checks
from pipeline.strategies.common.choosing import choose, plain_vote
from pipeline.strategies.common.prompt_method import PromptMethod, by_example
from pipeline.types import Draw, Message, Sample

__all__ = ["PTrue", "ask", "chance"]

_GRAMMAR = 'root ::= "True" | "False"'
_AFTER_LABEL = 'root ::= " True" | " False"'
_UNKNOWN = 0.5


@dataclass(frozen=True, slots=True)
class PTrue(Strategy):
    """Half of the `draws` are replies, the other half checks: one token each, after the reply and
    what came before it, which the engine still holds; in completion form after worked examples of
    such checks. A reply that was not checked has a chance of one half; with no check at all it is
    the plain vote.
    """

    name: str
    prompt_method: PromptMethod
    draws: int = 16

    def plan(self, question: Question) -> Plan:
        found = yield from with_checks(question, self.prompt_method, self.draws, ask)
        if not any(found.checks):
            return plain_vote(question, found.readings)
        return choose(question, found.readings, [chance(check) for check in found.checks])


def ask(question: Question, method: PromptMethod, reply: Sample) -> Draw:
    """Whether this reply is right, to be answered greedily in one token."""
    put = question.checked()
    if put.form == "completion":
        prompt = by_example("right", put, reply=reply.text.strip())
        fields = one_token(_AFTER_LABEL)
        return method.request(put, 0, greedy=True, prompt=prompt, parent=None, **fields)
    asked = Message("user", turn("right", put.language))
    prompt = method.prompt(put, begun=reply.text, then=(asked,))
    return method.request(
        put,
        0,
        greedy=True,
        prompt=replace(prompt, template="right"),
        parent=reply.key if put is question else None,  # another model has read nothing yet
        **one_token(_GRAMMAR),
    )


def chance(check: Sample | None) -> float:
    """P(True) by a check; one half where there is none.

    Only the word that the model prefers is seen, with its probability p among all words it might
    write, most of which are neither True nor False. So the chance of True lies in [p, 1] when it is
    "True" and in [0, 1 - p] when it is "False": the middle is taken. It puts replies in order; it
    is not calibrated.
    """
    if check is None:
        return _UNKNOWN
    word = check.text.strip()
    p = math.exp(min(0.0, check.confidence.mean_logprob))
    if word and "True".startswith(word):
        return (1 + p) / 2
    if word and "False".startswith(word):
        return (1 - p) / 2
    return _UNKNOWN
