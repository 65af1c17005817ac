"""Remembers measurements and hashes in a folder of the user, never the notes' folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline.errors import filled
from pipeline.files import DamagedRecord, read_record, write_record
from pipeline.folders import cache_dir

__all__ = ["cache_dir", "damage", "recalled", "remember"]


def remember(path: Path, value: Any) -> bool:
    """Keep JSON data, whole and with its checksum. A cache that cannot be written is no error:
    False."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_record(path, value)
    except OSError:
        return False
    return True


def damage(path: Path) -> str:
    """Why what was measured is not used though its file is there; "" where it can be read."""
    if not path.is_file() or recalled(path) is not None:
        return ""
    said = filled("{file}: what was measured here cannot be read and is not used.", file=path)
    return f"{said} Measure again: thinkscale tune"


def recalled(path: Path) -> dict[str, Any] | None:
    """What was kept; None where nothing was, or it is damaged or not ours: it is measured anew."""
    try:
        known = read_record(path)
    except (OSError, DamagedRecord):
        return None
    return known if isinstance(known, dict) else None
