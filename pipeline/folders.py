"""The user's cache folder, never the notes' own."""

from __future__ import annotations

import os
import sys
from pathlib import Path

__all__ = ["cache_dir"]


def cache_dir() -> Path:
    """THINKSCALE_CACHE, else the platform's cache folder for the user."""
    if chosen := os.environ.get("THINKSCALE_CACHE"):
        return Path(chosen).expanduser()
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
        return Path(base) / "thinkscale" / "cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "thinkscale"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "thinkscale"
