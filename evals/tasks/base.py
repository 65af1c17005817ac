"""The nouns of the harness: a task is a set of items, an item is a question and its answer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from pipeline.answers.normalise import AnswerKind
from pipeline.prompts.exemplar import Exemplar
from pipeline.types import Passage

__all__ = ["Exemplar", "GoldSpan", "Item", "Language", "Task", "content_hash", "draw", "sealed"]

Language = Literal["ko", "en"]


@dataclass(frozen=True, slots=True)
class GoldSpan:
    """Words that support the answer: an exact `quote` from one line of `source` (a note's path
    relative to the notes folder, or the source of a passage)."""

    source: str
    quote: str


@dataclass(frozen=True, slots=True)
class Item:
    """One question.

    `answers` is the correct answer and then what counts as the same; empty where the question
    cannot be answered. `cluster` is what the question came from (a note, an article): questions of
    one cluster are not independent; the id where there is none. `passage` is the id of the right
    passage in `Task.passages`. `options` are the texts of a multiple choice, its correct answer the
    letter of one.
    """

    id: str
    question: str
    language: Language = "en"
    answers: tuple[str, ...] = ()
    kind: str = ""
    difficulty: str = ""
    cluster: str = ""
    answerable: bool = True
    spans: tuple[GoldSpan, ...] = ()
    passage: str = ""
    options: tuple[str, ...] = ()
    split: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    """What a scorer or a report may want beside: `parts` of a list, `also`, `facts`."""

    def __post_init__(self) -> None:
        if not self.cluster:
            object.__setattr__(self, "cluster", self.id)


@dataclass(frozen=True, slots=True)
class Task:
    """A question set by name.

    `reading` says how a final answer is read and compared, `scorer` names the default scorer.
    Evidence is `passages` (a collection of the task's own), or the configured notes where `notes`
    is true, or nothing (closed book). `exemplars` are worked examples per language; none of them is
    an item. `max_tokens` is enough for a reply that thinks first. `limited` says in words which of
    how many items these are, where there was a limit. `sha256` is over all the content.
    """

    name: str
    items: tuple[Item, ...]
    reading: AnswerKind = "auto"
    scorer: str = "contains"
    passages: tuple[Passage, ...] = ()
    notes: bool = False
    exemplars: dict[str, tuple[Exemplar, ...]] = field(default_factory=dict)
    max_tokens: int = 128
    source: str = ""
    """The file or folder it was read from; empty for a generator."""
    limited: str = ""
    sha256: str = ""


def content_hash(task: Task) -> str:
    """SHA-256 over everything that bears on a result: not the path, not the hash itself."""
    digest = hashlib.sha256()
    head = [task.name, task.reading, task.scorer, task.notes, task.max_tokens]
    worked = {key: [asdict(e) for e in found] for key, found in sorted(task.exemplars.items())}
    for part in _parts(head, worked, task):
        text = json.dumps(part, ensure_ascii=False, sort_keys=True, default=str)
        digest.update(text.encode("utf-8", "surrogatepass") + b"\n")
    return digest.hexdigest()


def _parts(head: list[Any], worked: dict[str, Any], task: Task) -> Iterable[Any]:
    yield head
    yield worked
    for item in task.items:
        yield asdict(item)
    for passage in task.passages:
        yield [passage.id, passage.source, passage.headings, passage.text]


def sealed(task: Task) -> Task:
    """The task with its hash."""
    return replace(task, sha256=content_hash(task))


def draw(task: Task, limit: int | None, seed: int = 0) -> Task:
    """At most `limit` items of a task, sealed.

    Items are ordered by a hash of seed and id, so that fewer are always the first of more, whatever
    the order of the file, and stay so when the set grows. Without a limit nothing is reordered.
    """
    if limit is None or limit >= len(task.items):
        return sealed(task)
    items = sorted(task.items, key=lambda item: _lot(seed, item.id))[:limit]
    said = f"{limit:,} of {len(task.items):,} items, drawn with seed {seed}"
    return sealed(replace(task, items=tuple(items), limited=said))


def _lot(seed: int, name: str) -> tuple[bytes, str]:
    return hashlib.sha256(f"{seed}\0{name}".encode("utf-8", "surrogatepass")).digest(), name
