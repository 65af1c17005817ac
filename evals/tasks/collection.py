"""A question set for retrieval: passages, questions, and which passages answer which question."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.types import Passage

__all__ = ["Collection", "Query"]


@dataclass(frozen=True, slots=True)
class Query:
    """One question. `gains` says what each right passage is worth (1 where the set does not grade);
    `cluster` is the document it was asked of: questions of one document are not independent."""

    id: str
    text: str
    language: str
    gains: dict[str, int]
    cluster: str = ""


@dataclass(frozen=True)
class Collection:
    """A set of passages and questions about them, by name."""

    name: str
    passages: tuple[Passage, ...]
    queries: tuple[Query, ...] = field(default=())
