"""OpenAI's completions and chat on the wire: what is sent; what comes back, whole or in pieces."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from pipeline.engine.base import draw_seed
from pipeline.engine.confidence import below, group_of
from pipeline.engine.dialect import Dialect
from pipeline.engine.local.reply import ReplyStream
from pipeline.types import Draw, Prompt

__all__ = ["TOP", "StreamReading", "echoed", "path_and_body"]

Finish = Literal["stop", "length", "cancelled", "error"]
_FINISHES: dict[str, Finish] = {
    "length": "length", "abort": "error", "error": "error", "content_filter": "error"
}  # fmt: skip
TOP = 20
"""Likeliest tokens asked for at each place."""
_HALF = "\ufffd"  # what a server writes for a character it cut in two


def path_and_body(
    dialect: Dialect, request: Draw, prompt: Prompt, *, logprobs: bool, plain: bool
) -> tuple[str, dict[str, Any]]:
    """The path under the endpoint's address, and the body. `prompt` is the request's own or, for
    one that goes on from a sample, what to send in its place. `plain`: OpenAI's fields alone."""
    p = request.params
    body: dict[str, Any] = {
        "model": dialect.model,
        "n": 1,
        "max_tokens": p.max_tokens,
        "temperature": p.temperature,
        "top_p": p.top_p,
        "seed": draw_seed(p.seed, request.item, request.draw) & 0x7FFFFFFF,
        "stop": list(p.stop) or None,
        "stream": False,
        "frequency_penalty": 0.0,
        "presence_penalty": 0.0,
    }
    if p.logit_bias:
        body["logit_bias"] = {str(token): bias for token, bias in p.logit_bias}
    if not plain:
        # llama.cpp says repeat_penalty, vLLM repetition_penalty.
        body |= {"top_k": p.top_k, "min_p": p.min_p, "repeat_penalty": p.repeat_penalty}
        body["repetition_penalty"] = p.repeat_penalty
        if p.grammar:
            body |= dialect.grammar(p.grammar)
    if prompt.text is not None:
        if logprobs:
            body["logprobs"] = TOP
        return "/completions", body | {"prompt": prompt.text}
    if logprobs:
        body |= {"logprobs": True, "top_logprobs": TOP}
    if p.think_budget == 0 and not plain:
        body["chat_template_kwargs"] = {"enable_thinking": False}
    body["messages"] = [{"role": m.role, "content": m.content} for m in prompt.messages]
    if prompt.messages[-1].role == "assistant":  # to be continued, not answered
        body |= {"continue_final_message": True, "add_generation_prompt": False}
    return "/chat/completions", body


class StreamReading:
    """One reply as it comes in, whole or in pieces. `show` gets each new piece of the answer;
    `cancelled` is asked between pieces whether anybody still wants it.

    `ends` are stop strings beside the request's own, `trim` leaves out spaces before the reply.
    `told` makes OpenAI's pieces of those of the endpoint.

    A reply that breaks off is begun anew. Then only what goes on from what was shown is shown; a
    reply that differs from it has failed, since what was shown cannot be taken back.
    """

    def __init__(
        self,
        request: Draw,
        show: Callable[[str], None] = lambda _: None,
        cancelled: Callable[[], bool] = lambda: False,
        *,
        ends: tuple[str, ...] = (),
        trim: bool = False,
        told: Callable[[dict[str, Any]], dict[str, Any]] = lambda chunk: chunk,
    ) -> None:
        self.request, self._show, self._cancelled = request, show, cancelled
        self._stops, self._trim, self._told = (*request.params.stop, *ends), trim, told
        self._shown = ""
        self.begin()

    def begin(self) -> None:
        """Nothing has come yet."""
        self.reply = ReplyStream(self._stops, thinks=True, trim=self._trim)
        self.content = ""
        """The reply as it came, tags of thinking included."""
        self._halves = ""
        self._thought: list[str] = []
        self.logprobs: list[float] = []
        self.confidences: list[float] = []
        self.prompt_tokens: int | None = None
        self._counted: int | None = None
        self._pieces = 0
        self.heard = False
        """Something of the reply has come."""
        self.ended = ""
        """Why the endpoint ended it; empty while it has not."""
        self.finish: Finish | None = None
        """Why it ended here, before the endpoint did."""

    @property
    def text(self) -> str:
        """The answer; of a reply that failed, what was shown of it."""
        return self._shown if self.finish == "error" else self.reply.text

    @property
    def thinking(self) -> str:
        return ("".join(self._thought) or self.reply.thinking).strip()

    @property
    def tokens(self) -> int:
        """Tokens written, as far as the endpoint says; else the number of pieces."""
        if self.logprobs:
            return len(self.logprobs)
        return self._pieces if self._counted is None else self._counted

    def chunk(self, data: dict[str, Any]) -> bool:
        """A piece of an answer, or a whole one with a single choice. False: hang up."""
        data = self._told(data)
        self.usage(data.get("usage"))
        choices = data.get("choices")
        if isinstance(choices, list) and choices and isinstance(choices[0], dict):
            self.choice(choices[0])
        if not self.finish and self._cancelled():
            self.finish = "cancelled"
        return not self.finish

    def choice(self, choice: dict[str, Any]) -> None:
        """What one choice adds."""
        if self.finish:
            return
        self.heard = True
        said = choice.get("delta") or choice.get("message")
        text = said.get("content") if isinstance(said, dict) else choice.get("text")
        if isinstance(said, dict):
            thought = said.get("reasoning_content") or said.get("reasoning")
            if isinstance(thought, str) and thought:
                self._thought.append(thought)
                self._pieces += 1
        chosen, sure = _logprobs(choice.get("logprobs"))
        self.logprobs += chosen
        self.confidences += sure
        if isinstance(choice.get("finish_reason"), str):
            self.ended = choice["finish_reason"]
        if isinstance(text, str) and text:
            self._pieces += 1
            if "delta" not in choice:
                text = self._new_part(text, choice.get("logprobs"))
            self._take(text)
        if not self.finish and self._unsure(len(chosen)):
            self.finish = "cancelled"

    def _new_part(self, text: str, found: Any) -> str:
        """Some servers put what they were to continue in front of a whole answer."""
        messages = self.request.prompt.messages
        opened = messages[-1].content if messages and messages[-1].role == "assistant" else ""
        if not opened or not text.startswith(opened):
            return text
        rows = found.get("content") if isinstance(found, dict) else None
        first = rows[0] if isinstance(rows, list) and rows else None
        if isinstance(first, dict) and opened.startswith(str(first.get("token"))):
            return text  # the model wrote so itself
        return text[len(opened) :]

    def _unsure(self, new: int) -> bool:
        """A group that ends with one of the `new` tokens is below what the request asks for."""
        params, sure = self.request.params, self.confidences
        group = group_of(params)
        ends = range(len(sure) - new + 1, len(sure) + 1) if params.stop_below > 0 else ()
        return any(below(sure[max(0, i - group) : i], group, params.stop_below) for i in ends)

    def _take(self, text: str) -> None:
        text = self._halves + text
        whole = text.rstrip(_HALF)
        self._halves = text[len(whole) :]  # the rest of the character may come yet
        self.content += whole
        self._tell(self.reply.feed(whole.encode("utf-8", "ignore")))
        if self.reply.stopped and not self.finish:
            self.finish = "stop"

    def end(self) -> None:
        """No more is coming."""
        if self._halves and self.ended != "length":
            self.content += self._halves
            self._tell(self.reply.feed(self._halves.encode()))
        self._halves = ""
        self._tell(self.reply.end())
        if not self.finish and len(self._shown) > len(self.reply.text):
            self.finish = "error"
        if not self.finish:
            self.finish = _FINISHES.get(self.ended, "stop")

    def _tell(self, piece: str) -> None:
        if not piece or self.finish == "error":
            return
        text = self.reply.text
        if len(text) <= len(self._shown):
            if not self._shown.startswith(text):
                self.finish = "error"
            return
        if not text.startswith(self._shown):
            self.finish = "error"
            return
        new, self._shown = text[len(self._shown) :], text
        self._show(new)

    def usage(self, usage: Any, choices: int = 1) -> None:
        """What the endpoint says it read and wrote, for so many choices together."""
        if isinstance(usage, dict):
            if isinstance(usage.get("prompt_tokens"), int):
                self.prompt_tokens = usage["prompt_tokens"]
            if isinstance(usage.get("completion_tokens"), int):
                self._counted = round(usage["completion_tokens"] / choices)


def echoed(answer: dict[str, Any], before: str, text: str) -> tuple[float, int] | None:
    """The log-probability of `text` in an answer that echoes `before + text`, and of how many
    tokens it is the sum; None where it is not told. A token that begins in the one and ends in the
    other belongs to the text.

    Some servers shift the row by one, so that each token has the value of the next; they also leave
    out the token that was written, and are known by that.
    """
    choices = answer.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    found = choice.get("logprobs") if isinstance(choice, dict) else None
    if not isinstance(found, dict):
        return None
    offsets, values, tokens = (
        found.get(name) for name in ("text_offset", "token_logprobs", "tokens")
    )
    if not (isinstance(offsets, list) and isinstance(values, list)) or len(offsets) < 2:
        return None
    if not all(isinstance(o, int) for o in offsets):
        return None
    if isinstance(tokens, list):  # a mark of beginning that the endpoint put in front
        joined = "".join(str(t) for t in tokens)
        offsets = [o - max(joined.find(before + text), 0) for o in offsets]
        whole = choice.get("text") if isinstance(choice, dict) else None
        told = not any(mark in joined for mark in (_HALF, "bytes:"))  # else it cannot be compared
        if told and isinstance(whole, str) and whole not in joined:
            return None
    start, end = len(before), len(before + text)
    if offsets[0] > 0 or offsets[-1] < start:  # only what was written, or what was read first
        return None
    ends = [*offsets[1:], end]
    found = [
        _number(v)
        for o, e, v in zip(offsets, ends, values, strict=False)
        if o < end and e > start and v is not None
    ]
    return sum(found), len(found)


def _logprobs(found: Any) -> tuple[list[float], list[float]]:
    """Log-probabilities of the tokens, and token confidences, of either kind of answer."""
    if not isinstance(found, dict):
        return [], []
    if isinstance(found.get("content"), list):
        rows = [r for r in found["content"] if isinstance(r, dict)]
        chosen = [_number(r.get("logprob")) for r in rows]
        tops = [[_number(t.get("logprob")) for t in r.get("top_logprobs") or []] for r in rows]
    else:
        chosen = [_number(v) for v in found.get("token_logprobs") or []]
        tops = [[_number(v) for v in (t or {}).values()] for t in found.get("top_logprobs") or []]
        tops += [[] for _ in range(len(chosen) - len(tops))]
    sure = [-sum(top) / len(top) if top else -own for own, top in zip(chosen, tops, strict=False)]
    return chosen, sure


def _number(value: Any) -> float:
    return max(float(value), -100.0) if isinstance(value, (int, float)) else 0.0
