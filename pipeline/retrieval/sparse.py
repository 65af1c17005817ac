"""The sparse arms: BM25, weighted by bm25s when the index is made, looked up with numpy alone.

An arm on disk is four arrays: the sorted token ids (`token_id`), and a column of passage numbers
and BM25 weights for each. Opening it maps them; nothing is parsed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.text.tokens import token_id

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pipeline.checksums import CheckedFiles, Rows

__all__ = ["K1", "B", "SparseArm", "TokenTable", "build_sparse"]

K1 = 0.9
B = 0.4


class TokenTable:
    """Token ids of many passages, one after the other: `ids[offsets[i]:offsets[i + 1]]`."""

    def __init__(self, ids: NDArray[np.int64] | Rows, offsets: NDArray[np.int64]) -> None:
        self.ids = ids
        self.offsets = offsets

    @classmethod
    def from_tokens(cls, passages: Sequence[Sequence[str]]) -> TokenTable:
        import numpy as np

        names: dict[str, int] = {}
        flat: list[int] = []
        offsets = [0]
        for tokens in passages:
            for token in tokens:
                name = names.get(token)
                if name is None:
                    name = names[token] = token_id(token)
                flat.append(name)
            offsets.append(len(flat))
        return cls(np.asarray(flat, np.int64), np.asarray(offsets, np.int64))

    @classmethod
    def from_rows(cls, rows: Sequence[NDArray[np.int64]]) -> TokenTable:
        import numpy as np

        offsets = np.zeros(len(rows) + 1, np.int64)
        np.cumsum([len(row) for row in rows], out=offsets[1:])
        ids = np.concatenate(rows) if rows else np.zeros(0, np.int64)
        return cls(ids.astype(np.int64, copy=False), offsets)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, index: int) -> NDArray[np.int64]:
        return self.ids[self.offsets[index] : self.offsets[index + 1]]

    def save(self, folder: Path, name: str) -> None:
        import numpy as np

        np.save(folder / f"{name}.tokens.npy", np.asarray(self.ids), allow_pickle=False)
        np.save(folder / f"{name}.lengths.npy", self.offsets, allow_pickle=False)

    @classmethod
    def load(cls, files: CheckedFiles, name: str) -> TokenTable:
        return cls(files.rows(f"{name}.tokens.npy"), files.array(f"{name}.lengths.npy"))


@dataclass(frozen=True)
class SparseArm:
    """BM25 over `count` passages. `terms` is sorted; column i of the matrix is
    `docs[starts[i]:starts[i + 1]]` with `weights` beside it."""

    count: int
    mean_length: float
    terms: NDArray[np.int64]
    starts: NDArray[np.int64]
    docs: NDArray[np.int32] | Rows
    weights: NDArray[np.float32] | Rows

    def columns(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """The columns of the ids that the index knows."""
        import numpy as np

        if not len(self.terms) or not len(ids):
            return np.zeros(0, np.int64)
        at = np.searchsorted(self.terms, ids)
        at[at == len(self.terms)] = 0
        columns: NDArray[np.int64] = at[self.terms[at] == ids]
        return columns

    def passages_with(self, name: int) -> int:
        """How many passages have the token of that id."""
        import numpy as np

        columns = self.columns(np.asarray([name], np.int64))
        return sum(int(self.starts[at + 1] - self.starts[at]) for at in columns.tolist())

    def having(self, name: int) -> NDArray[np.int32]:
        """The numbers of the passages that have the token of that id."""
        import numpy as np

        columns = self.columns(np.asarray([name], np.int64)).tolist()
        parts = [self.docs[self.starts[at] : self.starts[at + 1]] for at in columns]
        return np.concatenate(parts) if parts else np.zeros(0, np.int32)

    def knows(self, token: str) -> bool:
        import numpy as np

        return len(self.columns(np.asarray([token_id(token)], np.int64))) > 0

    def scores(
        self, ids: NDArray[np.int64], boosts: NDArray[np.float32] | None = None
    ) -> NDArray[np.float32]:
        """BM25 of every passage for a question's token ids (a repeated token counts again).

        `boosts`, one a token, multiply what the token adds.
        """
        import numpy as np

        found = np.zeros(self.count, np.float32)
        unique, where, times = np.unique(ids, return_inverse=True, return_counts=True)
        factors = times.astype(np.float32)
        if boosts is not None:
            factors = np.zeros(len(unique), np.float32)
            np.add.at(factors, where, boosts)
        for name, factor in zip(unique, factors, strict=True):
            for column in self.columns(np.asarray([name], np.int64)):
                start, end = self.starts[column], self.starts[column + 1]
                found[self.docs[start:end]] += factor * self.weights[start:end]
        return found

    def overlap(self, ids: NDArray[np.int64]) -> tuple[float, float]:
        """The weight of the tokens that the index knows, each counted once and rare ones more (a
        token of one passage is 1): of all of them, and the most that one passage has of them."""
        import numpy as np

        whole, found = 0.0, np.zeros(self.count, np.float32)
        for column in self.columns(np.unique(ids)):
            docs = self.docs[self.starts[column] : self.starts[column + 1]]
            weight = _rarity(self.count, len(docs)) / _rarity(self.count, 1)
            whole += weight
            found[docs] += weight
        return whole, float(found.max(initial=0.0))

    def score_one(self, ids: NDArray[np.int64], passage: NDArray[np.int64]) -> float:
        """BM25 of a passage that is not in the index (one with a sentence hidden), with the
        document frequencies of the index."""
        import numpy as np

        total = 0.0
        length = K1 * (1 - B + B * len(passage) / max(self.mean_length, 1e-9))
        for name, times in zip(*np.unique(ids, return_counts=True), strict=True):
            column = self.columns(np.asarray([name], np.int64))
            frequency = int((passage == name).sum())
            if len(column) and frequency:
                seen = int(self.starts[column[0] + 1] - self.starts[column[0]])
                rarity = _rarity(self.count, seen)
                total += float(times) * rarity * frequency / (frequency + length)
        return total

    def save(self, folder: Path, name: str) -> None:
        import numpy as np

        for part in ("terms", "starts", "docs", "weights"):
            np.save(folder / f"{name}.{part}.npy", getattr(self, part), allow_pickle=False)

    @classmethod
    def load(cls, files: CheckedFiles, name: str, count: int, mean_length: float) -> SparseArm:
        """What `save` wrote: the columns that questions do not ask for are never read."""
        whole = [files.array(f"{name}.{part}.npy") for part in ("terms", "starts")]
        parts = [files.rows(f"{name}.{part}.npy") for part in ("docs", "weights")]
        return cls(count, mean_length, whole[0], whole[1], parts[0], parts[1])


def _rarity(count: int, seen: int) -> float:
    """The inverse document frequency of a token that `seen` of `count` passages have."""
    return math.log(1 + (count - seen + 0.5) / (seen + 0.5))


def build_sparse(table: TokenTable) -> SparseArm:
    """Weigh the tokens of every passage (BM25 as Lucene has it, k1 0.9, b 0.4)."""
    import numpy as np

    terms, compact = np.unique(np.asarray(table.ids), return_inverse=True)
    count = len(table)
    if not len(terms):
        return SparseArm(
            count,
            0.0,
            np.zeros(0, np.int64),
            np.zeros(1, np.int64),
            np.zeros(0, np.int32),
            np.zeros(0, np.float32),
        )
    import bm25s

    flat = compact.tolist()
    bounds = table.offsets.tolist()
    rows = [flat[bounds[i] : bounds[i + 1]] for i in range(count)]
    model = bm25s.BM25(k1=K1, b=B, method="lucene")
    matrix = model.build_index_from_ids(list(range(len(terms))), rows, show_progress=False)
    return SparseArm(
        count,
        float(np.diff(table.offsets).mean()),
        terms.astype(np.int64),
        np.asarray(matrix["indptr"], np.int64),
        np.asarray(matrix["indices"], np.int32),
        np.asarray(matrix["data"], np.float32),
    )
