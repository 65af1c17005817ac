"""Measure what a model can do: read, reason, stop in time. A few minutes on a laptop.

The questions are those that ship about the course that ships, and two made tasks; the same for
every model, so that sheets can be compared.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack

from evals.run.model_run import ModelRun
from evals.run.spec import RunSpec, strategy_specs
from evals.tasks import load_task
from pipeline.answering.languages import probe
from pipeline.config import Config
from pipeline.engine.base import Engine
from pipeline.models.sheet import ModelSheet
from pipeline.pool import MemoryPool
from pipeline.types import Sample, SampleParams

__all__ = ["QUESTIONS", "measure"]

QUESTIONS = 20
"""Of each language and each made task."""
_READING = {"oracle+direct": "one", "rag3+direct": "three", "rag5+direct": "five"}
_LANGUAGES = ("en", "ko")
_REASONING = ("sums", "tracking")
_GREEDY = SampleParams(temperature=0.0, max_tokens=0)


def measure(
    config: Config,
    engine: Engine,
    *,
    parameters: int = 0,
    memory: int = 0,
    n: int = QUESTIONS,
    progress: Callable[[str, int, int], None] | None = None,
) -> ModelSheet:
    """The sheet of the model that `engine` runs. `config` is that of the shipped course, whose
    index is built where there is none. `progress` is told the stage and how many samples of how
    many are made."""
    begun, drawing = time.perf_counter(), 0.0
    right: dict[tuple[str, str], list[bool]] = defaultdict(list)
    samples: list[Sample] = []
    reading = [load_task(f"notes-qa.{lang}:kind=figure", config, limit=n) for lang in _LANGUAGES]
    reasoning = [load_task(f"{name}:n={n}") for name in _REASONING]
    groups = [(reading, list(_READING)), (reasoning, ["direct", "cot"])]
    total = sum(len(task.items) * len(names) for tasks, names in groups for task in tasks)
    with ExitStack() as stack:
        for tasks, names in groups:
            order = RunSpec(tuple(tasks), strategy_specs(names), _GREEDY)
            run = ModelRun(stack, config, order, engine)

            def on_sample(sample: Sample) -> None:
                samples.append(sample)
                if progress:
                    progress("bench", len(samples), total)

            at = time.perf_counter()
            run.draw(MemoryPool(engine.info), on_sample)
            drawing += time.perf_counter() - at
            for task in tasks:
                for spec in order.specs:
                    found = [run.outcome(task, item, spec).correct for item in task.items]
                    right[task.name, spec.name] += found
    probes = {language: round(probe(engine, language), 4) for language in _LANGUAGES}
    written = sum(one.tokens for one in samples)
    return ModelSheet(
        model=engine.info.name,
        sha256=engine.info.sha256,
        parameters=parameters,
        form=engine.info.form,
        n=n,
        reads={
            language: {said: _share(right[task.name, name]) for name, said in _READING.items()}
            for language, task in zip(_LANGUAGES, reading, strict=True)
        },
        probes=probes,
        reasons={
            name: {way: _share(right[task.name, way]) for way in ("direct", "cot")}
            for name, task in zip(_REASONING, reasoning, strict=True)
        },
        stopped=_share([one.finish == "stop" for one in samples]),
        tokens_per_second=round(written / max(drawing, 1e-9), 1),
        memory=memory,
        seconds=round(time.perf_counter() - begun, 1),
    )


def _share(values: list[bool]) -> float:
    return round(sum(values) / len(values), 4) if values else 0.0
