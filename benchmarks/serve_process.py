"""A `thinkscale serve` process to be measured."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

__all__ = ["Served", "serve"]

_NOTES = {
    "models.md": "# Model sizes\n\nGPT-1 has 117 million parameters and came out in 2018.\n"
    "The largest version of GPT-2 has 1.5 billion parameters.\nGPT-3 has 175 billion parameters.\n",
    "reading.md": "# Reading\n\nA chain of thought is a row of steps written before the answer.\n"
    "Self-consistency takes the answer that most chains of thought end in.\n",
}


@dataclass(frozen=True, slots=True)
class Served:
    """Where it listens, its process, and what its model is called."""

    url: str
    process: subprocess.Popen[str]
    model: str
    folder: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    def megabytes(self) -> float:
        """Resident memory."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8")
        found = re.search(r"VmRSS:\s*(\d+)", status)
        return int(found[1]) / 1024 if found else 0.0

    def descriptors(self) -> int:
        """Open files and sockets."""
        return len(list(Path(f"/proc/{self.pid}/fd").iterdir()))


@contextmanager
def serve(config: str = "", beside: Path | None = None) -> Iterator[Served]:
    """The server over two notes in a folder of its own, `config` added to its configuration; or
    over the folder of another server."""
    with tempfile.TemporaryDirectory() as name:
        folder = beside or Path(name)
        (folder / "notes").mkdir(exist_ok=True)
        for file, text in _NOTES.items():
            (folder / "notes" / file).write_text(text, encoding="utf-8")
        (folder / "config.yaml").write_text(
            f"notes: {{path: notes}}\nindex: {{path: index}}\n{config}", encoding="utf-8"
        )
        process = subprocess.Popen(
            [sys.executable, "-m", "pipeline", "serve", "--port", "0",
             "--config", str(folder / "config.yaml")],
            stdout=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
        try:
            yield _found(process, folder)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdout:
                process.stdout.close()


def _found(process: subprocess.Popen[str], folder: Path) -> Served:
    assert process.stdout
    first = process.stdout.readline()
    found = re.search(r"Serving (\S+) at (http://\S+)", first)
    if not found:
        raise SystemExit(f"The server did not start: {first!r}")
    for _ in range(400):
        try:
            httpx.get(f"{found[2]}/health", timeout=5).raise_for_status()
            break
        except httpx.HTTPError:
            time.sleep(0.05)
    return Served(found[2], process, found[1].partition("-")[0], folder)
