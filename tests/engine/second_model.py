"""Gemma 3 270M, a base model of another architecture: tested where it was downloaded."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline.folders import cache_dir

__all__ = ["needs_second_model", "second_model"]

_KEPT = cache_dir() / "packages" / "gemma3-270m" / "gemma-3-270m-q4_k_m.gguf"  # the user's own


def second_model() -> Path:
    """Its file, which need not be there."""
    named = os.environ.get("THINKSCALE_SECOND_MODEL")
    return Path(named) if named else _KEPT


needs_second_model = pytest.mark.skipif(
    not second_model().is_file(),
    reason="the second model is not here: thinkscale models get gemma3-270m",
)
