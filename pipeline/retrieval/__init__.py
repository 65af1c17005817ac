"""Passages become hits: dense and sparse arms, weighed on the notes themselves, on disk.

build(config)        make or refresh the index; a Report says what was done
ensure(config)       the index, made or refreshed first where the notes or settings changed
open_index(config)   the index as it is
Index.search(question, k) -> [Hit]
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.retrieval.builder import BuildReport, build, ensure
    from pipeline.retrieval.index import Index
    from pipeline.retrieval.opening import is_stale, open_index

__all__ = ["BuildReport", "Index", "build", "ensure", "is_stale", "open_index"]

_HOMES = {"Index": "index", "is_stale": "opening", "open_index": "opening"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES.get(name, 'builder')}"), name)
