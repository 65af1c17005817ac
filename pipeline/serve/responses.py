"""The replies of the server in OpenAI's shapes; what these lack stands under `thinkscale`."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pipeline.answering.trust import agreement_json
from pipeline.serve.worker import ChoiceResult
from pipeline.text.numbers.quantities import quantities
from pipeline.text.terms import terms
from pipeline.types import Hit, Vote

__all__ = ["ResponseFormat", "cut", "hits_json", "marked_quote", "usage", "votes_json"]

_WORD = re.compile(r"\w+(?:[-'’.,]\w+)*")
ResponseKind = Literal["chat.completion", "text_completion"]


def cut(text: str, stop: Sequence[str]) -> str:
    """The text up to the first stop string in it."""
    ends = [at for one in stop if (at := text.find(one)) >= 0]
    return text[: min(ends)] if ends else text


def usage(said: Sequence[ChoiceResult]) -> dict[str, int]:
    """Tokens of all draws of all choices, those that lost a vote too; a prompt counts once."""
    prompt = sum(one.cost.prompt_tokens for one in said)
    written = sum(one.cost.generated_tokens for one in said)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": written,
        "total_tokens": prompt + written,
    }


def votes_json(votes: Sequence[Vote]) -> list[dict[str, Any]]:
    return [{"answer": v.answer, "count": v.count, "weight": v.weight} for v in votes]


def hits_json(hits: Sequence[Hit]) -> list[dict[str, Any]]:
    """The passages searched, best first, each with where it stands."""
    return [
        {
            "source": hit.passage.place.source,
            "start_line": hit.passage.place.start_line,
            "end_line": hit.passage.place.end_line,
            "place": str(hit.passage.place),
            "page": hit.passage.place.first if hit.passage.place.unit == "page" else 0,
            "heading": hit.passage.heading,
            "text": hit.passage.text,
        }
        for hit in hits
    ]


def marked_quote(quote: str, answer: str) -> list[tuple[str, bool]]:
    """A quotation in pieces, with whether the answer says that piece: its words by their terms, its
    figures by their value."""
    said, values = terms(answer), {q.value for q in quantities(answer)}
    marks = [(q.start, q.end) for q in quantities(quote) if q.value in values]
    marks += [
        found.span()
        for found in _WORD.finditer(quote)
        if (own := terms(found.group())) and own <= said and not found.group().isdigit()
    ]
    pieces: list[tuple[str, bool]] = []
    at = 0
    for start, end in sorted(marks):
        if start < at:
            start = at
        if start >= end:
            continue
        between = quote[at:start]
        if pieces and between.strip() == "":
            pieces[-1] = (pieces[-1][0] + between + quote[start:end], True)
        else:
            pieces += [(between, False)] * bool(between) + [(quote[start:end], True)]
        at = end
    return [*pieces, *([(quote[at:], False)] if at < len(quote) else [])]


@dataclass(frozen=True)
class ResponseFormat:
    """The replies to one request, whole or in chunks. `model` is as the client named it;
    `thought` where a strategy was asked for."""

    kind: ResponseKind
    model: str
    fingerprint: str
    thought: bool = False
    prefixes: Sequence[str] = ()
    """What stands before the text of each choice (`echo`)."""
    stop: Sequence[str] = ()
    id: str = field(default_factory=lambda: secrets.token_hex(12))
    created: int = field(default_factory=lambda: int(time.time()))

    def whole(self, said: Sequence[ChoiceResult]) -> dict[str, Any]:
        """The reply that is not streamed."""
        choices = []
        for i, one in enumerate(said):
            text = self._prefix(i) + self.text(one)
            body: dict[str, Any] = {"index": i, "logprobs": None, "finish_reason": _finish(one)}
            if self.kind == "chat.completion":
                body["message"] = {"role": "assistant", "content": text, "refusal": None}
            else:
                body["text"] = text
            choices.append({**body, "thinkscale": self.extra(one)})
        return {**self._head(self.kind), "choices": choices, "usage": usage(said)}

    def text(self, one: ChoiceResult) -> str:
        """The text of a choice as it is sent."""
        return cut(one.text, self.stop)

    def piece(self, choice: int, text: str) -> dict[str, Any]:
        """A chunk with new text."""
        return self._chunk(choice, text, None)

    def opening(self, choice: int) -> dict[str, Any]:
        """The first chunk of a choice."""
        return self._chunk(choice, self._prefix(choice), None, first=True)

    def ending(self, choice: int, one: ChoiceResult) -> dict[str, Any]:
        """The last chunk of a choice."""
        return {**self._chunk(choice, "", _finish(one)), "thinkscale": self.extra(one)}

    def forming(self, choice: int, votes: Sequence[Vote], done: int, most: int) -> dict[str, Any]:
        """A chunk without text: how the votes stand."""
        told = {"votes": votes_json(votes), "draws": done, "most": most}
        return {**self._chunk(choice, "", None), "thinkscale": told}

    def used(self, said: Sequence[ChoiceResult]) -> dict[str, Any]:
        """The chunk after the last, for a client that asked for it."""
        return {**self._head(self._chunk_kind), "choices": [], "usage": usage(said)}

    def extra(self, one: ChoiceResult) -> dict[str, Any]:
        """What OpenAI has no field for."""
        told: dict[str, Any] = {}
        if one.mean_logprob is not None:
            told["mean_logprob"] = round(one.mean_logprob, 6)
        if self.thought:
            told |= {
                "answer": one.answer,
                "draws": one.draws,
                "votes": votes_json(one.votes),
                "agreement": agreement_json(one.agreement),
                "confidence": round(one.confidence or 0.0, 4),
                "complete": one.complete,
            }
        if one.told is not None:
            told |= {
                "abstained": one.told.abstained,
                "quoted": one.told.quoted,
                "marked": one.told.marked,
                "citations": [c.to_json() for c in one.told.citations],
                "closest": [c.to_json() for c in one.told.closest],
                "notice": one.told.notice,
            }
        return told

    def _prefix(self, choice: int) -> str:
        return self.prefixes[choice] if self.prefixes else ""

    @property
    def _chunk_kind(self) -> str:
        return "chat.completion.chunk" if self.kind == "chat.completion" else self.kind

    def _head(self, kind: str) -> dict[str, Any]:
        mark = "chatcmpl" if self.kind == "chat.completion" else "cmpl"
        return {
            "id": f"{mark}-{self.id}",
            "object": kind,
            "created": self.created,
            "model": self.model,
            "system_fingerprint": self.fingerprint,
        }

    def _chunk(
        self, choice: int, text: str, finish: str | None, *, first: bool = False
    ) -> dict[str, Any]:
        body: dict[str, Any] = {"index": choice, "logprobs": None, "finish_reason": finish}
        if self.kind == "chat.completion":
            delta: dict[str, Any] = {"role": "assistant"} if first else {}
            body["delta"] = {**delta, "content": text} if text or first else delta
        else:
            body["text"] = text
        return {**self._head(self._chunk_kind), "choices": [body]}


def _finish(one: ChoiceResult) -> str:
    return "stop" if one.whole else "length"
