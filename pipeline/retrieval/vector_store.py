"""The dense arm in another store: any langchain-core VectorStore named in the configuration.

The vectors are made here, by the same embedder and prompts; the store only keeps and compares
them. Each entry is one passage, with its number and the name of the generation as metadata, so a
search of one generation never meets the vectors of another.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pipeline.errors import ConfigError, IndexError_, filled

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pipeline.config import Config

    Array = NDArray[np.float32]

__all__ = ["StoreArm"]

_BATCH = 500
_PROBES = 5
_EMBEDDER_NAMES = ("embedding_function", "embedding", "embeddings")

# What stores call a score, as the inner product it stands for (vectors of length 1).
_READINGS: dict[str, Callable[[float], float]] = {
    "inner product": lambda s: s,
    "cosine distance": lambda s: 1 - s,
    "squared distance": lambda s: 1 - s / 2,
    "distance": lambda s: 1 - s * s / 2,
    "inner product from 0 to 1": lambda s: 2 * s - 1,
    "negative inner product": lambda s: -s,
}


def _embeddings(vectors: dict[str, list[float]]) -> Any:
    """A langchain-core Embeddings that gives back vectors already made, by their text."""
    from langchain_core.embeddings import Embeddings

    class Given(Embeddings):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return [vectors[text] for text in texts]

        def embed_query(self, text: str) -> list[float]:
            return vectors[text]

    return Given()


class StoreArm:
    """Nearest passages by a VectorStore."""

    def __init__(
        self, store: Any, vectors: dict[str, list[float]], count: int, reading: str
    ) -> None:
        self._store = store
        self._vectors = vectors
        self._count = count
        self.reading = reading

    @classmethod
    def connect(cls, config: Config, collection: str, count: int, reading: str = "") -> StoreArm:
        """Reach the store of the configuration.

        `collection` names what belongs to one generation and is handed over as `collection_name`.
        Raises ConfigError where the class cannot be made.
        """
        settings = config.settings.retrieval.store
        module, _, name = settings.type.rpartition(".")
        vectors: dict[str, list[float]] = {}
        arguments = {**settings.arguments, "collection_name": collection}
        try:
            kind = getattr(importlib.import_module(module), name)
        except (ImportError, AttributeError, ValueError) as error:
            raise ConfigError(
                filled(
                    "retrieval.store.type: there is no {store} here ({error}).",
                    store=repr(settings.type),
                    error=error,
                ),
                "Install its package, or mend the name (`module.Class`).",
            ) from None
        try:
            accepted = inspect.signature(kind).parameters
            embedder = next((e for e in _EMBEDDER_NAMES if e in accepted), _EMBEDDER_NAMES[0])
            store = kind(**{embedder: _embeddings(vectors)}, **arguments)
        except Exception as error:
            raise ConfigError(
                filled(
                    "retrieval.store: {store} cannot be reached ({why}).",
                    store=settings.type,
                    why=_words(error),
                ),
                "Check retrieval.store.arguments, and that the store runs.",
            ) from error
        return cls(store, vectors, count, reading)

    @classmethod
    def open(cls, config: Config, manifest: dict[str, Any]) -> StoreArm:
        """The store that the index's vectors were put in."""
        facts = manifest["dense"]
        return cls.connect(config, facts["collection"], int(facts["count"]), facts["reading"])

    def fill(self, vectors: Array) -> None:
        """Put in the vectors of all passages, shape (passages, dimension), and find out what the
        store's scores mean by comparing some with inner products that are known.

        Raises IndexError_ where they mean nothing known.
        """
        for start in range(0, len(vectors), _BATCH):
            rows = range(start, min(start + _BATCH, len(vectors)))
            names = [f"passage {row}" for row in rows]
            self._vectors.update(zip(names, vectors[start : rows.stop].tolist(), strict=True))
            self._call("add_texts", names, metadatas=[{"row": row} for row in rows], ids=names)
            self._vectors.clear()
        errors = dict.fromkeys(_READINGS, 0.0)
        for row in range(0, len(vectors), max(1, len(vectors) // _PROBES)):
            for other, score in self._search(vectors[row], 10):
                known = float(vectors[row] @ vectors[other])
                for name, read in _READINGS.items():
                    errors[name] = max(errors[name], abs(read(score) - known))
        self.reading = min(errors, key=errors.__getitem__)
        if errors[self.reading] > 0.02:
            raise IndexError_(
                filled(
                    "retrieval.store: scores of {store} are of no known kind.",
                    store=type(self._store).__name__,
                ),
                "Configure it for cosine or inner product.",
            )

    def nearest(self, vector: Array, k: int) -> tuple[NDArray[np.int64], Array]:
        """The numbers of the nearest passages and their inner products, best first."""
        import numpy as np

        read = _READINGS[self.reading]
        found = [(row, read(score)) for row, score in self._search(vector, min(k, self._count))]
        rows = np.asarray([row for row, _ in found], np.int64)
        return rows, np.asarray([score for _, score in found], np.float32)

    def _search(self, vector: Array, k: int) -> list[tuple[int, float]]:
        self._vectors["question"] = vector.tolist()
        found = self._call("similarity_search_with_score", "question", k=min(k, self._count))
        return [(int(document.metadata["row"]), float(score)) for document, score in found]

    def remove(self) -> None:
        """Take this collection out of the store, where the store knows how."""
        for name in ("delete_collection", "drop"):
            if hasattr(self._store, name):
                self._call(name)
                return

    def _call(self, name: str, *values: Any, **named: Any) -> Any:
        try:
            return getattr(self._store, name)(*values, **named)
        except Exception as error:
            raise IndexError_(
                filled(
                    "retrieval.store: {store}.{method} failed ({why}).",
                    store=type(self._store).__name__,
                    method=name,
                    why=_words(error),
                ),
                "Check that the store runs, then run `thinkscale index --rebuild`.",
            ) from error


def _words(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
