"""Grades an answer by the rubric of its question's kind.

`evals/datasets/subjects/*/kinds.jsonl` holds about ten questions of every kind and language on
five subjects for development and about twenty on eight held out, about the subject's `notes` and
`lectures` (transcripts with times, slides, pages, lab sheets; one subject's notes are lists within
lists). The questions are put to the same code as `thinkscale ask`, without a model: everything is
quoted.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

from benchmarks.subjects_data import FOLDER, folder_of, splits
from evals.retrieval.ways import with_index_path
from pipeline.answering.loop import run
from pipeline.answering.prepare import PrepareSettings, QuestionRequest, prepare
from pipeline.answering.result import conclude
from pipeline.answering.search import OrderedIndex
from pipeline.config import Config, load_config
from pipeline.engine import Engine
from pipeline.folders import cache_dir
from pipeline.retrieval import ensure
from pipeline.strategies import Access
from pipeline.text.sentences import sentences
from pipeline.types import Answer, Citation

__all__ = ["KINDS", "RUBRIC", "answers", "off_topic", "points", "rows_of_kinds", "subjects_of"]

RUBRIC = """\
A question is worth the share of its points that the answer gets; a refusal gets none.
every kind   a point for each thing that must be quoted, from the right file (what is quoted and
             cited counts, nothing else); on one subject's notes and lectures, no model asked
list         and one for all of it in order
table        and one for the asked cell's heading, one for the cell marked
summary      a point for each heading (or quotation) named in the rubric, and one for two or more
             sentences, each with its citation
explain      and one for two to five sentences
why          and one for at most four sentences
two          two questions in one: of a half that the notes lack, a point for saying which
hop          as its parts: what leads there and what is asked; a cell as in a table
time, place  and one for citing nothing outside the time (a minute or so), slide, page or section
decision     and one if at least half of what is cited is a decision or task that was asked for
block        formula or code: its lead-in, and one for the whole block, its lines kept
about        small talk about the tool: one for being answered as such"""

KINDS = (
    "list", "table", "comparison", "summary", "explain", "why", "two", "hop", "time", "place",
    "decision", "block", "about",
)  # fmt: skip
_OF_ITS_OWN = ("list", "table", "comparison", "explain", "why", "two", "hop", "block")
_EACH = 6
"""One of so many questions about another subject is asked off topic."""
_BLANK = re.compile(r"[\W_]+")
_MARK = re.compile(r"\s*\[\d+\]\s*$")


def subjects_of(split: str) -> list[str]:
    """`dev`: the subjects that weights are tuned on; `held-out`: all others."""
    parts = splits()
    tuned = parts["tune"]
    return tuned if split == "dev" else [s for p in parts.values() for s in p if s not in tuned]


def rows_of_kinds(subject: str) -> list[dict[str, Any]]:
    """The questions of every kind about a subject."""
    text = (FOLDER / subject / "kinds.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def off_topic(subject: str, split: str) -> list[dict[str, Any]]:
    """Questions about the other subjects of a split; none that any notes may answer, as those about
    a place or a meeting."""
    others = [row for name in subjects_of(split) if name != subject for row in rows_of_kinds(name)]
    return [row for row in others if row["kind"] in _OF_ITS_OWN][::_EACH]


def answers(
    subject: str, rows: Sequence[dict[str, Any]]
) -> Iterator[tuple[dict[str, Any], Answer]]:
    """Questions put to the notes of a subject, each with its answer."""

    def no_engine() -> Engine:
        raise AssertionError("no model is asked here")

    config = _config(subject)
    ask = config.settings.ask
    settings = PrepareSettings(k=ask.k, sure=ask.sure, languages=())
    with ensure(config) as index:
        notes = OrderedIndex(index)
        for row in rows:
            asked = QuestionRequest(row["question"], Access("ask"))
            prepared = run(prepare(asked, settings, notes), no_engine, notes.look_up)
            yield (
                row,
                conclude(prepared, None, notes=config.notes_path, strategy="verified", model=""),
            )


def _config(subject: str) -> Config:
    """Of a folder in the cache with the notes and the lectures."""
    folder = folder_of(subject, f"{subject}-kinds", ("notes", "lectures"))
    config = load_config(None)
    notes = config.settings.notes.model_copy(update={"path": str(folder)})
    settings = config.settings.model_copy(update={"notes": notes})
    place = cache_dir() / "subjects" / f"{subject}-kinds"
    return with_index_path(Config(settings, config.file), str(place))


def points(row: dict[str, Any], answer: Answer) -> dict[str, bool]:
    """The points of the rubric, by name, and whether the answer has them."""
    if row["kind"] == "about":
        return {"answered as small talk": answer.kind == "about" and not answer.abstained}
    lost = answer.abstained or answer.kind == "about"
    quoted = () if lost else answer.citations
    wanted = row["points"]
    shown = [_where(point, quoted) for point in wanted]
    found = {f"{at + 1}. {_name(p)}": shown[at] is not None for at, p in enumerate(wanted)}
    held = sum(any(_holds(point, one) for point in wanted) for one in quoted)
    extra: dict[str, bool] = {}
    kind = row["kind"]
    if kind == "list" and len(wanted) > 1:
        places = [at for at in shown if at is not None]
        extra["in order"] = len(places) == len(wanted) and places == sorted(places)
    if "header" in row:
        extra["heading"] = _letters(row["header"]) in _letters(answer.text)
    if "cell" in row:
        low, high = answer.marked or (0, 0)
        marked = _letters(answer.text[low:high]) == _letters(row["cell"])
        extra["cell"] = (
            marked if "header" in row else _letters(row["cell"]) in _letters(answer.text)
        )
    if kind in ("summary", "explain", "why"):
        count = sum(_sentences(one) for one in quoted)
        least, most = {"summary": (2, 99), "explain": (2, 5), "why": (1, 4)}[kind]
        extra["length"] = least <= count <= most
    if "missing" in row:
        extra["says what is missing"] = any(
            row["missing"].casefold() in line.casefold() and not _MARK.search(line)
            for line in answer.text.splitlines()
        ) and not lost  # fmt: skip
    if kind in ("time", "place"):
        extra["nothing from elsewhere"] = bool(quoted) and all(_inside(row, one) for one in quoted)
    if kind == "decision":
        extra["to the point"] = bool(held) and 2 * held >= len(quoted)
    if "block" in row:
        lines = "\n".join(_MARK.sub("", line).rstrip() for line in answer.text.splitlines())
        extra["the whole block"] = row["block"] in lines and not lost
    if not any(found.values()):  # of the wrong thing, nothing else counts
        extra = {name: had and name == "the whole block" for name, had in extra.items()}
    return found | extra


def _name(point: dict[str, str]) -> str:
    return point.get("heading") or point["quote"].split("\n")[0]


def _where(point: dict[str, str], quoted: tuple[Citation, ...]) -> tuple[int, int] | None:
    """Which citation holds it, and where in it."""
    for at, one in enumerate(quoted):
        if _holds(point, one):
            inside = _letters(one.quote).find(_letters(point["quote"])) if "quote" in point else 0
            return at, inside
    return None


def _holds(point: dict[str, str], one: Citation) -> bool:
    sources = {one.place.source, *(place.source for place in one.passage.also)}
    if point["source"] not in sources:
        return False
    if "heading" in point:
        return any(heading.startswith(point["heading"]) for heading in one.passage.headings)
    return _letters(point["quote"]) in _letters(one.quote)


def _inside(row: dict[str, Any], one: Citation) -> bool:
    place = one.place
    if one.place.source not in {point["source"] for point in row["points"]}:
        return False
    if "within" in row:
        low, high = row["within"]
        return place.unit == "time" and place.first <= high and place.last >= low
    if "heading" in row:
        return any(heading.startswith(row["heading"]) for heading in one.passage.headings)
    unit = "slide" if "slide" in row else "page"
    return place.unit == unit and place.first == row[unit]


def _sentences(one: Citation) -> int:
    lines = [line for line in one.quote.splitlines() if line.strip()]
    return sum(max(1, len(sentences(line, one.passage.language))) for line in lines)


def _letters(text: str) -> str:
    return _BLANK.sub("", unicodedata.normalize("NFKC", text)).casefold()
