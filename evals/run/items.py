"""The questions of a task as strategies see them, and what a strategy's decision is to a person.

Which passages a strategy sees, and what is done with its reply, is its `access` (see
`pipeline.strategies.names`); the question itself is made by `pipeline.answering.prepare`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from evals.run.wordings import worded
from evals.tasks.base import Item, Task
from evals.tasks.collection import Collection
from pipeline.answering.loop import UNLIMITED, Budget, Steps, put_to
from pipeline.answering.prepare import (
    Prepared,
    PrepareSettings,
    QuestionRequest,
    Searchable,
    prepare,
)
from pipeline.errors import ConfigError, filled
from pipeline.prompts import load_template
from pipeline.strategies import PROMPT_METHODS, Access, Question
from pipeline.types import Citation, Passage, Prompt, SampleParams

if TYPE_CHECKING:
    from pipeline.answering.loop import StrategyResult
    from pipeline.config import Config
    from pipeline.engine.base import ModelInfo
    from pipeline.retrieval import Index

__all__ = ["ItemPreparer", "PreparedItem", "ShownAnswer", "open_item_preparer", "reply_tokens"]


@dataclass(frozen=True, slots=True)
class ShownAnswer:
    """What a person would be given: the answer (None: none that may count; of a quotation what is
    marked in it), the whole reply it was read in, and its proof."""

    answer: str | None
    reply: str = ""
    abstained: bool = False
    quoted: bool = False
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class PreparedItem:
    """An item ready for a strategy."""

    item: Item
    prepared: Prepared
    gold_found: bool | None = None
    notes: Path | None = None
    model: str = ""

    @property
    def question(self) -> Question | None:
        """What a strategy is run on; None: the model is not asked."""
        return self.prepared.question

    @property
    def shown(self) -> tuple[Passage, ...]:
        return self.prepared.passages

    def put_to(self, model: ModelInfo) -> PreparedItem:
        """The item in the form that this model is asked in."""
        if self.question is None:
            return self
        prepared = replace(self.prepared, question=put_to(self.question, model))
        return replace(self, prepared=prepared)

    @property
    def cites(self) -> bool:
        """The answer is one that the notes support, with citations."""
        return self.prepared.asked.access.kind == "ask"

    def conclude(self, thought: StrategyResult | None) -> ShownAnswer:
        """What a person is given for what was decided (None where no strategy was run)."""
        if self.cites:
            from pipeline.answering.likely import QUOTES
            from pipeline.answering.result import conclude

            answer = conclude(
                self.prepared, thought, notes=self.notes, strategy="", model=self.model
            )
            # Of several sentences nearly as likely to answer the likeliest alone is judged.
            said = answer.citations[0].quote if answer.kind == QUOTES else answer.text
            text = None if answer.abstained else said
            if text is not None and answer.quoted and answer.marked:
                text = answer.text[slice(*answer.marked)]
            return ShownAnswer(text, said, answer.abstained, answer.quoted, answer.citations)
        winner = thought.decision.winner if thought else None
        if winner is None:
            return ShownAnswer(None, abstained=True)
        return ShownAnswer(winner.text, winner.reply or winner.text)


class ItemPreparer:
    """Prepares the items of one task. `index` is what is searched; None where nothing can be."""

    def __init__(
        self,
        task: Task,
        params: SampleParams,
        rules: PrepareSettings,
        index: Searchable | None = None,
        *,
        notes: Path | None = None,
        model: str = "",
        shots: int | None = None,
        wording: int = 0,
    ) -> None:
        self.task = task
        self.index = index
        self._params = params
        self._rules = rules
        self._notes = notes
        self._model = model
        self._shots = shots
        self._wording = wording

    def access(self, asked: Access | None) -> Access:
        """What a strategy's name means here. Raises ConfigError where the task has no evidence."""
        if self.index is None:
            if asked and asked.kind != "closed":
                raise ConfigError(
                    filled(
                        "{access}+: the task {task} has no passages to show.",
                        access=asked,
                        task=self.task.name,
                    ),
                    "Leave it out: every strategy answers it closed book.",
                )
            return Access("closed")
        return asked or Access("ask")

    def limit(self, access: Access) -> int:
        """Tokens that a reply may have: as many for every prompt method, or one that is cut off
        sooner would look worse than it is."""
        most = self._params.max_tokens or reply_tokens()
        if access.kind == "closed" and not self._params.max_tokens:
            most = min(most, self.task.max_tokens)
        return most

    def course(
        self,
        item: Item,
        access: Access,
        budget: Budget = UNLIMITED,
        count: Callable[[Prompt], int] | None = None,
        *,
        scores: bool = True,
    ) -> Steps[PreparedItem]:
        """The course that prepares an item for a strategy with this access. `scores` off: the model
        is asked for no likelihoods."""
        asked = QuestionRequest(
            item.question, access, id=f"{self.task.name}/{item.id}", params=self._params
        )
        if access.kind != "ask":  # which is asked as a person asks it
            exemplars = self.task.exemplars.get(item.language, ())
            asked = replace(
                asked,
                language=item.language,
                kind=self.task.reading,
                options=item.options,
                exemplars=exemplars if self._shots is None else exemplars[: self._shots],
                gold=self._gold(item) if access.kind == "oracle" else (),
                params=replace(self._params, max_tokens=self.limit(access)),
            )
        rules = self._rules if scores else replace(self._rules, weigh=False)
        prepared = yield from prepare(asked, rules, self.index, budget, count)
        if self._wording and prepared.question is not None:
            said = worded(prepared.question.text, prepared.language, self._wording)
            prepared = replace(prepared, question=replace(prepared.question, text=said))
        searched = access.kind in ("rag", "ask")
        found = self._holds_gold(item, prepared.passages) if searched else None
        return PreparedItem(item, prepared, found, self._notes, self._model)

    def _gold(self, item: Item) -> tuple[Passage, ...]:
        assert self.index is not None, "access() refuses what cannot be searched"
        return tuple(p for p in self.index.passages if _is_gold(item, p))[: self._rules.k]

    def _holds_gold(self, item: Item, shown: Sequence[Passage]) -> bool | None:
        if not item.passage and not item.spans:
            return None
        return any(_is_gold(item, passage) for passage in shown)


@functools.cache
def reply_tokens() -> int:
    """The most tokens that the template of any prompt method grants a reply."""
    return max(load_template(way).max_tokens for way in PROMPT_METHODS)


def open_item_preparer(
    stack: ExitStack,
    config: Config,
    task: Task,
    params: SampleParams,
    model: ModelInfo,
    *,
    needs_passages: bool,
    shots: int | None = None,
    wording: int = 0,
    progress: Callable[[str, int, int], None] | None = None,
) -> ItemPreparer:
    """Prepare the items of a task: over the configured notes, over the task's own passages (indexed
    once in `.thinkscale/eval`), or closed book. The index is closed with `stack`."""
    from pipeline.answering.languages import known_to_read
    from pipeline.answering.session import rules_of
    from pipeline.models.sheet import READS

    spoken = [
        language for language in model.languages
        if (share := known_to_read(config.by_role["read"], language)) is None or share >= READS
    ]  # fmt: skip
    rules = rules_of(config, spoken, scores=model.engine != "remote")
    if not needs_passages or not (task.notes or task.passages):
        return ItemPreparer(task, params, rules, shots=shots, wording=wording)
    from pipeline.answering.search import OrderedIndex

    index = OrderedIndex(stack.enter_context(_index(config, task, progress)))
    notes = config.notes_path if task.notes else None
    return ItemPreparer(
        task, params, rules, index, notes=notes, model=model.name, shots=shots, wording=wording
    )


def _index(config: Config, task: Task, progress: Callable[[str, int, int], None] | None) -> Index:
    from evals.retrieval.ways import index_collection, with_index_path
    from pipeline.errors import IndexError_
    from pipeline.retrieval import ensure, open_index

    if task.notes:
        return ensure(config, progress=progress)
    import hashlib

    text = "\n".join(p.text for p in task.passages)
    folder = config.resolve(".thinkscale/eval") / hashlib.sha256(text.encode()).hexdigest()[:16]
    elsewhere = with_index_path(config, str(folder))
    try:
        return open_index(elsewhere, whole=True)
    except IndexError_:
        return index_collection(elsewhere, Collection(task.name, task.passages), progress)


def _is_gold(item: Item, passage: Passage) -> bool:
    if item.passage:
        return passage.id == item.passage or item.passage in (passage.source, passage.place.source)
    sources = {passage.place.source, *(place.source for place in passage.also)}
    text = _letters(passage.text)
    return any(span.source in sources and _letters(span.quote) in text for span in item.spans)


def _letters(text: str) -> str:
    """Letters and digits alone: markup and spaces may differ between a note and its passage."""
    return "".join(char for char in text.casefold() if char.isalnum())
