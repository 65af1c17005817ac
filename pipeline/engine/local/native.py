"""llama.cpp through ctypes: a model and a context with its batch; no scheduling.

Every call here is the low-level one of llama_cpp; a decoding step costs three of them and one per
stream, so that Python's own share stays small.
"""

from __future__ import annotations

import ctypes
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.engine.local.reply import THINK_TAGS
from pipeline.errors import ModelError, filled

__all__ = ["Context", "EngineSettings", "NativeModel", "cores", "features", "library", "versions"]

_ERRORS: list[str] = []
_KEEP: list[Any] = []  # the callback must outlive the library
_ERROR_LEVEL, _GOES_ON = 4, 5  # GGML_LOG_LEVEL_ERROR, and GGML_LOG_LEVEL_CONT
_MOST_ERRORS = 8  # the first ones say why, those after them that it failed
_CONTROL = 8  # LLAMA_TOKEN_ATTR_CONTROL
_FUNCTION = re.compile(r"(?:(?=\w+?_\w)\w++|error loading model[\w ]*+): ")
KV_TYPES = {"f16": 1, "bf16": 30, "q8_0": 8, "f32": 0}


@cache
def library() -> Any:
    """The llama_cpp module, silent. Raises ModelError when it is missing or does not load."""
    # Threads that wait for each other spin for milliseconds by default, and on a machine with
    # anything else to do each spin keeps the thread waited for off its core: 2-4 times slower.
    os.environ.setdefault("GOMP_SPINCOUNT", "2000")
    try:
        import llama_cpp
    except (ImportError, OSError, RuntimeError) as error:
        raise ModelError(
            filled("llama-cpp-python cannot be loaded ({why}).", why=str(error).splitlines()[0]),
            "Run: pip install --force-reinstall --no-cache-dir llama-cpp-python==0.3.36",
        ) from None

    last = 0

    def on_log(level: int, text: bytes, _: Any) -> None:
        nonlocal last
        said = text.decode("utf-8", "replace") if text else ""
        if level == _GOES_ON and last == _ERROR_LEVEL and _ERRORS:
            _ERRORS[-1] += said
        elif level == _ERROR_LEVEL and len(_ERRORS) < _MOST_ERRORS:
            _ERRORS.append(said)
        last = last if level == _GOES_ON else level

    callback = llama_cpp.llama_log_callback(on_log)
    _KEEP.append(callback)
    llama_cpp.llama_log_set(callback, ctypes.c_void_p(0))
    llama_cpp.llama_backend_init()
    return llama_cpp


def _reason() -> str:
    """What llama.cpp said first when it failed, in brackets, without the names of its functions."""
    said = " ".join(_ERRORS[0].split()) if _ERRORS else ""
    while (head := _FUNCTION.match(said)) and len(head.group()) < len(said):
        said = said[head.end() :]
    return f" ({said.rstrip('.')})" if said else ""


def versions() -> str:
    """The bindings' version and llama.cpp's, as one word for keys and reports."""
    lib = library()
    return f"llama-cpp-python-{lib.__version__}+{lib.llama_version().decode()}"


def features() -> set[str]:
    """What llama.cpp was built to use and this processor has: `AVX512_BF16`, `LLAMAFILE`, ..."""
    told = library().llama_print_system_info().decode("utf-8", "replace")
    parts = (part.partition("=") for part in told.replace(":", "|").split("|"))
    return {name.strip() for name, _, value in parts if value.strip() == "1"}


def cores() -> int:
    """CPU cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on this platform
        return os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """How a context runs: what tuning chooses. `threads` 0 is one a core."""

    unified: bool = True
    """One key-value buffer for all streams, or one for each."""
    flash: bool = False
    streams: int = 16
    threads: int = 0
    kv: str = "f16"
    read_flash: bool = False
    """Read prompts with flash attention, in a context of their own, and decode without it."""

    def __str__(self) -> str:
        return (
            f"{'unified' if self.unified else 'split'} KV ({self.kv}), flash attention "
            f"{'on' if self.flash else 'on to read, off to write' if self.read_flash else 'off'}, "
            f"{self.streams} streams, "
            f"{self.threads or cores()} threads"
        )


class NativeModel:
    """Weights and vocabulary. `gpu_layers` "auto" puts as much on a GPU as fits."""

    def __init__(
        self,
        path: Path,
        *,
        gpu_layers: int | str = "auto",
        options: dict[str, Any] | None = None,
    ) -> None:
        lib = self.lib = library()
        self.path = path
        self._ptr = None
        for layers in self._attempts(gpu_layers):
            params = lib.llama_model_default_params()
            params.n_gpu_layers = layers
            for name, value in (options or {}).items():
                if not hasattr(params, name):
                    raise ModelError(
                        filled("llama.cpp has no model option `{name}`.", name=name),
                        "Leave it out.",
                    )
                setattr(params, name, value)
            _ERRORS.clear()
            self._ptr = lib.llama_model_load_from_file(os.fsencode(path), params)
            if self._ptr:
                self.gpu_layers = layers
                break
        if not self._ptr:
            raise ModelError(
                filled("{path}: llama.cpp cannot load this model{why}.", path=path, why=_reason()),
                "Is it a text model of a kind this version knows? Else get another GGUF.",
            )
        self._vocab = lib.llama_model_get_vocab(self._ptr)
        self.size = int(lib.llama_vocab_n_tokens(self.vocab))
        self.trained_context = int(lib.llama_model_n_ctx_train(self._ptr))
        self._pieces: dict[int, bytes | None] = {}
        self._buffer = ctypes.create_string_buffer(512)
        self.convertible: dict[tuple[str, bool], bool] = {}
        """For a type of keys and values, unified or not: see `pipeline.engine.local.kv_layout`."""

    @property
    def ptr(self) -> Any:
        if not self._ptr:
            raise ModelError("The engine was closed.", "Open it again.")
        return self._ptr

    @property
    def vocab(self) -> Any:
        self.ptr  # noqa: B018 - a vocabulary outlives its model as a wild pointer
        return self._vocab

    def _attempts(self, gpu_layers: int | str) -> list[int]:
        if gpu_layers != "auto":
            return [int(gpu_layers)]
        # -1 is every layer; where memory does not hold them, fewer, then none.
        return [-1, 24, 12, 0] if self.lib.llama_supports_gpu_offload() else [0]

    def tokenize(self, text: str, *, special: bool, first: bool) -> list[int]:
        """Token ids. `special` lets control tokens count as such; `first` adds the model's own
        beginning of text."""
        data = text.encode("utf-8", "replace")
        room = len(data) + 8
        buffer = (ctypes.c_int32 * room)()
        n = self.lib.llama_tokenize(self.vocab, data, len(data), buffer, room, first, special)
        if n < 0:
            room = -n
            buffer = (ctypes.c_int32 * room)()
            n = self.lib.llama_tokenize(self.vocab, data, len(data), buffer, room, first, special)
        return buffer[:n]

    def piece(self, token: int) -> bytes | None:
        """A token's bytes; None for one that ends the reply. Control tokens are empty, except
        think tags."""
        try:
            return self._pieces[token]
        except KeyError:
            pass
        data: bytes | None = None
        if not self.lib.llama_vocab_is_eog(self.vocab, token):
            data = self._render(token, special=False)
            if not data:
                marked = self._render(token, special=True)
                data = marked if marked.decode("utf-8", "replace") in _TAGS else b""
        self._pieces[token] = data
        return data

    def _render(self, token: int, *, special: bool) -> bytes:
        n = self.lib.llama_token_to_piece(self.vocab, token, self._buffer, 512, 0, special)
        return self._buffer.raw[:n] if n > 0 else b""

    def text_of(self, token: int) -> str:
        """A token as the vocabulary spells it; "" for none."""
        return self._render(token, special=True).decode("utf-8", "replace") if token >= 0 else ""

    def control_texts(self) -> list[str]:
        """How the control tokens are spelled."""
        attribute, vocab = self.lib.llama_vocab_get_attr, self.vocab
        return [self.text_of(t) for t in range(self.size) if attribute(vocab, t) & _CONTROL]

    def close(self) -> None:
        if self._ptr:
            self.lib.llama_model_free(self._ptr)
            self._ptr = None


_TAGS = {tag for pair in THINK_TAGS for tag in pair}


class Context:
    """A key-value cache with its batch.

    `cells` are tokens: shared by all `sequences` when unified, else for each. Fill `token`, `pos`,
    `seq` and `wanted` (int8: logits wanted) up to n, then `decode(n)`; or `token`, `pos` and
    `wanted`, then `decode_shared`.
    """

    def __init__(
        self,
        model: NativeModel,
        settings: EngineSettings,
        *,
        cells: int,
        sequences: int,
        batch: int = 512,
        options: dict[str, Any] | None = None,
    ) -> None:
        lib = self._lib = model.lib
        self.settings, self.cells, self.sequences, self.batch = settings, cells, sequences, batch
        params = lib.llama_context_default_params()
        params.n_ctx = cells if settings.unified else cells * sequences
        params.n_batch = params.n_ubatch = batch
        params.n_seq_max = sequences
        params.kv_unified = settings.unified
        params.flash_attn_type = int(settings.flash)
        params.n_threads = params.n_threads_batch = settings.threads or cores()
        params.type_k = params.type_v = KV_TYPES[settings.kv]
        params.no_perf = True
        for name, value in (options or {}).items():
            if not hasattr(params, name):
                raise ModelError(
                    filled("llama.cpp has no context option `{name}`.", name=name), "Leave it out."
                )
            setattr(params, name, value)
        _ERRORS.clear()
        self.ptr = lib.llama_init_from_model(model.ptr, params)
        if not self.ptr:
            raise ModelError(
                filled(
                    "There is no room for {tokens} tokens of context{why}.",
                    tokens=f"{params.n_ctx:,}",
                    why=_reason(),
                ),
                "Lower model.context in config.yaml.",
            )
        self._memory = lib.llama_get_memory(self.ptr)
        self._vocab = model.size
        self.token = np.zeros(batch, np.int32)
        self.pos = np.zeros(batch, np.int32)
        self.seq = np.zeros(batch, np.int32)
        self.wanted = np.zeros(batch, np.int8)
        self._ones = np.ones(batch, np.int32)
        self._rows = self.seq.ctypes.data + 4 * np.arange(batch, dtype=np.uintp)
        self._batch = lib.llama_batch()
        self._batch.embd = None
        self._point(
            token=self.token, pos=self.pos, logits=self.wanted,
            n_seq_id=self._ones, seq_id=self._rows,
        )  # fmt: skip
        self._at = 0
        self._view: npt.NDArray[np.float32] = np.zeros((0, self._vocab), np.float32)

    def decode(self, n: int) -> int:
        """Run the first n entries of the batch. 0 is good, 1 no room, less than 0 a failure."""
        self._batch.n_tokens = n
        return int(self._lib.llama_decode(self.ptr, self._batch))

    def decode_shared(self, sets: Sequence[Sequence[int]]) -> int:
        """As `decode`, for len(sets) entries that each belong to all sequences of their set, where
        all of these hold the same so far. Of a unified cache."""
        sizes = np.array([len(one) for one in sets], np.int32)
        ids = np.array([sequence for one in sets for sequence in one], np.int32)
        rows = ids.ctypes.data + 4 * (np.cumsum(sizes) - sizes).astype(np.uintp)
        self._point(n_seq_id=sizes, seq_id=rows)
        try:
            return self.decode(len(sets))
        finally:
            self._point(n_seq_id=self._ones, seq_id=self._rows)

    def _point(self, **arrays: npt.NDArray[Any]) -> None:
        """Let fields of the batch point at arrays, which must outlive that."""
        for name, array in arrays.items():
            kind = dict(self._lib.llama_batch._fields_)[name]
            setattr(self._batch, name, ctypes.cast(array.ctypes.data, kind))

    def logits(self, rows: int) -> npt.NDArray[np.float32]:
        """Float32 (rows, vocabulary), in batch order, of the entries that wanted them. A view: it
        is overwritten by the next `decode`."""
        at = ctypes.cast(self._lib.llama_get_logits(self.ptr), ctypes.c_void_p).value or 0
        if at != self._at or len(self._view) < rows:
            self._at = at
            memory = (ctypes.c_float * (rows * self._vocab)).from_address(at)
            self._view = np.ctypeslib.as_array(memory).reshape(rows, self._vocab)
        return self._view[:rows]

    def copy(self, source: int, target: int, tokens: int) -> None:
        """Let sequence `target` begin with the first `tokens` tokens of `source`."""
        if self.settings.unified:
            self._lib.llama_memory_seq_cp(self._memory, source, target, 0, tokens)
        else:  # separate buffers are copied whole, then cut back
            self._lib.llama_memory_seq_cp(self._memory, source, target, -1, -1)
            self._lib.llama_memory_seq_rm(self._memory, target, tokens, -1)

    def cut(self, sequence: int, tokens: int) -> bool:
        """Keep the first `tokens` of a sequence; False where the model cannot (recurrent)."""
        return bool(self._lib.llama_memory_seq_rm(self._memory, sequence, tokens, -1))

    def drop(self, sequence: int) -> None:
        """Forget a sequence."""
        self._lib.llama_memory_seq_rm(self._memory, sequence, -1, -1)

    def save(self, sequence: int) -> bytes:
        """A sequence's keys and values as llama.cpp writes them."""
        size = self._lib.llama_state_seq_get_size(self.ptr, sequence)
        buffer = (ctypes.c_uint8 * size)()
        written = self._lib.llama_state_seq_get_data(self.ptr, buffer, size, sequence)
        return bytes(memoryview(buffer)[:written])

    def load(self, sequence: int, state: bytes) -> bool:
        """Put what `save` gave into a sequence, in cells of its own; False: it does not fit."""
        buffer = (ctypes.c_uint8 * len(state)).from_buffer_copy(state)
        done = self._lib.llama_state_seq_set_data(self.ptr, buffer, len(state), sequence)
        return bool(done)

    def length(self, sequence: int) -> int:
        """Tokens a sequence holds."""
        return int(self._lib.llama_memory_seq_pos_max(self._memory, sequence)) + 1

    def close(self) -> None:
        if self.ptr:
            self._lib.llama_free(self.ptr)
            self.ptr = None
            self._view = np.zeros((0, self._vocab), np.float32)
