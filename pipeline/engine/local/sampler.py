"""SampleParams -> a chain of llama.cpp samplers, one for each sample.

Order: logit bias, repeat penalty, grammar, top-k, top-p, min-p, temperature, draw. So a grammar
forbids first and the truncations work on what is allowed. Temperature 0 takes the likeliest.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.engine.local.native import NativeModel
from pipeline.errors import PromptError, filled
from pipeline.types import SampleParams

__all__ = ["PENALTY_WINDOW", "SamplerChain"]

PENALTY_WINDOW = 64
"""Tokens of the reply the repeat penalty looks back on."""

_CANDIDATE = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])


@contextlib.contextmanager
def _without_stderr() -> Iterator[None]:
    """What C code writes to standard error meanwhile is lost."""
    try:
        kept = os.dup(2)
    except OSError:  # there is no standard error
        yield
        return
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(null)
        os.close(kept)


class SamplerChain:
    """The samplers of one sample. `seed` is the sample's own. Raises PromptError for a bad
    grammar."""

    def __init__(self, model: NativeModel, params: SampleParams, seed: int) -> None:
        lib = self._lib = model.lib
        self._ptr: Any = lib.llama_sampler_chain_init(lib.llama_sampler_chain_default_params())
        self.ptr = self._ptr
        try:
            self._build(model, params, seed)
        except BaseException:
            self.close()
            raise

    def _build(self, model: NativeModel, params: SampleParams, seed: int) -> None:
        lib, add = self._lib, self._add
        if params.logit_bias:
            n = len(params.logit_bias)
            biases = (lib.llama_logit_bias * n)()
            for slot, (token, bias) in zip(biases, params.logit_bias, strict=True):
                if not 0 <= token < model.size:
                    raise PromptError(
                        filled(
                            "logit_bias names token {token}; the vocabulary ends at {last}.",
                            token=token,
                            last=model.size - 1,
                        ),
                        "Name a token of this model.",
                    )
                slot.token, slot.bias = token, bias
            add(lib.llama_sampler_init_logit_bias(model.size, n, biases))
        if params.repeat_penalty != 1.0:
            add(
                lib.llama_sampler_init_penalties(
                    model.size, PENALTY_WINDOW, params.repeat_penalty, 0.0, 0.0
                )
            )
        if params.grammar:
            with _without_stderr():  # the parser writes its complaint there, past every log setting
                grammar = lib.llama_sampler_init_grammar(
                    model.vocab, params.grammar.encode(), b"root"
                )
            if not grammar:
                raise PromptError(
                    "The grammar is not valid GBNF, or has no rule `root`.",
                    "See the GBNF guide of llama.cpp.",
                )
            add(grammar)
        if params.temperature <= 0:
            add(lib.llama_sampler_init_greedy())
            return
        if params.top_k > 0:
            add(lib.llama_sampler_init_top_k(params.top_k))
        if params.top_p < 1:
            add(lib.llama_sampler_init_top_p(params.top_p, 1))
        if params.min_p > 0:
            add(lib.llama_sampler_init_min_p(params.min_p, 1))
        add(lib.llama_sampler_init_temp(params.temperature))
        add(lib.llama_sampler_init_dist(seed))

    def _add(self, sampler: Any) -> None:
        self._lib.llama_sampler_chain_add(self._ptr, sampler)

    def pick(self, row: npt.NDArray[np.float32]) -> int:
        """Draw from a kept row of logits, float32 (vocabulary,)."""
        candidates = np.empty(len(row), _CANDIDATE)
        candidates["id"] = np.arange(len(row), dtype=np.int32)
        candidates["logit"] = row
        candidates["p"] = 0
        lib = self._lib
        array = lib.llama_token_data_array()
        array.data = ctypes.cast(candidates.ctypes.data, ctypes.POINTER(lib.llama_token_data))
        array.size, array.selected, array.sorted = len(row), -1, False
        lib.llama_sampler_apply(self._ptr, ctypes.byref(array))
        token = int(array.data[array.selected].id)
        self.accept(token)
        return token

    def accept(self, token: int) -> None:
        """Tell the samplers with a memory (grammar, penalty) of a token they did not draw."""
        self._lib.llama_sampler_accept(self._ptr, token)

    def close(self) -> None:
        if self._ptr:
            self._lib.llama_sampler_free(self._ptr)
            self._ptr = self.ptr = None
