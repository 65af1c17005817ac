"""A run in the forms that others read: JSON lines, lm-evaluation-harness, Inspect.

Each writer returns the files it wrote, whole.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from evals.report.topics.cells import cells
from evals.report.topics.decisions import scores
from evals.report.topics.replies import replies_of, shots_of
from evals.run.records import Outcome, PromptRecord, QuestionRecord, Run, SampleRecord
from evals.stats.proportions import accuracy_interval
from pipeline.files import write_whole

__all__ = ["WRITERS", "write_jsonl", "write_lm_eval"]


def write_jsonl(run: Run, folder: Path) -> list[Path]:
    """`NAME.jsonl`: an object for every question, strategy and model, with all that stands behind
    it: question, correct answers, passages, samples, votes, score, price."""
    asked = {(item.task, item.id): item for item in run.items}
    drawn = {d.key: d for d in run.samples}
    shown = {p.id: p for p in run.passages}
    rows = []
    for o in run.outcomes:
        row = {**_fields(asked.get((o.task, o.item))), **_fields(o), "run": run.name}
        row["passages"] = [asdict(shown[name]) for name in o.passages if name in shown]
        row["samples"] = [asdict(drawn[key]) for key in o.samples if key in drawn]
        rows.append(row)
    path = folder / f"{_plain(run.name)}.jsonl"
    _write(folder, path, _lines(rows))
    return [path]


def write_lm_eval(run: Run, folder: Path) -> list[Path]:
    """The files of lm-evaluation-harness, in a folder a model: `results_DATE.json`, and
    `samples_TASK_DATE.jsonl` for each task. A strategy is a filter of its task, so its accuracy is
    `acc,STRATEGY`, and other measures are beside it (`f1,STRATEGY`); standard errors are clustered.
    """
    date = re.sub(r"[^0-9T.-]+", "-", str(run.about.get("created", "") or "undated")).strip("-")
    drawn = {d.key: d for d in run.samples}
    prompts = {p.id: p for p in run.prompts}
    asked = {(item.task, item.id): item for item in run.items}
    number = {key: at for at, key in enumerate(asked)}
    made = []
    for model in run.models:
        inside = folder / _plain(model.name)
        results: dict[str, Any] = {}
        hashes: dict[str, str] = {}
        sizes: dict[str, Any] = {}
        for cell in [c for c in cells(run) if c.model.name == model.name]:
            scored: dict[str, Any] = {"alias": cell.task}
            for strategy in cell.strategies:
                found = accuracy_interval(cell.correct(strategy), cell.clusters)
                scored[f"acc,{strategy}"] = found.value
                scored[f"acc_stderr,{strategy}"] = found.se if found.clusters > 1 else "N/A"
                for name, other in scores(cell, strategy).items():
                    scored[f"{name},{strategy}"] = other.value
                    scored[f"{name}_stderr,{strategy}"] = other.se if other.clusters > 1 else "N/A"
            results[cell.task] = scored
            sizes[cell.task] = {"original": cell.n + cell.dropped, "effective": cell.n}
            rows = [
                _lm_eval_row(asked[o.task, o.item], o, drawn, prompts, number[o.task, o.item])
                for o in run.outcomes
                if (o.task, o.model) == (cell.task, model.name) and (o.task, o.item) in asked
            ]
            parts = (r["doc_hash"] + r["prompt_hash"] + r["target_hash"] for r in rows)
            hashes[cell.task] = _hash("".join(parts))
            made.append(inside / f"samples_{_plain(cell.task)}_{date}.jsonl")
            _write(inside, made[-1], _lines(rows))
        if not results:
            continue
        tasks = {str(t.get("name")): dict(t) for t in run.tasks if t.get("name") in results}
        head: dict[str, Any] = {
            "results": results,
            "group_subtasks": {task: [] for task in results},
            "configs": {task: {"task": task, **described} for task, described in tasks.items()},
            "versions": {task: str(tasks.get(task, {}).get("sha256", ""))[:12] for task in results},
            "n-shot": {task: shots_of(run, task) for task in results},
            "higher_is_better": {task: {"acc": True} for task in results},
            "n-samples": sizes,
            "config": {"model": "thinkscale", "model_args": f"model={model.name}", **run.about},
            "git_hash": None,
            "date": run.about.get("created"),
            "task_hashes": hashes,
            "model_source": "thinkscale",
            "model_name": model.name,
            "model_name_sanitized": _plain(model.name),
            "total_evaluation_time_seconds": str(run.about.get("seconds", "")),
        }
        made.append(inside / f"results_{date}.json")
        _write(inside, made[-1], json.dumps(head, ensure_ascii=False, indent=2) + "\n")
    return made


def _lm_eval_row(
    item: QuestionRecord,
    outcome: Outcome,
    drawn: Mapping[str, SampleRecord],
    prompts: Mapping[str, PromptRecord],
    number: int,
) -> dict[str, Any]:
    found = replies_of(outcome, drawn, prompts)
    read = _read(found.prompt) if found.prompt else item.question
    target = item.answers[0] if item.answers else ""
    doc = {
        "id": item.id,
        "question": item.question,
        "answers": list(item.answers),
        "language": item.language,
        "kind": item.kind,
    }
    return {
        "doc_id": number,
        "doc": doc,
        "target": target,
        "arguments": {"gen_args_0": {"arg_0": read, "arg_1": _settings(found.drawn)}},
        "resps": [[draw.text for draw in found.drawn]],
        "filtered_resps": [outcome.answer if outcome.answer is not None else "[invalid]"],
        "filter": outcome.strategy,
        "metrics": ["acc", *outcome.parts],
        "doc_hash": _hash(json.dumps(doc, ensure_ascii=False, indent=2)),
        "prompt_hash": _hash(read),
        "target_hash": _hash(target),
        "acc": float(outcome.correct),
        **outcome.parts,
    }


def _read(prompt: PromptRecord) -> str:
    """What the model read, as lm-evaluation-harness writes a chat."""
    if not prompt.messages:
        return prompt.text
    turns = [{"role": role, "content": content} for role, content in prompt.messages]
    return json.dumps(turns, ensure_ascii=False)


def _settings(drawn: Sequence[SampleRecord]) -> dict[str, Any]:
    limit = max((draw.limit for draw in drawn), default=0)
    return {"do_sample": any(not draw.greedy for draw in drawn)} | (
        {"max_gen_toks": limit} if limit else {}
    )


def _write_inspect(run: Run, folder: Path) -> list[Path]:
    from evals.report.inspect_log import write_inspect

    return write_inspect(run, folder)


WRITERS: Mapping[str, Callable[[Run, Path], list[Path]]] = {
    "jsonl": write_jsonl,
    "lm-eval": write_lm_eval,
    "inspect": _write_inspect,
}
"""Name of a form -> what writes it into a folder."""


def _fields(record: Any) -> dict[str, Any]:
    return asdict(record) if record is not None else {}


def _lines(rows: Iterable[Mapping[str, Any]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False, default=str) + "\n" for row in rows)


def _write(folder: Path, path: Path, text: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(path, text.encode("utf-8", "replace"))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _plain(name: str) -> str:
    """A name that is one part of a path."""
    return re.sub(r"[^\w.-]+", "_", name).strip("._") or "run"
