"""Keeps samples, scores and searches: in memory for a question, in SQLite for a run.

A pool only ever grows. A sample that was cut short from outside (cancelled, failed) is not kept: it
is not what its request asks for. One that its own request stopped (`stop_below`) is.
"""

from __future__ import annotations

from pipeline.pool.disk import DiskPool
from pipeline.pool.memory_pool import MemoryPool, Pool, is_whole, search_key

__all__ = ["DiskPool", "MemoryPool", "Pool", "is_whole", "search_key"]
