"""Files are written whole or not at all, and what was written is known again.

`write_whole` is for any file. `write_record` and `read_record` are for what the program remembers
between two runs: JSON with a checksum, so that a damaged file is never taken for what was written.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

from pipeline.checksums import checksum

__all__ = ["DamagedRecord", "fsync_folder", "read_record", "write_record", "write_whole"]


class DamagedRecord(ValueError):
    """A file of ours that is not what was written."""


def write_whole(path: Path, data: str | bytes) -> None:
    """Write a file through a temporary one beside it: whoever reads `path`, at any moment and after
    any crash, finds the old content or the new. Text is UTF-8 with line ends as they are.

    Raises OSError with the path in it.
    """
    raw = data.encode("utf-8") if isinstance(data, str) else data
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(raw)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(0o644)
            _take_place(Path(name), path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        fsync_folder(path.parent)
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error


def write_record(path: Path, value: Any) -> None:
    """Write JSON data whole, with its checksum. Raises OSError with the path in it."""
    text = json.dumps({"checksum": _sum(value), "value": value}, ensure_ascii=False, indent=1)
    write_whole(path, text + "\n")


def read_record(path: Path) -> Any:
    """What `write_record` wrote.

    Raises DamagedRecord where the file is not that, OSError where it cannot be read.
    """
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
        if known.keys() == {"checksum", "value"} and known["checksum"] == _sum(known["value"]):
            return known["value"]
    except (ValueError, AttributeError, RecursionError):
        pass
    raise DamagedRecord(f"{path}: is damaged: it is not what was written.")


def fsync_folder(path: Path) -> None:
    """Make the names in a folder durable, where the system can."""
    if os.name == "nt":
        return
    with contextlib.suppress(OSError):  # some network drives cannot
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _sum(value: Any) -> str:
    return checksum(json.dumps(value, ensure_ascii=True, sort_keys=True).encode())


def _take_place(part: Path, path: Path, system: str = os.name) -> None:
    """Windows refuses to replace what another process is just reading; it is soon done."""
    for attempt in range(20):
        try:
            part.replace(path)
        except PermissionError:
            if system != "nt" or attempt == 19:
                raise
            time.sleep(0.05)
        else:
            return
