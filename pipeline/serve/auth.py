"""Authentication, rate limits and sizes of requests: pure ASGI around the whole application.

A server on loopback is reachable from every web page that its owner opens, so a browser's request
must come from our own page (`Origin`) and be addressed to a name of this machine (`Host`: a foreign
name that resolves to 127.0.0.1 is somebody's trick).
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import json
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.errors import filled
from pipeline.serve.errors import Refused, reader

__all__ = [
    "COOKIE",
    "GUESSES",
    "AuthMiddleware",
    "AuthPolicy",
    "RateLimiter",
    "check_guesses",
    "is_loopback",
]

COOKIE = "thinkscale"
_OPEN = ("/", "/favicon.ico", "/health", "/api/key")
_REMEMBERED = 10_000  # clients
GUESSES = 10
"""Wrong keys a minute that a client may send; then no key of its is looked at for a while."""


def is_loopback(host: str) -> bool:
    """A name or address of this machine alone."""
    if host.rstrip(".").lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class RateLimiter:
    """`most` requests a minute of each client, in a bucket that fills evenly; 0 is no limit."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock = most, clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, client: str) -> float:
        """Seconds to wait before the next request; 0 where this one may come in."""
        if not self._most:
            return 0.0
        left, now = self._room(client)
        wait = self.wait(client)
        self._left.pop(client, None)
        self._left[client] = (left if wait else left - 1, now)
        while len(self._left) > _REMEMBERED:
            self._left.popitem(last=False)
        return wait

    def wait(self, client: str) -> float:
        """As `take`, of a request that is not counted."""
        left = self._room(client)[0] if self._most else 1.0
        return 0.0 if left >= 1 else (1 - left) * 60 / self._most

    def _room(self, client: str) -> tuple[float, float]:
        """How many requests a client has left, and the time now."""
        now = self._clock()
        left, then = self._left.get(client, (float(self._most), now))
        return min(float(self._most), left + (now - then) * self._most / 60), now


@dataclass(frozen=True)
class AuthPolicy:
    """What the guard asks for. `key` "" is none; `local`: the server listens on loopback alone."""

    key: str = ""
    local: bool = True
    body_bytes: int = 1 << 20
    large: tuple[str, int] = ("", 0)
    """A path whose requests may be larger, and by how much."""

    def most_bytes(self, path: str) -> int:
        """The largest body that is read at a path."""
        return self.large[1] if path == self.large[0] else self.body_bytes

    @property
    def cookie(self) -> str:
        """What the page's cookie holds once the key was given: not the key itself."""
        return hmac.new(self.key.encode(), b"page", hashlib.sha256).hexdigest()

    def knows(self, given: str) -> bool:
        """Is this the key? Takes as long for a wrong one as for the right one."""
        return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), self.key.encode())


def check_guesses(guesses: RateLimiter, scope: Scope, is_right: Callable[[], bool]) -> bool:
    """Whether a key that was given is the right one. Raises Refused, without looking at it, where
    the client gave too many wrong ones."""
    client = _client(scope)
    if wait := guesses.wait(client):
        raise _too_many(wait)
    if not (right := is_right()):
        guesses.take(client)
    return right


class AuthMiddleware:
    """Refuses what may not come in; tells `note(route, status, seconds)` of every request."""

    def __init__(
        self,
        app: ASGIApp,
        policy: AuthPolicy,
        rate: RateLimiter,
        guesses: RateLimiter,
        note: Callable[[str, int, float], None],
    ) -> None:
        self._app, self._policy, self._rate, self._note = app, policy, rate, note
        self._guesses = guesses

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, status = time.monotonic(), 499

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            self._check(scope)
            await self._app(scope, self._measured(scope, receive), watch)
        except Refused as refused:
            if status == 499:
                await _refuse(refused, scope, watch)
        finally:
            route = scope.get("route")
            name = getattr(route, "path", None) or "other"
            self._note(name, status, time.monotonic() - begun)

    def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        netloc = headers.get("host", "")
        if self._policy.local and not is_loopback(_hostname(netloc)):
            raise Refused(
                filled("This server is not called {name}.", name=repr(netloc[:60])),
                status=403,
                code="host",
            )
        origin = headers.get("origin")
        if origin is not None and origin.partition("://")[2] != netloc:
            raise Refused("Requests of other sites are not answered.", status=403, code="origin")
        path = scope["path"]
        if path != "/health" and (wait := self._rate.take(_client(scope))):
            raise _too_many(wait)
        if self._policy.key and path not in _OPEN and not self._has_key(headers, scope):
            raise Refused(
                "The key is missing or wrong.",
                "Send it as `Authorization: Bearer KEY`.",
                status=401,
                code="invalid_api_key",
            )

    def _has_key(self, headers: Headers, scope: Scope) -> bool:
        kind, _, given = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer" and check_guesses(
            self._guesses, scope, lambda: self._policy.knows(given.strip())
        ):
            return True
        try:
            cookie = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
        except CookieError:
            return False
        return cookie is not None and hmac.compare_digest(
            cookie.value.encode(), self._policy.cookie.encode()
        )

    def _measured(self, scope: Scope, receive: Receive) -> Receive:
        """The body, up to its limit; what says beforehand that it is longer is not read at all."""
        most = self._policy.most_bytes(scope["path"])
        too_long = Refused(
            filled("The body is longer than {most} bytes.", most=f"{most:,}"),
            status=413,
            code="body_too_large",
        )
        declared = Headers(scope=scope).get("content-length", "")
        seen = int(declared) if declared.isascii() and declared.isdigit() else 0
        if seen > most:
            raise too_long
        seen = 0

        async def measured() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > most:
                raise too_long
            return message

        return measured


def _client(scope: Scope) -> str:
    """Where a request comes from."""
    return scope["client"][0] if scope.get("client") else "?"


def _too_many(wait: float) -> Refused:
    seconds = max(1, round(wait + 0.5))
    return Refused(
        "Too many requests.",
        filled("Come again in {seconds} s.", seconds=seconds),
        status=429,
        code="rate_limit_exceeded",
        retry_after=seconds,
    )


def _hostname(netloc: str) -> str:
    """The host without its port; "" where there is none."""
    try:
        return urlsplit(f"//{netloc}").hostname or ""
    except ValueError:
        return ""


async def _refuse(refused: Refused, scope: Scope, send: Send) -> None:
    body = json.dumps(refused.to_json(reader(scope)), ensure_ascii=False).encode()
    headers = {
        "content-type": "application/json",
        "content-length": str(len(body)),
        "connection": "close",
        **refused.headers,
    }
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": refused.status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
