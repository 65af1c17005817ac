"""Tasks x strategies x models -> draws -> outcomes: what `thinkscale eval run` does."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import platform
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import cache
from typing import TYPE_CHECKING, Any

from evals.run.items import ItemPreparer, PreparedItem, open_item_preparer
from evals.run.records import (
    ModelRecord,
    Outcome,
    PassageRecord,
    PromptRecord,
    QuestionRecord,
    RepeatRecord,
    Run,
    SampleRecord,
)
from evals.run.spec import RunSpec, StrategySpec
from evals.run.verifiers import grounding
from evals.scorers import ItemScore, Scorer, citation_score, scorer
from evals.tasks.base import Item, Task
from pipeline import __version__
from pipeline.answering.loop import (
    Failed,
    StrategyResult,
    WorkItem,
    run,
    run_many,
    strategy_course,
)
from pipeline.answering.search import OrderedIndex
from pipeline.errors import DatasetError
from pipeline.pool import MemoryPool
from pipeline.prompts import load_template
from pipeline.strategies import Decision, Question, parse_name
from pipeline.strategies.common.prompt_method import PromptMethod
from pipeline.types import (
    Draw,
    Likelihood,
    Passage,
    Prompt,
    Result,
    Sample,
)

if TYPE_CHECKING:
    from pipeline.config import Config
    from pipeline.engine.base import Engine, ModelInfo
    from pipeline.pool import Pool

__all__ = [
    "ModelRun",
    "prompt_id",
    "records",
    "repeat_records",
]


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
        self.thoughts: dict[tuple[str, ...], StrategyResult | Failed] = {}
        self.verified: dict[str, dict[str, float]] = {}
        self.search_seconds = 0.0
        self._laid: dict[tuple[str, str, str], PreparedItem] = {}
        self._laid_by: dict[tuple[str, ...], PreparedItem] = {}
        self._desks: dict[str, ItemPreparer] = {}
        for task in order.tasks:
            closed = all(arm.access and arm.access.kind == "closed" for arm in order.arms)
            self._desks[task.name] = open_item_preparer(
                stack, config, task, order.params, engine.info,
                needs_passages=not closed, shots=order.shots, wording=order.wording,
                progress=progress,
            )  # fmt: skip
        for task, arm in self._cells():
            self._desks[task.name].access(arm.access)  # what cannot be shown is said at once

    def prepare(
        self,
        pool: Pool | None = None,
        progress: Callable[[str, int, int], None] | None = None,
    ) -> None:
        """Make every question once: search for it, and let the model score its evidence. What is
        searched and scored goes into the pool; nothing is drawn yet."""
        begun = time.perf_counter()
        todo = {
            self._name(task, arm, item): (task, item, self._desks[task.name].access(arm.access))
            for task, arm in self._cells()
            for item in task.items
        }
        todo = {name: what for name, what in todo.items() if name not in self._laid}
        made = 0

        def on_result(result: Result) -> None:
            nonlocal made
            made += 1
            if progress and made % 20 == 0:
                progress("score" if isinstance(result, Likelihood) else "search", made, 0)

        def courses() -> Iterator[WorkItem[PreparedItem]]:
            for name, (task, item, access) in todo.items():
                desk = self._desks[task.name]
                search = desk.index.look_up if desk.index is not None else None
                steps = desk.course(item, access, self.order.budget, self.engine.count)
                yield WorkItem(name, steps, search)

        kept = pool if pool is not None else MemoryPool(self.engine.info)
        for name, laid in run_many(courses(), self.engine, kept, on_result):
            if isinstance(laid, Failed):  # a sentence too long to be scored: then without
                task, item, access = todo[name[0], name[1], name[2]]
                desk = self._desks[task.name]
                assert desk.index is not None, "only what was found is scored"
                steps = desk.course(item, access, scores=False)
                laid = run(steps, lambda: self.engine, desk.index.look_up, kept)
            self._laid[name[0], name[1], name[2]] = laid.put_to(self.engine.info)
        self.search_seconds += time.perf_counter() - begun

    def laid(self, task: Task, arm: StrategySpec, item: Item) -> PreparedItem:
        """The item as the arm sees it."""
        name = self._name(task, arm, item)
        if name not in self._laid:
            self.prepare()
        return self._laid[name]

    def _name(self, task: Task, arm: StrategySpec, item: Item) -> tuple[str, str, str]:
        return (task.name, item.id, str(self._desks[task.name].access(arm.access)))

    def first_draws(self) -> list[Draw]:
        """Every distinct draw of the first step of every strategy on every question, in order."""
        seen: dict[Draw, None] = {}
        for task, arm in self._cells():
            for item in task.items:
                question = self.laid(task, arm, item).question
                if question is not None:
                    step = arm.strategy.step(question, [])
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
                    for arm in self.order.arms:
                        laid = self.laid(task, arm, item)
                        if laid.question is None:
                            continue
                        steps = strategy_course(
                            laid.question,
                            arm.strategy,
                            self.order.budget,
                            self.engine.count,
                            laid.prepared.cost,
                        )
                        index = self._desks[task.name].index
                        search = index.look_up if index is not None else None
                        self._laid_by[task.name, item.id, arm.name] = laid
                        yield WorkItem((task.name, item.id, arm.name), steps, search)

        def on_result(result: Result) -> None:
            if on_sample and isinstance(result, Sample):
                on_sample(result)

        for name, thought in run_many(courses(), self.engine, pool, on_result):
            self.thoughts[name] = thought
            if on_thought:
                on_thought(name, isinstance(thought, StrategyResult))

    def replies(self) -> list[tuple[Question, PromptMethod, list[Sample]]]:
        """The sampled replies of every question, by the way they were asked for."""
        found: dict[tuple[str, ...], tuple[Question, PromptMethod, dict[str, Sample]]] = {}
        for (task_name, item_id, arm_name), thought in self.thoughts.items():
            laid = self._laid_by[task_name, item_id, arm_name]
            if not isinstance(thought, StrategyResult) or laid.question is None:
                continue
            for sample in thought.samples:
                template = sample.request.prompt.template
                if template in _ways() and sample.request.params.temperature > 0:
                    name = (task_name, item_id, str(id(laid)), template)
                    new = (laid.question, PromptMethod(template), dict[str, Sample]())
                    found.setdefault(name, new)[2][sample.key] = sample
        return [(question, way, list(by.values())) for question, way, by in found.values()]

    def outcome(self, task: Task, item: Item, arm: StrategySpec) -> Outcome:
        """The record of one question under one strategy."""
        laid = self.laid(task, arm, item)
        thought = self.thoughts.get((task.name, item.id, arm.name))
        failed = thought if isinstance(thought, Failed) else None
        done = thought if isinstance(thought, StrategyResult) else None
        given = laid.conclude(done) if failed is None else None
        answer = given.answer if given else None
        score = _score(self._scorer(task), item, given.reply if given else "", answer)
        parts = dict(score.parts)
        if given and laid.cites and (item.spans or not item.answerable):
            cited = citation_score(item, given.citations)
            parts |= {f"citation_{name}": value for name, value in cited.parts.items()}
        decision = done.decision if done else Decision(None)
        cost = done.cost if done else laid.prepared.cost
        return Outcome(
            task=task.name,
            item=item.id,
            strategy=arm.name,
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
            passages=tuple(passage.id for passage in laid.shown),
            samples=tuple(sample.key for sample in done.samples) if done else (),
            prompt_tokens=cost.prompt_tokens,
            generated_tokens=cost.generated_tokens,
            seconds=cost.seconds,
            flops=cost.flops,
            gold_found=laid.gold_found,
            complete=done.complete if done else failed is None,
        )

    def drawn(self, task: Task, item: Item) -> list[SampleRecord]:
        """Every draw that a strategy used on a question, once, by prompt and draw number."""
        found: dict[str, SampleRecord] = {}
        for arm in self.order.arms:
            thought = self.thoughts.get((task.name, item.id, arm.name))
            question = self.laid(task, arm, item).question
            if isinstance(thought, StrategyResult) and question is not None:
                for sample in thought.samples:
                    if sample.key not in found:
                        found[sample.key] = self._read(task, item, question, sample)
        return list(found.values())

    def limits(self, task: Task) -> dict[str, int]:
        """Tokens that a reply may have, by strategy; a person's question is as `ask` asks it."""
        desk = self._desks[task.name]
        found = {}
        for arm in self.order.arms:
            access = desk.access(arm.access)
            way = load_template(parse_name(arm.name).way)
            own = self.order.params.max_tokens or way.max_tokens
            found[arm.name] = own if access.kind == "ask" else desk.limit(access)
        return found

    def searched(self, task: str) -> OrderedIndex | None:
        """What a task was searched in; None where nothing was."""
        index = self._desks[task].index
        return index if isinstance(index, OrderedIndex) else None

    def templates(self) -> set[str]:
        """The prompt templates of all draws."""
        return {
            sample.request.prompt.template
            for thought in self.thoughts.values()
            if isinstance(thought, StrategyResult)
            for sample in thought.samples
        }

    def prompts(self) -> dict[str, PromptRecord]:
        """What the model read for the draws of all questions, by id."""
        found = {
            sample.request.prompt
            for thought in self.thoughts.values()
            if isinstance(thought, StrategyResult)
            for sample in thought.samples
        }
        return {prompted.id: prompted for prompted in map(_prompted, found)}

    def shown(self) -> dict[str, Passage]:
        """Every passage that was in front of the model, by id."""
        return {p.id: p for laid in self._laid.values() for p in laid.shown}

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
            prompt=_prompted(request.prompt).id,
            verifiers={**grounding(question, reading), **self.verified.get(sample.key, {})},
        )

    def _scorer(self, task: Task) -> Scorer:
        return scorer(self.order.scorer or task.scorer, self.engine)

    def _cells(self) -> list[tuple[Task, StrategySpec]]:
        return [(task, arm) for task in self.order.tasks for arm in self.order.arms]


def repeat_records(sitting: ModelRun, order: RunSpec) -> list[RepeatRecord]:
    """The scores of one pass of an order."""
    seed = int(sitting.order.params.seed != order.params.seed)
    return [
        RepeatRecord(
            task.name, item.id, arm.name, sitting.engine.info.name,
            sitting.order.wording, seed, sitting.outcome(task, item, arm).correct,
        )
        for task in order.tasks
        for item in task.items
        for arm in order.arms
    ]  # fmt: skip


def records(
    name: str,
    sittings: Sequence[ModelRun],
    about: Mapping[str, Any],
    repeats: Sequence[RepeatRecord] = (),
) -> Run:
    """All sittings of one order as a run, and the scores of its other passes."""
    order = sittings[0].order
    outcomes, samples = [], []
    passages: dict[str, Passage] = {}
    prompts: dict[str, PromptRecord] = {}
    for sitting in sittings:
        passages |= sitting.shown()
        prompts |= sitting.prompts()
        for task in order.tasks:
            for item in task.items:
                samples += sitting.drawn(task, item)
                outcomes += [sitting.outcome(task, item, arm) for arm in order.arms]
    return Run(
        name,
        tuple(_described(task, order) for task in order.tasks),
        tuple(arm.name for arm in order.arms),
        tuple(_model(sitting.engine.info) for sitting in sittings),
        _as_read(
            {
                "thinkscale": __version__,
                "python": platform.python_version(),
                "sampling": dataclasses.asdict(order.params),
                "budget": dataclasses.asdict(order.budget),
                "rules": {arm.name: repr(arm.strategy) for arm in order.arms},
                **about,
            }
        ),
        tuple(_asked(task, item) for task in order.tasks for item in task.items),
        tuple(
            PassageRecord(p.id, str(p.place), p.text, p.heading)
            for _, p in sorted(passages.items())
        ),
        tuple(samples),
        tuple(outcomes),
        tuple(prompted for _, prompted in sorted(prompts.items())),
        tuple(repeats),
    )


def prompt_id(messages: Sequence[tuple[str, str]], text: str) -> str:
    """What a prompt is called: a hash of what the model read."""
    line = json.dumps([messages, text], ensure_ascii=True)
    return hashlib.sha256(line.encode()).hexdigest()[:16]


def _prompted(prompt: Prompt) -> PromptRecord:
    messages = tuple((message.role, message.content) for message in prompt.messages)
    text = prompt.text or ""
    return PromptRecord(prompt_id(messages, text), messages, text)


def _as_read(fields: Mapping[str, Any]) -> dict[str, Any]:
    """As JSON gives it back, so that a run is the same before it is written and after."""
    found: dict[str, Any] = json.loads(json.dumps(fields))
    return found


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
            f"{item.id}: cannot be scored ({error}).", "Choose another --scorer."
        ) from None


def _model(info: ModelInfo) -> ModelRecord:
    return ModelRecord(
        info.name,
        info.sha256,
        info.parameters,
        info.flops(1),
        info.engine,
        info.version,
    )


def _described(task: Task, order: RunSpec) -> dict[str, Any]:
    return {
        "name": task.name,
        "sha256": task.sha256,
        "n": len(task.items),
        "scorer": order.scorer or task.scorer,
        "reading": task.reading,
        "limited": task.limited,
    }


def _asked(task: Task, item: Item) -> QuestionRecord:
    return QuestionRecord(
        task=task.name,
        id=item.id,
        question=item.question,
        language=item.language,
        kind=item.kind,
        difficulty=item.difficulty,
        cluster=item.cluster,
        answers=item.answers,
        answerable=item.answerable,
        spans=tuple((span.source, span.quote) for span in item.spans),
        passage=item.passage,
        options=item.options,
        data=_as_read(item.data),
    )
