"""Continuous batching on one context: which draws prefill, which decode, which wait.

A prompt is read once. Samples of it begin on a copy of its sequence (no copy at all where the cache
is unified), all running samples take one step in one batch, a finished one makes room for the next
that waits. Room is promised before a sample begins, so the cache never runs full in the middle.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

from pipeline.engine.base import ModelInfo
from pipeline.engine.local.active_draw import ActiveDraw
from pipeline.engine.local.kv_cache import KVCacheManager
from pipeline.engine.local.logprobs import LogprobMeter, Normaliser, chosen, largest
from pipeline.engine.local.native import NativeModel
from pipeline.engine.local.prefill import Prefiller
from pipeline.engine.local.sampler import SamplerChain
from pipeline.engine.local.sequences import CachedSequence, common
from pipeline.engine.local.stats import SchedulerStats
from pipeline.engine.local.token_choice import TokenSampler
from pipeline.errors import ModelError, filled

__all__ = ["BatchScheduler"]

_APART = 4  # streams from which tokens are drawn and measured side by side


class BatchScheduler:
    """A KV cache and the samples in it. Not thread-safe: the engine holds the lock."""

    def __init__(
        self,
        model: NativeModel,
        info: ModelInfo,
        cache: KVCacheManager,
        *,
        confidence: bool = True,
        on_finish: Callable[[ActiveDraw], None] = lambda _: None,
    ) -> None:
        self.model, self.info, self.cache, self.settings = model, info, cache, cache.settings
        self.waiting: deque[ActiveDraw] = deque()
        self.running: list[ActiveDraw] = []
        self.stats = SchedulerStats()
        self.prefiller = Prefiller(model, cache, self.stats)
        self.gauge = LogprobMeter()
        self.picker = TokenSampler(model)
        self._sample = model.lib.llama_sampler_sample
        self._run: list[ActiveDraw] = []
        self._stepping = False
        self._helper = ThreadPoolExecutor(1, "thinkscale-draw")
        self._measuring: Future[None] | None = None
        self._confidence = confidence
        self._on_finish = on_finish

    # -- what the engine calls ---------------------------------------------------------------

    def submit(self, draws: list[ActiveDraw]) -> None:
        """Queue samples; those of one prompt stay together."""
        self.waiting.extend(draws)
        if draws and not self.running:
            prompts = {id(d.tokens): d.tokens for d in draws}
            self.cache.prepare(self._need(draws), list(prompts.values()))

    def step(self) -> bool:
        """Let samples in, and all running ones take one step. False when there is nothing to do."""
        self._stepping = True
        try:
            if self.waiting:
                self._admit()
            if self.running:
                self._decode()
                return True
            return bool(self.waiting)
        finally:
            self._stepping = False

    def go_on(self) -> bool:
        """Let the running samples take one step, and nobody in: for whoever needs their room. False
        when none runs, or they are in the middle of a step."""
        if self._stepping or not self.running:
            return False
        self._stepping = True
        try:
            self._decode()
        finally:
            self._stepping = False
        return True

    def cancel(self, draw: ActiveDraw) -> None:
        """End a waiting or running draw with finish "cancelled"."""
        draw.finish = "cancelled"
        if draw in self.running:
            self.running.remove(draw)
        elif draw in self.waiting:
            self.waiting.remove(draw)
        else:
            return
        self._leave(draw)

    def discard(self, draws: list[ActiveDraw]) -> None:
        """Forget requests that nobody waits for any more."""
        if self._measuring:  # Ctrl-C may have come between its beginning and its end
            wait([self._measuring])
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
        self._helper.shutdown()
        for draw in self.running:
            if draw.chain:
                draw.chain.close()
        self.running.clear()
        self.waiting.clear()
        self.prefiller.close()
        self.cache.close()

    def _need(self, draws: list[ActiveDraw]) -> int:
        """Cells that would let these samples run without waiting for room."""
        alone = max(len(d.tokens) + d.limit for d in draws)
        if not self.settings.unified:
            return alone
        prompts = {id(d.tokens): len(d.tokens) for d in draws}
        longest = sorted(prompts.values(), reverse=True)[: self.settings.streams]
        lively = sorted((d.limit for d in draws), reverse=True)[: self.settings.streams]
        return max(alone, min(sum(longest) + sum(lively), self.cache.most_cells))

    # -- letting samples in --------------------------------------------------------------------

    def _admit(self) -> None:
        unread: list[tuple[ActiveDraw, CachedSequence, int]] = []
        while self.waiting and len(self.running) + len(unread) < self.cache.streams:
            draw = self.waiting[0]
            if not self.cache.is_open or len(draw.tokens) + draw.limit > self.cache.table.cells:
                if self.running or unread:
                    break
                self.cache.reopen(
                    max(self._need(list(self.waiting)), len(draw.tokens) + draw.limit)
                )
            if any(self._better(draw, seat) for _, seat, _ in unread):
                self._read(unread)  # its beginning is about to be read: wait for it, then share
                unread = []
                continue
            draw.chain = draw.chain or SamplerChain(self.model, draw.request.params, draw.seed)
            got = self.cache.seat(draw.tokens, draw.limit)
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
        if not self.running and self.waiting and not self.cache.table.busy:
            raise ModelError(
                "There is no room for a single sample.", "Lower model.context or max_tokens."
            )

    def _better(self, draw: ActiveDraw, seat: CachedSequence) -> bool:
        """The prompt `seat` is about to read has more of this sample's than is there now."""
        soon = common(seat.tokens_to_come, draw.tokens)
        least = max(16, self.cache.least(draw.tokens))
        return soon > self.cache.table.best(draw.tokens)[1] + least

    def _read(self, unread: list[tuple[ActiveDraw, CachedSequence, int]]) -> None:
        """Read what is missing of these prompts, then begin their samples."""
        start = time.perf_counter()
        todo = [(seat, draw.tokens, have) for draw, seat, have in unread]
        self.prefiller.evaluate(todo)
        spent = time.perf_counter() - start
        total = sum(len(tokens) - have for _, tokens, have in todo)
        for draw, _, have in unread:
            draw.seconds += spent * (len(draw.tokens) - have) / total
            self._begin(draw)

    def _begin(self, draw: ActiveDraw) -> None:
        seat = draw.seat
        assert seat is not None
        assert draw.chain is not None
        row = seat.marks[len(draw.tokens)][None]
        few = largest(row, self.picker.count([draw]))
        chain = draw.chain
        (token,) = self.picker.pick([draw], few, lambda _: chain.pick(row[0]))
        if self._confidence or draw.request.params.stop_below > 0:
            total = self.gauge.normaliser(row, few.peak())
            draw.logprobs += chosen(row, [token], total)
            draw.confidences.append(float(total[0] - few.top_mean()[0]))
        draw.take(token, self.model)
        if draw.finish:
            self._leave(draw)
        else:
            self.running.append(draw)

    # -- one step for all --------------------------------------------------------------------

    def _decode(self) -> None:
        clock = time.perf_counter
        start = clock()
        context, run = self.cache.context, self.running
        if not self.settings.unified:  # llama.cpp joins buffers of their own only in this order
            run = sorted(run, key=lambda d: d.seat.id)  # type: ignore[union-attr]
        n = len(run)
        self._run = run
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
        few = largest(logits, self.picker.count(run))
        measured = self._confidence or any(d.request.params.stop_below > 0 for d in run)
        rows = Normaliser(logits, few.peak())
        if measured and n >= _APART:  # numpy lets other threads run meanwhile
            self._measuring = self._helper.submit(rows.work)
        begun = clock()
        tokens = self.picker.pick(run, few, self._sampled)
        sampled = clock() - begun
        if measured:
            rows.work()
            top = few.top_mean()
            if self._measuring:
                self._measuring.result()
                self._measuring = None
            sure = (rows.total - top).tolist()
            for d, logprob, c in zip(run, chosen(logits, tokens, rows.total), sure, strict=True):
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
            self.running = [d for d in self.running if not d.finish]
            for d in run:
                if d.finish:
                    self._leave(d)
        stats = self.stats
        stats.steps += 1
        stats.written += n
        stats.decode_seconds += decoded - before
        stats.sampler_seconds += sampled
        stats.step_seconds += clock() - start

    def _sampled(self, i: int) -> int:
        """The next token of the i-th running draw, by llama.cpp from all its logits."""
        chain = self._run[i].chain
        assert chain is not None
        return int(self._sample(chain.ptr, self.cache.context.ptr, i))

    def _recover(self, code: int) -> None:
        """A step that did not fit: forget idle sequences, else send the youngest draw back to
        wait. Its seed is its own, so it will be the same sample."""
        if code != 1:
            raise ModelError(
                filled("llama.cpp could not go on (code {code}).", code=code), "Try again."
            )
        idle = self.cache.table.idle()
        if idle:
            for resident in idle:
                self.cache.evict(resident)
            return
        draw = self.running.pop()
        if not self.running:
            draw.finish = "length"
            self._leave(draw)
            return
        self._vacate(draw)
        draw.restart()
        self.waiting.appendleft(draw)

    def _leave(self, draw: ActiveDraw) -> None:
        self._on_finish(draw)
        self._vacate(draw)
        draw.job.left -= 1
        draw.job.done.append(draw.sample(self.info))

    def _vacate(self, draw: ActiveDraw) -> None:
        """The sequence stays resident, for samples that begin like it, until its room is wanted."""
        seat, draw.seat = draw.seat, None
        if seat is None:
            return
        seat.busy, seat.reserve = False, 0
        if seat.tokens_to_come:  # it was not read to its end, so nobody knows what it holds
            self.cache.evict(seat)
            return
        self.cache.table.touch(seat)
        if self.waiting and self.settings.unified:  # what it wrote would only slow the others down
            self.cache.trim(seat, len(draw.tokens))
