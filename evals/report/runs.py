"""Finding runs: by folder, or by name under `.thinkscale/runs`."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path

from evals.run.records import Run, load_head, load_run
from evals.run.sealed import is_sealed, open_sealed
from pipeline.errors import DatasetError, filled

__all__ = ["FoundRun", "find_run", "list_runs", "open_run", "read_run"]


@dataclass(frozen=True, slots=True)
class FoundRun:
    """A run on disk, as its head says. `problem`: why it cannot be read, or ""."""

    name: str
    folder: Path
    created: str = ""
    tasks: tuple[str, ...] = ()
    strategies: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    questions: int = 0
    problem: str = ""


def find_run(text: str, runs: Path) -> Path:
    """The folder of a run, or its sealed file: a path to one, or a name under `runs`.

    Raises DatasetError with the nearest name there is.
    """
    if is_sealed(Path(text).expanduser()):
        return Path(text).expanduser()
    for folder in (Path(text).expanduser(), runs / text):
        if (folder / "run.json").is_file():
            return folder
    if Path(text).expanduser().is_dir():
        raise DatasetError(
            filled("{folder}: there is no run.json in it.", folder=text),
            "An unfinished run goes on when its command is run again.",
        )
    names = [found.name for found in list_runs(runs)]
    near = difflib.get_close_matches(text, names, n=1)
    hint = (
        filled("Did you mean `{near}`?", near=near[0])
        if near
        else "`thinkscale eval runs` lists what there is."
    )
    raise DatasetError(filled("There is no run `{name}`.", name=text), hint)


def open_run(text: str, runs: Path) -> Run:
    """The run of that path or name. Raises DatasetError."""
    return read_run(find_run(text, runs))


def read_run(found: Path) -> Run:
    """The run of a folder or sealed file. Raises DatasetError."""
    return load_run(open_sealed(found) if found.is_file() else found)


def list_runs(runs: Path) -> tuple[FoundRun, ...]:
    """Every finished run under a folder, the newest first."""
    if not runs.is_dir():
        return ()
    found = [_read(folder) for folder in sorted(runs.iterdir()) if (folder / "run.json").is_file()]
    return tuple(sorted(found, key=lambda f: f.created, reverse=True))


def _read(folder: Path) -> FoundRun:
    try:
        head = load_head(folder)
        return FoundRun(
            folder.name,
            folder,
            str(head["about"].get("created", "")),
            tuple(str(task["name"]) for task in head["tasks"]),
            tuple(str(name) for name in head["strategies"]),
            tuple(str(model["name"]) for model in head["models"]),
            sum(int(task.get("n", 0)) for task in head["tasks"]),
        )
    except DatasetError as error:
        return FoundRun(folder.name, folder, problem=error.what.removeprefix(f"{folder}/"))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return FoundRun(folder.name, folder, problem=f"run.json: damaged ({error}).")
