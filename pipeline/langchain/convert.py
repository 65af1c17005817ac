"""Convert between LangChain's messages and documents and our types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from langchain_core.documents import Document
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from langchain_core.messages.ai import UsageMetadata

from pipeline.errors import PromptError, filled
from pipeline.text.language import language_of
from pipeline.types import Cost, Hit, Message, Passage, Place, Prompt, Sample

__all__ = ["ending", "prompt_of", "to_document", "to_langchain", "to_passage", "usage"]

_ROLES = {"system": "system", "human": "user", "ai": "assistant"}
_MESSAGES: dict[str, type[BaseMessage]] = {
    "system": SystemMessage,
    "user": HumanMessage,
    "assistant": AIMessage,
}


def to_document(hit: Hit) -> Document:
    """A passage found; the metadata says where it stands and how well it fits."""
    passage = hit.passage
    return Document(
        passage.text,
        id=passage.id,
        metadata={
            "source": passage.source,
            "start_line": passage.place.start_line,
            "end_line": passage.place.end_line,
            "headings": list(passage.headings),
            "language": passage.language,
            "score": hit.score,
        },
    )


def to_passage(document: Document, name: str) -> Passage:
    """A document as a passage of its own; `name` is its id, and its source where it names none."""
    data = document.metadata
    source = str(data.get("source") or name)
    text = document.page_content
    first = _line(data.get("start_line"), 1)
    last = max(_line(data.get("end_line"), first + text.count("\n")), first)
    headings = data.get("headings")
    return Passage(
        name,
        text,
        source,
        Place(source, first, last),
        tuple(str(one) for one in headings) if isinstance(headings, list) else (),
        language_of(text),
    )


def prompt_of(messages: Sequence[BaseMessage], template: str = "langchain") -> Prompt:
    """Chat messages as a prompt. Raises PromptError for a type that no local model knows, or for
    content that is not text."""
    return Prompt(tuple(_message(message) for message in messages), template=template)


def _message(message: BaseMessage) -> Message:
    role = _ROLES.get(message.type)
    if role is None:
        raise PromptError(
            filled(
                "A message of type `{kind}` cannot be given to a local model.", kind=message.type
            ),
            "Use system, human and ai messages.",
        )
    for block in message.content if isinstance(message.content, list) else ():
        kind = "text" if isinstance(block, str) else str(block.get("type"))
        if kind not in ("text", "reasoning", "thinking"):
            raise PromptError(
                filled("A part of type `{kind}` cannot be given to a local model.", kind=kind),
                "Use text alone.",
            )
    return Message(role, message.text)  # type: ignore[arg-type]


def to_langchain(prompt: Prompt) -> list[BaseMessage]:
    """A prompt as chat messages; raw text is one message of the user."""
    if prompt.text is not None:
        return [HumanMessage(prompt.text)]
    return [_MESSAGES[message.role](message.content) for message in prompt.messages]


def usage(cost: Cost, written: int | None = None) -> UsageMetadata:
    """What was paid for: a prompt that several samples share is counted in the first alone."""
    read, out = cost.prompt_tokens, cost.generated_tokens if written is None else written
    return UsageMetadata(input_tokens=read, output_tokens=out, total_tokens=read + out)


def ending(sample: Sample, model: str) -> dict[str, Any]:
    """How a sample ended, as response metadata."""
    found: dict[str, Any] = {"finish_reason": sample.finish, "model_name": model,
                             "model_provider": "thinkscale"}  # fmt: skip
    if sample.thinking:
        found["thinking"] = sample.thinking
    return found


def _line(value: object, default: int) -> int:
    return value if isinstance(value, int) and value > 0 else default
