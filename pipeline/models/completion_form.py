"""Messages for a model without a chat template: a text in which turns follow each other.

A turn of the user runs up to where its answer begins, an answer ends with an empty line. Worked
examples among the turns show the model to do the same, and there a reply is cut off: nothing else
would end it, since such a model was never taught to stop.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.types import Message

__all__ = ["TURN_END", "as_text"]

TURN_END = "\n\n"


def as_text(messages: Sequence[Message]) -> str:
    """The turns as one text that a reply goes on with. A last message of the assistant is open."""
    text = ""
    for i, message in enumerate(messages):
        if message.role == "assistant":
            if i and messages[i - 1].role != "assistant":
                text += _gap(messages[i - 1].content, message.content)
            text += message.content
        else:
            text += TURN_END if text and not text.endswith(TURN_END) else ""
            text += message.content.strip()
    if messages and messages[-1].role != "assistant":
        text += "" if _is_label(text) else "\n"
    return text


def _gap(asked: str, reply: str) -> str:
    """What stands between a turn and its reply: a space after a label, else a new line."""
    if not _is_label(asked):
        return "\n"
    return "" if not reply or reply[0].isspace() else " "


def _is_label(text: str) -> bool:
    return text.rstrip().endswith((":", "："))
