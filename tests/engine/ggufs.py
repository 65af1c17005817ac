"""Small GGUF files, written from scratch."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path


def string(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def _value(value: str | int | bool) -> bytes:
    if isinstance(value, bool):
        return struct.pack("<I?", 7, value)
    if isinstance(value, int):
        return struct.pack("<II", 4, value)
    return struct.pack("<I", 8) + string(value)


def small_gguf(
    version: int = 3,
    data: int = 128,
    template: str = "{{ messages[0].content }}",
    architecture: str = "llama",
    extra: Mapping[str, str | int | bool] | None = None,
) -> bytes:
    """One tensor of 4 x 8 float32 (128 bytes) and a few keys, `extra` among them."""
    pairs = [
        string("general.architecture") + struct.pack("<I", 8) + string(architecture),
        string("llama.context_length") + struct.pack("<II", 4, 2048),
        string("llama.block_count") + struct.pack("<II", 4, 2),
        string("llama.embedding_length") + struct.pack("<II", 4, 8),
        string("llama.attention.head_count") + struct.pack("<II", 4, 2),
        string("tokenizer.ggml.model") + struct.pack("<I", 8) + string("gpt2"),
        string("tokenizer.chat_template") + struct.pack("<I", 8) + string(template),
        string("tokenizer.ggml.tokens")
        + struct.pack("<IIQ", 9, 8, 100)
        + b"".join(string(f"t{i}") for i in range(100)),
        string("tokenizer.ggml.scores")
        + struct.pack("<IIQ", 9, 6, 3)
        + struct.pack("<3f", 1, 2, 3),
    ]
    pairs += [string(key) + _value(value) for key, value in (extra or {}).items()]
    tensor = string("blk.0.attn_q.weight") + struct.pack("<IQQIQ", 2, 4, 8, 0, 0)
    head = b"GGUF" + struct.pack("<IQQ", version, 1, len(pairs)) + b"".join(pairs) + tensor
    return head + b"\0" * (-len(head) % 32) + b"\0" * data


def with_template(model: Path, target: Path, template: str | None) -> Path:
    """A copy of a model with another chat template, or with none."""
    key = string("tokenizer.chat_template")
    data = model.read_bytes()
    at = data.index(key)
    if template is None:
        changed = data[: at + len(key) - 1] + b"x" + data[at + len(key) :]
    else:
        at += len(key) + 4
        (size,) = struct.unpack_from("<Q", data, at)
        fill = -(len(template.encode()) + 4 - size) % 32  # what follows keeps its alignment
        changed = data[:at] + string(f"{template}{{#{' ' * fill}#}}") + data[at + 8 + size :]
    target.write_bytes(changed)
    return target
