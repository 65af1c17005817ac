"""The bodies that clients send, as pydantic models: as OpenAI's clients do, and the page's own.

null counts as absent, fields that are not known are passed over, as clients send many; a known
field that would change the answer and cannot be obeyed is refused. The first thing that is wrong is
said with its name.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    ValidationError,
    WithJsonSchema,
    model_validator,
)

from pipeline.errors import filled
from pipeline.serve.errors import Refused
from pipeline.types import Message

__all__ = [
    "BODIES",
    "Body",
    "ChatBody",
    "CompletionBody",
    "EmbeddingsBody",
    "GenerationBody",
    "KeyBody",
    "QuestionBody",
    "check_text",
    "parse_body",
]

MOST_CHOICES = 128
MOST_PROMPTS = 64
MOST_STOPS = 16
MOST_MESSAGES = 1024
MOST_INPUTS = 256
MOST_SAMPLES = 64
_MOST_TOKENS = 1 << 20
_ROLES: Mapping[str, Literal["system", "user", "assistant"]] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
}


def check_text(text: str, param: str = "text") -> str:
    """Text that a model can be given. Raises Refused for NUL and for half characters."""
    if "\0" in text or any(0xD800 <= ord(char) <= 0xDFFF for char in text):
        raise _refused("`{name}` is not valid Unicode text.", param)
    return text


def _refused(template: str, name: str, *, code: str | None = None, **values: object) -> Refused:
    """A refusal of the parameter `name`, which the template may have among its fields."""
    return Refused(filled(template, name=name, **values), param=name, code=code)


def _whole(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("no whole number")
    return value


def _number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("no number")
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _texts(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _each_checked(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(check_text(text) for text in texts)


def _limit(value: Any) -> Any:
    return None if value == -1 and not isinstance(value, bool) else _whole(value)


def _messages(value: Any) -> tuple[Message, ...]:
    if not isinstance(value, list) or not value:
        raise Refused("`messages` must be a list with a message in it.", param="messages")
    if len(value) > MOST_MESSAGES:
        raise _refused("There are more than {most} messages.", "messages", most=MOST_MESSAGES)
    return tuple(_message(one, f"messages[{i}]") for i, one in enumerate(value))


def _message(value: Any, where: str) -> Message:
    if not isinstance(value, dict):
        raise _refused("`{name}` must be an object with role and content.", where)
    role = value.get("role")
    if not isinstance(role, str) or role not in _ROLES:
        roles = ", ".join(_ROLES)
        raise _refused("`{name}` must be one of: {roles}.", f"{where}.role", roles=roles)
    content = value.get("content")
    if content is None and role == "assistant":
        content = ""  # a turn of tool calls or a refusal: it had no text
    param = f"{where}.content"
    if isinstance(content, list):
        content = "\n".join(_part(part, param) for part in content)
    if not isinstance(content, str):
        raise _refused("`{name}` must be text, or a list of text parts.", param)
    return Message(_ROLES[role], check_text(content, param))


def _part(part: Any, param: str) -> str:
    text = part.get("text") if isinstance(part, dict) and part.get("type") == "text" else None
    if not isinstance(text, str):
        raise _refused("`{name}`: only parts of type text can be read.", param)
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


def _tokens(value: Any) -> Any:
    if isinstance(value, list) and value and not isinstance(value[0], str):
        raise Refused("`prompt` must be text: token ids are not taken.", param="prompt")
    return _texts(value)


_MESSAGE_SCHEMA = {
    "type": "array",
    "minItems": 1,
    "maxItems": MOST_MESSAGES,
    "items": {
        "type": "object",
        "required": ["role"],
        "properties": {
            "role": {"enum": list(_ROLES)},
            "content": {
                "anyOf": [
                    {"type": "string"},
                    {"type": "array", "items": {"type": "object"}},
                    {"type": "null"},
                ]
            },
        },
    },
}
Whole = Annotated[int, BeforeValidator(_whole)]
Number = Annotated[float, BeforeValidator(_number)]
Flag = Annotated[bool, Strict()]
StrictText = Annotated[str, Strict()]
Texts = Annotated[
    tuple[Annotated[str, Strict()], ...],
    BeforeValidator(_texts),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]
Limit = Annotated[int | None, BeforeValidator(_limit)]
Messages = Annotated[
    tuple[Message, ...], BeforeValidator(_messages), WithJsonSchema(_MESSAGE_SCHEMA)
]
Bias = Annotated[
    tuple[tuple[int, float], ...],
    BeforeValidator(_bias),
    WithJsonSchema({"type": "object", "additionalProperties": {"type": "number"}}),
]


class Body(BaseModel):
    """A JSON object. The description of a field says what it must be."""

    model_config = ConfigDict(extra="ignore", frozen=True, arbitrary_types_allowed=True)
    refused: ClassVar[Mapping[str, str]] = {}
    """Fields that are refused, and why; 0, {}, [] and false ask for nothing."""

    @model_validator(mode="before")
    @classmethod
    def _present(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        for name, why in cls.refused.items():
            if values.get(name):
                raise _refused("`{name}`: {why}", name, code="unsupported_parameter", why=why)
        return {name: value for name, value in values.items() if value is not None}


_NO_LOGPROBS = (
    "this engine does not give log-probabilities token by token; each choice carries the mean of "
    "its tokens as `thinkscale.mean_logprob`."
)
_PENALTIES = "only `repeat_penalty` is known here."


class GenerationBody(Body):
    """What chat and plain completions share. None: the configuration's value."""

    model: StrictText = Field(description="a text")
    n: Whole = Field(
        1, ge=1, le=MOST_CHOICES, description=f"a whole number from 1 to {MOST_CHOICES}"
    )
    stop: Texts = Field(
        (),
        max_length=MOST_STOPS,
        description=f"a text, or a list of at most {MOST_STOPS} texts",
    )
    temperature: Number | None = Field(None, ge=0, le=5, description="a number from 0 to 5")
    top_k: Whole | None = Field(
        None, ge=0, le=1 << 20, description=f"a whole number from 0 to {1 << 20}"
    )
    top_p: Number | None = Field(None, ge=0, le=1, description="a number from 0 to 1")
    min_p: Number | None = Field(None, ge=0, le=0.999, description="a number from 0 to 0.999")
    repetition_penalty: Number | None = Field(
        None, ge=0.01, le=5, description="a number from 0.01 to 5"
    )
    repeat_penalty: Number | None = Field(
        None, ge=0.01, le=5, description="a number from 0.01 to 5"
    )
    max_tokens: Limit = Field(
        None, ge=1, le=_MOST_TOKENS, description=f"a whole number from 1 to {_MOST_TOKENS}"
    )
    max_completion_tokens: Limit = Field(
        None, ge=1, le=_MOST_TOKENS, description=f"a whole number from 1 to {_MOST_TOKENS}"
    )
    logit_bias: Bias = Field((), description="token ids with a number from -100 to 100 each")
    seed: Whole | None = Field(
        None,
        ge=-(2**63),
        le=2**64,
        description=f"a whole number from {-(2**63)} to {2**64}",
    )
    stream: Flag = Field(False, description="true or false")
    stream_options: Any = Field(None, description="an object")


class ChatBody(GenerationBody):
    """`POST /v1/chat/completions`."""

    refused: ClassVar[Mapping[str, str]] = {
        "top_logprobs": _NO_LOGPROBS,
        "logprobs": _NO_LOGPROBS,
        "presence_penalty": _PENALTIES,
        "frequency_penalty": _PENALTIES,
    }

    messages: Messages = Field(description="a list of messages")

    @model_validator(mode="before")
    @classmethod
    def _no_tools(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        for tools, choice in (("tools", "tool_choice"), ("functions", "function_call")):
            if values.get(tools) and values.get(choice) != "none":
                raise _refused(
                    "`{name}`: this server calls no tools.", tools, code="unsupported_parameter"
                )
        form = values.get("response_format")
        if isinstance(form, dict) and form.get("type") not in (None, "text"):
            raise Refused(
                "`response_format`: only text is written here.",
                param="response_format",
                code="unsupported_parameter",
            )
        return values


class CompletionBody(GenerationBody):
    """`POST /v1/completions`."""

    refused: ClassVar[Mapping[str, str]] = {
        "suffix": "this server does not fill in the middle.",
        "logprobs": _NO_LOGPROBS,
        "presence_penalty": _PENALTIES,
        "frequency_penalty": _PENALTIES,
    }

    prompt: Annotated[Texts, BeforeValidator(_tokens)] = Field(
        max_length=MOST_PROMPTS,
        description=f"a text, or a list of at most {MOST_PROMPTS} texts",
    )
    best_of: Whole | None = Field(
        None, ge=1, le=MOST_CHOICES, description=f"a whole number from 1 to {MOST_CHOICES}"
    )
    echo: Flag = Field(False, description="true or false")


class EmbeddingsBody(Body):
    """`POST /v1/embeddings`."""

    model: StrictText = Field(description="a text")
    input: Texts = Field(
        max_length=MOST_INPUTS, description=f"a text, or a list of at most {MOST_INPUTS} texts"
    )
    encoding_format: StrictText = Field("float", description="float or base64")
    dimensions: Whole | None = Field(
        None, ge=1, le=1 << 20, description=f"a whole number from 1 to {1 << 20}"
    )


class QuestionBody(Body):
    """`POST /api/ask`: a question from the page."""

    question: StrictText = Field(description="a text")
    strategy: StrictText | None = Field(None, description="a text")
    samples: Whole | None = Field(
        None, ge=1, le=MOST_SAMPLES, description=f"a whole number from 1 to {MOST_SAMPLES}"
    )
    seconds: Number = Field(0.0, ge=0, le=3600, description="a number from 0 to 3600")
    tokens: Whole = Field(0, ge=0, le=10_000_000, description="a whole number from 0 to 10000000")
    history: Any = Field(None, description="a list of questions and answers")


class KeyBody(Body):
    """`POST /api/key`."""

    key: StrictText = Field(description="a text")


BODIES: Mapping[str, type[Body]] = {
    "/v1/chat/completions": ChatBody,
    "/v1/completions": CompletionBody,
    "/v1/embeddings": EmbeddingsBody,
    "/api/ask": QuestionBody,
    "/api/key": KeyBody,
}
B = TypeVar("B", bound=Body)


def parse_body(raw: bytes, kind: type[B]) -> B:
    """The JSON object of a request. Raises Refused, with the name of what is wrong."""
    try:
        value = json.loads(raw, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        what = "it is nested too deep" if isinstance(error, RecursionError) else str(error)
        raise Refused(
            filled("The body is not valid JSON: {what}.", what=what[:200]), code="invalid_json"
        ) from None
    if not isinstance(value, dict):
        raise Refused("The body must be a JSON object.", code="invalid_json")
    try:
        body = kind.model_validate(value)
    except ValidationError as error:
        raise _wrong(kind, value, error) from None
    for name in kind.model_fields:
        found = getattr(body, name)
        for text in found if isinstance(found, tuple) else (found,):
            if isinstance(text, str):
                check_text(text, name)
    return body


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


def _wrong(kind: type[Body], value: Mapping[str, Any], error: ValidationError) -> Refused:
    name = str(error.errors(include_url=False, include_context=False)[0]["loc"][0])
    wanted = str(kind.model_fields[name].description)
    if value.get(name) is None:
        return _refused("`{name}` is missing: it must be {wanted}.", name, wanted=wanted)
    given = value[name]
    if isinstance(given, list) and all(isinstance(one, str) for one in given):
        return _refused("`{name}` has {count} texts: it must be {wanted}.", name, count=len(given),
                        wanted=wanted)  # fmt: skip
    try:
        shown = json.dumps(given, ensure_ascii=True)[:60]
    except ValueError:  # a whole number too long to be written
        shown = "what was sent"
    return _refused("`{name}` is {value}: it must be {wanted}.", name, value=shown, wanted=wanted)
