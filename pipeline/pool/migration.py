"""Bringing a pool of version 0.1 to the present format.

There, rows named their prompt by a number, and taking a model's samples out while a run went on
could give a number to another prompt. A row's key is a hash of all that was asked, so it tells
whether the row still has its own prompt: rows that do not are left behind.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from typing import Any

from pipeline.types import Cost

__all__ = ["bring_over"]

_TABLES = ("samples", "models", "prompts", "params", "likelihoods", "passages", "searches")
_RESULT = ("text", "thinking", "finish", "tokens", "mean_logprob", "mean", "tail", "lowest_group")
_COST = ("prompt_tokens", "generated_tokens", "seconds", "flops")


def bring_over(db: sqlite3.Connection) -> None:
    """Copy every sample whose key is right, and remove the earlier tables. Inside a transaction."""
    from pipeline.pool.disk import add

    query = f"""
        SELECT key, info, prompts.prompt, params.params, item, draw, parent,
               {", ".join(_RESULT + _COST)}
        FROM samples JOIN models ON models.id = model
        JOIN prompts ON prompts.id = samples.prompt JOIN params ON params.id = samples.params
    """
    for key, info, prompt, params, item, draw, parent, *numbers in db.execute(query):
        try:
            row = {
                "kind": "sample",
                "model": json.loads(info),
                "prompt": json.loads(prompt),
                "params": json.loads(params),
                "item": item,
                "draw": draw,
                "request": {"parent": parent},
                "result": dict(zip(_RESULT, numbers, strict=False)),
                "cost": Cost(*numbers[len(_RESULT) :]),
            }
            whole = _key(row) == key
        except (ValueError, KeyError, TypeError):
            continue
        if whole:
            add(db, key, row)
    for table in _TABLES:
        db.execute(f"DROP TABLE IF EXISTS {table}")


def _key(row: dict[str, Any]) -> bytes:
    """As 0.1 named a request, from what it kept of it."""
    model, prompt = row["model"], row["prompt"]
    fields = {
        "model": model["sha256"] or model["name"],
        "template": model["template_sha256"],
        "engine": model["engine"],
        "version": model["version"],
        "messages": [[m["role"], m["content"]] for m in prompt["messages"]],
        "text": prompt["text"],
        "params": row["params"],
        "draw": row["draw"],
        "item": row["item"],
        "parent": row["request"]["parent"],
    }
    line = json.dumps(fields, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(line.encode()).digest()
