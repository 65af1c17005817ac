"""`thinkscale eval report`, `compare`, `gate`, `export`, `seal`, `verify` and `runs`: what to do
with a run."""

from __future__ import annotations

import shutil
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.options import config_option, examples, json_option, margin_option, print_json
from pipeline.cli.style import is_coloured
from pipeline.cli.translation import tr
from pipeline.errors import filled

if TYPE_CHECKING:
    from evals.run.records import Run

__all__ = ["compare", "export", "gate", "report", "runs", "seal", "verify"]

_SUFFIXES = {".html": "html", ".htm": "html", ".md": "md", ".txt": "terminal"}


@click.command(
    epilog=examples(
        "thinkscale eval report sums-cot",
        "thinkscale eval report sums-cot --format md -o report.md",
    )
)
@click.argument("run")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Where to write it. [html: report.html in the run's folder; else standard output]",
)  # fmt: skip
@click.option(
    "--format", "form", type=click.Choice(["html", "md", "terminal"]), metavar="F",
    help="html, md or terminal. [by the name of FILE; html]",
)  # fmt: skip
@click.option(
    "--language", type=click.Choice(["en", "ko"]), help="Of the report. [that of the terminal]"
)
@click.option("--open", "show", is_flag=True, help="Open the page in a browser.")
@config_option
def report(
    run: str,
    output: Path | None,
    form: str | None,
    language: str | None,
    show: bool,
    config_file: Path | None,
) -> None:
    """Write a run as a page: what each strategy gained and at what price, and every question.

    RUN is a run's name or folder, or a sealed file. The page is one file that needs no network.
    Markdown written to a file has its plots in a folder beside it.
    """
    from evals.report.make import html_report, markdown_report, terminal_report, write_markdown
    from evals.report.runs import find_run, read_run
    from pipeline.cli.translation import language as chosen
    from pipeline.errors import ConfigError
    from pipeline.files import write_whole

    folder = find_run(run, _runs(config_file))
    found = read_run(folder)
    language = language or chosen()
    form = form or (_SUFFIXES.get(output.suffix.lower(), "html") if output else "html")
    if output is not None and not output.parent.is_dir():
        raise ConfigError(
            filled("{folder}: there is no such folder.", folder=output.parent), "Create it first."
        )
    if form == "html":
        beside = folder.with_suffix(".html") if folder.is_file() else folder / "report.html"
        output = output or beside
        _written(lambda: write_whole(output, html_report(found, language)), output)
    elif form == "md" and output is not None:
        _written(lambda: write_markdown(found, output), output)
    elif form == "md":
        click.echo(markdown_report(found, language=language)[0], nl=False)
    elif output is not None:
        _written(lambda: write_whole(output, terminal_report(found, language=language)), output)
    else:
        click.echo(
            terminal_report(found, _width(), colour=is_coloured(), language=language), nl=False
        )
    if show and output is not None:
        click.launch(output.resolve().as_uri())


@click.command(epilog=examples("thinkscale eval compare sums-cot sums-larger"))
@click.argument("run1")
@click.argument("run2")
@margin_option
@json_option
@config_option
def compare(run1: str, run2: str, margin: float, as_json: bool, config_file: Path | None) -> None:
    """What changed from RUN1 to RUN2, strategy by strategy.

    Paired by question where both runs have asked the same ones; else as two samples, and said so.
    """
    from evals.report.topics.compare import compare as compared
    from evals.report.topics.compare import comparison_sentence
    from evals.report.topics.timing import timing_differs
    from pipeline.errors import DatasetError

    first, second = _open(run1, config_file), _open(run2, config_file)
    rows = compared(first, second, margin)
    if not rows:
        raise DatasetError(
            filled(
                "{one} and {other} share no task and strategy.", one=first.name, other=second.name
            ),
            filled(
                "{one} has {names}; {other} has {others}.",
                one=first.name,
                names=", ".join(first.strategies),
                other=second.name,
                others=", ".join(second.strategies),
            ),
        )
    timing = timing_differs(first, second)
    if as_json:
        found = [asdict(row) | {"sentence": comparison_sentence(row)} for row in rows]
        head = {"first": first.name, "second": second.name, "timing": timing}
        print_json({**head, "comparisons": found})
        return
    click.echo(f"{first.name} -> {second.name}")
    for row in rows:
        click.echo(comparison_sentence(row))
        for note in row.notes:
            click.echo(f"  note: {note}")
    for note in timing:
        click.echo(f"note: {note}")


@click.command(epilog=examples("thinkscale eval gate new --baseline old --margin 0.02"))
@click.argument("run")
@click.option("--baseline", required=True, metavar="RUN0", help="The run not to fall behind.")
@click.option(
    "--margin", type=float, default=0.02, show_default=True, metavar="X",
    help="The loss that would be too much: 0.02 is two points.",
)  # fmt: skip
@click.option("--strategy", default="", metavar="NAME", help="Only this strategy.")
@json_option
@config_option
def gate(
    run: str, baseline: str, margin: float, strategy: str, as_json: bool, config_file: Path | None
) -> None:
    """Exit with 0 where RUN is shown to lose less than a margin to the baseline, else with 1.

    A paired non-inferiority test at 5 %, clustered by source, for every strategy that both runs
    have; all must hold. What is unclear does not pass. Scores of a judge model are not accepted.
    """
    from evals.report.topics.gate import gate as checked

    found = checked(_open(run, config_file), _open(baseline, config_file), margin, strategy)
    if as_json:
        print_json(asdict(found) | {"line": found.line})
    else:
        for check in found.checks:
            click.echo(check.line)
        for note in found.notes:
            click.echo(f"note: {note}")
        click.echo(found.line)
    if not found.passed:
        raise click.exceptions.Exit(1)


@click.command(epilog=examples("thinkscale eval export sums-cot --to inspect"))
@click.argument("run")
@click.option(
    "--to", "form", required=True, type=click.Choice(["lm-eval", "inspect", "jsonl"]),
    help="The form: files of lm-evaluation-harness, logs of Inspect, or JSON lines.",
)  # fmt: skip
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, file_okay=False), metavar="FOLDER",
    help="Where to write the files. [export in the run's folder]",
)  # fmt: skip
@config_option
def export(run: str, form: str, output: Path | None, config_file: Path | None) -> None:
    """Write a run in a form that others read."""
    from evals.report.exports import WRITERS
    from evals.report.runs import find_run, read_run

    folder = find_run(run, _runs(config_file))
    into = output or (folder.parent if folder.is_file() else folder) / "export"
    made: list[Path] = []
    _written(lambda: made.extend(WRITERS[form](read_run(folder), into)), into, said=False)
    for path in made:
        click.echo(str(path))


@click.command(
    epilog=examples(
        "thinkscale eval seal sums-cot -o sums-cot.sealed.zip",
        "thinkscale eval verify sums-cot.sealed.zip",
    )
)
@click.argument("run")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Where to write it. [NAME.sealed.zip]",
)  # fmt: skip
@config_option
def seal(run: str, output: Path | None, config_file: Path | None) -> None:
    """Write RUN as one file that opens anywhere: questions, prompts, samples, environment, hashes.

    `eval report` opens it and `eval verify` checks it. The fingerprint that is printed is of all
    that is in it: publish it beside a result.
    """
    from evals.report.runs import find_run
    from evals.run.sealed import seal as sealed
    from pipeline.errors import ConfigError

    folder = find_run(run, _runs(config_file))
    if folder.is_file():
        raise ConfigError(filled("{run}: is sealed already.", run=run), "Copy the file.")
    into = output or Path(f"{folder.name}.sealed.zip")
    made: list[str] = []
    _written(lambda: made.append(sealed(folder, into)), into)
    click.echo(f"fingerprint {made[0]}")


@click.command(epilog=examples("thinkscale eval verify sums-cot.sealed.zip"))
@click.argument("run")
@json_option
@config_option
def verify(run: str, as_json: bool, config_file: Path | None) -> None:
    """Check a sealed file, or a run: exit with 0 where everything agrees, else with 1.

    Files are those that were sealed, prompts those that their ids name; every reply is scored
    again, answers are compared with their replies, and prices are added up.
    """
    from evals.report.runs import find_run, read_run
    from evals.run.sealed import fingerprint_of, verify_run, verify_seal

    found = find_run(run, _runs(config_file))
    checks = [verify_seal(found)] if found.is_file() else []
    if not any(check.problems for check in checks):
        checks += verify_run(read_run(found))
    fingerprint = fingerprint_of(found) if found.is_file() else ""
    wrong = any(check.problems for check in checks)
    if as_json:
        print_json({
            "ok": not wrong, "fingerprint": fingerprint,
            "checks": [asdict(check) for check in checks],
        })  # fmt: skip
    else:
        for check in checks:
            click.echo(check.line)
        if fingerprint:
            click.echo(f"fingerprint {fingerprint}")
    if wrong:
        raise click.exceptions.Exit(1)


@click.command(epilog=examples("thinkscale eval runs --json"))
@json_option
@config_option
def runs(as_json: bool, config_file: Path | None) -> None:
    """List the finished runs, the newest first."""
    from evals.report.runs import list_runs

    found = list_runs(_runs(config_file))
    if as_json:
        print_json([asdict(row) | {"folder": str(row.folder)} for row in found])
        return
    if not found:
        click.echo(tr("There is no run yet: thinkscale eval run sums --limit 50"), err=True)
    for row in found:
        if row.problem:
            click.echo(f"{row.name}: {row.problem}")
            continue
        said = f"{row.name}  {row.created}  {', '.join(row.tasks)}, {row.questions:,} questions, "
        click.echo(said + f"{', '.join(row.strategies)}  [{', '.join(row.models)}]")


def _runs(config_file: Path | None) -> Path:
    from pipeline.config import load_config

    return load_config(config_file).resolve(".thinkscale/runs")


def _open(text: str, config_file: Path | None) -> Run:
    from evals.report.runs import open_run

    return open_run(text, _runs(config_file))


def _written(write: Any, path: Path, *, said: bool = True) -> None:
    """Do the writing; a disk that will not take it is the user's to mend."""
    from pipeline.errors import ConfigError

    try:
        write()
    except OSError as error:
        words = error.strerror or str(error)
        raise ConfigError(
            filled("{file}: cannot be written ({why}).", file=path, why=words), "Choose another -o."
        ) from None
    if said:
        click.echo(str(path))


def _width() -> int:
    return max(60, min(120, shutil.get_terminal_size((100, 24)).columns))
