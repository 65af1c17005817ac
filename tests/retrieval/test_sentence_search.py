"""Which vectors belong to which passage, and how near they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.retrieval.arms import build_vectors
from pipeline.retrieval.sentence_search import SentenceVectors, language_codes, sentence_texts
from pipeline.types import Passage, Place


def made(sizes: list[int], languages: list[int], seed: int = 0) -> SentenceVectors:
    rng = np.random.default_rng(seed)
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    vectors = rng.normal(size=(int(starts[-1]), 6)).astype(np.float32)
    return SentenceVectors(vectors, starts, np.asarray(languages, np.uint8))


@given(st.lists(st.integers(1, 5), min_size=1, max_size=12), st.data())
def test_a_passage_is_as_near_as_its_nearest_sentence(
    sizes: list[int], data: st.DataObject
) -> None:
    sentences = made(sizes, [0] * len(sizes))
    question = np.arange(6, dtype=np.float32)
    near = sentences.vectors @ question
    expected = [float((sentences.of(i) @ question).max()) for i in range(len(sizes))]
    assert np.allclose(sentences.best(near), expected)
    some = data.draw(st.lists(st.integers(0, len(sizes) - 1), min_size=1, unique=True))
    ids = np.asarray(some, np.int64)
    rows = sentences.rows(ids)
    assert sentences.owners(rows).tolist() == [i for i in some for _ in range(sizes[i])]
    assert np.allclose(sentences.best(near[rows], ids), [expected[i] for i in some])


def test_a_language_that_is_nearer_throughout_is_not_nearer_for_it() -> None:
    """What an embedder adds to every text of the question's own language takes no place away."""
    rng = np.random.default_rng(1)
    count = 60
    question = np.asarray([1.0, 0, 0, 0, 0, 0], np.float32)
    vectors = rng.normal(scale=0.02, size=(2 * count, 6)).astype(np.float32)
    vectors[:count, 0] += 0.9  # the question's own language
    vectors[count:, 0] += 0.8
    vectors[count + 7, 0] += 0.08  # and the answer, in the other one
    languages = np.repeat([0, 1], count).astype(np.uint8)
    sentences = SentenceVectors(vectors, np.arange(2 * count + 1), languages)
    near = sentences.best(vectors @ question)
    assert int(near.argmax()) < count
    standard = sentences.standard(near, np.arange(2 * count), sentences.scales(question))
    assert int(standard.argmax()) == count + 7


def test_a_language_of_one_sentence_is_neither_near_nor_far() -> None:
    sentences = made([3, 3, 3, 1], [0, 0, 0, 1])
    question = np.ones(6, np.float32)
    scales = sentences.scales(question)
    near = sentences.best(sentences.vectors @ question)
    assert np.isfinite(scales).all()
    assert abs(float(sentences.standard(near, np.arange(4), scales)[3])) < 1e-5


def passage(text: str, *headings: str, language: str = "en") -> Passage:
    return Passage("id", text, "a.md", Place("a.md", 1, 1), headings, language)


def test_a_sentence_is_embedded_under_its_heading_and_questions_are_not() -> None:
    texts = sentence_texts(passage("Tides rise. Why do they?", "Sea", "Tides"))
    assert texts == ["Tides: Tides rise."]


def test_a_passage_of_questions_is_embedded_whole() -> None:
    assert sentence_texts(passage("Why do tides rise?")) == ["Why do tides rise?"]


def test_language_codes_are_those_of_the_languages_in_order() -> None:
    notes = [passage("a", language=name) for name in ("ko", "en", "ko")]
    assert language_codes(notes).tolist() == [1, 0, 1]


class Counting:
    """An embedder that keeps what it was given; a vector is the length of its text."""

    place, dimension, max_tokens = "", 2, 512

    def __init__(self) -> None:
        self.given: list[str] = []

    def passages(self, texts: Sequence[str], progress: object = None) -> Any:
        self.given += texts
        return np.asarray([[len(text), 1] for text in texts], np.float32)


def test_a_sentence_that_stands_twice_is_embedded_once() -> None:
    place = Place("a.md", 1, 1)
    notes = ["Bees dance. Salt dries.", "Salt dries. Bread rises slowly.", "Salt dries."]
    passages = [Passage(str(i), text, "a.md", place) for i, text in enumerate(notes)]
    model: Any = Counting()
    new = np.full(3, -1, np.int64)
    found = build_vectors(passages, new, None, lambda: model, 0, None)
    assert model.given == ["Bees dance.", "Salt dries.", "Bread rises slowly."]
    for i, passage in enumerate(passages):
        expected = [len(text) for text in sentence_texts(passage)]
        assert found.of(i)[:, 0].tolist() == expected
