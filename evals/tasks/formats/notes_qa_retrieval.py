"""Question sets over the configured notes, as retrieval sees them.

One JSON object a line: `id`, `question`, `spans` (each a `source` and a `quote` of it), and where
there are any `language`, `also` (other sentences that support the answer), `cluster`, `split`,
`answerable`. A passage is right where it holds a supporting quote; one is enough, and whether all
parts of the answer were found is told apart.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from evals.tasks.collection import Collection, Query
from evals.tasks.formats.problems import placed
from pipeline.errors import DatasetError, filled
from pipeline.types import Passage

__all__ = ["LOST", "load_notes_questions"]

LOST = "not among the passages"
"""Stands in `gains` for supporting text that the notes hold and no passage does: it cannot be
found, and counts as such."""
_BLANK = re.compile(r"[\W_]+")


def load_notes_questions(
    path: Path, passages: Sequence[Passage], split: str = "all", name: str = ""
) -> Collection:
    """The answerable questions of one split (`all` of them by default) over `passages`.

    Questions whose right passages are all in another language than theirs have a row of their own,
    `ko to en` or `en to ko`. Raises DatasetError with file and line of the first malformed line,
    doubled id, or quote of a note that is not there.
    """
    letters: dict[str, list[tuple[str, Passage]]] = {}
    for passage in passages:
        for place in (passage.place, *passage.also):
            letters.setdefault(place.source, []).append((_letters(passage.text), passage))
    queries: dict[str, Query] = {}
    lost = 0
    for where, row in _rows(path):
        if row["id"] in queries:
            raise DatasetError(
                placed(where, filled("the id {name} is there twice.", name=repr(row["id"]))),
                "Rename one.",
            )
        if not row.get("answerable", True) or split not in ("all", row.get("split", "all")):
            continue
        query = _query(row, letters, where)
        lost += LOST in query.gains
        queries[query.id] = query
    if not queries:
        raise DatasetError(
            filled(
                "{file}: the split {split} holds no question that has an answer.",
                file=path,
                split=repr(split),
            ),
            "Check it.",
        )
    notices: tuple[str, ...] = ()
    if lost:
        said = "{count} questions have quotes that no passage holds; it counts as missed."
        notices = (filled(said, count=lost),)
    return Collection(name or path.stem, tuple(passages), tuple(queries.values()), notices)


def _letters(text: str) -> str:
    """What is compared: letters and digits, whatever markup and spaces are between."""
    return _BLANK.sub("", unicodedata.normalize("NFKC", text)).casefold()


def _query(row: dict[str, Any], letters: dict[str, list[tuple[str, Passage]]], where: str) -> Query:
    from pipeline.text.language import language_of

    language = str(row.get("language") or language_of(row["question"]))
    parts = [_holders(quote, letters, where) for quote in row["spans"]]
    also = [_holders(quote, letters, where) for quote in row.get("also", [])]
    if len(parts) == 1:
        parts = [{**parts[0], **{name: tongue for found in also for name, tongue in found.items()}}]
    spoken = {tongue for found in (*parts, *also) for tongue in found.values()}
    gains = dict.fromkeys((name for found in (*parts, *also) for name in found), 1)
    if not all(parts):
        gains[LOST] = 1
    group = "" if not spoken or language in spoken else f"{language} to {min(spoken)}"
    return Query(
        str(row["id"]),
        row["question"],
        language,
        gains,
        str(row.get("cluster") or row["id"]),
        tuple(frozenset(found) for found in parts),
        group,
    )


def _holders(
    gold: dict[str, Any], letters: dict[str, list[tuple[str, Passage]]], where: str
) -> dict[str, str]:
    """The passages of its source that hold a supporting quote, and their languages."""
    try:
        source, quote = str(gold["source"]), _letters(gold["quote"])
    except (KeyError, TypeError) as error:
        raise DatasetError(
            filled(
                "{where}: a span needs `source` and `quote` ({why}).",
                where=where,
                why=f"{type(error).__name__}: {error}",
            ),
            "Mend that line.",
        ) from None
    if source not in letters:
        raise DatasetError(
            filled("{where}: {note} is not among the notes.", where=where, note=repr(source)),
            "Point notes.path at the notes these questions are about.",
        )
    holders = [passage for text, passage in letters[source] if quote and quote in text]
    return {passage.id: passage.language for passage in holders}


def _rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise DatasetError(
            filled("{file}: there is no such file.", file=path), "Check the path."
        ) from None
    except (OSError, ValueError) as error:
        raise DatasetError(
            filled("{file}: cannot be read ({why}).", file=path, why=error),
            "It must be UTF-8 text.",
        ) from None
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        where = f"{path}:{number}"
        try:
            row = json.loads(line)
        except ValueError as error:
            raise DatasetError(
                filled("{where}: not valid JSON ({why}).", where=where, why=error),
                "Mend that line.",
            ) from None
        if (
            not isinstance(row, dict)
            or not isinstance(row.get("question"), str)
            or not row["question"].strip()
            or "id" not in row
            or not all(isinstance(row.get(key, []), list) for key in ("spans", "also"))
            or (row.get("answerable", True) and not row.get("spans"))
        ):
            raise DatasetError(
                placed(where, "needs `id`, `question`, and `spans` unless it is not answerable."),
                "Mend that line.",
            )
        yield where, row
