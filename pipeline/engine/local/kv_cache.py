"""The KV cache of one context: which draw gets a sequence, what is evicted to make room."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pipeline.engine.local.native import Context, EngineSettings, NativeModel
from pipeline.engine.local.sequences import CachedSequence, SequenceTable, common
from pipeline.errors import ModelError, filled

__all__ = ["KVCacheManager"]

_SPARE = 4  # sequences beyond the streams: prompts kept, texts scored
_SEQUENCES = 256  # llama.cpp knows no more
_BRANCHES = 64  # sequences for the texts of prefix trees, beside those of the table
_STEP = 256  # cells are made in multiples of this, as llama.cpp pads them


class KVCacheManager:
    """The context of a scheduler, made when first needed, and its table of residents.

    `usual` is the context of one sample; `most_cells` are the most of a buffer for all,
    `most_split` the most of all buffers together. `partial`: a sequence can be cut back (recurrent
    models cannot).
    """

    def __init__(
        self,
        model: NativeModel,
        settings: EngineSettings,
        *,
        usual: int,
        most_cells: int,
        most_split: int = 1 << 30,
        partial: bool = True,
        make: Callable[[int, int], Context] | None = None,
    ) -> None:
        self.settings, self.partial = settings, partial
        self.most_cells, self._most_split, self._usual = most_cells, most_split, usual
        self.streams = settings.streams
        """Samples at a time; fewer than asked for where memory does not hold more."""
        self._make = make or (
            lambda cells, sequences: Context(model, settings, cells=cells, sequences=sequences)
        )
        self.aside_from = 0
        """Prompts of so many tokens are read aside, unless they share as many; 0: none are."""
        self.branches: range = range(0)
        """Sequences that are no part of the table, for whoever has the lock, and empty whenever it
        is given back. None where buffers are separate or a sequence cannot be cut back."""
        self._context: Context | None = None
        self.table = SequenceTable(0, 0, unified=settings.unified)

    @property
    def is_open(self) -> bool:
        """It has a context already."""
        return self._context is not None

    @property
    def context(self) -> Context:
        if self._context is None:
            self.reopen(self._usual if not self.settings.unified else self.most_cells)
        assert self._context is not None
        return self._context

    def least(self, tokens: Sequence[int]) -> int:
        """Sharing fewer tokens than this is not worth a copy of separate buffers, or reading the
        rest of these without the faster reader."""
        aside = self.aside_from if len(tokens) >= self.aside_from else 0
        return max(aside, 1 if self.settings.unified else max(8, self.table.cells // 128))

    def reopen(self, cells: int) -> None:
        """A context of so many cells, with nothing in it, in the place of the one there is."""
        cells = -(-cells // _STEP) * _STEP
        branches = _BRANCHES if self.settings.unified and self.partial else 0
        sequences = min(self.settings.streams + _SPARE, _SEQUENCES - branches)
        if not self.settings.unified:  # each with cells of its own: fewer, when prompts are long
            sequences = min(sequences, max(2, self._most_split // cells))
        self.streams = max(1, min(self.settings.streams, sequences - 1))
        if self._context:
            self._context.close()
            self._context = None
        self._context = self._make(cells, sequences + branches)
        self.branches = range(sequences, sequences + branches)
        self.table = SequenceTable(
            sequences, cells, unified=self.settings.unified, partial=self.partial
        )

    def close(self) -> None:
        if self._context:
            self._context.close()
            self._context = None

    def prepare(self, need: int, prompts: Sequence[list[int]]) -> None:
        """Before new work: a context of `need` cells, and no dead weight in it."""
        if self._context is None or need > self.table.cells:
            self.reopen(need)
            return
        if not self.settings.unified:
            return
        # A unified cache is attended to as a whole: what no one here begins like slows all down.
        allowance = max(_STEP, self.table.cells // 16)
        for resident in reversed(self.table.idle()):
            keep = max(common(resident.tokens, p) for p in prompts)
            if not self.partial:
                keep = keep if keep == len(resident.tokens) else 0
            if keep < max(16, self.aside_from):
                marked = max(resident.marks, default=0)
                keep = marked if marked <= allowance else 0
                allowance -= keep
            if keep:
                self.trim(resident, keep)
            else:
                self.evict(resident)

    def trim(self, resident: CachedSequence, tokens: int) -> None:
        """Keep the first `tokens` of a sequence, where that can be done."""
        if tokens < len(resident.tokens) and self.partial:
            self.context.cut(resident.id, tokens)
            self.table.cut(resident, tokens)

    def evict(self, resident: CachedSequence) -> None:
        """Forget a sequence."""
        self.context.drop(resident.id)
        self.table.remove(resident)

    def seat(self, tokens: list[int], extra: int) -> tuple[CachedSequence, int] | None:
        """A sequence that begins with as much of `tokens` as is resident, and how much that is,
        with room for the rest and `extra` more. None when that must wait."""
        table = self.table
        while True:
            source, have = table.best(tokens)
            if have == len(tokens) and source and have not in source.marks:
                have -= 1  # its last token is read again, for the logits after it
                if not self.partial:
                    source, have = None, 0
            if have < self.least(tokens):
                source, have = None, 0
            if table.free and table.fits(len(tokens) - have + extra):
                break
            idle = [r for r in table.idle() if r is not source]
            if idle:
                self.evict(idle[0])
            elif source and not source.busy:
                self.trim(source, have)
                if not table.fits(len(tokens) - have + extra):
                    self.evict(source)
                    continue
                source.busy = True
                source.reserve = len(tokens) - have + extra
                return source, have
            else:
                return None
        if not self.settings.unified and (low := table.lowest_idle(source)):
            self.evict(low)  # llama.cpp takes a step of all streams at once where none is between
        target = table.add()
        assert target is not None
        if source:
            self.context.copy(source.id, target.id, have)
            table.fork(source, target, have)
        target.reserve = len(tokens) - have + extra
        return target, have

    def run(self, n: int, sets: Sequence[Sequence[int]] | None = None) -> None:
        """Decode the first n entries of the batch (of `sets` of sequences, if given), forgetting
        idle sequences if it must.

        Raises ModelError when llama.cpp cannot.
        """

        def decode() -> int:
            return self.context.decode(n) if sets is None else self.context.decode_shared(sets)

        code = decode()
        if code == 1:
            for resident in self.table.idle():
                self.evict(resident)
            code = decode()
        if code:
            raise ModelError(
                filled("llama.cpp could not go on (code {code}).", code=code),
                "Lower model.context, or try again.",
            )
