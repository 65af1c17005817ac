"""Prompts as tokens: rendered with the model's template, or going on from an earlier sample."""

from __future__ import annotations

from array import array
from collections import OrderedDict
from dataclasses import dataclass
from typing import NamedTuple

from pipeline.engine.continuation import begun, require_parent
from pipeline.engine.local.active_draw import ActiveDraw
from pipeline.engine.local.native import NativeModel
from pipeline.engine.local.reply import opens_thinking
from pipeline.errors import PromptError
from pipeline.models.template import ChatTemplate, TemplatePiece
from pipeline.types import Draw, Prompt

__all__ = ["PromptTokens", "TokenizedPrompt"]

_REMEMBERED = 1024  # samples that a later request may name as its parent


class TokenizedPrompt(NamedTuple):
    """A prompt as the model reads it. `opened`: its text ends inside the think tags; `begun`: a
    reply has begun in it."""

    tokens: list[int]
    rendered: str
    opened: bool
    begun: bool


@dataclass(frozen=True, slots=True)
class _Known:
    """A sample as later requests may go on from it."""

    rendered: str
    prompt: list[int]
    generated: array[int]
    raw: str
    thinking: bool


class PromptTokens:
    """What the requests of one engine become for its model; the last samples are remembered, so
    that a request may go on from one."""

    def __init__(self, model: NativeModel, template: ChatTemplate) -> None:
        self._model = model
        self._template = template
        self._known: OrderedDict[str, _Known] = OrderedDict()

    def remember(self, draw: ActiveDraw) -> None:
        """Let later requests go on from a finished sample."""
        if draw.seat is None:
            return
        self._known[draw.key] = _Known(
            draw.rendered,
            draw.tokens,
            array("i", draw.generated),
            "".join(draw.reply.raw),
            draw.reply.is_thinking,
        )
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)

    def of(self, prompt: Prompt) -> list[int]:
        """The tokens of a prompt."""
        return self._encode(self._template.render(prompt))

    def resolve(self, request: Draw, think: bool) -> TokenizedPrompt:
        """The prompt of a request, with a parent on what that sample left. Raises PromptError where
        the parent is not known any more."""
        pieces = self._template.render(request.prompt, think=think)
        rendered = "".join(text for text, _ in pieces)
        known = self._known.get(request.parent) if request.parent is not None else None
        require_parent(request, known is not None)
        if known and begun(request.prompt) is None and rendered == known.rendered:
            tokens = [*known.prompt, *known.generated]
            return TokenizedPrompt(tokens, rendered + known.raw, known.thinking, True)
        messages = request.prompt.messages
        reply = bool(messages) and messages[-1].role == "assistant"
        inside = opens_thinking(self._template.tail(request.prompt, think=think))
        if known and rendered.startswith(known.rendered + known.raw):
            rest = _after(pieces, len(known.rendered) + len(known.raw))
            tokens = [*known.prompt, *known.generated, *self._encode(rest, first=False)]
            return TokenizedPrompt(tokens, rendered, inside, reply)
        return TokenizedPrompt(self._encode(pieces), rendered, inside, reply)

    def price(self, request: Draw, tokens: list[int], think: bool) -> tuple[int, int]:
        """Tokens of the prompt, and those to be paid for: what does not depend on the memory."""
        if request.parent is None:
            return len(tokens), len(tokens)
        known = self._known.get(request.parent)
        paid = begun(request.prompt)
        if paid is None and known:
            own = len(known.prompt) + len(known.generated)
            if tokens[:own] == [*known.prompt, *known.generated]:
                return len(tokens), len(tokens) - own
            return len(tokens), len(tokens)
        assert paid is not None
        length = self._count(request.prompt, think)
        return length, max(length - self._count(paid, think), 0)

    def _count(self, prompt: Prompt, think: bool) -> int:
        return len(self._encode(self._template.render(prompt, think=think)))

    def _encode(self, pieces: list[TemplatePiece], *, first: bool = True) -> list[int]:
        """Token ids; `first`: the text begins here, not in the middle."""
        bos = self._template.bos
        tokens: list[int] = []
        for text, markup in pieces:
            begins = first and not (markup and bos and text.startswith(bos))
            tokens += self._model.tokenize(text, special=markup, first=begins)
            first = False
        if not tokens and pieces:
            raise PromptError("The prompt has no tokens.", "Give it some text.")
        return tokens


def _after(pieces: list[TemplatePiece], skip: int) -> list[TemplatePiece]:
    """The pieces without their first `skip` characters."""
    rest: list[TemplatePiece] = []
    for text, markup in pieces:
        if skip < len(text):
            rest.append((text[skip:], markup))
        skip = max(skip - len(text), 0)
    return rest
