"""The embedder: the multilingual model of `nano`, or any sentence-transformers model. Loaded only
when passages must be embedded."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from pipeline.errors import ConfigError, ModelError, filled
from pipeline.retrieval.identity import locate_embedder
from pipeline.retrieval.nano import MODEL_FILE, NanoEmbedder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pipeline.config import Config

__all__ = ["Embedder", "TextEmbedder", "locate_embedder", "open_embedder"]

_TOKENS_A_BATCH = 2048
_CHARACTERS_A_TOKEN = 4


class TextEmbedder(Protocol):
    """What every embedder does. `dimension` numbers a text."""

    place: str
    dimension: int

    @property
    def max_tokens(self) -> int:
        """Tokens of a text that are read at once."""

    def fingerprint(self) -> dict[str, Any]:
        """All that shapes a vector, for the manifest."""

    def passages(
        self, texts: Sequence[str], progress: Callable[[int, int], None] | None = None
    ) -> NDArray[np.float32]:
        """Vectors of passages, shape (len(texts), dimension)."""

    def questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of questions, shape (len(texts), dimension)."""

    def windows(self, text: str) -> list[tuple[NDArray[np.float32], int]]:
        """The vectors of a question of any length, a window of tokens each, with their tokens."""


def open_embedder(config: Config) -> TextEmbedder:
    """The configured embedder, loaded. Raises ModelError where it cannot be."""
    place = Path(locate_embedder(config))
    if place.name != MODEL_FILE or not place.is_file():
        return Embedder(config)
    settings = config.settings.embedder
    if settings.query_prompt or settings.passage_prompt:
        raise ConfigError(
            "embedder: the multilingual model puts its own prompts before every text.",
            "Leave query_prompt and passage_prompt empty.",
        )
    return NanoEmbedder(place)


class Embedder:
    """A loaded sentence-transformers model; vectors of a cosine model have length 1."""

    def __init__(self, config: Config) -> None:
        """Raises ModelError where the model cannot be loaded."""
        self.place = locate_embedder(config)
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        try:
            from sentence_transformers import SentenceTransformer
            from transformers.utils import logging as transformers_logging

            quiet: Any = transformers_logging.disable_progress_bar
            quiet()  # it would draw over our own
            self.model: Any = SentenceTransformer(self.place, trust_remote_code=False)
        except Exception as error:
            reason = (
                str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            )
            raise ModelError(
                filled(
                    "embedder.model: {name} cannot be loaded ({why}).", name=self.place, why=reason
                ),
                "Name a sentence-transformers model or its folder.",
            ) from error
        settings = config.settings.embedder
        own = dict(getattr(self.model, "prompts", None) or {})
        self.query_prompt: str = settings.query_prompt or own.get("query") or ""
        self.passage_prompt: str = (
            settings.passage_prompt or own.get("passage") or own.get("document") or ""
        )
        self.cosine = str(getattr(self.model, "similarity_fn_name", "cosine")) != "dot"
        self.dimension = int(self._encode(["a"]).shape[1])
        self._half: bool | None = None

    def fingerprint(self) -> dict[str, Any]:
        """SHA-256 of the weights, and all that shapes a vector, for the manifest."""
        digest = hashlib.sha256()
        for name, tensor in sorted(self.model.state_dict().items()):
            digest.update(name.encode())
            digest.update(tensor.detach().cpu().contiguous().view(-1).numpy().tobytes())
        return {
            "weights": digest.hexdigest(),
            "query_prompt": self.query_prompt,
            "passage_prompt": self.passage_prompt,
            "pooling": self.pooling,
            "max_tokens": self.max_tokens,
            "cosine": self.cosine,
            "dimension": self.dimension,
            "tokenizer": hashlib.sha256(self._tokenizer_text().encode()).hexdigest(),
        }

    @property
    def pooling(self) -> str:
        for module in self.model:
            mode = getattr(module, "pooling_mode", None)
            if isinstance(mode, str):
                return mode
            if hasattr(module, "get_pooling_mode_str"):
                return str(module.get_pooling_mode_str())
        return ""

    @property
    def max_tokens(self) -> int:
        return int(self.model.max_seq_length or 512)

    @property
    def modules(self) -> list[str]:
        return [type(module).__name__ for module in self.model]

    def _tokenizer_text(self) -> str:
        backend = getattr(self.model.tokenizer, "backend_tokenizer", None)
        return str(backend.to_str()) if backend is not None else repr(self.model.tokenizer)

    def passages(
        self, texts: Sequence[str], progress: Callable[[int, int], None] | None = None
    ) -> NDArray[np.float32]:
        """Vectors of passages, shape (len(texts), dimension)."""
        return self._many([self.passage_prompt + text for text in texts], progress)

    def questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of questions, shape (len(texts), dimension)."""
        return self._many([self.query_prompt + text for text in texts], None)

    def windows(self, text: str) -> list[tuple[NDArray[np.float32], int]]:
        """The vectors of a question of any length, a window of tokens each, with their tokens."""
        text = self.query_prompt + text
        cut = self.model.tokenizer(
            text,
            truncation=True,
            max_length=self.max_tokens,
            return_overflowing_tokens=True,
            return_offsets_mapping=True,
        )
        pieces = []
        for spans in cut["offset_mapping"]:
            inside = [(start, end) for start, end in spans if end > start] or [(0, len(text))]
            pieces.append(text[inside[0][0] : inside[-1][1]])
        vectors = self._many(pieces, None)
        return [(v, len(ids)) for v, ids in zip(vectors, cut["input_ids"], strict=True)]

    def _encode(self, texts: list[str], half: bool = False) -> NDArray[np.float32]:
        import contextlib

        import numpy as np
        import torch

        precision: Any = (
            torch.autocast("cpu", dtype=torch.bfloat16) if half else contextlib.nullcontext()
        )
        with precision:
            vectors = self.model.encode(
                texts,
                batch_size=max(1, len(texts)) if self._on_cpu else 32,
                show_progress_bar=False,
                convert_to_numpy=True,
                normalize_embeddings=self.cosine,
            )
        return np.asarray(vectors, np.float32)

    @property
    def _on_cpu(self) -> bool:
        return str(self.model.device) == "cpu"

    def _many(
        self, texts: list[str], progress: Callable[[int, int], None] | None
    ) -> NDArray[np.float32]:
        """Longest first, in batches of about as many tokens each, so that little is padding."""
        import numpy as np

        found = np.zeros((len(texts), self.dimension), np.float32)
        order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
        at = 0
        while at < len(order):
            length = min(self.max_tokens, len(texts[order[at]]) // _CHARACTERS_A_TOKEN + 2)
            size = max(1, min(64, _TOKENS_A_BATCH // length)) if self._on_cpu else 1024
            batch = order[at : at + size]
            found[batch] = self._batch([texts[i] for i in batch], last=at + size >= len(order))
            at += size
            if progress is not None:
                progress(min(at, len(order)), len(order))
        return found

    def _batch(self, texts: list[str], last: bool) -> NDArray[np.float32]:
        """One batch; the first full one tries 16-bit arithmetic, which is used from then on where
        this machine is faster with it and it gives the same vectors (cosine 0.999)."""
        if self._half is None and self._on_cpu and len(texts) > 1 and not last:
            self._encode(texts[:1])
            start = time.perf_counter()
            whole = self._encode(texts)
            middle = time.perf_counter()
            self._encode(texts[:1], half=True)
            begin = time.perf_counter()
            half = self._encode(texts, half=True)
            end = time.perf_counter()
            same = (whole * half).sum(1) >= 0.999 * (whole * whole).sum(1)
            self._half = bool(same.all()) and end - begin < 0.9 * (middle - start)
            return whole
        return self._encode(texts, half=bool(self._half))
