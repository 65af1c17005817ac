"""Completes what a client asks for: the bodies of `/v1/chat/completions` and `/v1/completions` with
the configuration's values for what they leave out."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pipeline.errors import filled
from pipeline.serve.bodies import MOST_CHOICES, ChatBody, CompletionBody, GenerationBody
from pipeline.serve.errors import Refused
from pipeline.types import Message, Prompt, SampleParams

__all__ = ["GenerationRequest", "chat_request", "completion_request"]

UNSAID_TOKENS = 512
"""Of a plain reply where neither the client nor config.yaml says how long it may be."""

_LEAST_TOP_P = 1e-6


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """One request. `params` are those of a plain draw; `max_tokens` is 0 where the client did not
    say (a strategy then uses what its prompt needs); `seeded`: it gave a seed."""

    model: str
    prompts: tuple[Prompt, ...]
    params: SampleParams
    question: str = ""
    messages: tuple[Message, ...] = ()
    """All messages, the question among them."""
    n: int = 1
    stop: tuple[str, ...] = ()
    max_tokens: int = 0
    warm: bool = True
    """What was given, if anything, lets draws differ: not temperature 0, `top_k` 1 or `top_p` 0."""
    seeded: bool = False
    stream: bool = False
    stream_usage: bool = False
    echo: bool = False


def chat_request(body: ChatBody, defaults: SampleParams) -> GenerationRequest:
    """What `/v1/chat/completions` is asked for."""
    messages = body.messages
    asked = next((m.content for m in reversed(messages) if m.role == "user"), "")
    generation = _generation(body, defaults)
    return replace(generation, prompts=(Prompt(messages),), question=asked, messages=messages)


def completion_request(body: CompletionBody, defaults: SampleParams) -> GenerationRequest:
    """What `/v1/completions` is asked for. Raises Refused."""
    if body.best_of not in (None, body.n):
        raise Refused("`best_of` must equal `n`: use a strategy instead.", param="best_of")
    if not body.prompt or not all(body.prompt):
        raise Refused("`prompt` is missing or empty.", param="prompt")
    if len(body.prompt) * body.n > MOST_CHOICES:
        raise Refused(filled("That is more than {most} choices.", most=MOST_CHOICES), param="n")
    prompts = tuple(Prompt(text=text) for text in body.prompt)
    generation = _generation(body, defaults)
    return replace(generation, prompts=prompts, question=body.prompt[-1], echo=body.echo)


def _generation(body: GenerationBody, defaults: SampleParams) -> GenerationRequest:
    said = body.max_completion_tokens or body.max_tokens or 0
    stop = tuple(one for one in body.stop if one)
    temperature = _or(body.temperature, defaults.temperature)
    top_k = body.top_k if body.top_k is not None else defaults.top_k
    top_p = max(_or(body.top_p, defaults.top_p), _LEAST_TOP_P)
    penalty = _or(body.repetition_penalty, defaults.repeat_penalty)
    params = SampleParams(
        temperature=temperature,
        top_k=top_k,
        top_p=top_p,
        min_p=_or(body.min_p, defaults.min_p),
        repeat_penalty=_or(body.repeat_penalty, penalty),
        max_tokens=said or defaults.max_tokens or UNSAID_TOKENS,
        stop=stop,
        logit_bias=body.logit_bias,
        seed=(body.seed if body.seed is not None else defaults.seed) % 2**32,
    )
    options = body.stream_options
    return GenerationRequest(
        model=body.model,
        prompts=(),
        params=params,
        n=body.n,
        stop=stop,
        max_tokens=said,
        warm=temperature > 0 and top_k != 1 and top_p > _LEAST_TOP_P,
        seeded=body.seed is not None,
        stream=body.stream,
        stream_usage=isinstance(options, dict) and options.get("include_usage") is True,
    )


def _or(value: float | None, default: float) -> float:
    return default if value is None else value
