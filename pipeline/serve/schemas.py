"""What a client asks for: the bodies of `/v1/chat/completions` and `/v1/completions`, read.

Fields that are not known are passed over, as clients send many; a known field that would change the
answer and cannot be obeyed is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from pipeline.serve.errors import Refused
from pipeline.serve.fields import Fields, check_text
from pipeline.types import Message, Prompt, SampleParams

__all__ = ["GenerationRequest", "chat_wish", "completion_wish"]

MOST_CHOICES = 128
MOST_PROMPTS = 64
MOST_STOPS = 16
MOST_MESSAGES = 1024
UNSAID_TOKENS = 512
"""Of a plain reply where neither the client nor config.yaml says how long it may be."""

_MOST_TOKENS = 1 << 20
_LEAST_TOP_P = 1e-6
_ROLES: Mapping[str, Literal["system", "user", "assistant"]] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
}


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


def chat_wish(fields: Fields, defaults: SampleParams) -> GenerationRequest:
    """The body of `/v1/chat/completions`. Raises Refused."""
    for tools, choice in (("tools", "tool_choice"), ("functions", "function_call")):
        if fields.raw(choice) != "none":
            fields.refuse(tools, why="this server calls no tools.")
    fields.refuse("top_logprobs", "logprobs", why=_NO_LOGPROBS)
    _plain_text_only(fields)
    messages = _messages(fields.raw("messages"))
    asked = next((m.content for m in reversed(messages) if m.role == "user"), "")
    wish = _wish(fields, defaults)
    return replace(wish, prompts=(Prompt(messages),), question=asked, messages=messages)


def completion_wish(fields: Fields, defaults: SampleParams) -> GenerationRequest:
    """The body of `/v1/completions`. Raises Refused."""
    fields.refuse("suffix", why="this server does not fill in the middle.")
    fields.refuse("logprobs", why=_NO_LOGPROBS)
    wish = _wish(fields, defaults)
    if fields.whole("best_of", wish.n, 1, MOST_CHOICES) != wish.n:
        raise Refused("`best_of` must equal `n`: use a strategy instead.", param="best_of")
    value = fields.raw("prompt")
    if isinstance(value, list) and value and not isinstance(value[0], str):
        raise Refused("`prompt` must be text: token ids are not taken.", param="prompt")
    texts = fields.texts("prompt", MOST_PROMPTS)
    if not texts or not all(texts):
        raise Refused("`prompt` is missing or empty.", param="prompt")
    if len(texts) * wish.n > MOST_CHOICES:
        raise Refused(f"That is more than {MOST_CHOICES} choices.", param="n")
    prompts = tuple(Prompt(text=text) for text in texts)
    return replace(wish, prompts=prompts, question=texts[-1], echo=fields.flag("echo"))


_NO_LOGPROBS = (
    "this engine does not give log-probabilities token by token; each choice carries the mean of "
    "its tokens as `thinkscale.mean_logprob`."
)


def _wish(fields: Fields, defaults: SampleParams) -> GenerationRequest:
    fields.refuse(
        "presence_penalty", "frequency_penalty", why="only `repeat_penalty` is known here."
    )
    said = _limit(fields, "max_completion_tokens") or _limit(fields, "max_tokens")
    stop = tuple(one for one in fields.texts("stop", MOST_STOPS) if one)
    temperature = fields.number("temperature", defaults.temperature, 0.0, 5.0)
    top_k = fields.whole("top_k", defaults.top_k, 0, 1 << 20)
    top_p = max(fields.number("top_p", defaults.top_p, 0.0, 1.0), _LEAST_TOP_P)
    penalty = fields.number("repetition_penalty", defaults.repeat_penalty, 0.01, 5.0)
    params = SampleParams(
        temperature=temperature,
        top_k=top_k,
        top_p=top_p,
        min_p=fields.number("min_p", defaults.min_p, 0.0, 0.999),
        repeat_penalty=fields.number("repeat_penalty", penalty, 0.01, 5.0),
        max_tokens=said or defaults.max_tokens or UNSAID_TOKENS,
        stop=stop,
        logit_bias=_bias(fields.raw("logit_bias")),
        seed=fields.whole("seed", defaults.seed, -(2**63), 2**64) % 2**32,
    )
    options = fields.raw("stream_options")
    return GenerationRequest(
        model=fields.text("model"),
        prompts=(),
        params=params,
        n=fields.whole("n", 1, 1, MOST_CHOICES),
        stop=stop,
        max_tokens=said,
        warm=temperature > 0 and top_k != 1 and top_p > _LEAST_TOP_P,
        seeded=fields.raw("seed") is not None,
        stream=fields.flag("stream"),
        stream_usage=isinstance(options, dict) and options.get("include_usage") is True,
    )


def _limit(fields: Fields, name: str) -> int:
    """The most new tokens; 0 where the client sets no limit: leaves it out, or sends -1."""
    return 0 if fields.raw(name) == -1 else fields.whole(name, 0, 1, _MOST_TOKENS)


def _plain_text_only(fields: Fields) -> None:
    form = fields.raw("response_format")
    if isinstance(form, dict) and form.get("type") not in (None, "text"):
        raise Refused(
            "`response_format`: only text is written here.",
            param="response_format",
            code="unsupported_parameter",
        )


def _messages(value: Any) -> tuple[Message, ...]:
    if not isinstance(value, list) or not value:
        raise Refused("`messages` must be a list with a message in it.", param="messages")
    if len(value) > MOST_MESSAGES:
        raise Refused(f"There are more than {MOST_MESSAGES} messages.", param="messages")
    return tuple(_message(one, f"messages[{i}]") for i, one in enumerate(value))


def _message(value: Any, where: str) -> Message:
    if not isinstance(value, dict):
        raise Refused(f"`{where}` must be an object with role and content.", param=where)
    role = value.get("role")
    if not isinstance(role, str) or role not in _ROLES:
        roles = ", ".join(_ROLES)
        raise Refused(f"`{where}.role` must be one of: {roles}.", param=f"{where}.role")
    content = value.get("content")
    if content is None and role == "assistant":
        content = ""  # a turn of tool calls or a refusal: it had no text
    param = f"{where}.content"
    if isinstance(content, list):
        content = "\n".join(_part(part, param) for part in content)
    if not isinstance(content, str):
        raise Refused(f"`{param}` must be text, or a list of text parts.", param=param)
    return Message(_ROLES[role], check_text(content, param))


def _part(part: Any, param: str) -> str:
    text = part.get("text") if isinstance(part, dict) and part.get("type") == "text" else None
    if not isinstance(text, str):
        raise Refused(f"`{param}`: only parts of type text can be read.", param=param)
    return text


def _bias(value: Any) -> tuple[tuple[int, float], ...]:
    if not value:
        return ()
    try:
        found = tuple(sorted((int(k), float(v)) for k, v in value.items()))
    except (AttributeError, TypeError, ValueError, OverflowError):
        found = ((-1, 0.0),)
    if any(not 0 <= token < 1 << 31 or not -100 <= by <= 100 for token, by in found):
        raise Refused(
            "`logit_bias` must give token ids a number from -100 to 100.", param="logit_bias"
        )
    return found
