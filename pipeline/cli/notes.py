"""`thinkscale notes`: what was read from the notes, and what was not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import config_option, examples, json_option, print_json
from pipeline.cli.own_notes import own_config
from pipeline.cli.translation import tr, translated
from pipeline.errors import NotesError, filled

if TYPE_CHECKING:
    from pipeline.notes.document import Document
    from pipeline.notes.folder_report import CheckedNote
    from pipeline.notes.note_files import FolderSurvey


@click.group()
def command() -> None:
    """See what was read from the notes, and what was not."""


@command.command(
    "check", epilog=examples("thinkscale notes check", "thinkscale notes check ~/lectures --json")
)
@click.argument("path", type=click.Path(path_type=Path), required=False)
@json_option
@config_option
@click.pass_context
def check_command(
    context: click.Context, path: Path | None, as_json: bool, config_file: Path | None
) -> None:
    """Read every note under PATH (the notes folder, if not given) and say what was read and what
    was not.

    Exit code 0 where anything could be read, whatever the warnings; 2 where nothing could.
    """
    from pipeline.notes.folder_report import check

    root, only = _root(path, config_file)
    survey, rows = check(root, only)
    read = list(rows)
    if as_json:
        print_json(
            {
                "root": str(root),
                "files": [row.to_json() for row in read],
                "skipped": [
                    {"path": s.path, "reason": s.reason, "remedy": s.remedy} for s in survey.skipped
                ],
                "others": survey.others,
            }
        )
    else:
        _print(read, survey, only)
    if all(row.error for row in read):
        if read or survey.skipped:
            raise NotesError(
                filled("{root}: none of its files could be read.", root=root),
                "See the reasons above.",
            )
        raise NotesError(
            filled("{folder}: there are no notes in it.", folder=root),
            "Put .md, .txt, .pdf or other notes there.",
        )
    context.exit(0)


@command.command(
    "show",
    epilog=examples(
        "thinkscale notes show corpus/fine-tuning/lora.en.md",
        "thinkscale notes show lecture.pdf --dropped --repaired",
    ),
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dropped", is_flag=True, help="Only what was left out as no part of the notes.")
@click.option(
    "--repaired", is_flag=True, help="Only the lines that were repaired, and how certain that is."
)
@click.option(
    "--folded", is_flag=True, help="Only what was left out because it repeats other text."
)
@json_option
@config_option
def show_command(
    file: Path, dropped: bool, repaired: bool, folded: bool, as_json: bool, config_file: Path | None
) -> None:
    """Show one note as it was read: its passages with their places.

    FILE is a path, as it is or inside the notes folder.
    """
    from pipeline.notes import read

    root, path = _note(file, config_file)
    document = read(root, path)
    wanted = [
        name
        for name, on in (("dropped", dropped), ("repaired", repaired), ("folded", folded))
        if on
    ]
    if as_json:
        everything = _as_json(document)
        print_json({k: v for k, v in everything.items() if not wanted or k in ("path", *wanted)})
        return
    for name in wanted or ["passages"]:
        _SHOW[name](document)
        if name != "passages" and not getattr(document.report, name):
            click.echo(tr(_NOTHING[name]))


def _root(path: Path | None, config_file: Path | None) -> tuple[Path, str]:
    """The folder to check, and the one file of it that was asked for."""
    if path is None:
        return own_config(config_file).notes_path, ""
    if path.is_file():
        return path.absolute().parent, path.name
    return path, ""


def _note(file: Path, config_file: Path | None) -> tuple[Path, str]:
    """The folder a note is in, and its path there."""
    from pipeline.config import load_config

    root = load_config(config_file).notes_path
    if not file.is_absolute() and _stands_in(root, file.as_posix()):
        return root, file.as_posix()
    if file.is_file():
        absolute = file.absolute()
        if absolute.is_relative_to(root.absolute()):
            return root, absolute.relative_to(root.absolute()).as_posix()
        return absolute.parent, absolute.name
    raise NotesError(
        filled("{file}: there is no such note.", file=file),
        filled("Give a path, or one inside {folder}.", folder=root),
    )


def _stands_in(root: Path, path: str) -> bool:
    from pipeline.notes.note_files import locate

    try:
        return locate(root, path).is_file()
    except NotesError:
        return False


def _print(rows: list[CheckedNote], survey: FolderSurvey, only: str) -> None:
    from rich.table import Table

    from pipeline.cli.style import console

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in (tr("file"), tr("kind"), tr("lang")):
        table.add_column(name, overflow="fold")
    for name in (tr("passages"), tr("repaired"), tr("dropped"), tr("folded")):
        table.add_column(name, justify="right")
    for row in rows:
        counts = (row.passages, row.repaired, row.dropped, row.folded)
        shown = ["-"] * 4 if row.error else [str(count) if count else "" for count in counts]
        table.add_row(row.path, row.kind, row.language, *shown)
    console(width=160).print(table)
    for row in rows:
        for problem in (row.error,) if row.error else row.problems:
            click.echo(f"{row.path}: {translated(problem)}")
    for skipped in () if only else survey.skipped:
        remedy = f" ({translated(skipped.remedy)})" if skipped.remedy else ""
        click.echo(f"{skipped.path}: {tr('not read:')} {translated(skipped.reason)}{remedy}")
    good = [row for row in rows if not row.error]
    passages = sum(row.passages for row in good)
    click.echo(
        tr(
            "{read} of {all} notes read, {passages} passages.",
            read=len(good),
            all=len(rows),
            passages=passages,
        )
    )
    if survey.others and not only:
        click.echo(
            tr("{count} pictures and other parts of notes were left alone.", count=survey.others)
        )


def _as_json(document: Document) -> dict[str, object]:
    report = document.report
    return {
        "path": document.source.path,
        "kind": document.source.kind,
        "language": document.source.language,
        "title": document.source.title,
        "date": document.date,
        "encoding": report.encoding,
        "characters": report.characters,
        "kept": report.kept,
        "problems": list(report.problems),
        "passages": [
            {
                "id": passage.id,
                "place": str(passage.place),
                "start_line": passage.place.start_line,
                "end_line": passage.place.end_line,
                "headings": list(passage.headings),
                "language": passage.language,
                "text": passage.text,
                "also": [str(place) for place in passage.also],
            }
            for passage in document.passages
        ],
        "repaired": [
            {
                "line": repair.line,
                "how": repair.how,
                "confidence": repair.confidence,
                "readable": repair.readable,
                "text": repair.text,
            }
            for repair in report.repaired
        ],
        "dropped": [
            {"line": item.line, "reason": item.reason, "text": item.text} for item in report.dropped
        ],
        "folded": [
            {"place": str(item.place), "same_as": str(item.same_as), "text": item.text}
            for item in report.folded
        ],
    }


def _passages(document: Document) -> None:
    from pipeline.cli.style import dim, strong

    source, report = document.source, document.report
    click.echo(f"{strong(source.title)}  {dim(f'{source.kind}, {source.language}')}")
    for problem in report.problems:
        click.echo(f"{source.path}: {translated(problem)}")
    for passage in document.passages:
        places = ", ".join(map(str, passage.also))
        also = f"  ({tr('also {places}', places=places)})" if places else ""
        click.echo()
        click.echo(f"{strong(str(passage.place))}  {dim(passage.heading)}{dim(also)}".rstrip())
        click.echo(passage.text)


def _dropped(document: Document) -> None:
    for item in document.report.dropped:
        click.echo(f"{document.source.path}:{item.line}  [{translated(item.reason)}]  {item.text}")


def _repaired(document: Document) -> None:
    for repair in document.report.repaired:
        state = f"{repair.confidence:.0%}" if repair.readable else tr("kept as found")
        how = f"{translated(repair.how)}, {state}"
        click.echo(f"{document.source.path}:{repair.line}  [{how}]  {repair.text}")


def _folded(document: Document) -> None:
    for item in document.report.folded:
        click.echo(f"{item.place}  [{tr('as {place}', place=item.same_as)}]  {item.text}")


_NOTHING = {
    "dropped": "Nothing was left out.",
    "repaired": "Nothing was in need of repair.",
    "folded": "Nothing is said twice.",
}
_SHOW = {
    "passages": _passages,
    "dropped": _dropped,
    "repaired": _repaired,
    "folded": _folded,
}
