"""A context that holds what llama.cpp's would, by hand: for tests of what is put into it."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

VOCABULARY = 8


def row(path: Sequence[int]) -> npt.NDArray[np.float32]:
    """The logits after some tokens: any numbers that depend on them all."""
    seed = zlib.crc32(np.asarray(path, np.int32).tobytes())
    return np.random.default_rng(seed).normal(0, 2, VOCABULARY).astype(np.float32)


def loglikelihood(prompt: Sequence[int], text: Sequence[int]) -> float:
    """Of a text after a prompt, token by token."""
    total = 0.0
    for i, token in enumerate(text):
        logits = row([*prompt, *text[:i]]).astype(np.float64)
        total += float(logits[token] - np.log(np.exp(logits).sum()))
    return total


@dataclass(eq=False)
class Cell:
    token: int
    position: int
    sequences: set[int]


class SmallContext:
    """Logits are those of `row`. Refuses what llama.cpp refuses: positions with a gap, a token in
    sequences that differ, more cells than there are."""

    def __init__(self, cells: int, sequences: int, *, unified: bool, partial: bool) -> None:
        self.cells, self.sequences, self.batch = cells, sequences, 512
        self._unified, self._partial = unified, partial
        self.token, self.pos, self.seq = (np.zeros(512, np.int32) for _ in range(3))
        self.wanted = np.zeros(512, np.int8)
        self.held: list[Cell] = []
        self.decoded = 0
        self._rows: list[npt.NDArray[np.float32]] = []

    def path(self, sequence: int) -> list[int]:
        """The tokens of a sequence."""
        mine = sorted(
            (cell for cell in self.held if sequence in cell.sequences), key=lambda c: c.position
        )
        assert [cell.position for cell in mine] == list(range(len(mine)))
        return [cell.token for cell in mine]

    def decode(self, n: int) -> int:
        return self._decode([[int(one)] for one in self.seq[:n]])

    def decode_shared(self, sets: Sequence[Sequence[int]]) -> int:
        assert self._unified
        assert self._partial
        return self._decode(sets)

    def _decode(self, sets: Sequence[Sequence[int]]) -> int:
        own = [0] * self.sequences
        for cell in self.held:
            for sequence in cell.sequences:
                own[sequence] += 1
        for some in sets:
            for sequence in some:
                own[sequence] += 1
        fuller = len(self.held) + len(sets) > self.cells if self._unified else max(own) > self.cells
        if fuller:
            return 1
        self._rows = []
        for i, some in enumerate(sets):
            assert len({tuple(self.path(one)) for one in some}) == 1
            path = self.path(some[0])
            assert self.pos[i] == len(path)
            token = int(self.token[i])
            self.held.append(Cell(token, len(path), set(some)))
            if self.wanted[i]:
                self._rows.append(row([*path, token]))
        self.decoded += len(sets)
        return 0

    def logits(self, rows: int) -> npt.NDArray[np.float32]:
        return np.array(self._rows[:rows])

    def copy(self, source: int, target: int, tokens: int) -> None:
        assert not self.path(target)
        assert len(self.path(source)) >= tokens
        assert self._partial or len(self.path(source)) == tokens
        for cell in list(self.held):
            if source in cell.sequences and cell.position < tokens:
                if self._unified:
                    cell.sequences.add(target)
                else:
                    self.held.append(Cell(cell.token, cell.position, {target}))

    def cut(self, sequence: int, tokens: int) -> bool:
        assert self._partial
        self._remove(sequence, tokens)
        return True

    def drop(self, sequence: int) -> None:
        self._remove(sequence, 0)

    def _remove(self, sequence: int, after: int) -> None:
        for cell in self.held:
            if cell.position >= after:
                cell.sequences.discard(sequence)
        self.held = [cell for cell in self.held if cell.sequences]

    def length(self, sequence: int) -> int:
        return len(self.path(sequence))

    def close(self) -> None:
        self.held = []


class SmallScheduler:
    """What a scorer uses of a scheduler. `steps`: the running samples go on so often, and then one
    gives its cells back."""

    def __init__(self, cache: Any, prefiller: Any, stats: Any, gauge: Any) -> None:
        self.cache, self.prefiller, self.stats, self.gauge = cache, prefiller, stats, gauge
        self.running: list[Any] = []
        self.steps = 0

    def go_on(self) -> bool:
        if not self.running:
            return False
        self.steps += 1
        seat = self.running.pop()
        seat.busy, seat.reserve = False, 0
        return True
