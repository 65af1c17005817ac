"""The dense arm compares sentences: a passage is as near to a question as its nearest sentence.

How near two texts are depends on their languages as well as on what they say: an embedder of many
languages puts a question nearer to any text of its own language. So the nearness of a passage is
told in deviations from the mean of all sentences of its language. That changes no order within a
language, and makes the languages comparable.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pipeline.notes.passage_units import answering_units, unit_text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pipeline.types import Passage

    Array = NDArray[np.float32]
    Ids = NDArray[np.int64]

__all__ = ["SentenceVectors", "language_codes", "sentence_texts"]

_SAMPLE = 2000
"""Sentences of a language that tell how near its texts are to a question."""
_PRIOR = 8
"""A language with fewer sentences than some is taken to spread as the notes as a whole do."""


def sentence_texts(passage: Passage) -> list[str]:
    """What is embedded of a passage, at least one text."""
    return [unit_text(passage, unit) for unit in answering_units(passage)]


class SentenceVectors:
    """Which vectors belong to which passage, and how near they are to a question.

    `starts` has one more entry than there are passages: passage i has the vectors
    `starts[i]:starts[i + 1]`. `languages` has a number for the language of each passage. `vectors`
    is anything that gives rows by their numbers.
    """

    def __init__(self, vectors: Any, starts: Ids, languages: NDArray[np.uint8]) -> None:
        self.vectors = vectors
        self.starts = starts
        self.languages = languages
        self._samples: dict[int, Array] = {}

    @property
    def count(self) -> int:
        """How many passages there are."""
        return len(self.starts) - 1

    def size(self, passage: int) -> int:
        """How many vectors a passage has."""
        return int(self.starts[passage + 1] - self.starts[passage])

    def of(self, passage: int) -> Array:
        """The vectors of a passage, shape (sentences, dimension)."""
        import numpy as np

        return np.asarray(self.vectors[self.starts[passage] : self.starts[passage + 1]], np.float32)

    def owners(self, rows: Ids) -> Ids:
        """The passages that vectors belong to."""
        import numpy as np

        return np.asarray(np.searchsorted(self.starts, rows, side="right") - 1, np.int64)

    def rows(self, passages: Ids) -> Ids:
        """The vectors of some passages, one passage after the other."""
        import numpy as np

        sizes = self.starts[passages + 1] - self.starts[passages]
        ends = np.cumsum(sizes)
        inside = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - sizes, sizes)
        return np.asarray(np.repeat(self.starts[passages], sizes) + inside, np.int64)

    def best(self, nearness: Array, passages: Ids | None = None) -> Array:
        """The nearest sentence of each passage. `nearness` is that of all vectors, or of the
        `rows` of `passages`."""
        import numpy as np

        firsts = self.starts[:-1]
        if passages is not None:
            sizes = self.starts[passages + 1] - self.starts[passages]
            firsts = np.cumsum(sizes) - sizes
        return np.asarray(np.maximum.reduceat(nearness, firsts), np.float32)

    def scales(self, question: Array) -> Array:
        """Mean and deviation of the nearness of a question to texts of each language, shape
        (languages, 2)."""
        import numpy as np

        codes = np.unique(self.languages)
        near = {int(code): self._sample(int(code)) @ question for code in codes}
        total = sum(len(values) for values in near.values())
        pooled = sum(float(values.var()) * len(values) for values in near.values()) / max(total, 1)
        found = np.zeros((int(codes.max(initial=0)) + 1, 2), np.float32)
        for code, values in near.items():
            spread = (values.var() * len(values) + pooled * _PRIOR) / (len(values) + _PRIOR)
            found[code] = values.mean(), max(float(spread) ** 0.5, 1e-3)
        return found

    def standard(self, nearness: Array, passages: Ids, scales: Array) -> Array:
        """Nearness to passages in deviations from the mean of their language."""
        import numpy as np

        mean, spread = scales[self.languages[passages]].T
        return np.asarray((nearness - mean) / spread, np.float32)

    def _sample(self, code: int) -> Array:
        import numpy as np

        if code not in self._samples:
            mine = self.rows(np.flatnonzero(self.languages == code))
            some = mine[:: max(1, len(mine) // _SAMPLE)]
            self._samples[code] = np.asarray(self.vectors[some], np.float32)
        return self._samples[code]


def language_codes(passages: Sequence[Passage]) -> NDArray[np.uint8]:
    """A number for the language of each passage, the same for the same set of languages."""
    import numpy as np

    names = sorted({passage.language for passage in passages})
    return np.asarray([names.index(passage.language) for passage in passages], np.uint8)
