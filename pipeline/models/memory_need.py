"""Estimates how much memory a model takes, and how much there is."""

from __future__ import annotations

import os
from pathlib import Path

from pipeline.models.kv_budget import KvBudget

__all__ = ["available_memory", "memory_bytes", "most_memory_bytes"]

_WORKING = 64 << 20
_A_TOKEN = 450  # bytes of a vocabulary's token: its own tables, and logits of the streams
_SEQUENCES = 20  # streams that run at a time, and some that are kept
_CGROUPS = (
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
    (
        "/sys/fs/cgroup/memory/memory.limit_in_bytes",
        "/sys/fs/cgroup/memory/memory.usage_in_bytes",
    ),
)


def memory_bytes(file: int, kv_bytes: int, context: int, vocabulary: int) -> int:
    """An estimate for a question at a time: the weights as they lie in the file, 16-bit keys and
    values of `context` tokens, and what llama.cpp works in (64 MiB, a twentieth of the weights, and
    450 bytes a token of the vocabulary). Weights written out wider (`model.weights`) take as much
    more."""
    budget = KvBudget(kv_bytes, context)
    return file + file // 20 + _WORKING + _A_TOKEN * vocabulary + budget.bytes_for_question()


def most_memory_bytes(file: int, kv_bytes: int, context: int, vocabulary: int) -> int:
    """The most it may take, in a run of many questions: two kinds of context, each as large as it
    may grow."""
    working = 2 * (_WORKING + _A_TOKEN * vocabulary)
    return file + file // 20 + working + KvBudget(kv_bytes, context).bytes_at_most(_SEQUENCES)


def available_memory() -> int | None:
    """Bytes that a new process could take now; None where the system does not say. A container's
    own limit counts."""
    found = _system()
    for limit, used in _CGROUPS:
        try:
            left = int(_line(limit)) - int(_line(used))
        except (OSError, ValueError):  # not there, or "max"
            continue
        found = left if found is None else min(found, left)
    return max(found, 0) if found is not None else None


def _line(file: str) -> str:
    return Path(file).read_text(encoding="ascii")


def _system() -> int | None:
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    try:
        return int(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, OSError, ValueError):
        return None
