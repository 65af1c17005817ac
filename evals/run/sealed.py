"""A run as one file that opens anywhere and can be checked: questions, prompts, samples, outcomes,
the environment, and hashes of all of them.

It is a ZIP of the files of a run (see `evals.run.records`) and `seal.json`, which has the SHA-256
of each. The same run always gives the same bytes. The fingerprint is the SHA-256 of what the seal
says: who publishes it beside a result can be held to every sample behind that result.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.run.records import UNREADABLE, Run, load_run
from evals.scorers import scorer
from evals.tasks.base import Item
from pipeline.errors import DatasetError, filled
from pipeline.files import write_whole

__all__ = [
    "Check",
    "fingerprint_of",
    "is_sealed",
    "open_sealed",
    "seal",
    "verify_run",
    "verify_seal",
]

SEAL = "seal.json"
_LONGEST = 8 << 30  # bytes of all files, unpacked
_WHEN = (1980, 1, 1, 0, 0, 0)
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked, of how many, and what was not as it should be."""

    name: str
    n: int
    problems: tuple[str, ...] = ()
    note: str = ""

    @property
    def line(self) -> str:
        if not self.problems:
            return f"ok      {self.name}: {self.n:,}" + (f" ({self.note})" if self.note else "")
        shown = "; ".join(self.problems[:_SHOWN])
        more = len(self.problems) - _SHOWN
        shown += f"; and {more:,} more" if more > 0 else ""
        return f"WRONG   {self.name}: {len(self.problems):,} of {self.n:,}: {shown}"


def seal(folder: Path, file: Path) -> str:
    """Write a finished run into one file; its fingerprint. Raises DatasetError for a damaged
    run."""
    load_run(folder)
    names = ["run.json", *sorted(p.name for p in folder.glob("*.jsonl"))]
    parts = {name: (folder / name).read_bytes() for name in names}
    said = _seal_text({name: hashlib.sha256(data).hexdigest() for name, data in parts.items()})
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in {**parts, SEAL: said.encode()}.items():
            packed.writestr(zipfile.ZipInfo(name, _WHEN), data, zipfile.ZIP_DEFLATED, 6)
    write_whole(file, made.getvalue())
    return hashlib.sha256(said.encode()).hexdigest()


def _seal_text(sums: Mapping[str, str]) -> str:
    return json.dumps({"format": 1, "sha256": dict(sorted(sums.items()))}, indent=1) + "\n"


def is_sealed(file: Path) -> bool:
    """Whether a path is a file that may hold a sealed run."""
    return file.is_file() and zipfile.is_zipfile(file)


def open_sealed(file: Path) -> zipfile.Path:
    """The files in it, for `load_run`. Raises DatasetError for one that is no sealed run."""
    try:
        packed = zipfile.ZipFile(file)
    except UNREADABLE as error:
        raise _refused(file, str(error)) from None
    if "run.json" not in packed.namelist() or SEAL not in packed.namelist():
        raise _refused(file, "it holds no run")
    if sum(info.file_size for info in packed.infolist()) > _LONGEST:
        raise _refused(file, "it is larger than 8 GiB")
    return zipfile.Path(packed)


def _refused(file: Path, why: str) -> DatasetError:
    return DatasetError(
        filled("{file}: cannot be opened as a sealed run ({why}).", file=file, why=why),
        "Ask for the file again; `thinkscale eval run --sealed FILE` writes one.",
    )


def verify_seal(file: Path) -> Check:
    """Every file against its SHA-256 in the seal, and none more or less than it names."""
    root = open_sealed(file)
    problems, sums = [], _sums(root, file)
    inside = {one.name for one in root.iterdir()} - {SEAL}
    problems += [f"{name} is not named in the seal" for name in sorted(inside - set(sums))]
    for name, wanted in sums.items():
        try:
            data = (root / name).read_bytes()
        except UNREADABLE:
            problems.append(f"{name} cannot be read")
            continue
        if hashlib.sha256(data).hexdigest() != wanted:
            problems.append(f"{name} is not what was sealed")
    return Check("files", len(sums), tuple(problems))


def fingerprint_of(file: Path) -> str:
    """The SHA-256 of what the seal says."""
    return hashlib.sha256(_seal_text(_sums(open_sealed(file), file)).encode()).hexdigest()


def _sums(root: zipfile.Path, file: Path) -> dict[str, str]:
    try:
        said = json.loads((root / SEAL).read_text(encoding="utf-8"))
        return {str(name): str(found) for name, found in said["sha256"].items()}
    except UNREADABLE as error:
        raise _refused(file, f"{SEAL}: {error}") from None


def verify_run(run: Run) -> tuple[Check, ...]:
    """Whether what a run says follows from what is in it: prompts are those that their ids name,
    replies score as written, answers are answers of their replies, and prices add up."""
    return (_prompts(run), *_scores(run), _answers(run), _prices(run))


def _prompts(run: Run) -> Check:
    from evals.run.recording import prompt_id

    wrong = [p.id for p in run.prompts if prompt_id(p.messages, p.text) != p.id]
    known = {p.id for p in run.prompts}
    lost = {s.prompt for s in run.samples if s.prompt and s.prompt not in known}
    problems = [f"prompt {name} is not the one it names" for name in wrong]
    problems += [f"prompt {name} is missing" for name in sorted(lost)]
    return Check("prompts", len(run.prompts), tuple(problems))


def _scores(run: Run) -> Iterator[Check]:
    """Every reply scored again by the scorer that the run names."""
    for task in run.tasks:
        name = str(task.get("name", ""))
        asked = {item.id: item for item in run.items if item.task == name}
        mine = [s for s in run.samples if s.task == name]
        by = str(task.get("scorer", ""))
        if by == "judge":
            note = "by a model's opinion: not scored again"
            yield Check(f"scores of {name}", len(mine), note=note)
            continue
        score = scorer(by)
        problems = []
        for sample in mine:
            record = asked.get(sample.item)
            if record is None:
                problems.append(f"{sample.key}: its question {sample.item} is missing")
                continue
            item = _item(record)
            found = score(item, sample.text, sample.answer)
            none = sample.answer is None
            right = found.correct and not none
            if right != sample.correct or (not none and abs(found.value - sample.score) > 1e-9):
                problems.append(f"{sample.item} draw {sample.draw}: {found.detail}")
        yield Check(f"scores of {name}", len(mine), tuple(problems))


def _item(record: Any) -> Item:
    return Item(
        record.id, record.question, record.language, record.answers, record.kind,
        record.difficulty, record.cluster, record.answerable, (), record.passage,
        record.options, "", dict(record.data),
    )  # fmt: skip


def _answers(run: Run) -> Check:
    """An answer that one of its replies gives is as right as such a reply."""
    samples = {s.key: s for s in run.samples}
    problems = []
    for o in run.outcomes:
        lost = [key for key in o.samples if key not in samples]
        if lost:
            problems.append(f"{o.item} {o.strategy}: {len(lost)} replies are missing")
            continue
        alike = {samples[k].correct for k in o.samples if samples[k].answer == o.answer}
        if o.answer is not None and alike and not o.quoted and o.correct not in alike:
            problems.append(
                f"{o.item} {o.strategy}: {o.answer!r} is not {'' if o.correct else 'in'}correct"
            )
    return Check("answers", len(run.outcomes), tuple(problems))


def _prices(run: Run) -> Check:
    samples = {s.key: s for s in run.samples}
    problems = []
    for o in run.outcomes:
        found = [samples[key].tokens for key in o.samples if key in samples]
        if sum(found) != o.generated_tokens:
            said = f"{o.generated_tokens:,} tokens, its replies have {sum(found):,}"
            problems.append(f"{o.item} {o.strategy}: {said}")
    return Check("prices", len(run.outcomes), tuple(problems))
