"""A search as the configuration asks for it: found, reread, made diverse, with neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipeline.retrieval.rerank import PassageScorer, cross_encoder, rerank
from pipeline.types import Hit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pipeline.retrieval.index import Index

__all__ = ["diversify", "search", "with_named", "with_neighbours"]

_POOL = 4
"""Candidates for each place, where near-duplicates may make room for others."""
_NAMED, _MORE = 0.9, 0.1
"""Shares of the question's terms, weighed by rarity: what the text and headings of a passage have
that is named by it, and how much more that is than any found has."""


def search(index: Index, question: str, k: int, score: PassageScorer | None = None) -> list[Hit]:
    """The best `k` passages, in the order and with the additions of `retrieval` in the
    configuration. `score` is the local model's (a `rerank.Scorer`); without it
    `rerank: model` changes nothing and the index's notices say so.

    Raises what `Index.search` does, and ModelError for a cross-encoder that cannot be loaded.
    """
    settings = index.config.settings.retrieval
    wanted = k
    if settings.rerank != "none":
        wanted = max(wanted, settings.rerank_top)
    if settings.diversity:
        wanted = max(wanted, _POOL * k)
    found = with_named(index, question, index.find(question, wanted), wanted)
    rows = {hit.passage.id: row for row, hit in found}
    hits = [hit for _, hit in found]
    if settings.rerank == "model" and score is None:
        index.notices.append("retrieval.rerank: the local model was not at hand; not reranked.")
    elif settings.rerank != "none":
        by = score if settings.rerank == "model" else cross_encoder(settings.rerank)
        weight = {} if settings.rerank == "model" else {"weight": 1.0}
        assert by is not None
        hits = rerank(hits, question, by, settings.rerank_top, **weight)
    if settings.diversity:
        hits = diversify(index, hits, [rows[hit.passage.id] for hit in hits], k, settings.diversity)
    hits = hits[:k]
    if settings.neighbours:
        numbers = [rows[hit.passage.id] for hit in hits]
        hits = with_neighbours(index, hits, numbers, settings.neighbours)
    return hits


def with_named(
    index: Index, question: str, found: Sequence[tuple[int, Hit]], k: int
) -> list[tuple[int, Hit]]:
    """At most `k` of what was found, in the last place a passage whose headings and text have all
    terms of the question where no other has: "side effects of ganciclovir" names what stands below
    "Ganciclovir" and "Side effects", though the text below has neither word. It has no ranks."""
    import numpy as np

    if len(found) < 2 or not index.manifest["sparse"].keys() >= {"words", "headings"}:
        return list(found)
    shares, headed = index.terms(question).of_passages()
    have = max(shares[row] for row, _ in found)
    row = int(np.where(headed, shares, 0).argmax())
    if shares[row] < max(_NAMED, have + _MORE):
        return list(found)
    (signals,) = index.measured(question, [row])
    last = Hit(index.passages[row], found[-1][1].score, {}, signals)
    return [*found[: k - 1], (row, last)]


def diversify(
    index: Index, hits: Sequence[Hit], rows: Sequence[int], k: int, pull: float
) -> list[Hit]:
    """Maximal marginal relevance: each next hit is the one with the best (1 - pull) x relevance -
    pull x likeness to those already taken. Relevance is the score from 0 to 1 among these hits;
    likeness is the cosine, or without vectors the share of words in common."""
    import numpy as np

    if len(hits) < 2:
        return list(hits)
    likeness = _likeness(index, rows)
    scores = np.asarray([hit.score for hit in hits])
    relevance = (scores - scores.min()) / max(float(np.ptp(scores)), 1e-9)
    taken = [int(relevance.argmax())]
    while len(taken) < min(k, len(hits)):
        value = (1 - pull) * relevance - pull * likeness[:, taken].max(1)
        value[taken] = -np.inf
        taken.append(int(value.argmax()))
    return [hits[at] for at in taken]


def _likeness(index: Index, rows: Sequence[int]) -> NDArray[np.float32]:
    import numpy as np

    vectors = index.vectors(rows)
    if vectors is not None:
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        vectors = vectors / np.maximum(lengths, 1e-12)
        return np.asarray(vectors @ vectors.T, np.float32)
    words = index.word_sets(rows)
    shares = [[len(a & b) / max(1, len(a | b)) for b in words] for a in words]
    return np.asarray(shares, np.float32)


def with_neighbours(
    index: Index, hits: Sequence[Hit], rows: Sequence[int], reach: int
) -> list[Hit]:
    """The hits, each followed by the passages of the same note up to `reach` before and after it
    that are not there yet, in reading order. Neighbours have no ranks."""
    present = set(rows)
    found: list[Hit] = []
    for hit, row in zip(hits, rows, strict=True):
        found.append(hit)
        for other in range(max(0, row - reach), min(len(index.passages), row + reach + 1)):
            if other not in present:
                passage = index.passages[other]
                if passage.source == hit.passage.source:
                    present.add(other)
                    found.append(Hit(passage, hit.score))
    return found
