"""The questions on several subjects, asked of an index of each subject's own notes."""

from __future__ import annotations

import json
import random
import re
import shutil
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from evals.retrieval.ways import with_index_path
from pipeline.config import Config, load_config
from pipeline.evidence.gather import Evidence, Inquiry, gather, inquire
from pipeline.folders import cache_dir
from pipeline.retrieval import Index, build, ensure, open_index
from pipeline.text.language import language_of
from pipeline.types import Hit, Passage, Place

__all__ = [
    "FOLDER",
    "SHEET",
    "Asked",
    "ask_all",
    "ask_courses",
    "ask_crossed",
    "ask_off_topic",
    "ask_pooled",
    "ask_sheets",
    "ask_shipped",
    "ask_squad",
    "folder_of",
    "letters",
    "open_course",
    "open_subject",
    "rows_of_course",
    "says_one_of",
    "splits",
]

FOLDER = Path(__file__).parents[1] / "evals" / "datasets" / "subjects"
_SHIPPED = FOLDER.parent / "notes-qa.jsonl"
SHEET = "asks.md"
_BLANK = re.compile(r"[\W_]+")
_OF_SEVERAL = ("list", "steps", "table", "comparison", "summary")
"""Kinds that no sentence answers."""
_EACH = 4
"""One of so many questions of another subject is asked off topic."""


@dataclass(frozen=True)
class Asked:
    """A question and what was found for it, the best first."""

    subject: str
    row: dict[str, Any]
    hits: tuple[Hit, ...]
    inquiry: Inquiry
    found: tuple[Evidence, ...]

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

    def gold(self, one: Evidence) -> set[int]:
        """Which of the supporting quotes stand in what is quoted. Of a question in the SQuAD
        schema: its paragraph is quoted, with the answer in it."""
        shown = letters(one.text)
        if "wanted" in self.row:
            return {at for at, some in enumerate(self.row["wanted"]) if says_one_of(some, shown)}
        sources = {one.passage.source, *(place.source for place in one.passage.also)}
        quotes = [*self.row.get("spans", ()), *self.row.get("also", ())]
        return {
            at
            for at, gold in enumerate(quotes)
            if gold["source"] in sources
            and (one.passage.text == gold["context"] and gold["text"] in one.text
                 if "context" in gold else _same(letters(gold["quote"]), shown))
        }  # fmt: skip

    def covered(self, quoted: Sequence[Evidence]) -> float:
        """What quoting all of them is worth: as `points`."""
        right = {at for one in quoted for at in self.gold(one)}
        if "wanted" in self.row:
            return float(2 * len(right) >= len(self.row["wanted"]) > 0)
        spans = len(self.row["spans"])
        if self.row["kind"] in ("list", "comparison") and spans > 1:
            return len({at for at in right if at < spans}) / spans
        return float(bool(right))

    def points(self, one: Evidence) -> float:
        """What quoting it is worth: a list counts by its parts, a comparison by its
        sides, of anything else one sentence that says it is enough."""
        return self.covered([one])


def says_one_of(wanted: str | Sequence[str], shown: str) -> bool:
    """Whether one spelling of what is wanted stands in a text, of which only the `letters` are
    looked at."""
    some = [wanted] if isinstance(wanted, str) else wanted
    return any(letters(one) in shown for one in some)


def letters(text: str) -> str:
    """A text by its letters and figures alone."""
    return _BLANK.sub("", unicodedata.normalize("NFKC", text)).casefold()


def _same(quote: str, shown: str) -> bool:
    return quote in shown or (len(shown) > 6 and shown in quote)


def splits() -> dict[str, list[str]]:
    """The subjects that weights are tuned on, those held out, those looked at last, and those held
    out that have questions of every kind alone (`benchmarks.kinds`)."""
    found: dict[str, list[str]] = json.loads((FOLDER / "splits.json").read_text(encoding="utf-8"))
    return found


def rows_of(subject: str) -> list[dict[str, Any]]:
    """The questions of a subject; none of one that has questions of every kind alone."""
    file = FOLDER / subject / "questions.jsonl"
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    return [json.loads(line) for line in text.splitlines()]


def open_subject(subject: str, parts: Sequence[str] = ("notes",)) -> Index:
    """The index of a subject's notes, or of other parts of its folder, kept in the cache."""
    name, folder = subject, FOLDER / subject / "notes"
    if parts != ("notes",):
        name = "-".join([subject, *(Path(part).stem for part in parts)])
        folder = folder_of(subject, name, parts)
    config = load_config(None)
    notes = config.settings.notes.model_copy(update={"path": str(folder)})
    settings = config.settings.model_copy(update={"notes": notes})
    return ensure(_kept(Config(settings, config.file), name))


def folder_of(subject: str, name: str, parts: Sequence[str]) -> Path:
    """A folder in the cache with some files and folders of a subject."""
    folder = cache_dir() / "subjects" / f"{name}-notes"
    found = (FOLDER / subject / part for part in parts)
    wanted = {
        path.name: path for part in found for path in (part.iterdir() if part.is_dir() else [part])
    }
    folder.mkdir(parents=True, exist_ok=True)
    for file, path in wanted.items():
        if not (folder / file).exists() or (folder / file).read_bytes() != path.read_bytes():
            shutil.copyfile(path, folder / file)
    for path in folder.iterdir():
        if path.name not in wanted:
            path.unlink()
    return folder


def ask_all(subjects: Sequence[str], words: bool = False) -> list[Asked]:
    """Every question of the subjects, each of its own subject's notes. `words`: the embedder is not
    asked."""
    found = []
    for subject in subjects:
        with open_subject(subject) as index:
            found += list(_ask(index, subject, rows_of(subject), words))
    return found


def ask_sheets(subjects: Sequence[str], words: bool = False) -> list[Asked]:
    """The answerable questions, of the notes together with a course sheet (`asks.md`) whose goals
    and exercises ask much the same; and of the sheet alone, which answers none of them."""
    found = []
    for subject in subjects:
        rows = [row for row in rows_of(subject) if row["answerable"]]
        with open_subject(subject, ("notes", SHEET)) as index:
            found += list(_ask(index, subject, rows, words))
        rows = [{**row, "answerable": False, "kind": "sheet alone", "spans": []} for row in rows]
        with open_subject(subject, (SHEET,)) as index:
            found += list(_ask(index, subject, rows, words))
    return found


def ask_crossed(subjects: Sequence[str]) -> list[Asked]:
    """Questions in the language that the notes are not in: some of those about them, asked anew, as
    one speaks."""
    text = (FOLDER / "crossed.jsonl").read_text(encoding="utf-8")
    found = []
    for subject in subjects:
        known = {row["id"]: row for row in rows_of(subject)}
        rows = [json.loads(line) for line in text.splitlines()]
        rows = [{**known[row["of"]], **row} for row in rows if row["subject"] == subject]
        with open_subject(subject) as index:
            found += list(_ask(index, subject, rows, words=False))
    return found


def ask_pooled(subjects: Sequence[str], words: bool = False) -> list[Asked]:
    """The same questions, of the notes on all of these subjects together."""
    passages = []
    for subject in subjects:
        with open_subject(subject) as index:
            passages += [_of(subject, passage) for passage in index.passages]
    found = []
    with _index_of(passages, f"{len(subjects)}-subjects") as index:
        for subject in subjects:
            rows = [
                {**row, **{key: [{**g, "source": f"{subject}/{g['source']}"} for g in row[key]]
                           for key in ("spans", "also") if key in row}}
                for row in rows_of(subject)
            ]  # fmt: skip
            found += list(_ask(index, subject, rows, words))
    return found


def ask_off_topic(
    subjects: Sequence[str], others: Sequence[str], words: bool = False
) -> list[Asked]:
    """Questions that the notes of other subjects answer, in both languages."""
    found = []
    for at, subject in enumerate(subjects):
        strange = [row for other in others if other != subject for row in rows_of(other)]
        rows = [row for row in strange if row["answerable"]][at % _EACH :: _EACH]
        rows = [{**row, "answerable": False, "kind": "off topic", "spans": []} for row in rows]
        with open_subject(subject) as index:
            found += list(_ask(index, subject, rows, words))
    return found


def rows_of_course(folder: Path) -> list[dict[str, Any]]:
    """The questions about a course of one's own: `questions.jsonl` beside its `notes`, a JSON
    object a line with `question`, `kind`, `answerable` and `wanted`, what the answer must have: for
    each thing its spellings in the notes. `need`: how many of them are enough (else all)."""
    lines = (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines if line.strip()]
    return [
        {"kind": "fact", "answerable": bool(row["wanted"]), "need": len(row["wanted"]),
         "language": language_of(row["question"]), **row}
        for row in rows
    ]  # fmt: skip


def open_course(folder: Path) -> Index:
    """The index of a course's notes, kept in the cache."""
    config = load_config(None)
    notes = config.settings.notes.model_copy(update={"path": str(folder / "notes")})
    settings = config.settings.model_copy(update={"notes": notes})
    return ensure(_kept(Config(settings, config.file), f"course-{folder.resolve().name}"))


def ask_courses(folders: Sequence[Path], words: bool = False) -> list[Asked]:
    """The questions about courses that one sentence can answer, each of its own notes."""
    found = []
    for folder in folders:
        rows = [row for row in rows_of_course(folder) if row["kind"] not in _OF_SEVERAL]
        with open_course(folder) as index:
            found += list(_ask(index, folder.resolve().name, rows, words))
    return found


def ask_shipped(split: str, words: bool = False) -> list[Asked]:
    """The shipped questions about the shipped notes."""
    rows = [json.loads(line) for line in _SHIPPED.read_text(encoding="utf-8").splitlines()]
    with ensure(load_config(None)) as index:
        return list(_ask(index, "shipped", [r for r in rows if r["split"] == split], words))


def ask_squad(path: Path, articles: int, which: slice) -> tuple[list[Asked], list[Asked]]:
    """Some questions of a file in the SQuAD schema about its first articles, which are shuffled:
    asked of all of them, and again without the article that answers."""
    data = json.loads(path.read_text(encoding="utf-8"))["data"][:articles]
    texts = {p["context"]: a for a, article in enumerate(data) for p in article["paragraphs"]}
    passages = [
        Passage(f"p{at}", text, f"a{a}", Place(f"a{a}", at, at), language=language_of(text))
        for at, (text, a) in enumerate(texts.items(), 1)
    ]
    rows = [
        {
            "question": qa["question"],
            "language": language_of(qa["question"]),
            "kind": "fact",
            "answerable": True,
            "cluster": f"a{texts[p['context']]}",
            "spans": [{"source": f"a{texts[p['context']]}", "context": p["context"], **answer}],
        }
        for article in data
        for p in article["paragraphs"]
        for qa in p["qas"]
        for answer in qa["answers"][:1]
    ]
    random.Random(0).shuffle(rows)
    there, gone = [], []
    with _index_of(passages, path.stem) as index:
        k = index.config.settings.ask.k
        most = max(Counter(texts.values()).values())
        for row in rows[which]:
            hits = index.find(row["question"], most + k)
            there.append(_asked(path.stem, row, _measured(index, row["question"], hits[:k])))
            others = [(at, hit) for at, hit in hits if hit.passage.source != row["cluster"]]
            without = {**row, "answerable": False, "kind": "article removed", "spans": []}
            few = _measured(index, row["question"], others[:k])
            gone.append(_asked(path.stem, without, few))
    return there, gone


def _measured(index: Index, question: str, found: Sequence[tuple[int, Hit]]) -> list[Hit]:
    """The hits as if these alone had been found."""
    signals = index.measured(question, [at for at, _ in found])
    return [replace(hit, signals=own) for (_, hit), own in zip(found, signals, strict=True)]


def _kept(config: Config, name: str) -> Config:
    return with_index_path(config, str(cache_dir() / "subjects" / name))


def _of(subject: str, passage: Passage) -> Passage:
    source = f"{subject}/{passage.source}"
    place = replace(passage.place, source=source)
    return replace(passage, id=f"{subject}/{passage.id}", source=source, place=place)


def _index_of(passages: Sequence[Passage], name: str) -> Index:
    config = _kept(load_config(None), name)
    build(config, passages=passages)
    return open_index(config)


def _ask(
    index: Index, subject: str, rows: Sequence[dict[str, Any]], words: bool
) -> Iterator[Asked]:
    arms = [arm for arm in index.arms if arm != "dense"] if words else None
    for row in rows:
        yield _asked(
            subject, row, index.search(row["question"], index.config.settings.ask.k, arms=arms)
        )


def _asked(subject: str, row: dict[str, Any], hits: Sequence[Hit]) -> Asked:
    inquiry = inquire(row["question"], row["language"])
    return Asked(subject, row, tuple(hits), inquiry, gather(inquiry, hits))
