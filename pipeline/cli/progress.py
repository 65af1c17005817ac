"""One line of progress on a terminal's standard error: what is done, how far it is, how long it
takes. Nothing where standard error is no terminal, or with -q."""

from __future__ import annotations

import shutil
import sys
import threading
import time

from pipeline.cli.translation import tr
from pipeline.cli.verbosity import is_quiet
from pipeline.closing import Closing
from pipeline.shown import SWEEP

__all__ = ["ProgressBar", "progress_line"]

_WORDS = {
    "load": "loading the embedder",
    "read": "reading notes",
    "tokens": "counting words",
    "embed": "embedding passages",
    "calibrate": "weighing searches",
    "model": "loading the model",
    "think": "thinking",
    "tune": "measuring settings",
    "bench": "measuring the model",
}
_TICK = 0.5  # seconds between two looks at the clock
_SURE = 3.0  # seconds after which the rest is foretold


def progress_line(stage: str, done: int, total: int, seconds: float) -> str:
    """`reading notes 12/40 · 3 s · about 7 s left`, in the reader's language."""
    parts = [tr(_WORDS.get(stage, stage))]
    if total:
        parts[0] += f" {done}/{total}"
    elif done:
        parts[0] += f" {done}"
    if seconds >= 1:
        parts.append(tr("{seconds} s", seconds=f"{seconds:.0f}"))
    if 0 < done < total and seconds >= _SURE:
        left = seconds / done * (total - done)
        parts.append(tr("about {seconds} s left", seconds=f"{max(1, left):.0f}"))
    return " · ".join(parts)


class ProgressBar(Closing):
    """Called as `bar(stage, done, total)`; `total` 0 is not known. The line goes on counting the
    seconds between two calls, and is erased at the end."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty() and not is_quiet()
        self._stage, self._done, self._total = "", 0, 0
        self._begun = self._last = 0.0
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._clock: threading.Thread | None = None

    def __call__(self, stage: str, done: int = 0, total: int = 0) -> None:
        if not self._shown:
            return
        with self._lock:
            now = time.monotonic()
            if stage != self._stage:
                self._stage, self._begun, self._last = stage, now, 0.0
            self._done, self._total = done, total
            if done >= total or now - self._last >= 0.1:
                self._draw(now)
        if self._clock is None and not self._ended.is_set():
            self._clock = threading.Thread(target=self._tick, daemon=True)
            self._clock.start()

    def close(self) -> None:
        """Take the line away; nothing is shown from here on."""
        self._ended.set()
        with self._lock:
            self._shown = False
            if self._stage:
                self._stage = ""
                sys.stderr.write(SWEEP)
                sys.stderr.flush()

    def _tick(self) -> None:
        while not self._ended.wait(_TICK):
            with self._lock:
                if self._shown and time.monotonic() - self._last >= _TICK:
                    self._draw(time.monotonic())

    def _draw(self, now: float) -> None:
        self._last = now
        line = progress_line(self._stage, self._done, self._total, now - self._begun)
        width = shutil.get_terminal_size().columns - 1
        sys.stderr.write(SWEEP + line[: max(width, 1)])
        sys.stderr.flush()
