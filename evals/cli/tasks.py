"""`thinkscale eval tasks` and `eval validate`: list the tasks, and check a file of questions."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.options import config_option, examples, json_option, print_json
from pipeline.cli.translation import tr, translated

if TYPE_CHECKING:
    from evals.tasks.base import Task
    from evals.tasks.formats.problems import Problem

__all__ = ["tasks", "validate"]


@click.command("tasks", epilog=examples("thinkscale eval tasks"))
@json_option
def tasks(as_json: bool) -> None:
    """List the tasks: generators and their parameters, shipped question sets, schemas of files."""
    from evals.tasks.formats.dataset_schemas import SCHEMAS
    from evals.tasks.registry import generators, shipped, task_names

    named = task_names()
    made = [
        {
            "name": name,
            "description": found.description,
            "languages": ["en", "ko"],
            "items": found.n,
            "bounded": found.bounded,
            "dials": [
                {"name": d.name, "default": d.default, "low": d.low, "high": d.high,
                 "description": d.description}
                for d in found.dials
            ],
        }
        for name, found in generators().items()
    ]  # fmt: skip
    sets = [{"name": name, "description": named[name], "file": str(path)} for name, path in
            shipped().items()]  # fmt: skip
    schemas = [
        {"name": s.name, "description": s.description, "example": s.example}
        for s in SCHEMAS.values()
    ]
    if as_json:
        print_json({"generators": made, "sets": sets, "schemas": schemas})
    else:
        _show(made, sets, schemas)


def _show(
    made: list[dict[str, Any]], sets: list[dict[str, str]], schemas: list[dict[str, str]]
) -> None:
    from pipeline.cli.style import console

    shown = console(width=120)
    first = [
        (row["name"], f"{translated(row['description'])}\n{_dials(row)}", _example(row))
        for row in made
    ]
    table = _table(tr("Generators"), ("name", "what", "for example"), first)
    shown.print(table)
    rows = [(r["name"], r["description"], f"{r['name']}:language=ko,split=test") for r in sets]
    shown.print(_table(tr("Sets that ship"), ("name", "what", "for example"), rows))
    rows = [(row["name"], translated(row["description"]), row["example"]) for row in schemas]
    title = tr("Files, whose schema is told by their content")
    shown.print(_table(title, ("schema", "what", "for example"), rows))
    shown.print(tr("Check a file with `thinkscale eval validate FILE`."))


def _table(title: str, names: tuple[str, ...], rows: list[tuple[str, str, str]]) -> Any:
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left")
    for name in names:
        table.add_column(tr(name), no_wrap=name in ("name", "schema"))
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table


def _dials(row: dict[str, Any]) -> str:
    said = [
        f"{d['name']}={d['default']} ({d['low']}-{d['high']}): {translated(d['description'])}"
        for d in row["dials"]
    ]
    how_many = "n={count}: how many questions"
    if row["bounded"]:
        how_many = "n={count}: how many questions, if the notes give so many"
    return "\n".join([*said, tr(how_many, count=row["items"])])


def _example(row: dict[str, Any]) -> str:
    first = row["dials"][0]
    harder = min(first["high"], first["default"] + 1)
    count = "" if row["bounded"] else ",n=100"
    return f"{row['name']}\n{row['name']}.ko:{first['name']}={harder}{count}"


@click.command(
    "validate",
    epilog=examples(
        "thinkscale eval validate mine.yaml",
        "thinkscale eval validate questions.jsonl --notes ~/lectures",
    ),
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--notes",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Notes to look supporting quotes up in. [default: those of the configuration]",
)
@json_option
@config_option
def validate(file: Path, notes: Path | None, as_json: bool, config_file: Path | None) -> None:
    """Check a question set: every problem is named with its line; exit code 2 if there is one.

    FILE is a file in any schema that `thinkscale eval tasks` lists, or a BEIR folder.
    """
    from evals.tasks.registry import shipped
    from evals.tasks.validate import inspect

    if not file.exists():
        file = shipped().get(str(file), file)
    if notes is None:
        from pipeline.config import load_config

        notes = load_config(config_file).notes_path
    task, problems = inspect(file, notes)
    faults = [problem for problem in problems if not problem.warning]
    if as_json:
        print_json(_report(file, task, problems))
    else:
        for problem in problems:
            error = problem.error()
            said = f"{translated(error.what)} {translated(error.remedy)}".strip()
            click.echo(tr("warning: {what}", what=said) if problem.warning else said, err=True)
        click.echo(_verdict(file, task, len(faults)))
    if faults:
        sys.exit(2)


def _report(file: Path, task: Task | None, problems: list[Problem]) -> dict[str, Any]:
    return {
        "file": str(file),
        "sound": not any(not problem.warning for problem in problems),
        "items": len(task.items) if task is not None else 0,
        "passages": len(task.passages) if task is not None else 0,
        "reading": task.reading if task is not None else None,
        "scorer": task.scorer if task is not None else None,
        "problems": [
            {
                "fault": problem.fault,
                "file": problem.file,
                "line": problem.line,
                "what": problem.what,
                "remedy": problem.remedy,
                "warning": problem.warning,
            }
            for problem in problems
        ],
    }


def _verdict(file: Path, task: Task | None, faults: int) -> str:
    count = len(task.items) if task is not None else 0
    sound = "{count} sound item" if count == 1 else "{count} sound items"
    said = tr(sound, count=f"{count:,}")
    if faults:
        wrong = "{count} problem" if faults == 1 else "{count} problems"
        said = f"{tr(wrong, count=f'{faults:,}')}, {said}"
    elif task is not None:
        how = "{items}, read as {reading}, scored by {scorer}"
        said = tr(how, items=said, reading=task.reading, scorer=task.scorer)
    return f"{file}: {said}"
