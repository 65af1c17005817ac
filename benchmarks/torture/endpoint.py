"""A model's endpoint on loopback: one path that answers honestly and the same each time, and paths
that delay, drop and lie, each in its own way by the number in the path.

    http://127.0.0.1:PORT/honest/v1        the same reply to the same request
    http://127.0.0.1:PORT/bad17/v1         misbehaves as the random numbers of 17 say
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = ["endpoint"]

_ODD: tuple[Any, ...] = (
    None, True, -1, 0, 1e308, -1e308, 10**40, "", "x" * 5000, "\ud800", "\x1b[31m\u202e", [], {},
    [[]], [{}], {"a": {}}, [None], "NaN", 0.5,
)  # fmt: skip
_FAULTS = ("slow", "cut", "garbage", "field", "field", "field", "status", "headers", "empty",
           "silence", "many", "stream", "redirect", "bytes")  # fmt: skip


def _reply(body: dict[str, Any]) -> str:
    """What the model says: decided by the prompt and the seed alone."""
    asked = json.dumps([body.get("messages"), body.get("prompt")], sort_keys=True)
    rng = random.Random(hashlib.sha256(f"{asked}{body.get('seed')}".encode()).digest())
    return f"The answer is {rng.randrange(5, 9)}."


def _honest(body: dict[str, Any], chat: bool) -> dict[str, Any]:
    text = _reply(body)
    n = int(body.get("n") or 1)
    said: dict[str, Any] = {"message": {"role": "assistant", "content": text}}
    choice = {"finish_reason": "stop", **(said if chat else {"text": text})}
    return {
        "object": "chat.completion" if chat else "text_completion",
        "model": "scripted",
        "choices": [{**choice, "index": i} for i in range(n)],
        "usage": {"prompt_tokens": 40, "completion_tokens": 5 * n, "total_tokens": 40 + 5 * n},
    }


def _spoilt(value: Any, rng: random.Random, depth: int = 0) -> Any:
    """The same JSON with something odd somewhere in it."""
    if isinstance(value, dict) and value and (depth == 0 or rng.random() < 0.8):
        key = rng.choice(sorted(value))
        if rng.random() < 0.15:
            return {k: v for k, v in value.items() if k != key}
        return {**value, key: _spoilt(value[key], rng, depth + 1)}
    if isinstance(value, list) and value and rng.random() < 0.8:
        return [_spoilt(value[0], rng, depth + 1), *value[1:]]
    return rng.choice(_ODD)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 20

    def log_message(self, *_: object) -> None:
        """Nothing."""

    def do_GET(self) -> None:
        self._answer({"object": "list", "data": [{"id": "scripted", "object": "model"}]}, {})

    def do_POST(self) -> None:
        try:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        except ValueError:
            body = {}
        self._answer(_honest(body, "/chat/" in self.path), body)

    def _answer(self, answer: dict[str, Any], body: dict[str, Any]) -> None:
        kind = self.path.split("/")[1]
        if kind == "honest":
            self._send(200, json.dumps(answer).encode())
            return
        rng = random.Random(f"{kind} {self.path} {json.dumps(body, sort_keys=True)}"
                            if int(kind[3:] or 0) % 3 else kind)  # fmt: skip
        fault = rng.choice(_FAULTS)
        data = json.dumps(answer).encode()
        if fault == "slow":
            time.sleep(rng.choice((0.05, 0.2, 1.5)))
            self._send(200, data)
        elif fault == "cut":
            self._send(200, data, cut=rng.randrange(len(data)))
        elif fault == "garbage":
            self._send(200, rng.choice((b"", b"<html>502</html>", b"{", b"[1,2]", b"null", b'"x"',
                                        rng.randbytes(300))))  # fmt: skip
        elif fault == "field":
            self._send(200, json.dumps(_spoilt(answer, rng)).encode())
        elif fault == "status":
            code = rng.choice((400, 401, 403, 404, 408, 418, 429, 500, 502, 503))
            self._send(code, json.dumps({"error": rng.choice(_ODD)}).encode(),
                       {"Retry-After": rng.choice(("0", "x", "-5", "1e999"))})  # fmt: skip
        elif fault == "headers":
            self._send(200, data, rng.choice((
                {"Content-Type": "text/event-stream"}, {"Content-Encoding": "gzip"},
                {"Content-Type": "\x00\xff"}, {"Content-Length": "7"},
                {"Transfer-Encoding": "chunked"},
            )))  # fmt: skip
        elif fault == "empty":
            self._send(200, json.dumps({**answer, "choices": []}).encode())
        elif fault == "silence":
            time.sleep(rng.choice((0.1, 3.0)))
            self.close_connection = True
        elif fault == "many":
            choices = [*(answer.get("choices") or []), *(answer.get("data") or [])] * 50
            self._send(200, json.dumps({**answer, "choices": choices}).encode())
        elif fault == "stream":
            self._stream(answer, rng)
        elif fault == "redirect":
            self._send(307, b"", {"Location": self.path})
        else:
            at = rng.randrange(len(data))
            self._send(200, data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :])

    def _stream(self, answer: dict[str, Any], rng: random.Random) -> None:
        """Server-sent events, of which some are wrong, and which may break off."""
        events = []
        for word in ("The ", "answer ", "is ", "6."):
            delta = {"choices": [{"index": 0, "delta": {"content": word}, "text": word}]}
            events.append(_spoilt(delta, rng) if rng.random() < 0.3 else delta)
        events.append({"choices": [{"index": 0, "delta": {}, "text": "", "finish_reason": "stop"}],
                       "usage": rng.choice((answer.get("usage"), *_ODD))})  # fmt: skip
        lines = b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events)
        lines += rng.choice(
            (b"data: [DONE]\n\n", b"", b"data: {", b": ping\n\n", b"data: \xff\n\n")
        )
        cut = rng.randrange(len(lines)) if rng.random() < 0.4 else None
        self._send(200, lines, {"Content-Type": "text/event-stream"}, cut)

    def _send(
        self, code: int, data: bytes, headers: dict[str, str] | None = None, cut: int | None = None
    ) -> None:
        try:
            self.send_response(code)
            sent = {"Content-Type": "application/json", "Content-Length": str(len(data))}
            for name, value in {**sent, **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data if cut is None else data[:cut])
            if cut is not None:
                self.close_connection = True
        except OSError:
            self.close_connection = True


@contextmanager
def endpoint() -> Iterator[str]:
    """The address (without a path) of an endpoint in a process of its own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    child = os.fork()
    if child == 0:
        try:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            server.serve_forever(0.2)
        finally:
            os._exit(0)
    address = f"http://127.0.0.1:{server.server_address[1]}"
    server.socket.close()
    try:
        yield address
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
