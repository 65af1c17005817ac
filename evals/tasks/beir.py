"""Question sets in the BEIR schema: `corpus.jsonl`, `queries.jsonl`, `qrels/<split>.tsv`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from evals.tasks.collection import Collection, Query
from pipeline.errors import DatasetError
from pipeline.types import Passage, Place

__all__ = ["load_beir"]


def load_beir(folder: Path, split: str = "test") -> Collection:
    """Passages are the corpus entries (the title a heading); queries are those the split judges.

    Raises DatasetError with file and line of the first malformed line, doubled id, or judgement
    of something that is not there.
    """
    from pipeline.notes import language_of

    passages: dict[str, Passage] = {}
    for where, row in _rows(folder / "corpus.jsonl"):
        name, text = str(row["_id"]), str(row["text"])
        if name in passages:
            raise DatasetError(f"{where}: the id {name!r} is there twice.", "Rename one.")
        title = str(row.get("title") or "").strip()
        line = int(where.rsplit(":", 1)[1])
        place = Place("corpus.jsonl", line, line)
        language = language_of(text)
        headings = (title,) if title else ()
        passages[name] = Passage(name, text, "corpus.jsonl", place, headings, language)
    texts: dict[str, str] = {}
    for where, row in _rows(folder / "queries.jsonl"):
        name = str(row["_id"])
        if name in texts:
            raise DatasetError(f"{where}: the id {name!r} is there twice.", "Rename one.")
        texts[name] = str(row["text"])
    gains = _judgements(folder / "qrels" / f"{split}.tsv", texts, passages)
    queries = tuple(
        Query(name, texts[name], language_of(texts[name]), found, name)
        for name, found in gains.items()
        if any(found.values())
    )
    if not queries:
        raise DatasetError(
            f"{folder}: no question of the split {split!r} has an answer.", "Check it."
        )
    return Collection(folder.name, tuple(passages.values()), queries)


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise DatasetError(f"{path}: there is no such file.", "Is it in the BEIR schema?") from None
    except (OSError, ValueError) as error:
        raise DatasetError(f"{path}: cannot be read ({error}).", "It must be UTF-8 text.") from None
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield f"{path}:{number}", line


def _rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for where, line in _lines(path):
        try:
            row = json.loads(line)
        except ValueError as error:
            raise DatasetError(f"{where}: not valid JSON ({error}).", "Mend that line.") from None
        if not isinstance(row, dict) or "_id" not in row or not isinstance(row.get("text"), str):
            raise DatasetError(f"{where}: needs `_id` and `text`.", "Mend that line.")
        yield where, row


def _judgements(
    path: Path, queries: dict[str, str], passages: dict[str, Passage]
) -> dict[str, dict[str, int]]:
    """Gains by query and passage. The first line is a header, as BEIR has it."""
    found: dict[str, dict[str, int]] = {}
    for number, (where, line) in enumerate(_lines(path)):
        cells = line.rstrip("\r").split("\t")
        if number == 0 and not cells[-1].lstrip("-").isdigit():
            continue
        if len(cells) != 3 or not cells[2].lstrip("-").isdigit():
            raise DatasetError(
                f"{where}: needs query, passage and a whole number.", "Mend that line."
            )
        query, passage, gain = cells[0], cells[1], int(cells[2])
        if query not in queries:
            raise DatasetError(
                f"{where}: judges the unknown question {query!r}.", "Mend that line."
            )
        if passage not in passages:
            raise DatasetError(
                f"{where}: judges the unknown passage {passage!r}.", "Mend that line."
            )
        if passage in found.get(query, {}):
            raise DatasetError(f"{where}: judges {query!r} and {passage!r} twice.", "Remove one.")
        found.setdefault(query, {})[passage] = max(0, gain)
    return found
