"""Continuous batching on one context: who is read, who is written, who waits.

A prompt is read once. Draws of it begin on a copy of its sequence (no copy at all where the cache
is unified), all running draws take one step in one batch, a finished one makes room for the next
that waits. Room is promised before a draw begins, so the cache never runs full in the middle.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from pipeline.engine.base import ModelInfo
from pipeline.engine.chain import Chain
from pipeline.engine.draw import Draw
from pipeline.engine.handover import without_flash
from pipeline.engine.measure import Gauge
from pipeline.engine.native import Context, Model, Settings
from pipeline.engine.residency import Resident, Table, common
from pipeline.errors import ModelError

__all__ = ["Lane", "Stats"]

_SPARE = 4  # sequences beyond the streams: prompts kept, options scored
_SEQUENCES = 256  # llama.cpp knows no more
_STEP = 256  # cells are made in multiples of this, as llama.cpp pads them
_WORTH = 64  # tokens: a shorter prompt is not worth handing over


class Stats:
    """What a lane has done: tokens read and written, steps, seconds in llama.cpp and around it."""

    def __init__(self) -> None:
        self.read = self.written = self.steps = self.waves = 0
        self.read_seconds = self.decode_seconds = self.sampler_seconds = self.step_seconds = 0.0

    @property
    def python_share(self) -> float:
        """Share of decoding time spent outside llama.cpp (decode and samplers)."""
        if not self.step_seconds:
            return 0.0
        return 1 - (self.decode_seconds + self.sampler_seconds) / self.step_seconds


class Lane:
    """One context and the draws on it. Not thread-safe: the engine holds the lock."""

    def __init__(
        self,
        model: Model,
        info: ModelInfo,
        settings: Settings,
        *,
        most_cells: int,
        most_split: int = 1 << 30,
        partial: bool = True,
        confidence: bool = True,
        on_finish: Callable[[Draw], None] = lambda _: None,
        make: Callable[[int, int], Context] | None = None,
    ) -> None:
        self.model, self.info, self.settings = model, info, settings
        self.waiting: deque[Draw] = deque()
        self.running: list[Draw] = []
        self.stats = Stats()
        self.streams = settings.streams
        """Draws at a time; fewer than asked for where memory does not hold more."""
        self.most_split = most_split
        self.most_cells, self.partial, self._confidence = most_cells, partial, confidence
        self._on_finish = on_finish
        self._make = make or (
            lambda cells, sequences: Context(model, settings, cells=cells, sequences=sequences)
        )
        self.gauge = Gauge(model.size)
        self._sample = model.lib.llama_sampler_sample
        self._context: Context | None = None
        self._reader: Context | None = None
        self._hands_over = settings.read_flash and not settings.flash and settings.kv == "f16"
        self.table = Table(0, 0, unified=settings.unified)

    # -- what the engine calls ---------------------------------------------------------------

    def submit(self, draws: list[Draw]) -> None:
        """Queue draws; those of one prompt stay together."""
        self.waiting.extend(draws)
        if not self.running:
            self._prepare(draws)

    def step(self) -> bool:
        """Let draws in, and all running ones take one step. False when there is nothing to do."""
        if self.waiting:
            self._admit()
        if self.running:
            self._decode()
            return True
        return bool(self.waiting)

    def cancel(self, draw: Draw) -> None:
        """End a waiting or running draw with finish "cancelled"."""
        draw.finish = "cancelled"
        if draw in self.running:
            self.running.remove(draw)
        elif draw in self.waiting:
            self.waiting.remove(draw)
        else:
            return
        self._leave(draw)

    def discard(self, draws: list[Draw]) -> None:
        """Forget draws without samples: nobody waits for them any more."""
        for draw in draws:
            if draw in self.running:
                self.running.remove(draw)
            elif draw in self.waiting:
                self.waiting.remove(draw)
            if draw.chain:
                draw.chain.close()
                draw.chain = None
            self._vacate(draw)

    def close(self) -> None:
        for draw in self.running:
            if draw.chain:
                draw.chain.close()
        self.running.clear()
        self.waiting.clear()
        for context in (self._context, self._reader):
            if context:
                context.close()
        self._context = self._reader = None

    @property
    def is_open(self) -> bool:
        """It has a context already."""
        return self._context is not None

    # -- room --------------------------------------------------------------------------------

    @property
    def context(self) -> Context:
        if self._context is None:
            self.reopen(self.info.context if not self.settings.unified else self.most_cells)
        assert self._context is not None
        return self._context

    def reopen(self, cells: int) -> None:
        cells = -(-cells // _STEP) * _STEP
        sequences = min(self.settings.streams + _SPARE, _SEQUENCES)
        if not self.settings.unified:  # each with cells of its own: fewer, when prompts are long
            sequences = min(sequences, max(2, self.most_split // cells))
        self.streams = max(1, min(self.settings.streams, sequences - 1))
        if self._context:
            self._context.close()
            self._context = None
        self._context = self._make(cells, sequences)
        self.table = Table(sequences, cells, unified=self.settings.unified, partial=self.partial)

    def _need(self, draws: list[Draw]) -> int:
        """Cells that would let these draws run without waiting for room."""
        alone = max(len(d.tokens) + d.limit for d in draws)
        if not self.settings.unified:
            return alone
        prompts = {id(d.tokens): len(d.tokens) for d in draws}
        longest = sorted(prompts.values(), reverse=True)[: self.settings.streams]
        lively = sorted((d.limit for d in draws), reverse=True)[: self.settings.streams]
        return max(alone, min(sum(longest) + sum(lively), self.most_cells))

    def _prepare(self, draws: list[Draw]) -> None:
        """Before the first step: a context large enough, and no dead weight in it."""
        if not draws:
            return
        need = self._need(draws)
        if self._context is None or need > self.table.cells:
            self.reopen(need)
            return
        if not self.settings.unified:
            return
        # A unified cache is attended to as a whole: what no one here begins like slows all down.
        prompts = list({id(d.tokens): d.tokens for d in draws}.values())
        allowance = max(512, self.table.cells // 8)
        for resident in reversed(self.table.idle()):
            keep = max(common(resident.tokens, p) for p in prompts)
            if not self.partial:
                keep = keep if keep == len(resident.tokens) else 0
            if keep < 16:
                marked = max(resident.marks, default=0)
                keep = marked if marked <= allowance else 0
                allowance -= keep
            if keep:
                self._trim(resident, keep)
            else:
                self.evict(resident)

    def _trim(self, resident: Resident, tokens: int) -> None:
        if tokens < len(resident.tokens) and self.partial:
            self.context.cut(resident.id, tokens)
            self.table.cut(resident, tokens)

    def evict(self, resident: Resident) -> None:
        self.context.drop(resident.id)
        self.table.remove(resident)

    def seat(self, tokens: list[int], extra: int) -> tuple[Resident, int] | None:
        """A sequence that begins with as much of `tokens` as is resident, and how much that is,
        with room for the rest and `extra` more. None when that must wait."""
        table = self.table
        while True:
            source, have = table.best(tokens)
            if have == len(tokens) and source and have not in source.marks:
                have -= 1  # its last token is read again, for the logits after it
                if not self.partial:
                    source, have = None, 0
            if have < self._least:
                source, have = None, 0
            if table.free and table.fits(len(tokens) - have + extra):
                break
            idle = [r for r in table.idle() if r is not source]
            if idle:
                self.evict(idle[0])
            elif source and not source.busy:
                self._trim(source, have)
                if not table.fits(len(tokens) - have + extra):
                    self.evict(source)
                    continue
                source.busy = True
                source.reserve = len(tokens) - have + extra
                return source, have
            else:
                return None
        target = table.add()
        assert target is not None
        if source:
            self.context.copy(source.id, target.id, have)
            table.fork(source, target, have)
        target.reserve = len(tokens) - have + extra
        return target, have

    @property
    def _least(self) -> int:
        """Sharing fewer tokens than this is not worth a copy of separate buffers."""
        return 1 if self.settings.unified else max(8, self.table.cells // 128)

    # -- letting draws in --------------------------------------------------------------------

    def _admit(self) -> None:
        unread: list[tuple[Draw, Resident, int]] = []
        while self.waiting and len(self.running) + len(unread) < self.streams:
            draw = self.waiting[0]
            if self._context is None or len(draw.tokens) + draw.limit > self.table.cells:
                if self.running or unread:
                    break
                self.reopen(max(self._need(list(self.waiting)), len(draw.tokens) + draw.limit))
            if any(self._better(draw, seat) for _, seat, _ in unread):
                self._read(unread)  # its beginning is about to be read: wait for it, then share
                unread = []
                continue
            draw.chain = draw.chain or Chain(self.model, draw.request.params, draw.seed)
            got = self.seat(draw.tokens, draw.limit)
            if got is None:
                if unread:
                    self._read(unread)
                    unread = []
                    continue
                break
            self.waiting.popleft()
            draw.seat, have = got
            if have == len(draw.tokens):
                self._begin(draw)
            else:
                draw.seat.tokens_to_come = draw.tokens
                unread.append((draw, draw.seat, have))
        if unread:
            self._read(unread)
        if not self.running and self.waiting and not self.table.busy:
            raise ModelError(
                "There is no room for a single draw.", "Lower model.context or max_tokens."
            )

    def _better(self, draw: Draw, seat: Resident) -> bool:
        """The prompt `seat` is about to read has more of this draw's than is there now."""
        soon = common(seat.tokens_to_come, draw.tokens)
        return soon > self.table.best(draw.tokens)[1] + max(16, self._least)

    def _read(self, unread: list[tuple[Draw, Resident, int]]) -> None:
        """Read what is missing of these prompts, then begin their draws."""
        start = time.perf_counter()
        todo = [(seat, draw.tokens, have) for draw, seat, have in unread]
        self.evaluate(todo)
        spent = time.perf_counter() - start
        total = sum(len(tokens) - have for _, tokens, have in todo)
        for draw, _, have in unread:
            draw.seconds += spent * (len(draw.tokens) - have) / total
            self._begin(draw)

    def evaluate(self, todo: list[tuple[Resident, list[int], int]]) -> None:
        """Read `tokens[have:]` of each into its sequence and keep the logits after the last."""
        start = time.perf_counter()
        context = self.context
        entries: list[tuple[Resident, list[int], int]] = []
        fill = 0
        for seat, tokens, have in todo:
            if self._hands_over and not have and len(tokens) >= _WORTH:
                self._hands_over = self._hand_over(seat, tokens)
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
            self.stats.read += len(tokens) - have
        self.stats.read_seconds += time.perf_counter() - start

    def _hand_over(self, seat: Resident, tokens: list[int]) -> bool:
        """Read a prompt with flash attention elsewhere and take its keys and values over. False
        when that is not possible with this model or llama.cpp; then nothing has happened."""
        n = len(tokens)
        reader = self._reader
        if reader is None or reader.cells < n:
            if reader:
                reader.close()
            settings = replace(self.settings, unified=True, flash=True)
            self._reader = reader = Context(
                self.model, settings, cells=-(-n // _STEP) * _STEP, sequences=1
            )
        reader.drop(0)
        for at in range(0, n, reader.batch):
            size = min(reader.batch, n - at)
            reader.token[:size] = tokens[at : at + size]
            reader.pos[:size] = np.arange(at, at + size)
            reader.seq[:size], reader.wanted[:size] = 0, 0
            reader.wanted[size - 1] = 1
            if reader.decode(size):
                return False
        streams = 1 if self.settings.unified else self.table.count
        state = without_flash(reader.save(0), n, streams)
        if state is None or not self.context.load(seat.id, state):
            return False
        seat.marks[n] = reader.logits(1)[0].copy()
        return True

    def _flush(self, fill: int, entries: list[tuple[Resident, list[int], int]]) -> None:
        self.run(fill)
        if entries:
            rows = self.context.logits(len(entries))
            for row, (seat, tokens, _) in zip(rows, entries, strict=True):
                seat.marks[len(tokens)] = row.copy()

    def run(self, n: int) -> None:
        code = self.context.decode(n)
        if code == 1:
            for resident in self.table.idle():
                self.evict(resident)
            code = self.context.decode(n)
        if code:
            raise ModelError(
                f"llama.cpp could not go on (code {code}).", "Lower model.context, or try again."
            )

    def _begin(self, draw: Draw) -> None:
        seat = draw.seat
        assert seat is not None
        assert draw.chain is not None
        row = seat.marks[len(draw.tokens)]
        token = draw.chain.pick(row)
        if self._confidence or draw.request.params.stop_below > 0:
            logprob, sure = self.gauge(row[None], [token])
            draw.logprobs += logprob
            draw.confidences += sure
        draw.take(token, self.model)
        if draw.finish:
            self._leave(draw)
        else:
            self.running.append(draw)

    # -- one step for all --------------------------------------------------------------------

    def _decode(self) -> None:
        clock = time.perf_counter
        start = clock()
        context, run = self.context, self.running
        n = len(run)
        context.token[:n] = [d.next for d in run]
        context.pos[:n] = [len(d.seat.tokens) for d in run]  # type: ignore[union-attr]
        context.seq[:n] = [d.seat.id for d in run]  # type: ignore[union-attr]
        context.wanted[:n] = 1
        before = clock()
        code = context.decode(n)
        if code:
            self._recover(code)
            return
        logits = context.logits(n)
        decoded = clock()
        pointer, sample = context.ptr, self._sample
        tokens = [sample(d.chain.ptr, pointer, i) for i, d in enumerate(run)]  # type: ignore[union-attr]
        sampled = clock()
        if self._confidence or any(d.request.params.stop_below > 0 for d in run):
            logprobs, sure = self.gauge(logits, tokens)
            for d, logprob, c in zip(run, logprobs, sure, strict=True):
                d.logprobs.append(logprob)
                d.confidences.append(c)
        share = (clock() - start) / n
        model, ended = self.model, False
        for d, token in zip(run, tokens, strict=True):
            d.seconds += share
            seat = d.seat
            seat.tokens.append(d.next)  # type: ignore[union-attr]
            seat.reserve -= 1  # type: ignore[union-attr]
            d.take(d.forced.popleft() if d.forced else token, model)
            if d.finish:
                ended = True
        if ended:
            self.running = [d for d in run if not d.finish]
            for d in run:
                if d.finish:
                    self._leave(d)
        stats = self.stats
        stats.steps += 1
        stats.written += n
        stats.decode_seconds += decoded - before
        stats.sampler_seconds += sampled - decoded
        stats.step_seconds += clock() - start

    def _recover(self, code: int) -> None:
        """A step that did not fit: forget idle sequences, else send the youngest draw back to
        wait. Its seed is its own, so it will be the same draw."""
        if code != 1:
            raise ModelError(f"llama.cpp could not go on (code {code}).", "Try again.")
        idle = self.table.idle()
        if idle:
            for resident in idle:
                self.evict(resident)
            return
        draw = self.running.pop()
        if not self.running:
            draw.finish = "length"
            self._leave(draw)
            return
        self._vacate(draw)
        draw.restart()
        self.waiting.appendleft(draw)

    def _leave(self, draw: Draw) -> None:
        self._on_finish(draw)
        self._vacate(draw)
        draw.job.left -= 1
        draw.job.done.append(draw.sample(self.info))

    def _vacate(self, draw: Draw) -> None:
        """The sequence stays resident, for draws that begin like it, until its room is wanted."""
        seat, draw.seat = draw.seat, None
        if seat is None:
            return
        seat.busy, seat.reserve = False, 0
        if seat.tokens_to_come:  # it was not read to its end, so nobody knows what it holds
            self.evict(seat)
            return
        self.table.touch(seat)
        if self.waiting and self.settings.unified:  # what it wrote would only slow the others down
            self._trim(seat, len(draw.tokens))
