"""Ollama's own API on the wire, told as OpenAI's: every sampling field, raw text as it is, and a
prompt that is too long refused."""

from __future__ import annotations

from typing import Any

from pipeline.engine.base import draw_seed
from pipeline.engine.openai_wire import TOP
from pipeline.types import Draw, Prompt

__all__ = ["as_openai", "path_and_body"]


def path_and_body(
    model: str, request: Draw, prompt: Prompt, *, context: int, logprobs: bool
) -> tuple[str, dict[str, Any]]:
    """The path under the server's address, and the body. `context` is asked for: what Ollama takes
    by default is short, and it would cut the prompt to it."""
    p = request.params
    body: dict[str, Any] = {
        "model": model,
        "stream": False,
        "truncate": False,
        "shift": False,
        "options": {
            "num_ctx": context,
            "num_predict": p.max_tokens,
            "temperature": p.temperature,
            "top_k": p.top_k,
            "top_p": p.top_p,
            "min_p": p.min_p,
            "repeat_penalty": p.repeat_penalty,
            "repeat_last_n": 64,
            "presence_penalty": 0.0,
            "frequency_penalty": 0.0,
            "seed": draw_seed(p.seed, request.item, request.draw) & 0x7FFFFFFF,
            "stop": list(p.stop),
        },
    }
    if logprobs:
        body |= {"logprobs": True, "top_logprobs": TOP}
    if p.think_budget == 0:
        body["think"] = False
    if prompt.text is not None:
        return "/api/generate", body | {"prompt": prompt.text, "raw": True}
    messages = [{"role": m.role, "content": m.content} for m in prompt.messages]
    return "/api/chat", body | {"messages": messages}


def as_openai(chunk: dict[str, Any]) -> dict[str, Any]:
    """A piece of an answer, or a whole one, as OpenAI's endpoints would say it."""
    said = chunk.get("message")
    part = said if isinstance(said, dict) else {**chunk, "content": chunk.get("response")}
    choice: dict[str, Any] = {
        "delta": {"content": part.get("content"), "reasoning": part.get("thinking")}
    }
    if isinstance(chunk.get("logprobs"), list):
        choice["logprobs"] = {"content": chunk["logprobs"]}
    if chunk.get("done"):
        choice["finish_reason"] = str(chunk.get("done_reason") or "stop")
    usage = {"prompt_tokens": chunk.get("prompt_eval_count"),
             "completion_tokens": chunk.get("eval_count")}  # fmt: skip
    return {"choices": [choice], "usage": usage}
