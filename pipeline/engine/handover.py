"""Keys and values read with flash attention -> the layout that decoding without it wants.

Flash attention reads a prompt faster on many processors and decodes many streams slower. llama.cpp
keeps values transposed without it, so it refuses to load the one's state into the other; the bytes
are the same, in another order. Here the order is changed, in a few milliseconds.
"""

from __future__ import annotations

import struct

import numpy as np
import numpy.typing as npt

__all__ = ["without_flash"]

_F16, _BF16 = 1, 30
_HEAD = struct.Struct("<IiII")  # magic, sequence, streams, tokens of the first stream
_CELL = 12  # position, number of sequences (1), the sequence


def without_flash(
    state: bytes, tokens: int, streams: int = 1, *, bf16: bool = False
) -> bytes | None:
    """The state of a sequence of `tokens` tokens, as `Context.save` gives it for a unified float16
    cache with flash attention, made loadable into a cache without it: unified (`streams` 1) or
    split, of float16 or (`bf16`) bfloat16.

    None when the bytes are not laid out as expected (another version, another kind of cache).
    """
    try:
        return _convert(state, tokens, streams, bf16)
    except (struct.error, ValueError):
        return None


def _convert(state: bytes, tokens: int, streams: int, bf16: bool) -> bytes | None:
    magic, sequence, count, held = _HEAD.unpack_from(state)
    at = _HEAD.size + _CELL * tokens
    transposed, layers = struct.unpack_from("<II", state, at)
    if count != 1 or held != tokens or transposed or not 0 < layers < 10_000:
        return None
    out = [
        _HEAD.pack(magic, sequence, streams, tokens),
        state[_HEAD.size : at],
        struct.pack("<II", 1, layers),
    ]
    at += 8
    to = _BF16 if bf16 else _F16
    for layer in range(2 * layers):  # keys in their order, then values transposed
        kind, row = struct.unpack_from("<iQ", state, at)
        at += 12
        if kind != _F16 or row % 2:
            return None
        numbers = np.frombuffer(state, np.uint16, row // 2 * tokens, at)
        if bf16:
            numbers = _bfloat16(numbers)
        if layer < layers:
            out += [struct.pack("<iQ", to, row), numbers.tobytes()]
        else:
            columns = numbers.reshape(tokens, row // 2).T
            out += [struct.pack("<iII", to, 2, row // 2), columns.tobytes()]
        at += row * tokens
    if at != len(state):
        return None
    out.append(bytes(4 * (streams - 1)))  # the other streams hold nothing
    return b"".join(out)


def _bfloat16(halves: npt.NDArray[np.uint16]) -> npt.NDArray[np.uint16]:
    """Float16 as bfloat16, to the nearest, ties to even."""
    bits = halves.view(np.float16).astype(np.float32).view(np.uint32)
    bits += 0x7FFF + ((bits >> 16) & 1)
    return (bits >> 16).astype(np.uint16)
