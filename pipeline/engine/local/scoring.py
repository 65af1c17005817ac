"""Log-likelihoods of given texts: a prompt is read once, and the texts after it as a prefix tree.

A token of the tree is decoded once for all texts below it, as part of all their sequences; its one
row of logits gives the log-probability of each token that may follow. So all spans of a sentence
cost no more than the longest that begins at each of its words.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from pipeline.engine.local.prefix_tree import PrefixTree
from pipeline.engine.local.sequences import CachedSequence
from pipeline.errors import PromptError
from pipeline.types import Cost

if TYPE_CHECKING:
    from pipeline.engine.base import ModelInfo
    from pipeline.engine.local.logprobs import Floats
    from pipeline.engine.local.scheduler import BatchScheduler

__all__ = ["TextScorer", "price"]

_ROWS = 128  # rows of logits asked for at once
_ALIKE = 24  # prompts with as many tokens in common at their beginning are not read side by side


@dataclass(slots=True, eq=False)
class _Job:
    """Texts after one prompt; `which` are their places in the order asked for."""

    prompt: list[int]
    texts: list[list[int]]
    which: list[int]
    tree: PrefixTree = field(init=False)
    seat: CachedSequence = field(init=False)
    todo: deque[int] = field(init=False)
    """Leaves that were not decoded yet."""
    done: set[int] = field(default_factory=lambda: {0})
    """Nodes that were."""
    source: int = -1
    """The sequence with the prompt and the leaf decoded last."""

    def __post_init__(self) -> None:
        self.tree = PrefixTree(self.texts)
        self.todo = deque(self.tree.leaves())

    def halves(self) -> list[_Job]:
        middle = len(self.which) // 2
        parts = slice(middle), slice(middle, None)
        return [_Job(self.prompt, self.texts[part], self.which[part]) for part in parts]


class TextScorer:
    """The log-likelihood of each second list of `pairs` after its first, in nats, in `found`, when
    `step` was called until it returns False. Scores on a scheduler's context, between the steps of
    whatever runs there; between two of its own it holds nothing."""

    def __init__(
        self, scheduler: BatchScheduler, pairs: Sequence[tuple[list[int], list[int]]]
    ) -> None:
        self._scheduler = scheduler
        self.found = [0.0] * len(pairs)
        self._waiting = deque(self._jobs(pairs))
        self._used: set[int] = set()
        """Branches that hold something."""

    def step(self) -> bool:
        """Score as many texts as there is room for at once. False when none are left.

        Raises PromptError where there is no room for one."""
        if not self._waiting:
            return False
        seated: list[_Job] = []
        try:
            self._make_context()
            self._seat(seated)
            for job in seated:
                self._read_off([(job, 0)], job.seat.marks[len(job.prompt)][None])
            while self._wave(seated):
                pass
        finally:
            self._drop(but=set())
            for job in seated:
                self._leave(job)
        for job in seated:
            for text, at in enumerate(job.which):
                self.found[at] = job.tree.logprob(text)
        return True

    def _jobs(self, pairs: Sequence[tuple[list[int], list[int]]]) -> list[_Job]:
        """The texts of one prompt together; apart where a sequence cannot be cut back."""
        together: dict[object, list[int]] = {}
        for at, (prompt, _) in enumerate(pairs):
            together.setdefault(tuple(prompt) if self._scheduler.cache.partial else at, []).append(
                at
            )
        return [_Job(pairs[w[0]][0], [pairs[i][1] for i in w], w) for w in together.values()]

    def _make_context(self) -> None:
        """Where nothing runs: a context that holds each prompt with its texts."""
        cache, waiting = self._scheduler.cache, self._waiting
        most = max(len(job.prompt) + max(map(len, job.texts)) for job in waiting)
        need = max(len(job.prompt) + job.tree.inner for job in waiting)
        need = max(most, min(need, cache.most_cells))
        if not self._scheduler.running and (not cache.is_open or need > cache.table.cells):
            cache.reopen(max(need, min(cache.most_cells, 4 * most)))

    def _seat(self, seated: list[_Job]) -> None:
        """Give as many jobs as there is room for a sequence, and read their prompts."""
        scheduler, waiting, rows = self._scheduler, self._waiting, 0
        unread: list[tuple[CachedSequence, list[int], int]] = []
        while waiting:
            job = waiting[0]
            if seated and rows + job.tree.inner > _ROWS:
                break
            if any(job.prompt[:_ALIKE] == other[:_ALIKE] for _, other, _ in unread):
                scheduler.prefiller.evaluate(unread)  # so that this one begins on that reading
                unread = []
            got = scheduler.cache.seat(job.prompt, job.tree.inner)
            if got is None:
                if seated:
                    break
                if len(job.which) > 1:
                    waiting.popleft()
                    waiting.extendleft(reversed(job.halves()))
                elif not scheduler.go_on():
                    raise PromptError(
                        "There is no room to score this now.", "Finish the samples in flight first."
                    )
                continue
            job.seat, have = got
            job.source = job.seat.id
            seated.append(waiting.popleft())
            rows += job.tree.inner
            if have < len(job.prompt):
                unread.append((job.seat, job.prompt, have))
        scheduler.prefiller.evaluate(unread)

    def _wave(self, seated: Sequence[_Job]) -> bool:
        """Decode as many leaves, and what stands above them, as there are sequences for. False when
        there is nothing left."""
        cache = self._scheduler.cache
        kept = {job.source for job in seated}
        free = [branch for branch in cache.branches if branch not in kept]
        entries: list[tuple[_Job, int]] = []
        sets: list[list[int]] = []
        for job in sorted(seated, key=lambda one: one.seat.id):  # separate buffers want this order
            places: dict[int, int] = {}  # where in this wave a node is
            source = job.source
            while job.todo and (free or not cache.branches):
                leaf = job.todo.popleft()
                target = free.pop() if cache.branches else job.seat.id
                fresh: list[int] = []
                at = leaf
                while at not in job.done:
                    if at in places:
                        sets[places[at]].append(target)
                    else:
                        fresh.append(at)
                    at = job.tree.parents[at]
                held = len(job.prompt) + job.tree.depths[at]
                if cache.branches:
                    self._used.add(target)
                    cache.context.copy(source, target, held)
                elif len(job.done) > 1:
                    cache.context.cut(target, held)
                for node in reversed(fresh):
                    places[node] = len(entries)
                    entries.append((job, node))
                    sets.append([target])
                job.source = target
                if not cache.branches:
                    break  # its one sequence is taken
            job.done |= places.keys()
        for at in range(0, len(entries), _ROWS):
            self._decode(entries[at : at + _ROWS], sets[at : at + _ROWS])
        self._drop(but={job.source for job in seated if job.todo})
        return bool(entries)

    def _decode(self, entries: list[tuple[_Job, int]], sets: list[list[int]]) -> None:
        cache, n = self._scheduler.cache, len(entries)
        context = cache.context
        context.token[:n] = [job.tree.tokens[node] for job, node in entries]
        context.pos[:n] = [len(job.prompt) + job.tree.depths[node] - 1 for job, node in entries]
        context.seq[:n] = [some[0] for some in sets]
        context.wanted[:n] = 1
        cache.run(n, sets if cache.branches else None)
        self._scheduler.stats.scored += n
        self._read_off(entries, context.logits(n))

    def _read_off(self, entries: list[tuple[_Job, int]], logits: Floats) -> None:
        """What follows each node, from its row of logits."""
        total = self._scheduler.gauge.normaliser(logits)
        for i, (job, node) in enumerate(entries):
            tree, below = job.tree, job.tree.children[node]
            values = logits[i, np.fromiter(below, np.intp, len(below))] - total[i]
            for child, value in zip(below.values(), values.tolist(), strict=True):
                tree.logprobs[child] = value

    def _drop(self, but: set[int]) -> None:
        """Empty the sequences that texts were decoded in."""
        for branch in self._used - but:
            self._scheduler.cache.context.drop(branch)
        self._used &= but

    def _leave(self, job: _Job) -> None:
        """The prompt stays resident, if it was read to its end."""
        cache, seat = self._scheduler.cache, job.seat
        seat.busy, seat.reserve = False, 0
        if not cache.partial or len(seat.tokens) < len(job.prompt):
            cache.evict(seat)
            return
        if not cache.branches:
            cache.context.cut(seat.id, len(job.prompt))
        cache.table.touch(seat)


def price(info: ModelInfo, prompt: list[int], text: list[int], known: int | None) -> Cost:
    """Of scoring a text whose first `known` tokens stand in a text before it; None is for the first
    text after a prompt, which pays for that too."""
    if known is None:
        read = len(prompt) + len(text)
        return Cost(read, 0, 0.0, info.flops(read, heads=len(text)))
    new = len(text) - known
    return Cost(new, 0, 0.0, info.flops(new, len(prompt) + known))
