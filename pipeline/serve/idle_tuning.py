"""While nobody asks a server, the fastest settings are measured beside it, once.

The measuring is `thinkscale tune` in a process of its own: what the server does counts as other
work, so that nothing false is remembered, and it is ended the moment somebody asks. What it found
is used when the server starts again.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

__all__ = ["IdleTuning"]

_IDLE = 30.0  # seconds without a request before measuring begins
_LOOK = 0.25


class IdleTuning:
    """A thread, from `start` to `close`. `busy` says whether anybody is being served or waits;
    `tell` hears of it once, when something was remembered."""

    def __init__(
        self,
        config: Path,
        busy: Callable[[], bool],
        tell: Callable[[str], None] = lambda _: None,
        *,
        idle: float = _IDLE,
        command: tuple[str, ...] = (),
    ) -> None:
        self._busy, self._tell, self._idle = busy, tell, idle
        self._command = command or (
            sys.executable, "-P", "-m", "pipeline", "tune", "-q", "--config", str(config)
        )  # fmt: skip
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tuning", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """End it, the child with it."""
        self._closed.set()
        self._thread.join(timeout=10)

    def _run(self) -> None:
        while self._wait_for_quiet():
            code = self._measure()
            if code == 0:
                self._tell(
                    "Measured the fastest settings for this model; they are used from the next "
                    "start on."
                )
                return
            if code == 1:
                return  # it cannot be measured here; `thinkscale tune` says why

    def _wait_for_quiet(self) -> bool:
        """Until nobody has asked for a while; False when the server ends first."""
        still = 0.0
        while still < self._idle:
            if self._closed.wait(_LOOK):
                return False
            still = 0.0 if self._busy() else still + _LOOK
        return True

    def _measure(self) -> int | None:
        """The exit code of the child; None where it was ended for somebody who asks."""
        child = subprocess.Popen(
            self._command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            while child.poll() is None:
                if self._closed.wait(_LOOK) or self._busy():
                    return None
            return child.returncode
        finally:
            with suppress(OSError):
                child.kill()
            child.wait()
