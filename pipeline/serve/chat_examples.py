"""Earlier turns of a chat as a strategy shows them: worked examples before the question.

A strategy has a prompt of its own, so turns are not handed on as they are. A reply that goes step
by step to "the answer is ..." is shown as the strategy shows such replies: with its steps
where it writes steps, as the bare answer where it answers at once. Any other reply is shown whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from pipeline.answers import answer_spans as pick
from pipeline.answers.parse import extract
from pipeline.prompts.exemplar import Exemplar
from pipeline.text.language import language_of
from pipeline.types import Message

__all__ = ["examples"]


def examples(messages: Sequence[Message]) -> tuple[Exemplar, ...]:
    """The pairs of question and reply before the last question. What stands alone is left out."""
    talk = [message for message in messages if message.role != "system"]
    last = max((i for i, m in enumerate(talk) if m.role == "user"), default=0)
    return tuple(
        _example(asked.content, reply.content)
        for asked, reply in pairwise(talk[:last])
        if (asked.role, reply.role) == ("user", "assistant")
        and asked.content.strip()
        and reply.content.strip()
    )


def _example(question: str, reply: str) -> Exemplar:
    found = extract(reply, "auto", language_of(question))
    if found is not None and found.reason.startswith(_MARKED):
        steps = reply[: pick.sentence_start(reply, 0, found.start)].strip()
        if steps:
            return Exemplar(question.strip(), found.text, steps)
    return Exemplar(question.strip(), reply.strip())


_MARKED = ("after ", "before ")
