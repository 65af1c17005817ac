"""A question set for retrieval: passages, questions, and which passages answer which question."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.types import Passage

__all__ = ["Collection", "Query"]


@dataclass(frozen=True, slots=True)
class Query:
    """One question.

    `gains` says what each right passage is worth (1 where the set does not grade); `cluster` is the
    document it was asked of: questions of one document are not independent. `parts`, where there
    are any, says that one right passage is a find, and which passages support each part of the
    answer. `group` is the row of the table the question counts in, by itself its language.
    """

    id: str
    text: str
    language: str
    gains: dict[str, int]
    cluster: str = ""
    parts: tuple[frozenset[str], ...] = ()
    group: str = ""

    @property
    def row(self) -> str:
        return self.group or self.language


@dataclass(frozen=True)
class Collection:
    """A set of passages and questions about them, by name. `notices` are lines a person should
    see."""

    name: str
    passages: tuple[Passage, ...]
    queries: tuple[Query, ...] = field(default=())
    notices: tuple[str, ...] = ()
