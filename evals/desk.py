"""A task laid out for a model: an item becomes a question with its passages, and what a strategy
decided becomes an answer. Which passages, and what is done with the reply, is the strategy's
`access` (see `pipeline.strategies.names`)."""

from __future__ import annotations

import functools
import string
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from evals.tasks.base import Item, Task
from evals.tasks.collection import Collection
from pipeline.answers.reading import FinalReader
from pipeline.errors import ConfigError
from pipeline.question import check_question
from pipeline.strategies import Access, Question
from pipeline.types import Citation, Hit, Passage, SampleParams

if TYPE_CHECKING:
    from pipeline.ask import Asker, Framed
    from pipeline.config import Config
    from pipeline.engine.base import ModelInfo
    from pipeline.retrieval import Index
    from pipeline.think import Thought

__all__ = ["Desk", "Given", "Laid", "open_desk"]


@dataclass(frozen=True, slots=True)
class Given:
    """What a person would be given: the answer (None: none that may count), the whole reply it was
    read in, and its proof."""

    answer: str | None
    reply: str = ""
    abstained: bool = False
    quoted: bool = False
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class Laid:
    """An item before a strategy. `question` None: the model is not asked."""

    item: Item
    question: Question | None
    shown: tuple[Passage, ...] = ()
    gold_found: bool | None = None
    framed: Framed | None = None
    asker: Asker | None = field(default=None, compare=False)

    def conclude(self, thought: Thought | None) -> Given:
        """What a person is given for what was thought (None where nothing was)."""
        if self.asker is not None and self.framed is not None:
            answer = self.asker.conclude(self.framed, thought)
            text = None if answer.abstained else answer.text
            return Given(text, answer.text, answer.abstained, answer.quoted, answer.citations)
        winner = thought.decision.winner if thought else None
        if winner is None:
            return Given(None, abstained=True)
        return Given(winner.text, winner.reply or winner.text)


class Desk:
    """Lays out the items of one task. `search` finds passages; None where nothing can be searched.

    `asker` is given a number of passages and answers as `thinkscale ask` does.
    """

    def __init__(
        self,
        task: Task,
        params: SampleParams,
        search: Callable[[str, int], list[Hit]] | None = None,
        asker: Callable[[int | None], Asker] | None = None,
        passages: Sequence[Passage] = (),
        k: int = 5,
        shots: int | None = None,
    ) -> None:
        self.task = task
        self._params = params
        self._search = search
        self._asker = asker
        self._passages = passages
        self._k = k
        self._shots = shots
        self._askers: dict[int | None, Asker] = {}
        self._found: dict[tuple[str, int], tuple[Hit, ...]] = {}

    def access(self, asked: Access | None) -> Access:
        """What a strategy's name means here. Raises ConfigError where the task has no evidence."""
        if self._search is None:
            if asked and asked.kind != "closed":
                raise ConfigError(
                    f"{asked}+: the task {self.task.name} has no passages to show.",
                    "Leave it out: every strategy answers it closed book.",
                )
            return Access("closed")
        return asked or Access("ask")

    def lay(self, item: Item, access: Access) -> Laid:
        """The item as a strategy with this access sees it."""
        if access.kind == "ask":
            return self._ask(item, access.k)
        shown: tuple[Passage, ...] = ()
        found: bool | None = None
        if access.kind == "oracle":
            shown = self._gold(item)
        elif access.kind == "rag":
            shown = tuple(hit.passage for hit in self._hits(item, access.k or self._k))
            found = self._holds_gold(item, shown)
        return Laid(item, self._plain(item, shown, access), shown, found)

    def _plain(self, item: Item, shown: tuple[Passage, ...], access: Access) -> Question:
        again = None
        if access.kind == "rag":

            @functools.cache
            def again(query: str) -> Question:
                hits = self._search(query, access.k or self._k) if self._search else []
                more = tuple(h.passage for h in hits if h.passage not in shown)
                return self._plain(item, (*shown, *more), access)

        exemplars = self.task.exemplars.get(item.language, ())
        return Question(
            _with_options(item),
            item.language,
            FinalReader(self.task.reading, item.language),
            kind=self.task.reading,
            passages=shown,
            pieces=shown,
            exemplars=exemplars if self._shots is None else exemplars[: self._shots],
            options=item.options,
            params=self._params,
            max_tokens=0 if shown else self.task.max_tokens,
            id=f"{self.task.name}/{item.id}",
            again=again,
        )

    def _ask(self, item: Item, k: int | None) -> Laid:
        assert self._asker is not None, "a task that can be searched can be asked"
        if k not in self._askers:
            self._askers[k] = self._asker(k)
        asker = self._askers[k]
        framed = asker.frame(item.question, f"{self.task.name}/{item.id}")
        shown = tuple(hit.passage for hit in framed.hits)
        found = self._holds_gold(item, shown)
        return Laid(item, framed.asked, shown, found, framed, asker)

    def _hits(self, item: Item, k: int) -> tuple[Hit, ...]:
        assert self._search is not None, "access() refuses what cannot be searched"
        if (item.id, k) not in self._found:
            self._found[item.id, k] = tuple(self._search(check_question(item.question), k))
        return self._found[item.id, k]

    def _gold(self, item: Item) -> tuple[Passage, ...]:
        return tuple(p for p in self._passages if _is_gold(item, p))[: self._k]

    def _holds_gold(self, item: Item, shown: Sequence[Passage]) -> bool | None:
        if not item.passage and not item.spans:
            return None
        return any(_is_gold(item, passage) for passage in shown)


def open_desk(
    stack: ExitStack,
    config: Config,
    task: Task,
    params: SampleParams,
    model: ModelInfo,
    *,
    needs_passages: bool,
    shots: int | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Desk:
    """The desk of a task: over the configured notes, over the task's own passages (indexed once in
    `.thinkscale/eval`), or closed book. The index is closed with `stack`."""
    k = config.settings.ask.k
    if not needs_passages or not (task.notes or task.passages):
        return Desk(task, params, k=k, shots=shots)
    index = stack.enter_context(_index(config, task, progress))
    notes = config.notes_path if task.notes else None

    def asker(wanted: int | None) -> Asker:
        from pipeline.ask import Asker
        from pipeline.strategies import make_strategy

        def no_engine() -> object:
            raise AssertionError("a run draws by itself")

        return Asker(
            notes=notes,
            index=index,
            engine=no_engine,  # type: ignore[arg-type]
            strategy=make_strategy("direct"),
            params=params,
            model=model.name,
            languages=model.languages,
            k=wanted or k,
            context=config.settings.ask.context,
            sure=config.settings.ask.sure,
            weigh=config.settings.ask.weigh and model.engine != "remote",
        )

    return Desk(task, params, index.search, asker, index.passages, k, shots)


def _index(config: Config, task: Task, progress: Callable[[str, int, int], None] | None) -> Index:
    from evals.retrieval import index_collection, with_index_path
    from pipeline.errors import IndexError_
    from pipeline.retrieval import ensure, open_index

    if task.notes:
        return ensure(config, progress=progress)
    import hashlib

    text = "\n".join(p.text for p in task.passages)
    folder = config.resolve(".thinkscale/eval") / hashlib.sha256(text.encode()).hexdigest()[:16]
    elsewhere = with_index_path(config, str(folder))
    try:
        return open_index(elsewhere)
    except IndexError_:
        return index_collection(elsewhere, Collection(task.name, task.passages), progress)


def _with_options(item: Item) -> str:
    if not item.options:
        return check_question(item.question)
    letters = string.ascii_uppercase
    lines = [f"{letter}. {text}" for letter, text in zip(letters, item.options, strict=False)]
    return "\n".join([item.question.strip(), *lines])


def _is_gold(item: Item, passage: Passage) -> bool:
    if item.passage:
        return passage.id == item.passage or item.passage in (passage.source, passage.place.source)
    sources = {passage.place.source, *(place.source for place in passage.also)}
    text = _letters(passage.text)
    return any(span.source in sources and _letters(span.quote) in text for span in item.spans)


def _letters(text: str) -> str:
    """Letters and digits alone: markup and spaces may differ between a note and its passage."""
    return "".join(char for char in text.casefold() if char.isalnum())
