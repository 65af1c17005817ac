"""Servers of other projects, run on loopback with a real model for the length of a test."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

__all__ = ["free_port", "llama_server", "needs_llama_server", "running"]

_LLAMA_SERVER = os.environ.get("THINKSCALE_LLAMA_SERVER") or shutil.which("llama-server")

needs_llama_server = pytest.mark.skipif(
    _LLAMA_SERVER is None, reason="llama-server is not here (or THINKSCALE_LLAMA_SERVER, its path)"
)


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def running(command: Sequence[str], url: str) -> Iterator[str]:
    """The address, once the server answers there; the test is skipped where it does not start."""
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            if server.poll() is not None:
                pytest.skip(f"{Path(command[0]).name} does not start here")
            try:
                with urllib.request.urlopen(f"{url}/models", timeout=5):
                    break
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        yield url
    finally:
        server.terminate()
        server.wait(20)


@contextmanager
def llama_server(model: Path, context: int) -> Iterator[str]:
    """llama-server with two slots of so many tokens each, otherwise at its defaults."""
    port = free_port()
    command = [
        str(_LLAMA_SERVER), "-m", str(model), "--port", str(port),
        "-np", "2", "-c", str(2 * context), "-t", "1",
    ]  # fmt: skip
    with running(command, f"http://127.0.0.1:{port}/v1") as url:
        yield url
