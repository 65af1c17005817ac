"""What happens to files: bits flip, blocks are zeroed, ends are lost. For every file we write."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

__all__ = ["DAMAGES", "damaged", "files_under"]

DAMAGES = ("flip at start", "flip", "flip later", "flip at end", "zeros", "cut", "cut in half",
           "empty", "longer")  # fmt: skip


def damaged(data: bytes, how: str, seed: int = 0) -> bytes:
    """The bytes of a file after one of DAMAGES; they always differ from `data`."""
    rng = random.Random(f"{how} {len(data)} {seed}")
    out = bytearray(data)
    if how == "longer" or not out:
        return bytes(out + b"\0")
    if how == "cut":
        return bytes(out[:-1])
    if how == "cut in half":
        return bytes(out[: len(out) // 2])
    if how == "empty":
        return b""
    if how == "zeros":
        start = next((i for i in range(len(out) // 2, len(out)) if out[i]), 0)
        end = min(start + 4096, len(out))
        out[start:end] = bytes(end - start)
        return bytes(out) if bytes(out) != data else bytes(out[:-1])
    at = {"flip at start": 0, "flip at end": len(out) - 1}.get(how, rng.randrange(len(out)))
    out[at] ^= 1 << rng.randrange(8)
    return bytes(out)


def files_under(folder: Path) -> Iterator[Path]:
    """Every file, in order."""
    yield from sorted(path for path in folder.rglob("*") if path.is_file())
