"""Small sound files in every schema, written for these tests; the ones in the documentation are
tested too."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

__all__ = ["DOCS", "beir_folder", "documented", "squad", "write"]

DOCS = Path(__file__).parents[3] / "docs/datasets.md"
_BLOCK = re.compile(r"^```\w+ (?P<name>[\w.]+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


def documented() -> dict[str, str]:
    """The examples of the page on formats, by file name."""
    text = DOCS.read_text(encoding="utf-8")
    return {found["name"]: found["text"] for found in _BLOCK.finditer(text)}


def write(folder: Path, name: str, content: Any) -> Path:
    """A file with this text, these bytes, or this as JSON."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        text = content if isinstance(content, str) else json.dumps(content, indent=1)
        path.write_text(text, encoding="utf-8", newline="\n")
    return path


def squad(**change: Any) -> dict[str, Any]:
    """A document with one question; `change` replaces fields of the question."""
    context = "It rained all day. The ferry was late."
    question = {
        "id": "q1",
        "question": "What was late?",
        "answers": [{"text": "The ferry", "answer_start": 19}],
    }
    paragraph = {"context": context, "qas": [question | change]}
    return {"data": [{"title": "Ferry", "paragraphs": [paragraph]}]}


def beir_folder(folder: Path, **files: str) -> Path:
    """Two passages and a question in a BEIR folder; `files` replaces corpus, queries or qrels."""
    sound = {
        "corpus": '{"_id": "d1", "title": "Ferry", "text": "The ferry was late."}\n'
        '{"_id": "d2", "text": "It rained."}\n',
        "queries": '{"_id": "q1", "text": "What was late?"}\n',
        "qrels": "query-id\tcorpus-id\tscore\nq1\td1\t1\n",
    } | files
    write(folder, "corpus.jsonl", sound["corpus"])
    write(folder, "queries.jsonl", sound["queries"])
    write(folder, "qrels/test.tsv", sound["qrels"])
    return folder
