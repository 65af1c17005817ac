"""The questions on several subjects, asked of an index of each subject's own notes."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evals.retrieval.ways import with_index_path
from pipeline.config import Config, load_config
from pipeline.evidence.select import Candidate, candidates
from pipeline.folders import cache_dir
from pipeline.retrieval import Index, ensure
from pipeline.types import Hit

__all__ = ["FOLDER", "Asked", "ask_all", "ask_off_topic", "ask_shipped", "splits"]

FOLDER = Path(__file__).parents[1] / "evals" / "datasets" / "subjects"
_SHIPPED = FOLDER.parent / "notes-qa.jsonl"
_BLANK = re.compile(r"[\W_]+")
_EACH = 4
"""One of so many questions of another subject is asked off topic."""


@dataclass(frozen=True)
class Asked:
    """A question and what was found for it. `best` is the score of the best passage."""

    subject: str
    row: dict[str, Any]
    hits: tuple[Hit, ...]
    found: list[Candidate] = field(default_factory=list)

    @property
    def question(self) -> str:
        return str(self.row["question"])

    @property
    def language(self) -> str:
        return str(self.row["language"])

    @property
    def answerable(self) -> bool:
        return bool(self.row["answerable"])

    @property
    def cluster(self) -> str:
        return f"{self.subject}/{self.row.get('cluster', '')}"

    def gold(self, one: Candidate) -> set[int]:
        """Which of the gold quotes stand in what a candidate shows."""
        shown = _letters(one.text)
        sources = {one.passage.source, *(place.source for place in one.passage.also)}
        quotes = [*self.row.get("spans", ()), *self.row.get("also", ())]
        return {
            at
            for at, gold in enumerate(quotes)
            if gold["source"] in sources and _same(_letters(gold["quote"]), shown)
        }

    def points(self, one: Candidate) -> float:
        """What showing a candidate is worth: a list counts by its parts, a comparison by its
        sides, of anything else one sentence that says it is enough."""
        right = self.gold(one)
        spans = len(self.row["spans"])
        if self.row["kind"] in ("list", "comparison") and spans > 1:
            return len({at for at in right if at < spans}) / spans
        return float(bool(right))


def _letters(text: str) -> str:
    return _BLANK.sub("", unicodedata.normalize("NFKC", text)).casefold()


def _same(quote: str, shown: str) -> bool:
    return quote in shown or (len(shown) > 6 and shown in quote)


def splits() -> dict[str, list[str]]:
    """The subjects that weights are tuned on, those held out, and those looked at last."""
    found: dict[str, list[str]] = json.loads((FOLDER / "splits.json").read_text(encoding="utf-8"))
    return found


def rows_of(subject: str) -> list[dict[str, Any]]:
    """The questions of a subject."""
    text = (FOLDER / subject / "questions.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def open_subject(subject: str) -> Index:
    """The index of a subject's notes, kept in the cache."""
    config = load_config(None)
    notes = config.settings.notes.model_copy(update={"path": str(FOLDER / subject / "notes")})
    settings = config.settings.model_copy(update={"notes": notes})
    place = cache_dir() / "subjects" / subject
    return ensure(with_index_path(Config(settings, config.file), str(place)))


def ask_all(subjects: Sequence[str]) -> list[Asked]:
    """Every question of the subjects."""
    found = []
    for subject in subjects:
        with open_subject(subject) as index:
            found += list(_ask(index, subject, rows_of(subject)))
    return found


def ask_off_topic(subjects: Sequence[str], others: Sequence[str]) -> list[Asked]:
    """Questions that the notes of other subjects answer, in both languages."""
    found = []
    for at, subject in enumerate(subjects):
        strange = [row for other in others if other != subject for row in rows_of(other)]
        rows = [row for row in strange if row["answerable"]][at % _EACH :: _EACH]
        rows = [{**row, "answerable": False, "kind": "off topic", "spans": []} for row in rows]
        with open_subject(subject) as index:
            found += list(_ask(index, subject, rows))
    return found


def ask_shipped(split: str) -> list[Asked]:
    """The shipped questions about the shipped notes."""
    rows = [json.loads(line) for line in _SHIPPED.read_text(encoding="utf-8").splitlines()]
    with ensure(load_config(None)) as index:
        return list(_ask(index, "shipped", [row for row in rows if row["split"] == split]))


def _ask(index: Index, subject: str, rows: Sequence[dict[str, Any]]) -> Iterator[Asked]:
    k = index.config.settings.ask.k
    for row in rows:
        hits = tuple(index.search(row["question"], k))
        yield Asked(subject, row, hits, candidates(hits))
