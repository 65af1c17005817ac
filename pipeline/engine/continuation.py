"""A request that goes on from an earlier sample: what its prompt says of it, and what it pays."""

from __future__ import annotations

from pipeline.errors import PromptError, filled
from pipeline.types import Draw, Prompt

__all__ = ["begun", "require_parent"]


def begun(prompt: Prompt) -> Prompt | None:
    """The part of a prompt that ends with its last message of the assistant, left open: what an
    earlier sample has paid for. None where there is no such message."""
    for i in range(len(prompt.messages) - 1, -1, -1):
        if prompt.messages[i].role == "assistant":
            return Prompt(prompt.messages[: i + 1])
    return None


def require_parent(request: Draw, known: bool) -> None:
    """Raises PromptError where nothing says what the sample to go on from was."""
    if request.parent is None or known or begun(request.prompt) is not None:
        return
    raise PromptError(
        filled(
            "The sample {sample} to go on from is not known to this engine.",
            sample=request.parent[:12],
        ),
        "Put its text into the prompt as a message of the assistant.",
    )
