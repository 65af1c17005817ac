"""HTTP with patience: bounded, timed, tried again, and one line when all was in vain."""

from __future__ import annotations

import threading
import time
from typing import Any

from pipeline.errors import ModelError

__all__ = ["Gone", "Transport"]

_LONGEST_WAIT = 30.0


class Gone(Exception):
    """The caller has left."""


class Transport:
    """JSON over HTTP to one endpoint. `retries` more tries after the first, waiting `backoff`
    seconds, then twice that, and so on, or what Retry-After says."""

    def __init__(
        self,
        base: str,
        *,
        key: str = "",
        timeout: float = 120.0,
        retries: int = 3,
        backoff: float = 0.5,
        concurrency: int = 8,
    ) -> None:
        try:
            import httpx
        except ImportError:
            raise ModelError(
                "A remote model needs the package httpx.", "Run: pip install httpx"
            ) from None
        self.base = base
        self._errors = httpx.HTTPError
        self._timeouts = httpx.TimeoutException
        self._retries, self._backoff, self._timeout = retries, backoff, timeout
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        try:
            self._client = httpx.Client(
                headers=headers,
                timeout=httpx.Timeout(timeout, connect=min(timeout, 10.0)),
                limits=httpx.Limits(max_connections=concurrency),
                follow_redirects=False,
                trust_env=False,
            )
            httpx.URL(base)
        except (httpx.InvalidURL, ValueError) as error:
            raise ModelError(f"{base} is no address ({error}).", "Check model.path.") from None

    def get(self, path: str) -> dict[str, Any]:
        return self._send("GET", path, None, None)

    def post(
        self, path: str, body: dict[str, Any], stop: threading.Event | None = None
    ) -> dict[str, Any]:
        """The answer, with the seconds it took under "_seconds".

        Raises ModelError when every try failed or the endpoint refuses; Gone when `stop` is set.
        """
        return self._send("POST", path, body, stop)

    def close(self) -> None:
        self._client.close()

    def _send(
        self, method: str, path: str, body: Any, stop: threading.Event | None
    ) -> dict[str, Any]:
        why = ""
        for attempt in range(self._retries + 1):
            if stop is not None and stop.is_set():
                raise Gone
            wait = self._backoff * 2**attempt
            start = time.perf_counter()
            try:
                reply = self._client.request(method, self.base + path, json=body)
            except self._timeouts:
                why = f"did not answer within {self._timeout:g} s"
            except self._errors as error:
                why = f"cannot be reached ({_line(str(error)) or type(error).__name__})"
            except RuntimeError:  # the client was closed meanwhile
                raise ModelError("The engine was closed.", "Open it again.") from None
            else:
                if reply.status_code == 200:
                    answer = _json(reply)
                    if answer is not None and "error" not in answer:
                        answer["_seconds"] = time.perf_counter() - start
                        return answer
                    why = f"answered with something else than JSON ({_line(reply.text)!r})"
                    if answer is not None:
                        why = f"answered with an error ({_complaint(answer, reply.text)})"
                else:
                    told = _complaint(_json(reply), reply.text)
                    why = f"answered {reply.status_code} ({told})"
                    final = reply.status_code < 500 and reply.status_code not in (408, 429)
                    if final or "logprob" in told:
                        raise ModelError(f"{self.base} {why}.", _remedy(reply.status_code))
                    wait = _asked_wait(reply.headers.get("retry-after")) or wait
            if attempt < self._retries and _sleep(min(wait, _LONGEST_WAIT), stop):
                raise Gone
        raise ModelError(
            f"{self.base} {why}, {self._retries + 1} times.",
            "Is the endpoint running, and its address right in model.path?",
        )


def _json(reply: Any) -> dict[str, Any] | None:
    try:
        answer = reply.json()
    except ValueError:  # UnicodeDecodeError too
        return None
    return answer if isinstance(answer, dict) else None


def _complaint(answer: dict[str, Any] | None, text: str) -> str:
    """What an endpoint says is wrong, on one line."""
    error = (
        (answer or {}).get("error") or (answer or {}).get("detail") or (answer or {}).get("message")
    )
    if isinstance(error, dict):
        error = error.get("message")
    return _line(str(error or text))


def _line(text: str) -> str:
    return " ".join(text.split())[:200]


def _remedy(status: int) -> str:
    if status in (401, 403):
        return "Put its key into the environment variable THINKSCALE_API_KEY."
    if status == 404:
        return "Check the address in model.path; most end in /v1."
    return "Check the model's name and the sampling fields it knows."


def _asked_wait(value: str | None) -> float:
    try:
        return max(0.0, float(value or 0))
    except ValueError:  # a date: the usual backoff will do
        return 0.0


def _sleep(seconds: float, stop: threading.Event | None) -> bool:
    """Wait; True when the caller left meanwhile."""
    if stop is None:
        time.sleep(seconds)
        return False
    return stop.wait(seconds)
