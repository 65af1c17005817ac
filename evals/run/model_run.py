"""Tasks x strategies x models -> draws -> outcomes: what `thinkscale eval run` does."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from typing import TYPE_CHECKING

from evals.run.items import ItemPreparer, PreparedItem, open_item_preparer
from evals.run.recording import prompt_record
from evals.run.records import (
    Outcome,
    PromptRecord,
    SampleRecord,
)
from evals.run.spec import RunSpec, StrategySpec
from evals.run.verifiers import grounding
from evals.scorers import ItemScore, Scorer, citation_score, scorer
from evals.tasks.base import Item, Task
from pipeline.answering.loop import (
    Failed,
    StrategyResult,
    WorkItem,
    run,
    run_many,
    strategy_course,
)
from pipeline.answering.search import OrderedIndex
from pipeline.errors import DatasetError, filled
from pipeline.pool import MemoryPool
from pipeline.prompts import load_template
from pipeline.strategies import Access, Decision, Question, parse_name
from pipeline.strategies.common.prompt_method import PromptMethod
from pipeline.types import (
    Cost,
    Draw,
    Likelihood,
    Passage,
    Result,
    Sample,
)

if TYPE_CHECKING:
    from pipeline.config import Config
    from pipeline.engine.base import Engine
    from pipeline.pool import Pool

__all__ = ["ModelRun"]


class ModelRun:
    """One model with all tasks: prepared, then drawn, then read into records."""

    def __init__(
        self,
        stack: ExitStack,
        config: Config,
        order: RunSpec,
        engine: Engine,
        progress: Callable[[str, int, int], None] | None = None,
    ) -> None:
        self.order = order
        self.engine = engine
        self.results: dict[tuple[str, ...], StrategyResult | Failed] = {}
        self.verified: dict[str, dict[str, float]] = {}
        self.search_seconds = 0.0
        self.scorers: dict[str, Scorer] = {}
        """What scores the replies of a task, where it is not the scorer that is named alone."""
        self.judge_cost = Cost()
        self._items: dict[tuple[str, str, str], PreparedItem] = {}
        self._item_of: dict[tuple[str, ...], PreparedItem] = {}
        self._preparers: dict[str, ItemPreparer] = {}
        for task in order.tasks:
            closed = all(spec.access and spec.access.kind == "closed" for spec in order.specs)
            self._preparers[task.name] = open_item_preparer(
                stack, config, task, order.params, engine.info,
                needs_passages=not closed, shots=order.shots, wording=order.wording,
                progress=progress,
            )  # fmt: skip
        for task, spec in self._cells():
            self._preparers[task.name].access(spec.access)  # what cannot be shown is said at once

    def prepare(
        self,
        pool: Pool | None = None,
        progress: Callable[[str, int, int], None] | None = None,
    ) -> None:
        """Make every question once: search for it, and let the model score its evidence. What is
        searched and scored goes into the pool; nothing is drawn yet."""
        begun = time.perf_counter()
        todo: dict[tuple[str, str, str], tuple[Task, Item, Access]] = {}
        for task, spec in self._cells():
            access = self._preparers[task.name].access(spec.access)
            for item in task.items:
                if (key := self._name(task, spec, item)) not in self._items:
                    todo[key] = (task, item, access)
        made = 0

        def on_result(result: Result) -> None:
            nonlocal made
            made += 1
            if progress and made % 20 == 0:
                progress("score" if isinstance(result, Likelihood) else "search", made, 0)

        def courses() -> Iterator[WorkItem[PreparedItem]]:
            for name, (task, item, access) in todo.items():
                preparer = self._preparers[task.name]
                search = preparer.index.look_up if preparer.index is not None else None
                steps = preparer.course(item, access, self.order.budget, self.engine.count)
                yield WorkItem(name, steps, search)

        kept = pool if pool is not None else MemoryPool(self.engine.info)
        for name, prepared_item in run_many(courses(), self.engine, kept, on_result):
            if isinstance(prepared_item, Failed):  # a sentence too long to be scored: then without
                task, item, access = todo[name[0], name[1], name[2]]
                preparer = self._preparers[task.name]
                assert preparer.index is not None, "only what was found is scored"
                steps = preparer.course(item, access, scores=False)
                prepared_item = run(steps, lambda: self.engine, preparer.index.look_up, kept)
            self._items[name[0], name[1], name[2]] = prepared_item.put_to(self.engine.info)
        self.search_seconds += time.perf_counter() - begun

    def prepared_item(self, task: Task, spec: StrategySpec, item: Item) -> PreparedItem:
        """The item as a strategy sees it."""
        name = self._name(task, spec, item)
        if name not in self._items:
            self.prepare()
        return self._items[name]

    def _name(self, task: Task, spec: StrategySpec, item: Item) -> tuple[str, str, str]:
        return (task.name, item.id, str(self._preparers[task.name].access(spec.access)))

    def first_draws(self) -> list[Draw]:
        """Every distinct draw of the first step of every strategy on every question, in order."""
        seen: dict[Draw, None] = {}
        for task, spec in self._cells():
            for item in task.items:
                question = self.prepared_item(task, spec, item).question
                if question is not None:
                    step = spec.strategy.step(question, [])
                    if not isinstance(step, Decision):
                        draws = [r for r in step if isinstance(r, Draw)]
                        seen.update(dict.fromkeys(draws))
        return list(seen)

    def draw(
        self,
        pool: Pool,
        on_sample: Callable[[Sample], None] | None = None,
        on_thought: Callable[[tuple[str, ...], bool], None] | None = None,
    ) -> None:
        """Run every strategy on every question, question by question, so that all strategies of one
        question share its draws."""
        self.prepare(pool)

        def courses() -> Iterator[WorkItem[StrategyResult]]:
            for task in self.order.tasks:
                for item in task.items:
                    for spec in self.order.specs:
                        prepared_item = self.prepared_item(task, spec, item)
                        if prepared_item.question is None:
                            continue
                        steps = strategy_course(
                            prepared_item.question,
                            spec.strategy,
                            self.order.budget,
                            self.engine.count,
                            prepared_item.prepared.cost,
                        )
                        index = self._preparers[task.name].index
                        search = index.look_up if index is not None else None
                        self._item_of[task.name, item.id, spec.name] = prepared_item
                        yield WorkItem((task.name, item.id, spec.name), steps, search)

        def on_result(result: Result) -> None:
            if on_sample and isinstance(result, Sample):
                on_sample(result)

        for name, result in run_many(courses(), self.engine, pool, on_result):
            self.results[name] = result
            if on_thought:
                on_thought(name, isinstance(result, StrategyResult))

    def replies(self) -> list[tuple[Question, PromptMethod, list[Sample]]]:
        """The sampled replies of every question, by the way they were asked for."""
        found: dict[tuple[str, ...], tuple[Question, PromptMethod, dict[str, Sample]]] = {}
        for (task_name, item_id, strategy_name), result in self.results.items():
            prepared_item = self._item_of[task_name, item_id, strategy_name]
            if not isinstance(result, StrategyResult) or prepared_item.question is None:
                continue
            for sample in result.samples:
                template = sample.request.prompt.template
                if template in _ways() and sample.request.params.temperature > 0:
                    name = (task_name, item_id, str(id(prepared_item)), template)
                    new = (prepared_item.question, PromptMethod(template), dict[str, Sample]())
                    found.setdefault(name, new)[2][sample.key] = sample
        return [(question, way, list(by.values())) for question, way, by in found.values()]

    def outcome(self, task: Task, item: Item, spec: StrategySpec) -> Outcome:
        """The record of one question under one strategy."""
        prepared_item = self.prepared_item(task, spec, item)
        result = self.results.get((task.name, item.id, spec.name))
        failed = result if isinstance(result, Failed) else None
        done = result if isinstance(result, StrategyResult) else None
        given = prepared_item.conclude(done) if failed is None else None
        answer = given.answer if given else None
        score = _score(self._scorer(task), item, given.reply if given else "", answer)
        parts = dict(score.parts)
        if given and prepared_item.cites and (item.spans or not item.answerable):
            cited = citation_score(item, given.citations)
            parts |= {f"citation_{name}": value for name, value in cited.parts.items()}
        decision = done.decision if done else Decision(None)
        cost = done.cost if done else prepared_item.prepared.cost
        return Outcome(
            task=task.name,
            item=item.id,
            strategy=spec.name,
            model=self.engine.info.name,
            answer=answer,
            score=score.value,
            correct=score.correct,
            parts=parts,
            why=failed.why if failed else score.detail,
            abstained=given.abstained if given else True,
            quoted=given.quoted if given else False,
            share=decision.share,
            confidence=decision.confidence,
            votes=tuple((v.answer, v.count, v.weight) for v in decision.votes),
            citations=tuple(c.to_json() for c in given.citations) if given else (),
            passages=tuple(passage.id for passage in prepared_item.shown),
            samples=tuple(sample.key for sample in done.samples) if done else (),
            prompt_tokens=cost.prompt_tokens,
            generated_tokens=cost.generated_tokens,
            seconds=cost.seconds,
            flops=cost.flops,
            gold_found=prepared_item.gold_found,
            complete=done.complete if done else failed is None,
        )

    def drawn(self, task: Task, item: Item) -> list[SampleRecord]:
        """Every draw that a strategy used on a question, once, by prompt and draw number."""
        found: dict[str, SampleRecord] = {}
        for spec in self.order.specs:
            result = self.results.get((task.name, item.id, spec.name))
            question = self.prepared_item(task, spec, item).question
            if isinstance(result, StrategyResult) and question is not None:
                for sample in result.samples:
                    if sample.key not in found:
                        found[sample.key] = self._read(task, item, question, sample)
        return list(found.values())

    def limits(self, task: Task) -> dict[str, int]:
        """Tokens that a reply may have, by strategy; a person's question is as `ask` asks it."""
        preparer = self._preparers[task.name]
        found = {}
        for spec in self.order.specs:
            access = preparer.access(spec.access)
            way = load_template(parse_name(spec.name).way)
            own = self.order.params.max_tokens or way.max_tokens
            found[spec.name] = own if access.kind == "ask" else preparer.limit(access)
        return found

    def searched(self, task: str) -> OrderedIndex | None:
        """What a task was searched in; None where nothing was."""
        index = self._preparers[task].index
        return index if isinstance(index, OrderedIndex) else None

    def templates(self) -> set[str]:
        """The prompt templates of all draws."""
        return {
            sample.request.prompt.template
            for result in self.results.values()
            if isinstance(result, StrategyResult)
            for sample in result.samples
        }

    def prompts(self) -> dict[str, PromptRecord]:
        """What the model read for the draws of all questions, by id."""
        found = {
            sample.request.prompt
            for result in self.results.values()
            if isinstance(result, StrategyResult)
            for sample in result.samples
        }
        return {prompted.id: prompted for prompted in map(prompt_record, found)}

    def shown(self) -> dict[str, Passage]:
        """Every passage that was in front of the model, by id."""
        return {p.id: p for prepared_item in self._items.values() for p in prepared_item.shown}

    def _read(self, task: Task, item: Item, question: Question, sample: Sample) -> SampleRecord:
        request = sample.request
        reading = None
        if request.prompt.template in _ways():
            reading = PromptMethod(request.prompt.template).read(question, sample)
        score = _score(self._scorer(task), item, sample.text, reading.text if reading else None)
        return SampleRecord(
            key=sample.key,
            task=task.name,
            item=item.id,
            model=self.engine.info.name,
            template=request.prompt.template,
            draw=request.draw,
            text=sample.text,
            finish=sample.finish,
            tokens=sample.tokens,
            thinking=sample.thinking,
            greedy=request.params.temperature == 0,
            answer=reading.text if reading else None,
            group=reading.key if reading else "",
            score=score.value if reading else 0.0,
            correct=score.correct and reading is not None,
            mean_logprob=sample.confidence.mean_logprob,
            lowest_group=sample.confidence.lowest_group,
            limit=request.params.max_tokens,
            prompt=prompt_record(request.prompt).id,
            verifiers={**grounding(question, reading), **self.verified.get(sample.key, {})},
        )

    def _scorer(self, task: Task) -> Scorer:
        return self.scorers.get(task.name) or scorer(self.order.scorer or task.scorer, self.engine)

    def _cells(self) -> list[tuple[Task, StrategySpec]]:
        return [(task, spec) for task in self.order.tasks for spec in self.order.specs]


@cache
def _ways() -> frozenset[str]:
    from pipeline.strategies import PROMPT_METHODS

    return frozenset(PROMPT_METHODS)


def _score(score: Scorer, item: Item, reply: str, answer: str | None) -> ItemScore:
    if answer is None and item.answerable:
        return ItemScore(0.0, False, "no answer")
    try:
        return score(item, reply, answer)
    except ValueError as error:
        raise DatasetError(
            filled("{item}: cannot be scored ({why}).", item=item.id, why=error),
            "Choose another --scorer.",
        ) from None
