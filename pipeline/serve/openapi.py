"""The description of the server in OpenAPI 3.1, made from the bodies it reads."""

from __future__ import annotations

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
    "404": "There is no model of that name.",
    "413": "The body is too long.",
    "415": "The body is not sent as application/json.",
    "429": "Too many requests; `Retry-After` says when to come again.",
}


def openapi() -> dict[str, Any]:
    """The description, as `GET /openapi.json` gives it."""
    paths: dict[str, Any] = {
        path: {"get": {"summary": summary, "responses": {"200": {"description": "Found."}}}}
        for path, summary in _READ.items()
    }
    for path, body in BODIES.items():
        schema = body.model_json_schema(ref_template="#/components/schemas/{model}")
        schema.pop("$defs", None)
        paths[path] = {
            "post": {
                "summary": (body.__doc__ or "").split("\n")[0],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": schema}},
                },
                "responses": {
                    "200": {"description": "Answered."},
                    **{code: {"description": said} for code, said in _ERRORS.items()},
                },
            }
        }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Thinkscale", "version": __version__},
        "paths": paths,
    }
