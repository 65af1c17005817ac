"""Prefill: what a sequence lacks of its prompt is read, in batches that mix prompts."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from pipeline.engine.local.kv_cache import KVCacheManager
from pipeline.engine.local.kv_layout import can_convert, without_flash
from pipeline.engine.local.native import Context, NativeModel
from pipeline.engine.local.sequences import CachedSequence, common
from pipeline.engine.local.stats import SchedulerStats

__all__ = ["Prefiller"]

_STEP = 256  # cells are made in multiples of this, as llama.cpp pads them
_WORTH = 64  # tokens: a shorter prompt is not worth converting
_KINDS = ("f16", "bf16")  # of keys and values that can be converted


class Prefiller:
    """Reads prompts into a KV cache. Where the settings say so, a new prompt is read with flash
    attention in a context of its own, and the layout of its keys and values converted."""

    def __init__(self, model: NativeModel, cache: KVCacheManager, stats: SchedulerStats) -> None:
        self._model, self._cache, self._stats = model, cache, stats
        settings = cache.settings
        self._aside: Context | None = None
        self._aside_tokens: list[int] = []
        wanted = settings.read_flash and not settings.flash and settings.kv in _KINDS
        self._set_converts(wanted and can_convert(model, settings))

    def _set_converts(self, can: bool) -> None:
        self.converts = can
        """It reads aside; no longer where that turned out impossible."""
        # What little a new prompt shares with others (a template's first words) is in the context
        # aside as well, and not worth reading the rest of it the slow way.
        self._cache.aside_from = _WORTH if can else 0

    def close(self) -> None:
        if self._aside:
            self._aside.close()
            self._aside, self._aside_tokens = None, []

    def evaluate(self, todo: list[tuple[CachedSequence, list[int], int]]) -> None:
        """Read `tokens[have:]` of each into its sequence and keep the logits after the last."""
        if not self._cache.settings.unified:  # llama.cpp joins buffers of their own in this order
            todo = sorted(todo, key=lambda one: one[0].id)
        start = time.perf_counter()
        context = self._cache.context
        entries: list[tuple[CachedSequence, list[int], int]] = []
        fill = 0
        for seat, tokens, have in todo:
            self._stats.read += len(tokens) - have
            if self.converts and not have and len(tokens) >= _WORTH:
                kept = self._read_aside(seat, tokens)
                self._stats.read -= max(kept, 0)
                self._set_converts(kept >= 0)
            at = len(tokens) if len(tokens) in seat.marks else have
            while at < len(tokens):
                size = min(len(tokens) - at, context.batch - fill)
                span = slice(fill, fill + size)
                context.token[span] = tokens[at : at + size]
                context.pos[span] = np.arange(at, at + size)
                context.seq[span] = seat.id
                context.wanted[span] = 0
                at += size
                fill += size
                if at == len(tokens):
                    context.wanted[fill - 1] = 1
                    entries.append((seat, tokens, have))
                if fill == context.batch:
                    self._flush(fill, entries)
                    entries, fill = [], 0
        if fill:
            self._flush(fill, entries)
        for seat, tokens, have in todo:
            seat.tokens = list(tokens)
            seat.reserve -= len(tokens) - have
            seat.tokens_to_come = ()
        self._stats.read_seconds += time.perf_counter() - start

    def _read_aside(self, seat: CachedSequence, tokens: list[int]) -> int:
        """Read a prompt with flash attention elsewhere and take its keys and values over. How many
        tokens of it were there from the prompt before; -1 where this is not possible with this
        model or llama.cpp, and then nothing has happened."""
        n = len(tokens)
        reader = self._aside
        if reader is None or reader.cells < n:
            if reader:
                reader.close()
            settings = replace(self._cache.settings, unified=True, flash=True, kv="f16")
            self._aside = reader = Context(
                self._model, settings, cells=-(-n // _STEP) * _STEP, sequences=1
            )
            self._aside_tokens = []
        kept = common(self._aside_tokens, tokens[:-1])  # the last is read, for the logits after it
        if not (kept and reader.cut(0, kept)):
            kept = 0
            reader.drop(0)
        self._aside_tokens = tokens[:kept]  # all of it once it is read: Ctrl-C may come first
        for at in range(kept, n, reader.batch):
            size = min(reader.batch, n - at)
            reader.token[:size] = tokens[at : at + size]
            reader.pos[:size] = np.arange(at, at + size)
            reader.seq[:size], reader.wanted[:size] = 0, 0
            reader.wanted[size - 1] = 1
            if reader.decode(size):
                return -1
        self._aside_tokens = list(tokens)
        streams = 1 if self._cache.settings.unified else self._cache.table.count
        bf16 = self._cache.settings.kv == "bf16"
        state = without_flash(reader.save(0), n, streams, bf16=bf16)
        if state is None or not self._cache.context.load(seat.id, state):
            return -1
        seat.marks[n] = reader.logits(1)[0].copy()
        return kept

    def _flush(self, fill: int, entries: list[tuple[CachedSequence, list[int], int]]) -> None:
        self._cache.run(fill)
        if entries:
            rows = self._cache.context.logits(len(entries))
            for row, (seat, tokens, _) in zip(rows, entries, strict=True):
                seat.marks[len(tokens)] = row.copy()
