"""Connections on which nothing comes, or only the beginning of something."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from urllib.parse import urlsplit

import pytest

from pipeline.config import Config
from pipeline.retrieval import Index
from pipeline.serve import connection
from tests.serve.running import Paced, Running, serving

SECONDS = 1.0
HEAD = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n"


@pytest.fixture
def hasty(small: Config, notes_index: Index, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """A server that waits a second for a request."""
    monkeypatch.setattr(connection, "HEAD_SECONDS", SECONDS)
    with serving(small, notes_index, Paced(lambda *_: "word " * 6)) as running:
        yield running


def connected(running: Running) -> socket.socket:
    place = urlsplit(running.url)
    return socket.create_connection((place.hostname or "", place.port or 0), timeout=20)


def until_the_end(link: socket.socket, mark: bytes) -> bytes:
    """What comes until it ends with something."""
    said = b""
    while not said.endswith(mark) and (piece := link.recv(1000)):
        said += piece
    return said


def is_closed(link: socket.socket, seconds: float) -> bool:
    """The server ends the connection within so many seconds, whatever it says before."""
    link.settimeout(seconds)
    try:
        while link.recv(1000):
            pass
    except TimeoutError:
        return False
    except OSError:
        pass
    return True


@pytest.mark.parametrize("sent", [b"", b"\r\n\r\n", HEAD, b"\x16\x03\x01no head at all"])
def test_what_never_becomes_a_request_is_closed(hasty: Running, sent: bytes) -> None:
    with closing(connected(hasty)) as link:
        link.sendall(sent)
        assert is_closed(link, 15)


def test_a_byte_now_and_then_does_not_keep_it_open(hasty: Running) -> None:
    with closing(connected(hasty)) as link:
        begun = time.monotonic()
        with suppress(OSError):
            while not is_closed(link, 0.1) and time.monotonic() - begun < 15:
                link.sendall(b"x")
        assert time.monotonic() - begun < 15


def test_a_second_request_has_as_long_as_the_first(hasty: Running) -> None:
    with closing(connected(hasty)) as link:
        for _ in range(2):
            link.sendall(HEAD + b"\r\n")
            assert b'"waiting"' in until_the_end(link, b"}")
        link.sendall(HEAD)
        assert is_closed(link, 15)


def test_a_reply_may_take_longer(small: Config, notes_index: Index, hasty: Running) -> None:
    engine = hasty.server.work.engine
    assert isinstance(engine, Paced)
    engine.pause = SECONDS / 2  # of each of its six words
    try:
        assert hasty.chat(max_tokens=6).status_code == 200
    finally:
        engine.pause = 0.0
