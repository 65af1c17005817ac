"""The arms of an index while it is made: tokens and vectors of each passage, reused where the
passage has not changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.retrieval.checkpoint import embed_texts
from pipeline.retrieval.morphemes import Lexicon, Morphemes, Runs
from pipeline.retrieval.sentence_search import SentenceVectors, language_codes, sentence_texts
from pipeline.retrieval.sparse import SparseArm, TokenTable, build_sparse
from pipeline.text.tokens import fold, gram_tokens
from pipeline.types import Passage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pipeline.retrieval.embedder import TextEmbedder
    from pipeline.retrieval.index import Index

__all__ = ["Sparse", "build_sparse_arms", "build_vectors", "passage_keys", "reuse_map"]


def passage_keys(passages: Sequence[Passage]) -> NDArray[np.int64]:
    """A 63-bit name for what the arms see of each passage: its headings and text."""
    import numpy as np

    names = [
        int.from_bytes(
            blake2b(
                "\0".join((*p.headings, p.text)).encode("utf-8", "surrogatepass"), digest_size=8
            ).digest(),
            "little",
        )
        >> 1
        for p in passages
    ]
    return np.asarray(names, np.int64)


def reuse_map(keys: NDArray[np.int64], old: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each key the row of the old index that has it, or -1."""
    import numpy as np

    if not len(old):
        return np.full(len(keys), -1, np.int64)
    order = np.argsort(old)
    at = np.minimum(np.searchsorted(old, keys, sorter=order), len(old) - 1)
    rows = order[at]
    return np.where(old[rows] == keys, rows, -1).astype(np.int64)


@dataclass(frozen=True)
class Sparse:
    """The sparse arms by name, the tokens of every passage, and the lexicon of Korean runs."""

    arms: dict[str, SparseArm]
    tables: dict[str, TokenTable]
    lexicon: Lexicon

    def save(self, folder: Path) -> None:
        for name, arm in self.arms.items():
            arm.save(folder, name)
            self.tables[name].save(folder, name)
        self.lexicon.save(folder)


def build_sparse_arms(
    passages: Sequence[Passage], rows: NDArray[np.int64], old: Index | None, morphemes: Morphemes
) -> Sparse:
    """Tokenise the new passages and weigh all. `rows` is a reuse map into `old`."""
    import numpy as np

    new = np.flatnonzero(rows < 0).tolist()
    runs: Runs = {}
    texts = [passages[i].text for i in new]
    headings = [" ".join(passages[i].headings) for i in new]
    both = morphemes.tokens([*texts, *headings], runs)
    fresh = {
        "words": TokenTable.from_tokens(both[: len(texts)]),
        "grams": TokenTable.from_tokens([gram_tokens(fold(text)) for text in texts]),
        "headings": TokenTable.from_tokens(both[len(texts) :]),
    }
    tables = {}
    for name, table in fresh.items():
        merged = [np.zeros(0, np.int64)] * len(passages)
        for at, i in enumerate(new):
            merged[i] = table[at]
        if old is not None and len(new) < len(passages):
            before = TokenTable.load(old.files, name)
            for i in np.flatnonzero(rows >= 0).tolist():
                merged[i] = np.asarray(before[int(rows[i])])
        tables[name] = TokenTable.from_rows(merged)
    known = Lexicon.load(old.files) if old is not None else None
    arms = {name: build_sparse(table) for name, table in tables.items()}
    return Sparse(arms, tables, Lexicon.from_runs(runs, known))


def build_vectors(
    passages: Sequence[Passage],
    rows: NDArray[np.int64],
    old: Index | None,
    embedder: Callable[[], TextEmbedder],
    dimension: int,
    progress: Callable[[int, int], None] | None,
    root: Path | None = None,
) -> SentenceVectors:
    """Vectors of the sentences of all passages, only the new ones embedded. `embedder` is called
    where there are any; else `dimension` says the width. `root` as for `embed_texts`."""
    import numpy as np

    new = np.flatnonzero(rows < 0).tolist()
    texts = {i: sentence_texts(passages[i]) for i in new}
    kept = old.sentences if old is not None and len(new) < len(passages) else None
    sizes = np.zeros(len(passages) + 1, np.int64)
    for i in range(len(passages)):
        sizes[i + 1] = len(texts[i]) if kept is None or i in texts else kept.size(int(rows[i]))
    starts = np.cumsum(sizes)
    if new:
        model = embedder()
        flat = [text for i in new for text in texts[i]]
        once = {text: row for row, text in enumerate(dict.fromkeys(flat))}
        fresh = embed_texts(list(once), model, root, progress)[[once[text] for text in flat]]
        dimension = model.dimension
    vectors = np.zeros((int(starts[-1]), dimension), np.float32)
    at = 0
    for i in range(len(passages)):
        if i in texts:
            vectors[starts[i] : starts[i + 1]] = fresh[at : at + len(texts[i])]
            at += len(texts[i])
        elif kept is not None:
            vectors[starts[i] : starts[i + 1]] = kept.of(int(rows[i]))
    return SentenceVectors(vectors, starts, language_codes(passages))
