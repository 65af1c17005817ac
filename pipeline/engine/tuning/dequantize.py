"""The same model with its weights written out wider, where that multiplies faster.

Some quantized formats have no fast kernel for batches on some processors: many streams then cost
almost as much as so many single ones. Their weights as bfloat16 or float16 are the same numbers,
rounded to 8 or 11 bits of mantissa, take two to four times the memory, and can be read and written
several times as fast. What is multiplied with them is no longer rounded to 8 bits, so the samples
are not quite the same: to every key and record a copy is another model, its own file and hash.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from pipeline.checksums import CheckedFiles, describe
from pipeline.engine.local.native import library
from pipeline.errors import ModelError, filled
from pipeline.models.gguf import Gguf, file_sha256, read_gguf
from pipeline.user_cache import cache_dir, recalled, remember

__all__ = ["KINDS", "copy_bytes", "copy_path", "unpacked"]

KINDS = {"bf16": 32, "f16": 1, "q8_0": 7, "f32": 0}
"""Formats to write weights out in, and llama.cpp's numbers for them. `f32` is for comparisons."""

_BYTES = {"bf16": 2.0, "f16": 2.0, "q8_0": 34 / 32, "f32": 4.0}
_ABANDONED = 3600.0  # seconds: a part of a copy not touched for so long belongs to no one


def copy_bytes(gguf: Gguf, kind: str) -> int:
    """About how large a copy is."""
    return int(gguf.parameters * _BYTES[kind])


def copy_path(model: Path, kind: str) -> Path:
    """Where the copy of a model is kept."""
    return cache_dir() / "models" / file_sha256(model)[:12] / f"{model.stem}.{kind}.gguf"


def unpacked(
    model: Path,
    kind: str = "bf16",
    threads: int = 0,
    on_notice: Callable[[str], None] = lambda _: None,
) -> Path:
    """A copy of the model with its weights in another format, made once and kept in the cache.
    It appears whole or not at all; `on_notice` hears what it takes of the disk when it is made. It
    is compared with its checksums whenever it is asked for, and written again where it is damaged.

    Raises ModelError for an unknown format, a bad model, or no room for the copy.
    """
    if kind not in KINDS:
        raise ModelError(
            filled("There is no weight format `{kind}`.", kind=kind),
            filled("Choose one of {names}.", names=", ".join(KINDS)),
        )
    gguf = read_gguf(model)
    target = copy_path(model, kind)
    if target.is_file():
        damage = _damage(target)
        if not damage:
            return target
        on_notice(filled("{damage} It is written out again.", damage=damage))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _sweep(target.parent)
        needed, free = copy_bytes(gguf, kind), shutil.disk_usage(target.parent).free
        if free < 1.2 * needed:
            raise ModelError(
                filled(
                    "{file} needs {needed} MB, and {free} MB are free.",
                    file=target,
                    needed=f"{needed / 1e6:,.0f}",
                    free=f"{free / 1e6:,.0f}",
                ),
                "Make room, set THINKSCALE_CACHE to another disk, or set model.weights to file.",
            )
        _write(model, target, kind, threads)
    except OSError as error:
        raise ModelError(
            filled("{file}: cannot be written ({why}).", file=target, why=error.strerror or error),
            "Make room, or set THINKSCALE_CACHE to another folder.",
        ) from None
    size = target.stat().st_size / 1e6
    on_notice(
        filled(
            "Wrote the weights of {model} out as {kind}: {size} MB in {file}",
            model=model.stem,
            kind=kind,
            size=f"{size:,.0f}",
            file=target,
        )
    )
    return target


def _write(model: Path, target: Path, kind: str, threads: int) -> None:
    lib = library()
    params = lib.llama_model_quantize_default_params()
    params.ftype, params.allow_requantize, params.nthread = KINDS[kind], True, threads
    handle, name = tempfile.mkstemp(dir=target.parent, suffix=".part")
    os.close(handle)
    part = Path(name)
    try:
        code = lib.llama_model_quantize(os.fsencode(model), os.fsencode(part), ctypes.byref(params))
        if code:
            raise ModelError(
                filled(
                    "{model}: its weights cannot be written out as {kind}.", model=model, kind=kind
                ),
                "Set model.weights to file.",
            )
        read_gguf(part)
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        sums = describe(part)
        part.replace(target)
        remember(_sums(target), {target.name: sums})
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def _damage(target: Path) -> str:
    """What is wrong with a copy, every byte compared; empty where nothing is."""

    def damaged(path: Path, why: str) -> ModelError:
        return ModelError(filled("{path} is damaged ({why}).", path=path, why=why))

    known = recalled(_sums(target))
    try:
        CheckedFiles(target.parent, known or {}, damaged).check(target.name)
    except ModelError as error:
        return error.what
    return ""


def _sums(target: Path) -> Path:
    return target.with_name(f"{target.name}.checksums.json")


def _sweep(folder: Path) -> None:
    """Remove parts that killed processes left behind."""
    for part in folder.glob("*.part"):
        with contextlib.suppress(OSError):
            if time.time() - part.stat().st_mtime > _ABANDONED:
                part.unlink()
