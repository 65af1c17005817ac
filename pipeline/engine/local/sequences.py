"""Keeps track of the tokens in the key-value cache: under which sequence, and at what price.

A sequence that begins like another shares its cells. The table keeps, for every sequence, whom it
began like (`base`) and for how many tokens (`shared`), so that the number of distinct cells in use
is known without asking llama.cpp, and room can be promised before it is needed.
"""

from __future__ import annotations

from collections.abc import Sequence as Tokens
from dataclasses import dataclass, field
from typing import Any

__all__ = ["CachedSequence", "SequenceTable", "common"]


def common(a: Tokens[int], b: Tokens[int]) -> int:
    """Tokens that two lists have in common at their beginning."""
    n = min(len(a), len(b))
    if a[:n] == b[:n]:
        return n
    low, high = 0, n
    while low < high:  # equal up to low, different before high
        middle = (low + high + 1) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


@dataclass(slots=True, eq=False)
class CachedSequence:
    """One sequence: its tokens in the cache, and the logits known along them."""

    id: int
    tokens: list[int] = field(default_factory=list)
    marks: dict[int, Any] = field(default_factory=dict)
    """Number of tokens -> the logits after them, a float32 row of the vocabulary's size."""
    busy: bool = True
    """A sample is being made on it, or it is about to be read."""
    reserve: int = 0
    """Cells promised for tokens still to come."""
    base: CachedSequence | None = None
    shared: int = 0
    tokens_to_come: Tokens[int] = ()
    """The whole prompt, while it waits to be read."""
    used: int = 0
    """When it was last of use, in ticks of the table."""

    @property
    def own(self) -> int:
        """Cells that no one counted before it."""
        return len(self.tokens) - self.shared


class SequenceTable:
    """The sequences 0..count-1 of one context of `cells` tokens.

    `unified`: cells are common property, and sharing is free. Else each sequence has `cells` of its
    own. `partial`: a sequence can be cut back (recurrent models cannot), so that a longer one can
    lend its beginning.
    """

    def __init__(self, count: int, cells: int, *, unified: bool, partial: bool = True) -> None:
        self.count, self.cells, self.unified, self.partial = count, cells, unified, partial
        self._free = set(range(count))
        self.live: list[CachedSequence] = []
        self._tick = 0

    @property
    def busy(self) -> int:
        """Sequences with a sample on them."""
        return sum(r.busy for r in self.live)

    @property
    def free(self) -> int:
        """Sequences that hold nothing."""
        return len(self._free)

    @property
    def promised(self) -> int:
        """Cells for tokens that samples are still to write."""
        return sum(r.reserve for r in self.live)

    def taken(self) -> int:
        """Distinct cells in use or promised, of a unified cache."""
        return sum(r.own + r.reserve for r in self.live)

    def fits(self, cells: int) -> bool:
        """Room for so many more cells, nothing evicted."""
        return not self.unified or self.taken() + cells <= self.cells

    def best(self, tokens: Tokens[int]) -> tuple[CachedSequence | None, int]:
        """The resident that has most of `tokens` at its beginning, and how many."""
        found: CachedSequence | None = None
        most = 0
        for r in self.live:
            n = common(r.tokens, tokens)
            if not self.partial and n < len(r.tokens):
                continue
            if n > most or (n == most and n and found and n in r.marks and n not in found.marks):
                found, most = r, n
        return found, most

    def add(self) -> CachedSequence | None:
        """A new, empty sequence, busy; None when all are taken."""
        if not self._free:
            return None
        lowest = min(self._free)  # separate buffers that follow each other are worked on together
        self._free.remove(lowest)
        resident = CachedSequence(lowest, used=self._now())
        self.live.append(resident)
        return resident

    def fork(self, source: CachedSequence, target: CachedSequence, tokens: int) -> None:
        """Note that `target` now begins with the first `tokens` of `source`."""
        target.tokens = source.tokens[:tokens]
        target.marks = {n: row for n, row in source.marks.items() if n <= tokens}
        target.base, target.shared = (source, tokens) if self.unified else (None, 0)
        source.used = self._now()

    def cut(self, resident: CachedSequence, tokens: int) -> None:
        """Note that only the first `tokens` are left."""
        heirs = [r for r in self.live if r.base is resident and r.shared > tokens]
        if heirs:  # the cells cut off live on in the longest heir
            heir = max(heirs, key=lambda r: r.shared)
            for r in heirs:
                if r is not heir:
                    r.base = heir
            if tokens > resident.shared or resident.base is None:
                heir.shared = tokens
            else:
                heir.base, heir.shared = resident.base, min(heir.shared, resident.shared)
        del resident.tokens[tokens:]
        resident.shared = min(resident.shared, tokens)
        resident.marks = {n: row for n, row in resident.marks.items() if n <= tokens}

    def remove(self, resident: CachedSequence) -> None:
        """Note that a sequence holds nothing any more."""
        heirs = [r for r in self.live if r.base is resident]
        self.live.remove(resident)
        self._free.add(resident.id)
        far = [r for r in heirs if r.shared > resident.shared]
        near = [r for r in heirs if r.shared <= resident.shared]
        for r in near:
            r.base = resident.base if r.shared else None
        if far:
            heir = max(far, key=lambda r: r.shared)
            for r in far:
                if r is not heir:
                    r.base = heir
            heir.base, heir.shared = resident.base, resident.shared

    def touch(self, resident: CachedSequence) -> None:
        resident.used = self._now()

    def lowest_idle(self, but: CachedSequence | None) -> CachedSequence | None:
        """The resident nobody works on, `but` one, that is in the way of the next sequence taken:
        it comes before every free one."""
        idle = min((r for r in self.idle() if r is not but), key=lambda r: r.id, default=None)
        return idle if idle and idle.id < min(self._free, default=self.count) else None

    def idle(self) -> list[CachedSequence]:
        """Sequences nobody works on, the longest unused first."""
        return sorted((r for r in self.live if not r.busy), key=lambda r: r.used)

    def _now(self) -> int:
        self._tick += 1
        return self._tick
