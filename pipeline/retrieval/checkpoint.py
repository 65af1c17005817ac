"""Keeps what was embedded before a build was stopped, so that the next one goes on from there.

Beside the generations lies `embedding.part` while texts are embedded: 32 bytes that name the
embedder, then a record for each text (a hash of it, its vector, a checksum of both). A build that
is killed leaves it, a torn record at its end is dropped, one that completes removes it.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pipeline.retrieval.embedder import TextEmbedder

    Array = NDArray[np.float32]

__all__ = ["NAME", "Checkpoint", "embed_texts"]

NAME = "embedding.part"
_HEAD = 32
_SUM = 8
_TEXT = 16
_BLOCK = 512
"""Texts between two writes; fewer at all are not worth keeping."""


class Checkpoint:
    """Vectors by the hash of their text. What the disk refuses is not kept, and nothing else."""

    def __init__(self, root: Path, model: TextEmbedder) -> None:
        self.known: dict[bytes, bytes] = {}
        self._file: IO[bytes] | None = None
        maker = json.dumps([model.fingerprint(), model.dimension], sort_keys=True)
        head = blake2b(maker.encode(), digest_size=_HEAD).digest()
        size = _TEXT + 4 * model.dimension
        with contextlib.suppress(OSError):
            (root / NAME).touch()
            self._file = file = (root / NAME).open("r+b")
            end = _HEAD
            if file.read(_HEAD) == head:
                while len(record := file.read(size + _SUM)) == size + _SUM:
                    if record[size:] != _sum(record[:size]):
                        break
                    self.known[record[:_TEXT]] = record[_TEXT:size]
                    end += size + _SUM
            file.seek(0)
            file.write(head)
            file.truncate(end)
            file.seek(end)

    def add(self, names: Sequence[bytes], vectors: Array) -> None:
        """Keep the vectors of some texts."""
        if self._file is None:
            return
        records = [
            name + row.tobytes() for name, row in zip(names, vectors.astype("<f4"), strict=True)
        ]
        try:
            self._file.write(b"".join(record + _sum(record) for record in records))
            self._file.flush()
        except OSError:
            self.close()

    def close(self) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None

    @staticmethod
    def remove(root: Path) -> None:
        """Everything that it holds is in the index now."""
        with contextlib.suppress(OSError):
            (root / NAME).unlink(missing_ok=True)


def embed_texts(
    texts: Sequence[str],
    model: TextEmbedder,
    root: Path | None,
    progress: Callable[[int, int], None] | None = None,
) -> Array:
    """Vectors of passages, shape (len(texts), dimension). Those that a stopped build has left in
    the index folder `root` are not embedded again."""
    import numpy as np

    if root is None or len(texts) <= _BLOCK:
        return model.passages(texts, progress)
    names = [_name(text) for text in texts]
    found = np.zeros((len(texts), model.dimension), np.float32)
    kept = Checkpoint(root, model)
    try:
        left = []
        for i, name in enumerate(names):
            if name in kept.known:
                found[i] = np.frombuffer(kept.known[name], "<f4")
            else:
                left.append(i)
        done = len(texts) - len(left)
        # The longest first, so that what is still to come is not longer than what was.
        left.sort(key=lambda i: -len(texts[i]))
        for at in range(0, len(left), _BLOCK):
            block = left[at : at + _BLOCK]
            found[block] = model.passages(
                [texts[i] for i in block], _after(progress, done + at, len(texts))
            )
            kept.add([names[i] for i in block], found[block])
    finally:
        kept.close()
    return found


def _after(
    progress: Callable[[int, int], None] | None, before: int, total: int
) -> Callable[[int, int], None] | None:
    """Progress within a block, as that of all texts."""
    return None if progress is None else lambda done, _: progress(before + done, total)


def _name(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_TEXT).digest()


def _sum(record: bytes) -> bytes:
    return blake2b(record, digest_size=_SUM).digest()
