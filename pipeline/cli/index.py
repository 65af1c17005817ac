"""`thinkscale index`: build or refresh the search index, and say what each search is worth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import config_option, examples, json_option, print_json, print_notices
from pipeline.cli.own_notes import own_config, show_left_out
from pipeline.cli.translation import tr, translated

if TYPE_CHECKING:
    from pipeline.config import Config
    from pipeline.retrieval import BuildReport


@click.command(
    epilog=examples("thinkscale index", "thinkscale index --rebuild", "thinkscale index --watch")
)
@click.option("--rebuild", is_flag=True, help="Build it from scratch.")
@click.option("--watch", is_flag=True, help="Keep running, and refresh when a note changes.")
@json_option
@config_option
def command(rebuild: bool, watch: bool, as_json: bool, config_file: Path | None) -> None:
    """Build or refresh the search index: only changed notes are read.

    The table shows what each search is worth on your notes: sentences are hidden from their
    passages and asked for, and a search that does not help is switched off.
    """

    config = own_config(config_file)
    if not watch:
        _build(config, rebuild, as_json)
        return
    from pipeline.errors import ThinkscaleError
    from pipeline.retrieval.watch import changes

    coming = changes(config)
    _build(config, rebuild, as_json)
    click.echo(tr("Watching {folder}. Stop with Ctrl-C.", folder=config.notes_path), err=True)
    for _ in coming:
        try:
            _build(config, False, as_json)
        except ThinkscaleError as error:  # notes half moved, say: the next change may mend it
            click.echo(f"{translated(error.what)} {translated(error.remedy)}".strip(), err=True)


def _build(config: Config, rebuild: bool, as_json: bool) -> None:
    from pipeline.cli.progress import ProgressBar
    from pipeline.retrieval import build

    with ProgressBar() as bar:
        report = build(config, progress=bar, rebuild=rebuild)
    if as_json:
        print_json(_as_json(report))
    else:
        _print(report, config)


def _as_json(report: BuildReport) -> dict[str, object]:
    return {
        "changed": report.changed,
        "sources": report.sources,
        "passages": report.passages,
        "read": report.read,
        "removed": report.removed,
        "embedded": report.embedded,
        "seconds": {name: round(value, 3) for name, value in report.seconds.items()},
        "calibration": [
            {
                "language": worth.language,
                "arm": worth.arm,
                "questions": worth.questions,
                "recall@1": worth.recall,
                "mrr@10": worth.mrr,
                "weight": worth.weight,
            }
            for worth in report.calibration
        ],
        "answered_or_not": [
            {"language": language, "questions": level.questions, "told_right": level.right}
            for language, level in report.levels.items()
        ],
        "problems": [{"source": source, "problem": problem} for source, problem in report.problems],
        "notices": list(report.notices),
        "left_out": [
            {"path": item.path, "reason": item.reason, "remedy": item.remedy}
            for item in report.left_out
        ],
    }


def _print(report: BuildReport, config: Config) -> None:
    print_notices(report.notices)
    show_left_out(report.left_out)
    for source, problem in report.problems:
        said = translated(problem)
        click.echo(said if source in said else f"{source}: {said}", err=True)
    if not report.changed:
        words = "Nothing changed: {passages} passages of {notes} notes."
        click.echo(tr(words, passages=report.passages, notes=report.sources))
        return
    click.echo(
        tr(
            "{passages} passages of {notes} notes in {folder}: {read} notes read, {gone} gone, "
            "{embedded} passages embedded, {seconds} s.",
            passages=report.passages,
            notes=report.sources,
            folder=config.index_path,
            read=report.read,
            gone=report.removed,
            embedded=report.embedded,
            seconds=f"{sum(report.seconds.values()):.1f}",
        )
    )
    if report.calibration:
        _table(report)


def _table(report: BuildReport) -> None:
    from rich.table import Table

    from pipeline.cli.style import console

    table = Table(title=tr("What each search is worth on these notes"), title_justify="left")
    table.add_column(tr("questions in"))
    table.add_column(tr("search"))
    for name in (tr("questions"), "recall@1", "MRR@10", tr("weight")):
        table.add_column(name, justify="right")
    for worth in report.calibration:
        fused = worth.arm == "fused"
        weight = "" if fused else f"{worth.weight:.3g}" if worth.weight else tr("off")
        table.add_row(
            worth.language,
            tr("all, weighed") if fused else tr(worth.arm),
            str(worth.questions),
            f"{worth.recall:.3f}",
            f"{worth.mrr:.3f}",
            weight,
            end_section=fused,
        )
    console(width=100).print(table)
    for language, level in report.levels.items():
        words = (
            "{language}: of {questions} questions made of these notes, at least {share} are "
            "rightly taken for answered or not by nearness alone, with the passage that answers "
            "there and without it."
        )
        share = f"{level.right:.0%}"
        said = tr(words, language=language, questions=level.questions, share=share)
        console(width=100).print(said, highlight=False, markup=False)
