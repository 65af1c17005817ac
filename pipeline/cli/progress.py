"""One line of progress on a terminal's standard error; nothing where it is not a terminal."""

from __future__ import annotations

import sys
import time
from types import TracebackType

from pipeline.cli.translation import tr
from pipeline.shown import SWEEP

__all__ = ["ProgressBar"]

_WORDS = {"read": "reading notes", "embed": "embedding passages", "calibrate": "weighing searches"}


class ProgressBar:
    """Called as `bar(stage, done, total)`; erased at the end."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()
        self._last = 0.0

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._shown and self._last:
            sys.stderr.write(SWEEP)
            sys.stderr.flush()

    def __call__(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        if not self._shown or (done < total and now - self._last < 0.1):
            return
        self._last = now
        sys.stderr.write(f"{SWEEP}{tr(_WORDS.get(stage, stage))} {done}/{total}")
        sys.stderr.flush()
