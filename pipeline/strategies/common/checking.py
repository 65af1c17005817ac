"""Samples in two stages: replies, and then one check of each different reply that may vote."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.evidence.reply_reading import ParsedReply
from pipeline.strategies.base import Question
from pipeline.strategies.common.prompt_method import PromptMethod
from pipeline.types import Draw, Request, Sample

__all__ = ["CheckedReply", "one_token", "with_checks"]

Ask = Callable[[Question, PromptMethod, Sample], Draw]


@dataclass(frozen=True, slots=True)
class CheckedReply:
    """The replies as they were read, the check of each (None where it was not made, or came to
    nothing), and what they say."""

    readings: list[ParsedReply | None]
    checks: list[Sample | None]
    texts: list[str]


def with_checks(
    question: Question, method: PromptMethod, draws: int, ask: Ask
) -> Generator[Sequence[Request], list[Any], CheckedReply]:
    """At most `draws` requests: half of them replies (rounded down, at least one), the others
    checks in the order of the replies. Replies in the same words share one, and a reply that cannot
    vote has none, so fewer may be made. With one sample there is no check."""
    replies = yield method.draw(question, 0, max(1, draws // 2))
    readings = [method.read(question, reply) for reply in replies]
    unlike: dict[str, Sample] = {}
    for reply, reading in zip(replies, readings, strict=True):
        if reading:
            unlike.setdefault(reply.text, reply)
    asked = list(unlike.values())[: draws - max(1, draws // 2)]
    made = (yield [ask(question, method, reply) for reply in asked]) if asked else []
    checks = {
        reply.text: check
        for reply, check in zip(asked, made, strict=False)
        if check.finish not in ("cancelled", "error")
    }
    return CheckedReply(
        readings,
        [
            checks.get(reply.text) if reading else None
            for reply, reading in zip(replies, readings, strict=True)
        ],
        [reply.text.strip() for reply in replies],
    )


def one_token(grammar: str) -> dict[str, object]:
    """Sampling fields of a check that is answered in one token, without thinking."""
    return {"max_tokens": 1, "grammar": grammar, "stop": (), "think_budget": 0, "think_min": 0}
