"""The dense arm on disk: a FAISS index chosen by size, opened memory-mapped.

One vector a sentence (see `sentences`). Up to 100,000: flat, exact. Up to 400,000: HNSW. Above: IVF
with product quantisation, its candidates scored again with the exact vectors, kept beside it in 16
bits.
"""

from __future__ import annotations

import os
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Literal

from pipeline.errors import IndexError_, filled

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pipeline.checksums import CheckedFiles

    Array = NDArray[np.float32]

__all__ = ["DenseArm", "VectorIndexKind", "build_dense", "kind_for"]

VectorIndexKind = Literal["flat", "hnsw", "ivfpq"]
_FLAT_UP_TO = 100_000
_HNSW_UP_TO = 400_000


def kind_for(count: int) -> VectorIndexKind:
    """The FAISS index for so many vectors."""
    if count <= _FLAT_UP_TO:
        return "flat"
    return "hnsw" if count <= _HNSW_UP_TO else "ivfpq"


def build_dense(
    folder: Path, vectors: Array, kind: VectorIndexKind | None = None
) -> VectorIndexKind:
    """Write `dense.faiss` (and `vectors.npy`, 16 bits, where it is not exact). Inner product.

    `vectors` has the shape (passages, dimension).
    """
    import numpy as np

    faiss = _faiss()
    count, dimension = vectors.shape
    kind = kind or kind_for(count)
    inner = faiss.METRIC_INNER_PRODUCT
    if kind == "flat":
        index: Any = faiss.IndexFlatIP(dimension)
    elif kind == "hnsw":
        index = faiss.IndexHNSWSQ(dimension, faiss.ScalarQuantizer.QT_fp16, 32, inner)
        index.hnsw.efConstruction = 60
        index.train(vectors[:1])
    else:
        lists = 1 << max(4, int(np.log2(max(count, 64) ** 0.5 * 2)))
        parts = next(m for m in (96, 64, 48, 32, 16, 8, 4, 2, 1) if dimension % m == 0)
        index = faiss.index_factory(dimension, f"IVF{lists},PQ{parts}x4fs", inner)
        sample = np.random.default_rng(0).permutation(count)[: min(count, lists * 50)]
        index.cp.niter = 10
        index.train(np.ascontiguousarray(vectors[np.sort(sample)], np.float32))
    for start in range(0, count, 65_536):
        index.add(np.ascontiguousarray(vectors[start : start + 65_536], np.float32))
    if kind != "flat":
        np.save(folder / "vectors.npy", vectors.astype(np.float16), allow_pickle=False)
    _write(index, folder / "dense.faiss")
    return kind


def _faiss() -> Any:
    """The module, as untyped as it is."""
    import faiss

    return faiss


def _plain(path: PurePath, system: str = os.name) -> bool:
    """FAISS opens files by C strings, which on Windows must be ASCII."""
    return system != "nt" or str(path).isascii()


def _write(index: Any, path: Path) -> None:
    faiss = _faiss()
    if _plain(path):
        faiss.write_index(index, str(path))
    else:
        with path.open("wb") as file:
            faiss.write_index(index, faiss.PyCallbackIOWriter(file.write))


def _read(path: Path, kind: VectorIndexKind) -> Any:
    faiss = _faiss()
    if not _plain(path):
        with path.open("rb") as file:
            return faiss.read_index(faiss.PyCallbackIOReader(file.read))
    flags = faiss.IO_FLAG_MMAP if kind == "ivfpq" else getattr(faiss, "IO_FLAG_MMAP_IFC", 0)
    return faiss.read_index(str(path), flags)


class DenseArm:
    """Vectors searched by inner product. Raises IndexError_ where the files are damaged."""

    def __init__(
        self, files: CheckedFiles, kind: VectorIndexKind, count: int, dimension: int
    ) -> None:
        files.check("dense.faiss")  # FAISS itself may crash on a damaged file
        faiss = _faiss()
        self.kind: VectorIndexKind = kind
        self.count = count
        self.dimension = dimension
        path = files.folder / "dense.faiss"
        try:
            self._index = _read(path, kind)
            if (self._index.ntotal, self._index.d) != (count, dimension):
                raise ValueError(f"{self._index.ntotal} vectors of {self._index.d} numbers")
            if kind == "flat":
                data = faiss.rev_swig_ptr(self._index.get_xb(), count * dimension)
                self.vectors: Any = data.reshape(count, dimension)
            else:
                self.vectors = files.rows("vectors.npy")
                if self.vectors.shape != (count, dimension):
                    raise ValueError("vectors.npy has another shape")
        except (RuntimeError, OSError, ValueError) as error:
            reason = str(error).strip().splitlines()[-1]
            raise IndexError_(
                filled("{path}: the dense index is damaged ({why}).", path=path, why=reason),
                "Run `thinkscale index --rebuild`.",
            ) from None
        if kind == "hnsw":
            self._index.hnsw.efSearch = 256
        elif kind == "ivfpq":
            # Vectors of texts lie in few dimensions but not in clusters, so many lists are looked
            # into; with 4-bit codes a list costs little.
            self._index.nprobe = max(8, self._index.nlist * 3 // 8)

    def all_scores(self, vector: Array) -> Array:
        """The score of every passage, shape (count,): exact, and only for a flat index."""
        import numpy as np

        return np.asarray(self.vectors @ vector, np.float32)

    def score(self, vector: Array, ids: NDArray[np.int64]) -> Array:
        """Exact scores of some passages."""
        import numpy as np

        return np.asarray(self.vectors[ids].astype(np.float32) @ vector, np.float32)

    def nearest(self, vector: Array, k: int) -> tuple[NDArray[np.int64], Array]:
        """The best k passages and their scores, best first."""
        import numpy as np

        k = min(k, self.count)
        wide = k if self.kind == "flat" else max(4 * k, 256)
        _, found = self._index.search(
            np.ascontiguousarray(vector[None], np.float32), min(wide, self.count)
        )
        ids = found[0][found[0] >= 0]
        ids = np.sort(ids)  # in file order, so that mapped pages are read once
        scores = self.score(vector, ids)
        order = np.argsort(-scores, kind="stable")[:k]
        return ids[order], scores[order]
