"""Many texts at once through the multilingual model, in numpy.

The C engine multiplies 4-bit weights by 8-bit activations, about a quarter as fast as a BLAS
library multiplies the same weights written out as 32-bit numbers. Writing them out takes a second,
so single texts stay with the engine. The vectors are the engine's but for its rounding of
activations (cosine above 0.999, which is checked on the first texts of each run).

The forward pass is that of BERT (arXiv:1810.04805). The texts of a batch stand behind each other
without padding, so that one product serves them all; attention takes those of a length together.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.retrieval.nano_file import NanoFile, NanoTokenizer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float32]

__all__ = ["NanoBatches"]

_TOKENS_A_BATCH = 512
_ROWS_AT_ONCE = 64
"""Of an activation: what the processor's own cache holds."""
_GELU = (-2 * 0.7978845608028654, -2 * 0.7978845608028654 * 0.044715)


class NanoBatches:
    """The model's weights as 32-bit numbers (85 MB) and its tokenizer."""

    def __init__(self, path: Path) -> None:
        """Raises ValueError, struct.error or KeyError where the file is of another form."""
        from threadpoolctl import ThreadpoolController

        self._blas = ThreadpoolController()
        self._file = file = NanoFile(path)
        self._tokenizer = NanoTokenizer(file)
        self._positions = file.numbers("emb.pos").reshape(-1, file.width)
        self._type = file.numbers("emb.type")[: file.width]
        self._norm = (file.numbers("emb.ln.w"), file.numbers("emb.ln.b"))
        self._layers = [_layer(file, i) for i in range(file.layers)]
        self._own = threading.local()

    def vectors(
        self,
        texts: Sequence[str],
        workers: int,
        progress: Callable[[int, int], None] | None = None,
    ) -> Array:
        """Vectors of length 1, shape (len(texts), width). `texts` have their prompt in front; one
        that is longer than the model reads is taken in parts, the mean weighed by their tokens."""
        import numpy as np

        room = self._file.positions - 2
        parts: list[tuple[int, Sequence[int]]] = []
        for i, text in enumerate(texts):
            ids = self._tokenizer.ids(text)
            parts += [(i, ids[at : at + room]) for at in range(0, max(len(ids), 1), room)]
        parts.sort(key=lambda part: -len(part[1]))
        batches = list(_batches(parts))
        stopped = threading.Event()

        def run(batch: list[tuple[int, Sequence[int]]]) -> Any:
            return batch, None if stopped.is_set() else self._means([ids for _, ids in batch])

        found = np.zeros((len(texts), self._file.width), np.float32)
        done = 0
        # A thread for each batch under way; in each, products gain nothing from a second one.
        with (
            self._blas.limit(limits=1, user_api="blas"),
            ThreadPoolExecutor(min(workers, len(batches)) or 1) as pool,
        ):
            try:
                for batch, means in pool.map(run, batches):
                    for (i, ids), mean in zip(batch, means, strict=True):
                        found[i] += mean * max(len(ids), 1)
                    done += len(batch)
                    if progress is not None:
                        progress(done * len(texts) // len(parts), len(texts))
            except BaseException:  # Ctrl-C does not wait for the rest
                stopped.set()
                raise
        norms = np.linalg.norm(found, axis=1, keepdims=True)
        return np.asarray(found / np.maximum(norms, 1e-6), np.float32)

    def _means(self, texts: Sequence[Sequence[int]]) -> Array:
        """The mean of the last layer over each text. `texts` are sorted by length."""
        import numpy as np

        file = self._file
        whole = [[file.begin, *ids, file.end] for ids in texts]
        sizes = np.asarray([len(ids) for ids in whole])
        words, places = np.unique(np.concatenate(whole), return_inverse=True)
        x = file.matrix("emb.word", file.width, words)[places]
        x += self._positions[np.concatenate([np.arange(size) for size in sizes])]
        x += self._type
        _normalise(x, self._norm, file.epsilon)
        qkv, mixed, up, out = (room[: len(x)] for room in self._rooms(len(x)))
        runs = [(size, len(list(same))) for size, same in groupby(sizes.tolist())]
        with np.errstate(over="ignore"):  # in GELU, where infinity is what is meant
            for layer in self._layers:
                np.matmul(x, layer["qkv.w"], out=qkv)
                qkv[:, : file.width] += layer["q.b"]
                _attend(qkv, mixed, runs, file.heads)
                np.matmul(mixed, layer["out.w"], out=out)
                out += layer["out.b"]
                x += out
                _normalise(x, layer["norm1"], file.epsilon)
                np.matmul(x, layer["up.w"], out=up)
                _gelu(up, layer["up.b"])
                np.matmul(up, layer["down.w"], out=out)
                out += layer["down.b"]
                x += out
                _normalise(x, layer["norm2"], file.epsilon)
        sums = np.add.reduceat(x, np.cumsum(sizes) - sizes, axis=0)
        return np.asarray(sums / sizes[:, None], np.float32)

    def _rooms(self, tokens: int) -> tuple[Array, Array, Array, Array]:
        """Memory of this thread for the activations of so many tokens, used again."""
        import numpy as np

        if getattr(self._own, "tokens", 0) < tokens:
            width, inner = self._file.width, self._file.inner
            widths = (3 * width, width, inner, width)
            self._own.tokens = max(tokens, _TOKENS_A_BATCH)
            self._own.rooms = tuple(np.empty((self._own.tokens, n), np.float32) for n in widths)
        rooms: tuple[Array, Array, Array, Array] = self._own.rooms
        return rooms


def _layer(file: NanoFile, i: int) -> dict[str, Any]:
    """The weights of a layer, ready to multiply.

    Queries are scaled here once. A bias of the keys adds the same to every logit of a query, which
    softmax takes away again; one of the values adds itself to each mean of values, so it goes
    through the next product into that one's bias.
    """
    import numpy as np

    width = file.width

    def matrix(name: str, inner: int = width) -> Array:
        return file.matrix(f"l{i}.{name}.w", inner).T

    def numbers(name: str) -> Array:
        return file.numbers(f"l{i}.{name}")

    scale = np.float32((width // file.heads) ** -0.5)
    out = np.ascontiguousarray(matrix("ao"))
    return {
        "qkv.w": np.concatenate([matrix("q") * scale, matrix("k"), matrix("v")], axis=1),
        "q.b": numbers("q.b") * scale,
        "out.w": out,
        "out.b": numbers("ao.b") + numbers("v.b") @ out,
        "norm1": (numbers("aln.w"), numbers("aln.b")),
        "up.w": np.ascontiguousarray(matrix("fi")),
        "up.b": numbers("fi.b"),
        "down.w": np.ascontiguousarray(matrix("fo", file.inner)),
        "down.b": numbers("fo.b"),
        "norm2": (numbers("oln.w"), numbers("oln.b")),
    }


def _batches(
    parts: Sequence[tuple[int, Sequence[int]]],
) -> Iterator[list[tuple[int, Sequence[int]]]]:
    batch: list[tuple[int, Sequence[int]]] = []
    tokens = 0
    for part in parts:
        size = len(part[1]) + 2
        if batch and tokens + size > _TOKENS_A_BATCH:
            yield batch
            batch, tokens = [], 0
        batch.append(part)
        tokens += size
    if batch:
        yield batch


def _attend(qkv: Array, mixed: Array, runs: Sequence[tuple[int, int]], heads: int) -> None:
    """Attention within each text. `runs` are (tokens of a text, texts of that length), in order."""
    import numpy as np

    at = 0
    for size, count in runs:
        rows = slice(at, at + size * count)
        q, k, v = qkv[rows].reshape(count, size, 3, heads, -1).transpose(2, 0, 3, 1, 4)
        weights = q @ k.transpose(0, 1, 3, 2)
        weights -= weights.max(-1, keepdims=True)
        np.exp(weights, out=weights)
        weights *= 1 / weights.sum(-1, keepdims=True)
        mixed[rows].reshape(count, size, heads, -1)[:] = (weights @ v).transpose(0, 2, 1, 3)
        at = rows.stop


def _normalise(x: Array, norm: tuple[Array, Array], epsilon: float) -> None:
    """Layer normalisation, in place. `norm` is its weight and its bias."""
    import numpy as np

    weight, bias = norm
    width = np.float32(x.shape[1])
    for at in range(0, len(x), _ROWS_AT_ONCE):
        rows = x[at : at + _ROWS_AT_ONCE]
        rows -= rows.sum(-1, keepdims=True) / width
        rows *= 1 / np.sqrt(np.einsum("ij,ij->i", rows, rows) / width + epsilon)[:, None]
        rows *= weight
        rows += bias


def _gelu(x: Array, bias: Array) -> None:
    """The bias, then GELU by its logistic form (arXiv:1606.08415, by tanh), in place."""
    import numpy as np

    linear, cubic = np.float32(_GELU[0]), np.float32(_GELU[1])
    for at in range(0, len(x), _ROWS_AT_ONCE):
        rows = x[at : at + _ROWS_AT_ONCE]
        rows += bias
        powers = rows * rows
        powers *= cubic
        powers += linear
        powers *= rows
        np.exp(powers, out=powers)
        powers += 1
        rows /= powers
