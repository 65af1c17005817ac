"""Where measurements and hashes are remembered: a folder of the user, never the notes' folder."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from pipeline.folders import cache_dir

__all__ = ["cache_dir", "write_whole"]


def write_whole(path: Path, text: str) -> bool:
    """Write a file whole or not at all. A cache that cannot be written is no error: False."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".tmp")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except OSError:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            return False
    except OSError:
        return False
    return True
