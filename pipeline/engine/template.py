"""The chat template inside the GGUF: messages -> the text the model was trained on.

What a note or a user wrote never becomes markup: a control token spelled out in a message (say
`<|im_end|>`) is handed on as plain text, so a document cannot end its own turn and start another.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from pipeline.errors import ModelError, PromptError
from pipeline.types import Message, Prompt

__all__ = ["ChatTemplate", "Piece"]

Piece = tuple[str, bool]
"""Text, and whether control tokens in it count as such."""

_OPEN, _SHUT = "\ue000", "\ue001"  # private-use characters mark what must stay plain
_MARK = re.compile(f"{_OPEN}(\\d+){_SHUT}")


class ChatTemplate:
    """Renders prompts with the template `source` (Jinja2, sandboxed); none means plain paragraphs.

    `control` are the texts of the vocabulary's control tokens.
    """

    def __init__(
        self, source: str, *, bos: str = "", eos: str = "", control: Sequence[str] = ()
    ) -> None:
        self.source = source
        self._bos, self._eos = bos, eos
        plain = sorted({*control, _OPEN} - {""}, key=len, reverse=True)
        self._control = re.compile("|".join(re.escape(text) for text in plain))
        self._compiled: Any = None

    def render(self, prompt: Prompt, *, think: bool = True) -> list[Piece]:
        """The pieces of what the model reads, in order. Raw text is one piece, all plain.

        Raises PromptError for a prompt with nothing in it.
        """
        if prompt.text is not None:
            if not prompt.text:
                raise PromptError("The prompt is empty.", "Give it some text.")
            return [(prompt.text, False)]
        messages = list(prompt.messages)
        if not any(m.content.strip() for m in messages):
            raise PromptError("The prompt is empty.", "Give it a message with some text.")
        kept: list[str] = []

        def shield(match: re.Match[str]) -> str:
            kept.append(match.group())
            return f"{_OPEN}{len(kept) - 1}{_SHUT}"

        shielded = [Message(m.role, self._control.sub(shield, m.content)) for m in messages]
        opened = ""
        if shielded[-1].role == "assistant":  # left open, to be continued
            opened = shielded.pop().content
        text = (self._apply(shielded, think) if shielded else "") + opened
        pieces: list[Piece] = []
        for i, part in enumerate(_MARK.split(text)):
            if part:
                pieces.append((kept[int(part)], False) if i % 2 else (part, True))
        return pieces

    def tail(self, prompt: Prompt, *, think: bool = True) -> str:
        """What stands after the last word that is not the model's own: where a reply begins."""
        if prompt.text is not None:
            return prompt.text[-32:]
        text = "".join(piece for piece, _ in self.render(prompt, think=think))
        said = [m.content.strip() for m in prompt.messages if m.role != "assistant"]
        return text.rsplit(said[-1], 1)[-1] if said and said[-1] else text

    def _apply(self, messages: list[Message], think: bool) -> str:
        if not self.source:
            return "".join(m.content.strip() + "\n\n" for m in messages)
        try:
            text = self._run(messages, think)
            lost = [m for m in messages if m.role == "system" and m.content.strip() not in text]
            if not lost:
                return text
        except PromptError:
            if not any(m.role == "system" for m in messages):
                raise
        # A template that refuses or drops the system role gets it in front of the first question.
        return self._run(_without_system(messages), think)

    def _run(self, messages: list[Message], think: bool) -> str:
        from jinja2 import TemplateError

        if self._compiled is None:
            self._compiled = _compile(self.source)
        try:
            return str(
                self._compiled.render(
                    messages=[{"role": m.role, "content": m.content} for m in messages],
                    add_generation_prompt=True,
                    bos_token=self._bos,
                    eos_token=self._eos,
                    enable_thinking=think,
                    tools=None,
                    documents=None,
                )
            )
        except (TemplateError, TypeError, ValueError, KeyError, IndexError) as error:
            raise PromptError(
                f"The model's chat template refuses these messages ({error}).",
                "Check the order of their roles, or give the prompt as text.",
            ) from None


def _compile(source: str) -> Any:
    from jinja2 import TemplateError
    from jinja2.ext import loopcontrols
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    def refuse(message: str) -> None:
        raise TemplateError(message)

    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols]
    )
    environment.globals["raise_exception"] = refuse
    # The date is fixed: with a real clock the same question would be another prompt tomorrow.
    environment.globals["strftime_now"] = lambda form: datetime(2025, 1, 1, tzinfo=UTC).strftime(
        form
    )
    try:
        return environment.from_string(source)
    except TemplateError as error:
        raise ModelError(
            f"The model's chat template cannot be read ({error}).", "Get another GGUF of the model."
        ) from None


def _without_system(messages: list[Message]) -> list[Message]:
    system = "\n\n".join(m.content for m in messages if m.role == "system")
    rest = [m for m in messages if m.role != "system"]
    for i, m in enumerate(rest):
        if m.role == "user":
            rest[i] = Message("user", f"{system}\n\n{m.content}")
            return rest
    return [Message("user", system), *rest]
