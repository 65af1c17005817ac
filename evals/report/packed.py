"""A run's questions as text for a page: an index to filter by, and the replies in pieces that are
unpacked when a question is opened.

Each piece is JSON, deflated, in base64: no character of it is markup, whatever a model wrote.
"""

from __future__ import annotations

import base64
import json
import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evals.run.records import Outcome, QuestionRecord, Run, SampleRecord
from pipeline.shown import clean_all

__all__ = ["PIECE", "PackedRun", "pack"]

PIECE = 20
"""Questions (of one task) in a piece."""


@dataclass(frozen=True, slots=True)
class PackedRun:
    """`index` has every question and outcome, `pieces` the passages and draws behind them."""

    index: str
    pieces: tuple[str, ...]


def pack(run: Run, causes: Mapping[tuple[str, str, str, str], str]) -> PackedRun:
    """Everything about the questions of a run. `causes` by (task, model, strategy, item)."""
    models = [model.name for model in run.models]
    by: dict[tuple[str, str], list[Outcome]] = {}
    for outcome in run.outcomes:
        by.setdefault((outcome.task, outcome.item), []).append(outcome)
    drawn = {d.key: d for d in run.samples}
    shown = {p.id: p for p in run.passages}
    tasks = list(dict.fromkeys(item.task for item in run.items))
    asked = [item for item in run.items if (item.task, item.id) in by]
    index: list[list[Any]] = []
    pieces = []
    for start in range(0, len(asked), PIECE):
        part = asked[start : start + PIECE]
        keys: dict[str, int] = {}
        seen: dict[str, int] = {}
        for item in part:
            found = by[item.task, item.id]
            for outcome in found:
                for key in outcome.samples:
                    keys.setdefault(key, len(keys))
                for name in outcome.passages:
                    seen.setdefault(name, len(seen))
            rows = [_outcome(o, run, models, keys, seen, causes) for o in found]
            index.append([tasks.index(item.task), *_item(item), rows])
        pieces.append(_packed({
            "d": [_draw(drawn[key]) if key in drawn else None for key in keys],
            "p": [[shown[n].place, shown[n].heading, shown[n].text] if n in shown else [n, "", ""]
                  for n in seen],
        }))  # fmt: skip
    head = {
        "tasks": tasks,
        "models": models,
        "strategies": list(run.strategies),
        "piece": PIECE,
        "items": index,
    }
    return PackedRun(_packed(head), tuple(pieces))


def _packed(value: Any) -> str:
    text = json.dumps(clean_all(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    # "replace": half of a character has no bytes in UTF-8
    return base64.b64encode(zlib.compress(text.encode("utf-8", "replace"), 6)).decode("ascii")


def _number(value: float, digits: int = 4) -> float | None:
    return round(value, digits) if math.isfinite(value) else None


def _item(item: QuestionRecord) -> list[Any]:
    return [
        item.id,
        item.question,
        list(item.answers),
        item.language,
        item.kind,
        item.difficulty,
        item.cluster,
        int(item.answerable),
        [list(span) for span in item.spans],
    ]


def _outcome(
    outcome: Outcome,
    run: Run,
    models: Sequence[str],
    keys: Mapping[str, int],
    seen: Mapping[str, int],
    causes: Mapping[tuple[str, str, str, str], str],
) -> list[Any]:
    """Verdict: 1 right, 0 wrong, 2 wrong and without an answer."""
    cause = causes.get((outcome.task, outcome.model, outcome.strategy, outcome.item), "")
    refused = outcome.abstained or outcome.answer is None
    return [
        run.strategies.index(outcome.strategy),
        models.index(outcome.model),
        1 if outcome.correct else 2 if refused else 0,
        outcome.answer,
        _number(outcome.score),
        _number(outcome.confidence),
        outcome.why,
        cause,
        [[a, n, _number(w)] for a, n, w in outcome.votes],
        [keys[key] for key in outcome.samples],
        [seen[name] for name in outcome.passages],
        [outcome.prompt_tokens, outcome.generated_tokens],
        _number(outcome.seconds + outcome.retrieval_seconds),
        -1 if outcome.gold_found is None else int(outcome.gold_found),
        [_citation(c) for c in outcome.citations],
    ]


def _draw(draw: SampleRecord) -> list[Any]:
    return [
        draw.template,
        draw.draw,
        int(draw.greedy),
        draw.answer,
        _number(draw.score),
        draw.tokens,
        draw.finish,
        _number(draw.mean_logprob, 3),
        draw.text,
        draw.thinking,
    ]


def _citation(citation: Mapping[str, Any]) -> list[str]:
    """(where, quote)."""
    where = str(citation.get("source", ""))
    if line := citation.get("start_line"):
        where += f":{line}"
    return [where, str(citation.get("quote", ""))]
