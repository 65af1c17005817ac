"""Measures how much of the processors other processes use: what is timed meanwhile is not to be
trusted.

Threads that wait for each other at every layer of a model lose most to one that is kept off its
core, so even a little of other work changes which settings seem fastest.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from pipeline.engine.local.native import cores
from pipeline.errors import filled

__all__ = ["OtherLoad", "busy_words", "is_busy", "now"]

_BUSY = 0.4
"""Of one processor, used by others beyond those that our own threads leave free."""


def is_busy(others: float, threads: int = 0) -> bool:
    """Others use so many processors that `threads` of ours (0: one a core) get in their way."""
    return others > cores() - (threads or cores()) + _BUSY


def busy_words(others: float) -> str:
    """Why what was measured is not to be trusted."""
    words = "other processes used {others} of {all} processors meanwhile"
    return filled(words, others=f"{others:.1f}", all=cores())


class OtherLoad:
    """From its making on: how many processors, of those this process may use, others kept at work.

    Where the system does not tell (it is not Linux), nobody is seen.
    """

    def __init__(self) -> None:
        self._begun = time.perf_counter()
        self._busy, self._own = _busy(), time.process_time()

    @property
    def processors(self) -> float:
        """On average since then."""
        busy, own = _busy() - self._busy, time.process_time() - self._own
        spent = time.perf_counter() - self._begun
        return max(0.0, busy - own) / spent if spent > 0 else 0.0


def now(seconds: float = 0.3) -> float:
    """How many processors others keep at work just now."""
    others = OtherLoad()
    time.sleep(seconds)
    return others.processors


def _busy() -> float:
    """Seconds of processor time that anybody has used on the processors we may use."""
    try:
        lines = Path("/proc/stat").read_text(encoding="ascii").splitlines()
        ours = {f"cpu{number}" for number in os.sched_getaffinity(0)}
        ticks = 0
        for line in lines:
            name, *fields = line.split()
            if name in ours:
                user, nice, system, _, _, irq, soft, steal = map(int, fields[:8])
                ticks += user + nice + system + irq + soft + steal
        return ticks / int(os.sysconf("SC_CLK_TCK"))
    except (OSError, ValueError, AttributeError):
        return 0.0
