"""An engine with scripted replies: deterministic and instant, for tests of what uses engines."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from pipeline.closing import Closing
from pipeline.engine.base import ModelInfo, OnToken, request_key
from pipeline.engine.billing import PromptBilling, shared
from pipeline.engine.continuation import begun, require_parent
from pipeline.engine.local.reply import ReplyStream
from pipeline.errors import PromptError, filled
from pipeline.types import Confidence, Cost, Draw, Form, Likelihood, Prompt, Sample, Score

__all__ = ["ScriptedEngine", "prompt_text"]

Script = Callable[[str, int], str] | Mapping[str, str | Sequence[str]]
_WORDS = re.compile(r"\s*\S+|\s+")


def prompt_text(prompt: Prompt) -> str:
    """What a script sees of a prompt: its raw text, or its messages as `role: content` lines."""
    if prompt.text is not None:
        return prompt.text
    return "\n".join(f"{m.role}: {m.content}" for m in prompt.messages)


class ScriptedEngine(Closing):
    """Replies from a function `(prompt text, draw) -> reply`, or from a table.

    A table's key matches the prompt that contains it (the longest key wins) and its value is one
    reply, or a sequence of which draw i gets the i-th, round and round. A prompt no key matches is
    a PromptError: a test that forgot a case should hear of it. Tokens are words.
    """

    def __init__(
        self,
        script: Script,
        *,
        name: str = "scripted",
        languages: tuple[str, ...] = ("en", "ko"),
        context: int = 4096,
        form: Form = "chat",
        confidence: Callable[[str, int], Confidence] | None = None,
    ) -> None:
        self._script = script
        self._confidence = confidence
        self._cancelled: set[Draw] = set()
        self._known: set[str] = set()
        self._ledger = PromptBilling()
        self.requests: list[Draw] = []
        """Every sample ever asked for, in order."""
        self.scored: list[Score] = []
        """Every score ever asked for, in order."""
        self._info = ModelInfo(
            name=name,
            engine="scripted",
            version="1",
            parameters=1_000_000,
            context=context,
            languages=languages,
            form=form,
            matmul_weights=1_000_000,
        )

    @property
    def info(self) -> ModelInfo:
        return self._info

    def sample(self, requests: Iterable[Draw], on_token: OnToken | None = None) -> Iterator[Sample]:
        asked = list(requests)
        for request, pays in zip(asked, self._ledger.payers(asked), strict=True):
            self.requests.append(request)
            yield self._draw(request, pays, on_token)

    def cancel(self, request: Draw) -> None:
        self._cancelled.add(request)

    def score(self, requests: Iterable[Score]) -> Iterator[Likelihood]:
        """As likely as `confidence` says of prompt and text together, for each word of the text."""
        asked = list(requests)
        known = shared((one.prompt, one.text.split()) for one in asked)
        for request, have in zip(asked, known, strict=True):
            self.scored.append(request)
            before, words = self.count(request.prompt), len(request.text.split())
            read, context = (before + words, 0) if have is None else (words - have, before + have)
            sure = self._sure(f"{prompt_text(request.prompt)}{request.text}", 0)
            heads = min(read, words)
            cost = Cost(read, 0, 0.0, self._info.flops(read, context, heads))
            key = request_key(self._info, request)
            yield Likelihood(request, sure.mean_logprob * words, words, cost, key)

    def count(self, prompt: Prompt) -> int:
        return len(prompt_text(prompt).split())

    def close(self) -> None:
        self._known.clear()

    def _draw(self, request: Draw, pays: bool, on_token: OnToken | None) -> Sample:
        words = self.count(request.prompt)
        if words >= self._info.context:
            over = words + 1 - self._info.context
            raise PromptError(
                filled(
                    "The prompt is {over} tokens too long for the context of {context}.",
                    over=over,
                    context=self._info.context,
                ),
                "Lower ask.k, or raise model.context.",
            )
        require_parent(request, request.parent in self._known)
        params = request.params
        reply = ReplyStream(params.stop, thinks=True)
        tokens, unsure = 0, False
        finish = "cancelled" if request in self._cancelled else ""
        whole = self._reply(request.prompt, request.draw)
        sure, found = None, _WORDS.findall(whole)
        if params.stop_below > 0:
            sure = self._sure(whole, request.draw)
            if sure.lowest_group < params.stop_below:
                found = found[: len(found) // 2]
                unsure = True
        pieces = iter(found)
        while not finish:
            piece = next(pieces, None)
            if piece is None:
                finish = "cancelled" if unsure else "stop"
                break
            tokens += 1
            visible = reply.feed(piece.encode())
            if visible and on_token and on_token(request, visible) is False:
                self._cancelled.add(request)
            if reply.stopped:
                finish = "stop"
            elif request in self._cancelled:
                finish = "cancelled"
            elif tokens >= params.max_tokens:
                finish = "length"
        rest = reply.end()
        if rest and on_token:
            on_token(request, rest)
        self._cancelled.discard(request)
        key = request_key(self._info, request)
        self._known.add(key)
        prompt_tokens = self._price(request) if pays else 0
        return Sample(
            request=request,
            text=reply.text,
            finish=finish,  # type: ignore[arg-type]
            tokens=tokens,
            thinking=reply.thinking,
            confidence=sure or self._sure(reply.text, request.draw),
            cost=Cost(
                prompt_tokens,
                tokens,
                0.0,
                self._info.flops(prompt_tokens, heads=1) + self._info.flops(tokens, words),
            ),
            key=key,
        )

    def _price(self, request: Draw) -> int:
        """Words to be paid for."""
        if request.parent is None:
            return self.count(request.prompt)
        paid = begun(request.prompt)
        return self.count(request.prompt) - self.count(paid) if paid else 0

    def _sure(self, text: str, draw: int) -> Confidence:
        """A confidence that depends on the text alone, unless the test gave its own."""
        if self._confidence:
            return self._confidence(text, draw)
        sure = 1 + hashlib.sha256(text.encode()).digest()[0] / 64
        return Confidence(-1 / sure, sure, sure, sure)

    def _reply(self, prompt: Prompt, draw: int) -> str:
        text = prompt_text(prompt)
        if callable(self._script):
            return self._script(text, draw)
        key = max((k for k in self._script if k in text), key=len, default=None)
        if key is None:
            raise PromptError(
                filled("No scripted reply for the prompt {prompt}.", prompt=repr(text[-80:])),
                "Add one.",
            )
        value = self._script[key]
        return value if isinstance(value, str) else value[draw % len(value)]
