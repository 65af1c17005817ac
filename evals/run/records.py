"""The files that a run leaves behind: a folder from which every table and plot is made.

    run.json        what was run: tasks, strategies, models, sampling, versions, notes
    items.jsonl     the questions asked, with their correct answer
    passages.jsonl  every passage that a prompt showed
    prompts.jsonl   every prompt that a draw answers, once
    samples.jsonl   every draw that a strategy used, once
    repeats.jsonl   with `--repeat`: every score of the other passes
    outcomes.jsonl  for every question, strategy and model: the answer, its score and its price

Nothing in them depends on when a draw was made or in which order, so that the same pool always
gives the same bytes; only `run.json` has a time in it. It also has the checksums of the other files
and of itself, which are compared whenever a run is read.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from pipeline.checksums import checksum
from pipeline.errors import DatasetError, filled
from pipeline.files import write_whole

__all__ = [
    "UNREADABLE",
    "ModelRecord",
    "Outcome",
    "PassageRecord",
    "PromptRecord",
    "QuestionRecord",
    "RepeatRecord",
    "Run",
    "SampleRecord",
    "load_head",
    "load_run",
    "save_run",
]

_FORMAT = 3
UNREADABLE = (
    *(OSError, EOFError, ValueError, KeyError, TypeError, AttributeError, RuntimeError),
    *(zlib.error, BadZipFile),
)
"""What reading a damaged run may raise, from its folder or a sealed file."""


@dataclass(frozen=True, slots=True)
class ModelRecord:
    """A model that answered. `flops_per_token` is of one token at the start of a context."""

    name: str
    sha256: str = ""
    parameters: int = 0
    flops_per_token: float = 0.0
    engine: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class QuestionRecord:
    """A question and its correct answer; `id` is unique within its `task`."""

    task: str
    id: str
    question: str
    language: str = "en"
    kind: str = ""
    difficulty: str = ""
    cluster: str = ""
    answers: tuple[str, ...] = ()
    answerable: bool = True
    spans: tuple[tuple[str, str], ...] = ()
    """(source, quote) of every supporting span."""
    passage: str = ""
    options: tuple[str, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)
    """What else its scorer looks at."""


@dataclass(frozen=True, slots=True)
class PassageRecord:
    """A passage that was shown, and where it stands, as a person writes it (`file:line`)."""

    id: str
    place: str
    text: str
    heading: str = ""


@dataclass(frozen=True, slots=True)
class PromptRecord:
    """What the model read: `messages` as (role, content), or raw `text`."""

    id: str
    messages: tuple[tuple[str, str], ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class SampleRecord:
    """One sample. `answer` is what was read in it (None: it may not vote), `group` names its class
    of equal answers within the question ("" where it has none), `score` is the answer's. `limit` is
    how many tokens it might have had, `prompt` the id of its prompt (0 and "": not recorded).
    `verifiers`: by name, how good a verifier that does not know the correct answer thinks the reply
    is."""

    key: str
    task: str
    item: str
    model: str
    template: str
    draw: int
    text: str
    finish: str
    tokens: int
    thinking: str = ""
    greedy: bool = False
    answer: str | None = None
    group: str = ""
    score: float = 0.0
    correct: bool = False
    mean_logprob: float = 0.0
    lowest_group: float = 0.0
    limit: int = 0
    prompt: str = ""
    verifiers: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One question answered by one strategy with one model.

    `answer` None: nothing that may count (an abstention where the notes were searched). `score` is
    0 to 1; `correct` is what accuracy counts. `passages` and `samples` are ids into the run.
    `prompt_tokens` counts a shared prompt once, `generated_tokens` cancelled samples too; `seconds`
    are the engine's for these draws alone, `retrieval_seconds` those of search.
    `gold_found`: a right passage was among those searched (None: nothing to find).
    """

    task: str
    item: str
    strategy: str
    model: str
    answer: str | None
    score: float
    correct: bool
    parts: Mapping[str, float] = field(default_factory=dict)
    why: str = ""
    abstained: bool = False
    quoted: bool = False
    share: float = 0.0
    confidence: float = 0.0
    votes: tuple[tuple[str, int, float], ...] = ()
    """(answer, votes, weight), the winner first."""
    citations: tuple[Mapping[str, Any], ...] = ()
    passages: tuple[str, ...] = ()
    samples: tuple[str, ...] = ()
    prompt_tokens: int = 0
    generated_tokens: int = 0
    seconds: float = 0.0
    retrieval_seconds: float = 0.0
    flops: float = 0.0
    gold_found: bool | None = None
    complete: bool = True

    @property
    def tokens(self) -> int:
        return self.prompt_tokens + self.generated_tokens


@dataclass(frozen=True, slots=True)
class RepeatRecord:
    """The score of one question by one strategy in another pass of a run: with `wording` of the
    prompt (0: its own) and `seed` (0: the first of that wording)."""

    task: str
    item: str
    strategy: str
    model: str
    wording: int
    seed: int
    correct: bool


@dataclass(frozen=True)
class Run:
    """A finished run. `strategies` are in the order asked for; the first is the baseline.

    `tasks` has for each task `{name, sha256, n, scorer, reading, limited}`; `about` whatever else a
    reader may want: sampling, versions, notes, created, seconds.
    """

    name: str
    tasks: tuple[Mapping[str, Any], ...]
    strategies: tuple[str, ...]
    models: tuple[ModelRecord, ...]
    about: Mapping[str, Any]
    items: tuple[QuestionRecord, ...]
    passages: tuple[PassageRecord, ...]
    samples: tuple[SampleRecord, ...]
    outcomes: tuple[Outcome, ...]
    prompts: tuple[PromptRecord, ...] = ()
    repeats: tuple[RepeatRecord, ...] = ()


_PARTS: Mapping[str, type[Any]] = {
    "items": QuestionRecord,
    "passages": PassageRecord,
    "prompts": PromptRecord,
    "samples": SampleRecord,
    "outcomes": Outcome,
    "repeats": RepeatRecord,
}
_LATER = ("prompts", "repeats")  # which runs of earlier versions have not got


def save_run(run: Run, folder: Path) -> None:
    """Write a run's files, each whole; `run.json` last, so that a folder with one is complete."""
    folder.mkdir(parents=True, exist_ok=True)
    sums = {}
    for name in _PARTS:
        if name == "repeats" and not run.repeats:
            continue
        data = _lines(asdict(row) for row in getattr(run, name))
        sums[f"{name}.jsonl"] = checksum(data)
        write_whole(folder / f"{name}.jsonl", data)
    head = {
        "format": _FORMAT,
        "run": run.name,
        "tasks": [dict(task) for task in run.tasks],
        "strategies": list(run.strategies),
        "models": [asdict(model) for model in run.models],
        "about": dict(run.about),
        "checksums": sums,
    }
    head["checksum"] = _head_sum(head)
    write_whole(folder / "run.json", json.dumps(head, ensure_ascii=False, indent=2) + "\n")


def load_run(folder: Path | Traversable) -> Run:
    """A run from its folder, or from what `evals.run.sealed` opens. Raises DatasetError naming the
    file that is missing or damaged."""
    head = load_head(folder)
    file = folder / "run.json"
    try:
        rows: dict[str, Any] = {}
        for name, kind in _PARTS.items():
            file = folder / f"{name}.jsonl"
            if name in _LATER and file.name not in head.get("checksums", {}):
                continue
            data = file.read_bytes()
            if head["format"] > 1 and checksum(data) != head["checksums"][file.name]:
                raise ValueError("it is not what was written")
            # Not splitlines: a reply may hold the line separators that JSON leaves as they are.
            lines = data.decode("utf-8").split("\n")
            rows[name] = tuple(kind(**_tuples(json.loads(line))) for line in lines if line)
        return Run(
            head["run"],
            tuple(head["tasks"]),
            tuple(head["strategies"]),
            tuple(ModelRecord(**model) for model in head["models"]),
            head["about"],
            **rows,
        )
    except UNREADABLE as error:
        raise _damaged(file, error) from None


def load_head(folder: Path | Traversable) -> dict[str, Any]:
    """What `run.json` says: a run without its questions and samples.

    Raises DatasetError where it is missing, damaged or newer. Runs of version 0.1 have no checksums
    and are read as they are.
    """
    file = folder / "run.json"
    try:
        head: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        if head["format"] == 1 and not {"checksum", "checksums"} & head.keys():
            return head
        if head.pop("checksum", None) != _head_sum(head):
            if isinstance(head["format"], int) and head["format"] > _FORMAT:
                raise DatasetError(
                    filled("{file}: written by a newer version.", file=file), "Update thinkscale."
                )
            raise ValueError("it is not what was written")
        return head
    except UNREADABLE as error:
        raise _damaged(file, error) from None


def _damaged(file: Path | Traversable, error: Exception) -> DatasetError:
    if isinstance(error, FileNotFoundError):
        return DatasetError(
            filled("{file}: there is no such file.", file=file),
            "`thinkscale eval runs` lists what there is; an unfinished run goes on when its "
            "command is run again.",
        )
    said = " ".join(str(error).split())
    return DatasetError(
        filled("{file}: damaged ({why}).", file=file, why=said),
        "Run the evaluation again: samples that are in the pool are not made again.",
    )


def _head_sum(head: Mapping[str, Any]) -> str:
    return checksum(json.dumps(head, ensure_ascii=True, sort_keys=True).encode())


def _tuples(row: dict[str, Any]) -> dict[str, Any]:
    """JSON has lists where the records have tuples."""
    return {
        key: tuple(tuple(v) if isinstance(v, list) else v for v in value)
        if isinstance(value, list)
        else value
        for key, value in row.items()
    }


def _lines(rows: Iterable[dict[str, Any]]) -> bytes:
    lines = (json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n" for row in rows)
    return "".join(lines).encode("utf-8", "replace")
