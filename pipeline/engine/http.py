"""HTTP with limits, timeouts and retries, and one line where all of them failed.

Events are read by httpx-sse. The tries are counted by hand: with tenacity (9.2.1) the same tests
pass in 8 lines more, since what Retry-After asks for, the caller who leaves and the sentence about
the last failure are written either way.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from pipeline.errors import ModelError, PromptError, filled

if TYPE_CHECKING:
    from httpx import Response

__all__ = ["CallerGone", "HttpTransport", "Interrupted", "Listener"]

_LONGEST_WAIT = 30.0
_TOO_LONG = ("context_length_exceeded", "exceed_context_size_error")
_TOO_LONG_WORDS = (
    "maximum context length",
    "exceeds the available context",
    "max context length",
    "exceeds the context length",
    "longer than the context length",
)
T = TypeVar("T")


class CallerGone(Exception):
    """The caller has left."""


class Interrupted(Exception):
    """A streamed answer broke off. Some servers do that to one caller when the next one comes."""


class Listener(Protocol):
    """Hears a streamed answer."""

    def begin(self) -> None:
        """An answer begins, perhaps anew after one that broke off."""
        ...

    def chunk(self, data: dict[str, Any]) -> bool:
        """The next piece of it, or all of it; False hangs up."""
        ...


class _Failed(Exception):
    """One try failed; another may not. `wait` is how long the endpoint asked to be left alone."""

    def __init__(self, why: str, wait: float = 0.0) -> None:
        self.why, self.wait = why, wait
        super().__init__(why)


class HttpTransport:
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
        self._errors = (httpx.HTTPError, httpx.StreamError)
        self._timeouts, self._broken = httpx.TimeoutException, httpx.RemoteProtocolError
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
            raise ModelError(
                filled("{base} is no address ({error}).", base=base, error=error),
                "Check model.path.",
            ) from None

    @property
    def root(self) -> str:
        """The server's address: the endpoint's without its `/v1`."""
        return self.base.removesuffix("/v1")

    def get(self, path: str) -> dict[str, Any]:
        """`path` is under the endpoint, or a whole address; so with `post` and `stream`."""
        return self._patiently(lambda: self._whole("GET", path, None), None)

    def post(
        self, path: str, body: dict[str, Any], stop: threading.Event | None = None
    ) -> dict[str, Any]:
        """The answer, with the seconds it took under "_seconds".

        Raises ModelError when every try failed or the endpoint refuses, PromptError for a prompt
        that is too long for it; Gone when `stop` is set.
        """
        return self._patiently(lambda: self._whole("POST", path, body), stop)

    def stream(
        self,
        path: str,
        body: dict[str, Any],
        listener: Listener,
        stop: threading.Event | None = None,
    ) -> float:
        """Read an answer piece by piece (server-sent events), or whole where the endpoint does not
        stream; returns the seconds it took.

        Raises Interrupted when an answer breaks off, else as `post` does.
        """
        return self._patiently(lambda: self._listen(path, body, listener, stop), stop)

    def close(self) -> None:
        self._client.close()

    # -- trying ------------------------------------------------------------------------------

    def _patiently(self, once: Callable[[], T], stop: threading.Event | None) -> T:
        why = ""
        for attempt in range(self._retries + 1):
            if stop is not None and stop.is_set():
                raise CallerGone
            wait = self._backoff * 2**attempt
            try:
                return once()
            except _Failed as failed:
                why, wait = failed.why, failed.wait or wait
            except self._timeouts:
                why = filled("did not answer within {seconds} s", seconds=f"{self._timeout:g}")
            except self._errors as error:
                told = _line(str(error)) or type(error).__name__
                why = filled("cannot be reached ({told})", told=told)
            except RuntimeError:  # the client was closed meanwhile
                raise ModelError("The engine was closed.", "Open it again.") from None
            if attempt < self._retries and _sleep(min(wait, _LONGEST_WAIT), stop):
                raise CallerGone
        raise ModelError(
            filled(
                "{base} {why}, {times} times.", base=self.base, why=why, times=self._retries + 1
            ),
            "Is the endpoint running, and its address right in model.path?",
        )

    def _whole(self, method: str, path: str, body: Any) -> dict[str, Any]:
        start = time.perf_counter()
        reply = self._client.request(method, self._address(path), json=body)
        answer = self._good(reply)
        answer["_seconds"] = time.perf_counter() - start
        return answer

    def _listen(
        self,
        path: str,
        body: dict[str, Any],
        listener: Listener,
        stop: threading.Event | None,
    ) -> float:
        start = time.perf_counter()
        listener.begin()
        with self._client.stream("POST", self._address(path), json=body) as reply:
            told = reply.headers.get("content-type", "")
            pieces = next((read for kind, read in _STREAMS.items() if kind in told), None)
            if reply.status_code != 200 or pieces is None:
                reply.read()
                listener.chunk(self._good(reply))
                return time.perf_counter() - start
            heard = False
            try:
                for chunk in pieces(reply):
                    if stop is not None and stop.is_set():
                        raise CallerGone
                    if chunk.get("error"):
                        self._must_fit(chunk, _complaint(chunk, ""))
                        raise _Failed(
                            filled("answered with an error ({told})", told=_complaint(chunk, ""))
                        )
                    heard = True
                    if not listener.chunk(chunk):
                        break
            except self._broken as error:
                if heard:
                    raise Interrupted from error
                raise
        return time.perf_counter() - start

    def _must_fit(self, answer: dict[str, Any] | None, told: str) -> None:
        if _too_long(answer, told):
            raise PromptError(
                filled("{base}: {told}", base=self.base, told=told),
                "Lower ask.k, or ask a shorter question.",
            )

    def _address(self, path: str) -> str:
        return path if path.startswith("http") else self.base + path

    def _good(self, reply: Any) -> dict[str, Any]:
        """The JSON of a good answer; raises for any other."""
        answer = _json(reply)
        if reply.status_code == 200:
            if answer is None:
                raise _Failed(
                    filled(
                        "answered with something else than JSON ({told})",
                        told=repr(_line(reply.text)),
                    )
                )
            if answer.get("error"):
                raise _Failed(
                    filled("answered with an error ({told})", told=_complaint(answer, reply.text))
                )
            return answer
        told = _complaint(answer, reply.text)
        why = filled("answered {status} ({told})", status=reply.status_code, told=told)
        self._must_fit(answer, told)
        final = reply.status_code < 500 and reply.status_code not in (408, 429)
        if final or "logprob" in told:
            raise ModelError(
                filled("{base} {why}.", base=self.base, why=why), _remedy(reply.status_code, told)
            )
        raise _Failed(why, _asked_wait(reply.headers.get("retry-after")))


def _objects(reply: Response) -> Iterator[dict[str, Any]]:
    """JSON objects, one a line, up to the one that is `done`."""
    for line in _lines(reply.iter_text()):
        if not line.strip():
            continue
        chunk = _chunk(line)
        yield chunk
        if chunk.get("done"):
            return
    raise Interrupted


def _lines(pieces: Iterator[str]) -> Iterator[str]:
    """Lines that end with a line feed. httpx ends one at U+0085 and U+2028 too, which may stand in
    a string of JSON."""
    begun: list[str] = []
    for piece in pieces:
        *whole, rest = piece.split("\n")
        for line in whole:
            yield "".join([*begun, line])
            begun = []
        begun.append(rest)
    yield "".join(begun)


def _events(reply: Response) -> Iterator[dict[str, Any]]:
    """The JSON objects of server-sent events, up to the end they announce."""
    from httpx_sse import EventSource

    ended = False
    for event in EventSource(reply).iter_sse():
        value = event.data.strip()
        if not value:
            continue
        if value == "[DONE]":  # in the middle too, by a server that gives way to another caller
            break
        chunk = _chunk(value)
        choices = chunk.get("choices")
        if isinstance(choices, list) and choices and isinstance(choices[0], dict):
            ended = ended or bool(choices[0].get("finish_reason"))
        yield chunk
    if not ended:
        raise Interrupted


_STREAMS = {"text/event-stream": _events, "application/x-ndjson": _objects}


def _chunk(text: str) -> dict[str, Any]:
    try:
        chunk = json.loads(text)
    except ValueError:
        raise _Failed(
            filled("streamed something else than JSON ({told})", told=repr(_line(text)))
        ) from None
    if not isinstance(chunk, dict):
        raise _Failed(
            filled("streamed something else than an answer ({told})", told=repr(_line(text)))
        )
    return chunk


def _too_long(answer: dict[str, Any] | None, told: str) -> bool:
    """The endpoint says that the prompt does not fit: by a code of its own, or in words."""
    error = (answer or {}).get("error")
    codes = [error.get("code"), error.get("type")] if isinstance(error, dict) else []
    words = told.lower()
    return any(code in _TOO_LONG for code in codes) or any(
        said in words for said in _TOO_LONG_WORDS
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


def _remedy(status: int, told: str = "") -> str:
    if "chat template" in told.lower() or "chat_template" in told.lower():
        return "It is a base model: set model.form to completion in config.yaml."
    if status == 404 and "model" in told.lower():
        return "Check the model's name, after the # in model.path."
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
