"""The records of a run: what the runs of all models found, as it is written to disk."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from evals.run.records import (
    ModelRecord,
    PassageRecord,
    PromptRecord,
    QuestionRecord,
    RepeatRecord,
    Run,
)
from evals.run.spec import described
from pipeline import __version__

if TYPE_CHECKING:
    from evals.run.model_run import ModelRun
    from evals.run.spec import RunSpec
    from evals.tasks.base import Item, Task
    from pipeline.engine.base import ModelInfo
    from pipeline.types import Passage, Prompt

__all__ = ["prompt_id", "prompt_record", "records", "repeat_records"]


def repeat_records(model_run: ModelRun, order: RunSpec) -> list[RepeatRecord]:
    """The scores of one pass of a run."""
    seed = int(model_run.order.params.seed != order.params.seed)
    return [
        RepeatRecord(
            task.name, item.id, spec.name, model_run.engine.info.name,
            model_run.order.wording, seed, model_run.outcome(task, item, spec).correct,
        )
        for task in order.tasks
        for item in task.items
        for spec in order.specs
    ]  # fmt: skip


def records(
    name: str,
    model_runs: Sequence[ModelRun],
    about: Mapping[str, Any],
    repeats: Sequence[RepeatRecord] = (),
) -> Run:
    """The runs of all models as one run, and the scores of its other passes."""
    order = model_runs[0].order
    outcomes, samples = [], []
    passages: dict[str, Passage] = {}
    prompts: dict[str, PromptRecord] = {}
    for model_run in model_runs:
        passages |= model_run.shown()
        prompts |= model_run.prompts()
        for task in order.tasks:
            for item in task.items:
                samples += model_run.drawn(task, item)
                outcomes += [model_run.outcome(task, item, spec) for spec in order.specs]
    return Run(
        name,
        tuple(_described(task, order) for task in order.tasks),
        tuple(spec.name for spec in order.specs),
        tuple(_model(model_run.engine.info) for model_run in model_runs),
        _as_read(
            {
                "thinkscale": __version__,
                "python": platform.python_version(),
                "sampling": dataclasses.asdict(order.params),
                "budget": dataclasses.asdict(order.budget),
                "rules": {spec.name: described(spec.strategy) for spec in order.specs},
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


def prompt_record(prompt: Prompt) -> PromptRecord:
    """What the model reads of a prompt, as it is kept."""
    messages = tuple((message.role, message.content) for message in prompt.messages)
    text = prompt.text or ""
    return PromptRecord(prompt_id(messages, text), messages, text)


def _as_read(fields: Mapping[str, Any]) -> dict[str, Any]:
    """As JSON gives it back, so that a run is the same before it is written and after."""
    found: dict[str, Any] = json.loads(json.dumps(fields))
    return found


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
