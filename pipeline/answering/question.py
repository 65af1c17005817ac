"""Check that a question can be asked: not empty, not too long, valid text."""

from __future__ import annotations

from pipeline.errors import PromptError, filled

__all__ = ["LONGEST_QUESTION", "check_question"]

LONGEST_QUESTION = 2000
"""Characters. A longer text is a document, not a question."""


def check_question(question: str, longest: int | None = LONGEST_QUESTION) -> str:
    """The question without surrounding space. Raises PromptError where it cannot be asked; None for
    `longest` is no limit but the model's own."""
    question = question.strip()
    if not question:
        raise PromptError("The question is empty.", 'Write it in quotes: thinkscale ask "..."')
    if longest is not None and len(question) > longest:
        raise PromptError(
            filled(
                "The question has {count} characters; the limit is {most}.",
                count=f"{len(question):,}",
                most=f"{longest:,}",
            ),
            "Ask one thing; put long texts into the notes folder.",
        )
    if any(0xD800 <= ord(char) <= 0xDFFF for char in question) or "\0" in question:
        raise PromptError("The question is not valid UTF-8 text.", "Check the terminal's encoding.")
    return question
