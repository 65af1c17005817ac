"""The next token of every running draw: top-k first, and that for all of them in one pass.

llama.cpp makes a list of the whole vocabulary for each sample before its samplers cut it down,
which with 262,144 tokens costs a tenth of a step. The samplers of nearly every sample begin with
top-k, or take the likeliest alone; they are given the few that can remain, and draw the same token.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pipeline.engine.confidence import TOP
from pipeline.engine.local.active_draw import ActiveDraw
from pipeline.engine.local.logprobs import Floats, TopLogits
from pipeline.engine.local.native import NativeModel
from pipeline.types import SampleParams

__all__ = ["TokenSampler", "needed"]

_MOST = 256  # a top-k above it is left to llama.cpp
_CANDIDATE = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])


def needed(params: SampleParams) -> int:
    """How many of the largest logits say which token is drawn: 0 where all of them may."""
    if params.logit_bias or params.repeat_penalty != 1.0 or params.grammar:
        return 0
    if params.temperature <= 0:
        return 1
    return params.top_k if 0 < params.top_k <= _MOST else 0


class TokenSampler:
    """Samples tokens from rows of logits, by the chains of their samples."""

    def __init__(self, model: NativeModel) -> None:
        lib = self._lib = model.lib
        self._apply = lib.llama_sampler_apply
        self._data = ctypes.POINTER(lib.llama_token_data)
        self._array = lib.llama_token_data_array()
        self._here = ctypes.byref(self._array)

    @staticmethod
    def count(draws: Sequence[ActiveDraw]) -> int:
        """How many of the largest logits of each row are wanted for these samples."""
        return max(TOP, *(needed(d.request.params) for d in draws))

    def pick(
        self, draws: Sequence[ActiveDraw], few: TopLogits, other: Callable[[int], int]
    ) -> list[int]:
        """A token for each sample, from its row of `few`; `other` where all logits count."""
        tokens = [-1] * len(draws)
        by_rank: list[int] = []
        for i, draw in enumerate(draws):
            wanted = needed(draw.request.params)
            if not wanted:
                tokens[i] = other(i)
            elif draw.request.params.temperature > 0:
                by_rank.append(i)
        if len(by_rank) < len(draws):
            values = few.values
            ties = np.where(values == values.max(axis=1, keepdims=True), few.tokens, 2**31 - 1)
            for i, token in enumerate(ties.min(axis=1).tolist()):
                if tokens[i] < 0:
                    tokens[i] = token
        if by_rank:
            most = max(needed(draws[i].request.params) for i in by_rank)
            values, ids = few.first(most)
            self._drawn(draws, by_rank, values, ids, tokens)
        return tokens

    def _drawn(
        self,
        draws: Sequence[ActiveDraw],
        which: Sequence[int],
        values: Floats,
        ids: Any,
        tokens: list[int],
    ) -> None:
        """Let the chains of some samples choose among the largest of their rows."""
        rows, width = values.shape
        candidates = np.empty((rows, width), _CANDIDATE)
        candidates["id"], candidates["logit"], candidates["p"] = ids, values, 0
        base, step = candidates.ctypes.data, candidates.strides[0]
        array, apply, here = self._array, self._apply, self._here
        for i in which:
            array.data = ctypes.cast(base + i * step, self._data)
            array.size, array.selected, array.sorted = width, -1, False
            apply(draws[i].chain.ptr, here)  # type: ignore[union-attr]
            tokens[i] = array.data[array.selected].id
