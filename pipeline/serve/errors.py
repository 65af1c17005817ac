"""The reasons to refuse a client, and how OpenAI's clients expect to hear them."""

from __future__ import annotations

from typing import Any

from starlette.datastructures import Headers
from starlette.types import Scope

from pipeline.errors import ConfigError, ModelError, PromptError, ThinkscaleError, UserError
from pipeline.text.messages import accepted, translate

__all__ = ["ClientDisconnected", "Refused", "reader", "refusal"]


class ClientDisconnected(Exception):
    """The client has gone; raised where its draws are made, to end them."""


class Refused(Exception):
    """A request that is not answered: `what` is wrong and the `remedy`. `status` is HTTP's; `param`
    names the field at fault, `retry_after` the seconds after which to come again (None: coming
    again does not help)."""

    def __init__(
        self,
        what: str,
        remedy: str = "",
        *,
        status: int = 400,
        param: str | None = None,
        code: str | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(f"{what} {remedy}".strip())
        self.what, self.remedy = what, remedy
        self.status, self.param, self.code = status, param, code
        self.retry_after = retry_after

    @property
    def headers(self) -> dict[str, str]:
        return {} if self.retry_after is None else {"retry-after": str(self.retry_after)}

    def to_json(self, language: str = "en") -> dict[str, Any]:
        """`{"error": {message, type, param, code}}`, as the clients of OpenAI read it."""
        remedy = translate(self.remedy, language)
        said = f"{translate(self.what, language)} {remedy[:1].upper()}{remedy[1:]}"
        return {
            "error": {
                "message": said.strip(),
                "type": _KINDS.get(self.status, "server_error"),
                "param": self.param,
                "code": self.code,
            }
        }


_KINDS = {
    **dict.fromkeys((400, 403, 404, 405, 413, 415), "invalid_request_error"),
    401: "authentication_error",
    429: "rate_limit_error",
}


def refusal(error: Exception) -> Refused:
    """Any error as one that a client can be told. What is our own fault is told without details."""
    if isinstance(error, Refused):
        return error
    if not isinstance(error, ThinkscaleError):
        return Refused("Something went wrong here.", status=500, code="internal_error")
    what, remedy = error.what, error.remedy
    if isinstance(error, PromptError):
        code = "context_length_exceeded" if "context" in what else "invalid_prompt"
        return Refused(what, remedy, code=code)
    if isinstance(error, ConfigError):
        return Refused(what, remedy, status=404, param="model", code="model_not_found")
    if isinstance(error, ModelError):
        return Refused(what, remedy, status=503, code="model_unavailable")
    if isinstance(error, UserError):
        return Refused(what, remedy, code="invalid_request")
    return Refused(what, remedy, status=500, code="internal_error")


def reader(scope: Scope) -> str:
    """The language to speak to whoever sent a request: what the page asks for; the API of OpenAI
    is for programs, and speaks English."""
    page = scope["path"].startswith("/api/")
    return accepted(Headers(scope=scope).get("accept-language", "")) if page else "en"
