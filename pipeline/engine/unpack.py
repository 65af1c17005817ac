"""The same model with its weights written out wider, where that multiplies faster.

Some quantized formats have no fast kernel for batches on some processors: many streams then cost
almost as much as so many single ones. The same weights as bfloat16 take more memory and one more
rounding (8 bits of mantissa), and can read and write several times as fast. The samples are not
quite the same, so it is another model to every key and record: its own file, its own hash.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import tempfile
from pathlib import Path

from pipeline.engine.cache import cache_dir
from pipeline.engine.gguf import file_sha256, read_gguf
from pipeline.engine.native import library
from pipeline.errors import ModelError

__all__ = ["KINDS", "unpacked"]

KINDS = {"bf16": 32, "f16": 1, "q8_0": 7}
"""Formats to write weights out in, and llama.cpp's numbers for them."""


def unpacked(model: Path, kind: str = "bf16", threads: int = 0) -> Path:
    """A copy of the model with its weights in another format, made once and kept in the cache.

    Raises ModelError for an unknown format, a bad model, or no room for the copy.
    """
    if kind not in KINDS:
        raise ModelError(
            f"There is no weight format `{kind}`.", f"Choose one of {', '.join(KINDS)}."
        )
    read_gguf(model)
    target = cache_dir() / "models" / f"{model.stem}-{file_sha256(model)[:12]}-{kind}.gguf"
    if target.is_file():
        with contextlib.suppress(ModelError):
            read_gguf(target)
            return target
    lib = library()
    params = lib.llama_model_quantize_default_params()
    params.ftype, params.allow_requantize, params.nthread = KINDS[kind], True, threads
    part: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, suffix=".part")
        os.close(handle)
        part = Path(name)
        code = lib.llama_model_quantize(os.fsencode(model), os.fsencode(part), ctypes.byref(params))
        if code:
            raise ModelError(
                f"{model}: its weights cannot be written out as {kind}.",
                "Use the model as it is.",
            )
        read_gguf(part)  # whole, or not at all
        part.replace(target)
    except OSError as error:
        raise ModelError(
            f"{target}: cannot be written ({error.strerror or error}).",
            "Make room, or set THINKSCALE_CACHE to another folder.",
        ) from None
    finally:
        if part is not None:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
    return target
