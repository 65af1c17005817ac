"""Keys and values read with flash attention -> the layout that decoding without it wants.

Flash attention reads a prompt faster on many processors and decodes many streams slower. llama.cpp
keeps values transposed without it, so it refuses to load the one's state into the other; the bytes
are the same, in another order. Here the order is changed, in a few milliseconds.
"""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pipeline.errors import ModelError

if TYPE_CHECKING:
    from pipeline.engine.local.native import EngineSettings, NativeModel

__all__ = ["can_convert", "without_flash"]

_F16, _BF16 = 1, 30
_HEAD = struct.Struct("<Ii")  # magic, sequence
_CACHE = struct.Struct("<II")  # streams, tokens of the first stream
_CELL = 12  # position, number of sequences (1), the sequence
_FEW = 4  # tokens
_CELLS = 256  # of the contexts that are made to find out


def can_convert(model: NativeModel, settings: EngineSettings) -> bool:
    """What a context with flash attention read can be loaded into one with `settings`: found out
    with a few tokens, once for a model and kind of cache."""
    from pipeline.engine.local.native import Context

    known = model.convertible
    kind = (settings.kv, settings.unified)
    if kind not in known:
        reader = writer = None
        try:
            aside = replace(settings, unified=True, flash=True, kv="f16")
            reader = Context(model, aside, cells=_CELLS, sequences=1, batch=_FEW)
            reader.token[:_FEW], reader.pos[:_FEW] = 1, range(_FEW)
            reader.seq[:_FEW], reader.wanted[:_FEW] = 0, 0
            reader.wanted[_FEW - 1] = 1
            writer = Context(model, settings, cells=_CELLS, sequences=2, batch=_FEW)
            streams = 1 if settings.unified else 2
            state = None
            if not reader.decode(_FEW):
                bf16 = settings.kv == "bf16"
                state = without_flash(reader.save(0), _FEW, streams, bf16=bf16)
            known[kind] = state is not None and writer.load(1, state) and writer.length(1) == _FEW
        except ModelError:
            known[kind] = False  # not with this model, or not on this machine
        finally:
            for context in (reader, writer):
                if context is not None:
                    context.close()
    return known[kind]


def without_flash(
    state: bytes, tokens: int, streams: int = 1, *, bf16: bool = False
) -> bytes | None:
    """The state of a sequence of `tokens` tokens, as `Context.save` gives it for a unified float16
    cache with flash attention, made loadable into a cache without it: unified (`streams` 1) or
    split, of float16 or (`bf16`) bfloat16. Models whose layers look back through a window have two
    caches, one after the other.

    None when the bytes are not laid out as expected (another version, another kind of cache).
    """
    try:
        magic, sequence = _HEAD.unpack_from(state)
        out = [_HEAD.pack(magic, sequence)]
        at = _HEAD.size
        while at < len(state):
            at = _cache(state, at, tokens, streams, bf16, out)
    except (struct.error, ValueError):
        return None
    return b"".join(out) if at == len(state) and len(out) > 1 else None


def _cache(state: bytes, at: int, tokens: int, streams: int, bf16: bool, out: list[bytes]) -> int:
    """One cache of the state from `at` on, appended to `out`; where it ends. Raises ValueError."""
    count, held = _CACHE.unpack_from(state, at)
    body = at + _CACHE.size
    at = body + _CELL * tokens
    transposed, layers = struct.unpack_from("<II", state, at)
    if count != 1 or held != tokens or transposed or not 0 < layers < 10_000:
        raise ValueError("laid out in another way")
    out += [_CACHE.pack(streams, tokens), state[body:at], struct.pack("<II", 1, layers)]
    at += 8
    to = _BF16 if bf16 else _F16
    for layer in range(2 * layers):  # keys in their order, then values transposed
        kind, row = struct.unpack_from("<iQ", state, at)
        at += 12
        if kind != _F16 or row % 2:
            raise ValueError("keys or values of another type")
        numbers = np.frombuffer(state, np.uint16, row // 2 * tokens, at)
        if bf16:
            numbers = _bfloat16(numbers)
        if layer < layers:
            out += [struct.pack("<iQ", to, row), numbers.tobytes()]
        else:
            columns = numbers.reshape(tokens, row // 2).T
            out += [struct.pack("<iII", to, 2, row // 2), columns.tobytes()]
        at += row * tokens
    out.append(bytes(4 * (streams - 1)))  # the other streams hold nothing
    return at


def _bfloat16(halves: npt.NDArray[np.uint16]) -> npt.NDArray[np.uint16]:
    """Float16 as bfloat16, to the nearest, ties to even."""
    bits = halves.view(np.float16).astype(np.float32).view(np.uint32)
    bits += 0x7FFF + ((bits >> 16) & 1)
    return (bits >> 16).astype(np.uint16)
