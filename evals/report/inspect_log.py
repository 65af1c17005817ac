"""A run as logs of Inspect, by Inspect's own writer: one log for each task, model and strategy."""

from __future__ import annotations

import importlib
import re
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evals.report.topics.cells import Cell, cells
from evals.report.topics.decisions import scores
from evals.report.topics.replies import replies_of
from evals.run.records import Outcome, PromptRecord, QuestionRecord, Run, SampleRecord
from evals.stats.proportions import accuracy_interval
from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["write_inspect"]


def write_inspect(run: Run, folder: Path) -> list[Path]:
    """The `.eval` files written. Raises ConfigError where inspect_ai is not installed."""
    try:
        writer: Any = importlib.import_module("inspect_ai.log")
    except ImportError:
        raise ConfigError(
            "inspect_ai is not installed, and only it can write its logs.",
            "pip install inspect_ai, or export --to jsonl.",
        ) from None
    folder.mkdir(parents=True, exist_ok=True)
    drawn = {d.key: d for d in run.samples}
    prompts = {p.id: p for p in run.prompts}
    made = []
    for cell in cells(run):
        for strategy in cell.strategies:
            name = re.sub(r"[^\w.-]+", "_", f"{cell.task}_{cell.model.name}_{strategy}")
            path = folder / f"{name}.eval"
            log = _log(writer, run, cell, strategy, drawn, prompts)
            writer.write_eval_log(log, str(path), format="eval")
            made.append(path)
    return made


def _log(
    log: Any,
    run: Run,
    cell: Cell,
    strategy: str,
    drawn: Mapping[str, SampleRecord],
    prompts: Mapping[str, PromptRecord],
) -> Any:
    found = accuracy_interval(cell.correct(strategy), cell.clusters)
    metrics = {"accuracy": log.EvalMetric(name="accuracy", value=found.value)}
    if found.clusters > 1:
        metrics["stderr"] = log.EvalMetric(name="stderr", value=found.se)
    for name, other in scores(cell, strategy).items():
        metrics[name] = log.EvalMetric(name=name, value=other.value)
    created = _time(run.about.get("created"))
    described: Any = next((t for t in run.tasks if t.get("name") == cell.task), {})
    scorer = str(described.get("scorer") or "thinkscale")
    model = re.sub(r"\s+", "_", cell.model.name)
    return log.EvalLog(
        status="success",
        eval=log.EvalSpec(
            created=created,
            task=cell.task,
            task_args={"strategy": strategy},
            solver=strategy,
            dataset=log.EvalDataset(name=cell.task, samples=cell.n),
            model=f"thinkscale/{model}",
            config=log.EvalConfig(),
            metadata={"run": run.name, "strategy": strategy},
        ),
        results=log.EvalResults(
            total_samples=cell.n,
            completed_samples=cell.n,
            scores=[log.EvalScore(name=scorer, scorer=scorer, metrics=metrics)],
        ),
        stats=log.EvalStats(started_at=created, completed_at=created),
        samples=[
            _sample(item, row, drawn, prompts, model, scorer)
            for item, row in zip(cell.items, cell.of(strategy), strict=True)
        ],
    )


def _sample(
    item: QuestionRecord,
    row: Outcome,
    drawn: Mapping[str, SampleRecord],
    prompts: Mapping[str, PromptRecord],
    model: str,
    scorer: str,
) -> Any:
    """The choices are all replies, the winner first; where no reply says what was answered, the
    answer itself comes before them."""
    log: Any = importlib.import_module("inspect_ai.log")
    speech: Any = importlib.import_module("inspect_ai.model")
    score: Any = importlib.import_module("inspect_ai.scorer")
    found = replies_of(row, drawn, prompts)
    usage = speech.ModelUsage(
        input_tokens=row.prompt_tokens,
        output_tokens=row.generated_tokens,
        total_tokens=row.tokens,
    )
    choices = [
        speech.ChatCompletionChoice(
            message=speech.ChatMessageAssistant(content=d.text),
            stop_reason="max_tokens" if d.finish == "length" else "stop",
        )
        for d in found.drawn
    ]
    if found.winner is None:
        said = speech.ChatMessageAssistant(content=row.answer or "")
        choices.insert(0, speech.ChatCompletionChoice(message=said, stop_reason="stop"))
    turns = found.prompt.messages if found.prompt else ()
    if found.prompt and not turns:
        turns = (("user", found.prompt.text),)
    kinds = {"system": speech.ChatMessageSystem, "assistant": speech.ChatMessageAssistant}
    read = [kinds.get(role, speech.ChatMessageUser)(content=content) for role, content in turns]
    read = read or [speech.ChatMessageUser(content=item.question)]
    return log.EvalSample(
        id=item.id,
        epoch=1,
        input=item.question,
        target=list(item.answers),
        messages=[*read, choices[0].message],
        output=speech.ModelOutput(model=model, choices=choices, usage=usage),
        scores={
            scorer: score.Score(
                value="C" if row.correct else "I", answer=row.answer, explanation=row.why or None
            )
        },
        metadata={
            "language": item.language,
            "kind": item.kind,
            "cluster": item.cluster,
            "votes": [list(vote) for vote in row.votes],
            "seconds": row.seconds,
        },
    )


def _time(text: object) -> str:
    """A time as Inspect reads it, with its zone; the first of 1970 where the run does not say."""
    try:
        return datetime.fromisoformat(str(text)).astimezone().isoformat(timespec="seconds")
    except ValueError:
        return "1970-01-01T00:00:00+00:00"
