"""An embedder that knows both languages is told from one that does not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import pytest

from pipeline.config import Config
from pipeline.retrieval import Index, open_index
from pipeline.retrieval.arms import build_vectors
from pipeline.retrieval.calibration_run import calibrate
from pipeline.retrieval.cross_language import crossing
from pipeline.retrieval.embedder import TextEmbedder
from pipeline.retrieval.morphemes import Morphemes
from pipeline.retrieval.sparse import TokenTable
from pipeline.text.everyday import EVERYDAY

PAIRS = [*EVERYDAY, ("꿀벌", "honeybee"), ("밀물", "tide")]


class Words:
    """Texts as sums of the vectors of their words; `bilingual` has one vector for a word of both
    languages, else Korean is noise."""

    dimension = 64

    def __init__(self, bilingual: bool) -> None:
        self._names = dict(PAIRS) if bilingual else {}

    def _vector(self, word: str) -> Any:
        name = self._names.get(word, word)
        rng = np.random.default_rng(int.from_bytes(name.encode()[:12].ljust(12), "little"))
        return rng.normal(size=self.dimension)

    def passages(self, texts: Sequence[str], progress: object = None) -> Any:
        rows = [np.sum([self._vector(w) for w in text.split() or [""]], axis=0) for text in texts]
        vectors = np.asarray(rows, np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    questions = passages


def test_bilingual_or_not() -> None:
    assert crossing(cast(TextEmbedder, Words(True)), PAIRS[-2:]) == pytest.approx(1.0)
    assert crossing(cast(TextEmbedder, Words(False)), PAIRS[-2:]) < 0.4


@pytest.mark.parametrize("bilingual", [True, False])
def test_a_korean_question_over_english_notes(lexical: Index, bilingual: bool) -> None:
    """No Korean sentence to calibrate with: the dense arm is asked if it can read English notes
    in Korean, and only then."""
    notes = [p for p in lexical.passages if p.language == "en"]
    sparse = _sparse(len(notes))
    model = cast(TextEmbedder, Words(bilingual))
    none = np.full(len(notes), -1, np.int64)
    meaning = build_vectors(notes, none, None, lambda: model, 0, None)
    arms = ("dense", "words")
    weights = calibrate(notes, sparse, meaning, lambda: model, arms, Morphemes()).weights_for("ko")
    assert (weights["dense"] > 0) == bilingual


def _sparse(count: int) -> Any:
    from pipeline.retrieval.arms import Sparse
    from pipeline.retrieval.morphemes import Lexicon
    from pipeline.retrieval.sparse import build_sparse

    table = TokenTable.from_tokens([["a"]] * count)
    return Sparse({"words": build_sparse(table)}, {"words": table}, Lexicon.from_runs({}))


@pytest.mark.model
def test_the_embedded_model_does_not_cross(embedded_config: Config) -> None:
    with open_index(embedded_config) as index:
        assert index.calibration.crossing is not None
        assert 0 < index.calibration.crossing < 0.4
        assert not index.calibration.crosses
