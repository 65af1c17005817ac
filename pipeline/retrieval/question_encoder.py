"""From the text of a question to its vector, by an index's encoder; torch only where it must be."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from pipeline.errors import filled
from pipeline.retrieval import store

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pipeline.config import Config

    Array = NDArray[np.float32]

__all__ = ["QuestionEncoder"]


class QuestionEncoder:
    """The encoder that an index of this manifest has. `notices` gets the lines that a person should
    see: that torch had to be loaded, that a damaged encoder was made anew."""

    def __init__(self, config: Config, manifest: dict[str, Any], notices: list[str]) -> None:
        self._config, self._manifest, self._notices = config, manifest, notices
        self._latest = lru_cache(64)(self._vector)

    def embed(self, text: str) -> Array:
        """The vector of a question or a word, shape (dimension,); the latest are remembered."""
        return self._latest(text)

    def embed_long(self, text: str) -> tuple[Array, int]:
        """The vector of a text of any length, and how many tokens it has. Of a text longer than the
        embedder reads it is the mean of its windows' vectors, weighed by their tokens."""
        import numpy as np

        found = self._encoded(1, text)
        vectors, tokens = np.stack([v for v, _ in found]), np.array([n for _, n in found])
        if len(found) == 1:
            return vectors[0], int(tokens[0])
        mean = (vectors * tokens[:, None]).sum(0) / tokens.sum()
        length = float(np.linalg.norm(vectors, axis=1).mean())
        mean *= length / max(float(np.linalg.norm(mean)), 1e-12)
        return np.asarray(mean, np.float32), int(tokens.sum())

    def _vector(self, text: str) -> Array:
        found: Array = self._encoded(0, text)
        return found

    @cached_property
    def _ways(self) -> tuple[Callable[[str], Array], Callable[[str], list[tuple[Array, int]]]]:
        """From a question to its vector; and to those of its windows, with their tokens."""
        facts = self._manifest["encoder"]
        prompt = self._manifest["embedder"]["fingerprint"]["query_prompt"]
        if facts["kind"] == "light":
            from pipeline.retrieval.encoder import LightEncoder

            light = LightEncoder(store.encoder_folder(self._config.index_path, facts["name"]))
            return lambda q: light.encode(prompt + q), lambda q: light.windows(prompt + q)
        from pipeline.retrieval.embedder import open_embedder

        if facts["kind"] == "torch":
            self._notices.append(
                filled(
                    "Questions are embedded with torch, which is slow to start: {why}.",
                    why=facts["why"],
                )
            )
        embedder = open_embedder(self._config)
        return lambda q: embedder.questions([q])[0], embedder.windows

    def _encoded(self, way: int, text: str) -> Any:
        """What the encoder makes of a text; a damaged one is made anew."""
        try:
            return self._ways[way](text)
        except store.DamagedEncoder as error:
            from pipeline.retrieval.encoder_export import remake_encoder

            self.__dict__.pop("_ways", None)
            remake_encoder(self._config, self._manifest)
            self._notices.append(filled("{file} It has been made anew.", file=error.what))
            return self._ways[way](text)
