"""Measures how much of the machine others used while something was timed (Linux)."""

from __future__ import annotations

import os
import time
from pathlib import Path

__all__ = ["Others"]

_TICKS = os.sysconf("SC_CLK_TCK")


class Others:
    """From its making on: the share of all processors that went to processes not begun here."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._busy, self._mine = _busy(), _mine()

    @property
    def share(self) -> float:
        spent = (time.monotonic() - self._begun) * (os.cpu_count() or 1)
        return max(0.0, (_busy() - self._busy) - (_mine() - self._mine)) / spent


def _busy() -> float:
    """Processor seconds that anybody used."""
    fields = Path("/proc/stat").read_text(encoding="utf-8").split("\n", 1)[0].split()[1:9]
    user, nice, system, _, _, irq, soft, steal = map(int, fields)
    return (user + nice + system + irq + soft + steal) / _TICKS


def _mine() -> float:
    """Processor seconds of this process and all that descend from it."""
    parents: dict[int, int] = {}
    used: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            text = (folder / "stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue  # it has ended
        fields = text.rpartition(")")[2].split()
        parents[int(folder.name)] = int(fields[1])
        used[int(folder.name)] = sum(map(int, fields[11:15]))
    total = 0
    for pid, ticks in used.items():
        above: int | None = pid
        while above and above != os.getpid():
            above = parents.get(above)
        total += ticks if above else 0
    return total / _TICKS
