"""A GGUF file read in pure Python, and judged before llama.cpp sees it.

llama.cpp answers a text file, a broken header or a cut-off download with a page of log and a null
pointer, and on some builds with a crash; here each gets one line that says what is wrong.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.errors import ModelError, filled, system_error
from pipeline.user_cache import cache_dir, recalled, remember

__all__ = ["Gguf", "file_sha256", "read_gguf"]

_MAGIC = b"GGUF"
_SCALARS = {
    0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d",
}  # fmt: skip
_STRING, _ARRAY = 8, 9
_KEPT_ITEMS = 64  # of an array: the vocabulary's hundreds of thousands are skipped, not kept

# ggml type -> (values in a block, bytes of a block)
_BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34),
    9: (32, 36), 10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210),
    15: (256, 292), 16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18),
    21: (256, 110), 22: (256, 82), 23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8),
    28: (1, 8), 29: (256, 56), 30: (1, 2), 34: (256, 54), 35: (256, 66), 39: (32, 17),
}  # fmt: skip
_NOT_MULTIPLIED = ("token_embd.weight", "token_types.weight", "position_embd.weight")


@dataclass(frozen=True, slots=True)
class Gguf:
    """What the header says. Arrays of more than 64 items are kept as their first 64."""

    path: Path
    metadata: dict[str, Any] = field(repr=False)
    tensors: dict[str, tuple[int, ...]] = field(repr=False)
    """Name -> shape."""
    quantized: int = 0
    """Weights written in blocks of few bits."""

    def get(self, key: str, default: Any = None) -> Any:
        """A metadata value; `{arch}` in the key stands for the architecture."""
        return self.metadata.get(key.replace("{arch}", self.architecture), default)

    @property
    def architecture(self) -> str:
        return str(self.metadata.get("general.architecture", ""))

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def parameters(self) -> int:
        return sum(_product(shape) for shape in self.tensors.values())

    @property
    def context(self) -> int:
        """Tokens the model was trained to read."""
        return _first(self.get("{arch}.context_length", 0))

    @property
    def chat_template(self) -> str:
        return str(self.metadata.get("tokenizer.chat_template", ""))

    @property
    def matmul_weights(self) -> int:
        """Weights that every token is multiplied with; of a mixture of experts, the active ones."""
        experts = _first(self.get("{arch}.expert_count", 0))
        used = _first(self.get("{arch}.expert_used_count", 0))
        total = 0.0
        for name, shape in self.tensors.items():
            if len(shape) < 2 or name in _NOT_MULTIPLIED:
                continue
            share = used / experts if experts and used and "_exps." in name else 1.0
            total += _product(shape) * share
        if "output.weight" not in self.tensors:  # the embedding is used a second time, as the head
            total += self.head_weights
        return int(total)

    @property
    def head_weights(self) -> int:
        """Weights of the output head: its own, or those of the embedding."""
        embedding = self.tensors.get("token_embd.weight", (0,))
        return int(_product(self.tensors.get("output.weight", embedding)))

    @property
    def attention_flops(self) -> int:
        """FLOPs of one token per token of context, over all layers."""
        widths = self._widths("attn_q")
        if any(widths):
            return 4 * sum(widths)
        heads = self._heads("head_count")
        return 4 * sum(h * self._head_size("key_length") for h in heads)

    @property
    def kv_bytes(self) -> int:
        """Bytes of 16-bit keys and values that one token of context takes: of all layers that keep
        them, also those that look back through a window, since beginnings of prompts are shared."""
        keys, values = self._widths("attn_k"), self._widths("attn_v")
        if any(keys):  # exact, whatever a layer is: recurrent ones have none
            kept = len(keys) - _first(self.get("{arch}.attention.shared_kv_layers", 0))
            return 2 * sum(k + (v or k) for k, v in list(zip(keys, values, strict=True))[:kept])
        size = self._head_size("key_length") + self._head_size("value_length")
        return 2 * sum(h * size for h in self._heads("head_count_kv"))

    @property
    def vocabulary(self) -> int:
        """Tokens it knows; 0 where that cannot be told."""
        shape = self.tensors.get("token_embd.weight", ())
        return shape[1] if len(shape) == 2 else 0

    def _widths(self, name: str) -> list[int]:
        """How many numbers the projection `name` makes of a token, for each layer (0: none)."""
        layers = _first(self.get("{arch}.block_count", 0))
        shapes = [self.tensors.get(f"blk.{i}.{name}.weight", ()) for i in range(min(layers, 4096))]
        return [shape[1] if len(shape) == 2 else 0 for shape in shapes]

    def _heads(self, key: str) -> list[int]:
        """Heads of each layer."""
        layers = min(_first(self.get("{arch}.block_count", 0)), 4096)
        value = self.get(f"{{arch}}.attention.{key}") or self.get("{arch}.attention.head_count", 0)
        if isinstance(value, list):
            return [int(v) for v in value[:layers]]
        return [int(value or 0)] * layers

    def _head_size(self, key: str) -> int:
        size = _first(self.get(f"{{arch}}.attention.{key}", 0))
        heads = _first(self.get("{arch}.attention.head_count", 0))
        width = _first(self.get("{arch}.embedding_length", 0))
        return size or (width // heads if heads else 0)


def read_gguf(path: Path) -> Gguf:
    """Read the header and check that every tensor lies inside the file.

    Raises ModelError: no such file, a folder, not a GGUF, of another byte order or version, damaged
    or cut off.
    """
    try:
        if path.is_dir():
            raise ModelError(
                filled("{path} is a folder, not a model.", path=path), "Name the .gguf file in it."
            )
        if path.exists() and not path.is_file():  # opening a pipe would wait for ever
            raise ModelError(
                filled("{path} is not a regular file.", path=path), "Name a .gguf file."
            )
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size == 0:
                raise ModelError(
                    filled("{path} is empty.", path=path), "Download or copy the model again."
                )
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
                return _Reader(path, view, size).read()
    except FileNotFoundError:
        raise ModelError(
            filled("{path}: there is no such model file.", path=path),
            "Check model.path in config.yaml.",
        ) from None
    except OSError as error:
        raise ModelError(
            filled("{file}: cannot be read ({why}).", file=path, why=error.strerror or error),
            system_error(error).remedy,
        ) from None


class _Reader:
    """Walks a header once, never past the end of the file."""

    def __init__(self, path: Path, view: mmap.mmap, size: int) -> None:
        self._path, self._view, self._size, self._at = path, view, size, 0

    def read(self) -> Gguf:
        magic = self._view[:4]
        if magic != _MAGIC:
            raise ModelError(
                filled(
                    "{path} is not a GGUF model: it begins with {magic}.",
                    path=self._path,
                    magic=repr(magic),
                ),
                "Get a file in GGUF format, or set model.path to `embedded`.",
            )
        self._at = 4
        version = self._scalar("I")
        if version not in (2, 3):
            swapped = version & 0xFFFF == 0
            raise ModelError(
                filled("{path} is a GGUF file of another byte order.", path=self._path)
                if swapped
                else filled(
                    "{path} is a GGUF file of version {version}, not 2 or 3.",
                    path=self._path,
                    version=version,
                ),
                "Get the model in a current, little-endian GGUF file.",
            )
        tensors, pairs = self._scalar("Q"), self._scalar("Q")
        if tensors > 1 << 20 or pairs > 1 << 20:
            raise self._damaged(filled("its header counts more tensors or keys than any model has"))
        metadata = {self._string(): self._value(self._scalar("I")) for _ in range(pairs)}
        alignment = metadata.get("general.alignment", 32)
        if not isinstance(alignment, int) or alignment <= 0 or alignment > 1 << 20:
            raise self._damaged(filled("its alignment is impossible"))
        shapes: dict[str, tuple[int, ...]] = {}
        extents: list[tuple[str, int, int]] = []
        quantized = 0
        for _ in range(tensors):
            name = self._string()
            dims = self._scalar("I")
            if dims > 4:
                raise self._damaged(
                    filled(
                        "its tensor {tensor} has {dims} dimensions",
                        tensor=repr(name[:40]),
                        dims=dims,
                    )
                )
            shape = tuple(self._scalar("Q") for _ in range(dims))
            kind, offset = self._scalar("I"), self._scalar("Q")
            shapes[name] = shape
            extents.append((name, offset, self._bytes(name, shape, kind)))
            if _BLOCKS.get(kind, (1, 0))[0] > 1:
                quantized += _product(shape)
        start = -(-self._at // alignment) * alignment
        for name, offset, length in extents:
            if start + offset + length > self._size:
                raise ModelError(
                    filled(
                        "{path} is cut off: its tensor {tensor} ends at byte {end}, the file at "
                        "{size}.",
                        path=self._path,
                        tensor=repr(name[:40]),
                        end=f"{start + offset + length:,}",
                        size=f"{self._size:,}",
                    ),
                    "Download or copy the model again.",
                )
        if not metadata.get("general.architecture"):
            raise self._damaged(filled("it names no architecture"))
        if not shapes:
            raise ModelError(
                filled(
                    "{path} holds no weights, as a file of a vocabulary alone does.",
                    path=self._path,
                ),
                "Get the model itself.",
            )
        return Gguf(self._path, metadata, shapes, quantized)

    def _bytes(self, name: str, shape: tuple[int, ...], kind: int) -> int:
        per, width = _BLOCKS.get(kind, (0, 0))
        if not per:  # a type newer than this table: at least its offset is checked
            return 0
        values = _product(shape)
        if values > 1 << 48 or (shape and shape[0] % per):
            raise self._damaged(
                filled("its tensor {tensor} has an impossible shape", tensor=repr(name[:40]))
            )
        return values // per * width

    def _scalar(self, code: str) -> Any:
        width = struct.calcsize("<" + code)
        if self._at + width > self._size:
            raise self._cut()
        (value,) = struct.unpack_from("<" + code, self._view, self._at)
        self._at += width
        return value

    def _string(self) -> str:
        length = self._scalar("Q")
        if self._at + length > self._size:
            raise self._cut()
        data = self._view[self._at : self._at + length]
        self._at += length
        return data.decode("utf-8", "backslashreplace")

    def _value(self, kind: int, depth: int = 0) -> Any:
        if kind in _SCALARS:
            return self._scalar(_SCALARS[kind])
        if kind == _STRING:
            return self._string()
        if kind != _ARRAY or depth > 2:
            raise self._damaged(
                filled("its header has a value of the unknown type {kind}", kind=kind)
            )
        inner, count = self._scalar("I"), self._scalar("Q")
        if inner in _SCALARS:
            width = struct.calcsize("<" + _SCALARS[inner])
            if self._at + width * count > self._size:
                raise self._cut()
            kept = struct.unpack_from(
                f"<{min(count, _KEPT_ITEMS)}{_SCALARS[inner]}", self._view, self._at
            )
            self._at += width * count
            return list(kept)
        if inner != _STRING:
            return [self._value(inner, depth + 1) for _ in range(count)][:_KEPT_ITEMS]
        kept_strings = [self._string() for _ in range(min(count, _KEPT_ITEMS))]
        unpack, view, size, at = struct.Struct("<Q").unpack_from, self._view, self._size, self._at
        for _ in range(count - len(kept_strings)):
            if at + 8 > size:
                raise self._cut()
            at += 8 + unpack(view, at)[0]
        if at > size:
            raise self._cut()
        self._at = at
        return kept_strings

    def _cut(self) -> ModelError:
        return ModelError(
            filled(
                "{path} is cut off or damaged: its header runs past the end of the file.",
                path=self._path,
            ),
            "Download or copy the model again.",
        )

    def _damaged(self, why: str) -> ModelError:
        return ModelError(
            filled("{path} is damaged: {why}.", path=self._path, why=why),
            "Download or copy the model again.",
        )


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, remembered in the cache until the file is written to, moved or replaced.

    Raises ModelError where it cannot be read.
    """
    try:
        stat = path.stat()
        # The time of change alone can be set back; that of the entry (st_ctime) cannot.
        times = f"{stat.st_mtime_ns}\n{stat.st_ctime_ns}\n{stat.st_ino}"
        stamp = f"{path.resolve()}\n{stat.st_size}\n{times}"
        memo = cache_dir() / "hashes" / (hashlib.sha256(stamp.encode()).hexdigest()[:32] + ".json")
        known = recalled(memo)
        if known is not None and known.get("file") == stamp:
            return str(known["sha256"])
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(
            filled("{file}: cannot be read ({why}).", file=path, why=error.strerror or error),
            system_error(error).remedy,
        ) from None
    remember(memo, {"file": stamp, "sha256": digest})
    return digest


def _product(shape: tuple[int, ...]) -> int:
    total = 1
    for n in shape:
        total *= n
    return total


def _first(value: Any) -> int:
    """Some models give a number per layer; the largest stands for all."""
    if isinstance(value, list):
        return max((int(v) for v in value), default=0)
    return int(value or 0)
