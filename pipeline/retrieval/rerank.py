"""Reranking: the first hits are scored by a model, for more compute and a better order.

The score of a fused search is log P(passage | question) but for a constant, and a language model
gives log P(question | passage) (arXiv 2204.07496). Their sum is Bayes' rule; since a small model is
surer than it should be, its part is scaled down.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pipeline.errors import ModelError, filled
from pipeline.types import Prompt

if TYPE_CHECKING:
    from pipeline.types import Hit

__all__ = [
    "LIKELIHOOD",
    "MARGIN",
    "PassageScorer",
    "cross_encoder",
    "question_prompts",
    "rerank",
]

LIKELIHOOD = 0.35
"""Weight of the model's log-likelihood beside the fused score."""
MARGIN = 2.5
"""Fused scores are log-odds: a hit this far behind is one that the search itself gives e^-2.5 of
the chance of the best."""

PassageScorer = Callable[[str, Sequence[str]], Sequence[float]]
"""(question, passages) -> a score for each passage, higher is better, on a log scale."""


def question_prompts(passages: Sequence[str], characters: int = 1200) -> list[Prompt]:
    """What a language model reads before it is asked how likely the question is; of a passage the
    first `characters`."""
    return [
        Prompt(text=f"Passage: {text[:characters]}\nQuestion:", template="rerank")
        for text in passages
    ]


def cross_encoder(name: str, where: str = "retrieval.rerank") -> PassageScorer:
    """A `PassageScorer` by a cross-encoder of sentence-transformers, loaded at the first question.
    `where` is what named it, for the error.

    Raises ModelError (then) where it cannot be loaded.
    """
    loaded: list[Any] = []

    def score(question: str, passages: Sequence[str]) -> list[float]:
        if not loaded:
            try:
                from sentence_transformers import CrossEncoder

                loaded.append(CrossEncoder(name, trust_remote_code=False))
            except Exception as error:
                words = (str(error).strip() or type(error).__name__).splitlines()[0]
                raise ModelError(
                    filled(
                        "{where}: {name} cannot be loaded ({why}).",
                        where=where,
                        name=name,
                        why=words,
                    ),
                    "Name a cross-encoder of sentence-transformers or its folder.",
                ) from error
        found = loaded[0].predict([(question, text) for text in passages], show_progress_bar=False)
        return [float(value) for value in found]

    return score


def rerank(
    hits: Sequence[Hit],
    question: str,
    score: PassageScorer,
    top: int = 5,
    *,
    weight: float = LIKELIHOOD,
    margin: float = MARGIN,
) -> list[Hit]:
    """The first `top` hits in the order of fused score + weight x model score; the others follow
    as they were. Each reread hit's `ranks` tells the model's own rank.

    Only hits whose fused score is within `margin` of the best are read: compute goes where the
    search is unsure, and where it is sure nothing is read at all.
    """
    near = sum(hit.score > hits[0].score - margin for hit in hits[:top])
    head, tail = list(hits[:near]), list(hits[near:])
    if len(head) < 2:
        return [*head, *tail]
    given = list(score(question, [hit.passage.text for hit in head]))
    best = max(given)
    # Scores stay comparable with those of the tail: the model can only lower a passage.
    reread = [
        replace(
            hit,
            score=hit.score + weight * (value - best),
            ranks={**hit.ranks, "model": 1 + sum(other > value for other in given)},
        )
        for hit, value in zip(head, given, strict=True)
    ]
    return [*sorted(reread, key=lambda hit: -hit.score), *tail]
