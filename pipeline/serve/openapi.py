"""The description of the server in OpenAPI 3.1, made from the bodies it reads."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pipeline import __version__
from pipeline.serve.bodies import BODIES

__all__ = ["openapi"]

_READ = {
    "/v1/models": "The names that can be asked: the model, and it with each strategy.",
    "/health": "Whether the server is up, and how many requests it works on.",
    "/metrics": "Counters in Prometheus' text format.",
}
_ERRORS = {
    "400": "A field is missing or wrong; `error.param` names it.",
    "401": "The key is missing or wrong.",
    "403": "The request comes from another site, or asks for a server of another name.",
    "404": "There is no model of that name.",
    "405": "This address takes other methods.",
    "408": "The body did not come.",
    "413": "The body is too long.",
    "415": "The body is not sent as application/json.",
    "429": "Too many requests; `Retry-After` says when to come again.",
    "500": "A fault of the server's own.",
    "503": "The server is closing, or its model cannot be reached.",
}
_TEXT = {"type": "string"}
_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type", "param", "code"],
            "properties": {
                "message": _TEXT,
                "type": _TEXT,
                "param": {"type": ["string", "null"]},
                "code": {"type": ["string", "null"]},
            },
        }
    },
}


def _object(*required: str, **known: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": [*required], "properties": known}


def _list(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": of}


_WHOLE = {"type": "integer"}
_USAGE = _object("prompt_tokens", "total_tokens", prompt_tokens=_WHOLE, total_tokens=_WHOLE)
_CHOICE = _object(
    "index", "finish_reason", index=_WHOLE, finish_reason={"enum": ["stop", "length"]}
)
_GENERATED = _object(
    "id", "object", "created", "model", "choices", "usage",
    id=_TEXT, created=_WHOLE, model=_TEXT, choices=_list(_CHOICE), usage=_USAGE,
)  # fmt: skip
_EMBEDDED = _object(
    "object", "data", "model", "usage",
    data=_list(_object("index", "embedding", index=_WHOLE)), model=_TEXT, usage=_USAGE,
)  # fmt: skip
_STREAM = {"text/event-stream": {"schema": _object("data", data=_TEXT, event=_TEXT)}}
"""Of each event."""
_ANSWERS: dict[str, dict[str, Any]] = {
    "/v1/models": {
        "application/json": {"schema": _object("object", "data", data=_list(_object("id")))}
    },
    "/health": {"application/json": {"schema": _object("status", status=_TEXT)}},
    "/metrics": {"text/plain": {"schema": _TEXT}},
    "/v1/chat/completions": {"application/json": {"schema": _GENERATED}, **_STREAM},
    "/v1/completions": {"application/json": {"schema": _GENERATED}, **_STREAM},
    "/v1/embeddings": {"application/json": {"schema": _EMBEDDED}},
    "/api/ask": _STREAM,
    "/api/key": {"application/json": {"schema": _object("ok")}},
}
"""What a good reply of each address holds at least."""


def openapi() -> dict[str, Any]:
    """The description, as `GET /openapi.json` gives it."""
    paths: dict[str, Any] = {
        path: {
            "get": {"summary": summary, "responses": _responses(path, ["401", "403", "429", "503"])}
        }
        for path, summary in _READ.items()
    }
    for path, body in BODIES.items():
        schema = body.model_json_schema()
        assert "$defs" not in schema, "a body of parts needs them among the components"
        paths[path] = {
            "post": {
                "summary": (body.__doc__ or "").split("\n")[0],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": schema}},
                },
                "responses": _responses(path, _ERRORS),
            }
        }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Thinkscale", "version": __version__},
        "paths": paths,
    }


def _responses(path: str, errors: Iterable[str]) -> dict[str, Any]:
    said: dict[str, Any] = {"application/json": {"schema": _ERROR}}
    if path == "/health":  # closing, it says so in the same form
        said = {"application/json": {"schema": {"anyOf": [_ERROR, _object("status")]}}}
    return {
        "200": {"description": "Answered.", "content": _ANSWERS[path]},
        **{code: {"description": _ERRORS[code], "content": said} for code in errors},
    }
