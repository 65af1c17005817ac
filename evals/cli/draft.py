"""`thinkscale eval draft`: questions from your own notes, to accept, edit or reject."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.options import config_option, examples, json_option, print_json
from pipeline.cli.translation import tr, translated

if TYPE_CHECKING:
    from evals.draft import DraftQuestion, DraftStore
    from evals.draft.about_notes import AboutNotes
    from evals.draft.leakage import KnownQuestions
    from evals.draft.material import Material
    from evals.draft.model import ModelWriter
    from pipeline.config import Config

__all__ = ["draft"]


@click.command(
    "draft",
    epilog=examples(
        "thinkscale eval draft corpus/fine-tuning -o mine.jsonl",
        "thinkscale eval draft ~/lectures --n 50 --no-model",
    ),
)
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The set to write or go on with. [default: NAME-questions.jsonl]",
)
@click.option(
    "--n", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many to draft."
)
@click.option("--no-model", is_flag=True, help="Use rules only.")
@click.option("--yes", is_flag=True, help="Take every candidate without asking.")
@click.option(
    "--against",
    multiple=True,
    metavar="SET",
    help="A set whose questions are not to be asked again; may be repeated.",
)
@json_option
@config_option
def draft(
    path: Path,
    output: Path | None,
    n: int,
    no_model: bool,
    yes: bool,
    against: tuple[str, ...],
    as_json: bool,
    config_file: Path | None,
) -> None:
    """Draft questions from the notes at PATH, each with its correct answer and the words that
    support it.

    On a terminal each one is shown with its note and line, to accept, edit or reject; to go on
    later, run the same command. Elsewhere all are written as candidates, to be decided about later
    in the same way; --json prints them too, and never asks.
    """
    from evals.draft import DraftStore
    from evals.draft.material import read_notes
    from pipeline.cli.progress import ProgressBar
    from pipeline.config import load_config

    config = load_config(config_file)
    store = DraftStore.open(output or Path(f"{path.resolve().stem or 'notes'}-questions.jsonl"))
    asked = _asked(store, against, config)
    with ProgressBar() as bar:
        material = read_notes(path, config, bar)
    for error in material.skipped:
        said = f"{translated(error.what)} {translated(error.remedy)}".strip()
        click.echo(tr("left out: {what}", what=said), err=True)
    waiting = len(store.pending)
    rows: list[dict[str, Any]] = [*store.pending]
    places: dict[str, str] = {}
    if waiting < n:
        with contextlib.ExitStack() as stack:
            writer = None if no_model else stack.enter_context(_writer(config))
            about = _about_notes(config)
            found, dropped = _candidates(material, asked, writer, about, store, n - waiting)
        for candidate in found:
            row, place = _row(candidate, material)
            places[row["id"]] = place
            rows.append(row)
        _told(dropped)
    places |= {str(row["id"]): _found(row, material) for row in rows if row["id"] not in places}
    if as_json:
        _record(store, rows, yes)
        print_json({"file": str(store.path), "questions": rows, "places": places})
    elif not rows:
        click.echo(tr("Nothing new to ask in these notes."))
    else:
        _settle(store, rows, places, yes, material, config)


def _candidates(
    material: Material,
    asked: KnownQuestions,
    writer: ModelWriter | None,
    about: AboutNotes | None,
    store: DraftStore,
    n: int,
) -> tuple[list[DraftQuestion], dict[str, int]]:
    from evals.draft import Drafter

    drafter = Drafter(material, asked, writer, store.decided, about)
    return drafter.draft(n), drafter.dropped


def _record(store: DraftStore, rows: list[dict[str, Any]], yes: bool) -> None:
    """Put what is new into the set, accepted or as candidates."""
    if yes:
        for row in rows:
            row["data"] = dict(row.get("data", {})) | {"status": "accepted"}
    store.add([row for row in rows if not any(row is old for old in store.rows)])


def _settle(
    store: DraftStore,
    rows: list[dict[str, Any]],
    places: dict[str, str],
    yes: bool,
    material: Material,
    config: Config,
) -> None:
    """Decide about the rows: by a person, by --yes, or not yet."""
    from evals.cli.draft_dialogue import review

    notes = material.root.resolve() == config.notes_path.resolve()
    check = f"thinkscale eval validate {store.path}" + (
        "" if notes else f" --notes {material.root}"
    )
    _record(store, rows, yes)
    if yes:
        words = "{file}: {count} questions taken. Check it: {command}"
        click.echo(tr(words, file=store.path, count=len(rows), command=check))
    elif not (sys.stdin.isatty() and sys.stdout.isatty()):
        words = (
            "{file}: {count} questions waiting as candidates. Nobody has read them: run the same "
            "command in a terminal, or give --yes."
        )
        click.echo(tr(words, file=store.path, count=len(rows)))
    else:
        outcome = review(store, rows, places)
        click.echo()
        words = (
            "{file}: {accepted} accepted, {rejected} rejected, {left} waiting. Check it: {command}"
        )
        click.echo(
            tr(words, file=store.path, accepted=outcome.accepted, rejected=outcome.rejected,
               left=len(outcome.left), command=check)
        )  # fmt: skip
        if outcome.left:
            click.echo(tr("The same command goes on where you stopped."))


def _asked(store: DraftStore, against: tuple[str, ...], config: Config) -> KnownQuestions:
    """What is in the set already, and in the others named."""
    from evals.draft.leakage import KnownQuestions
    from evals.tasks import load_task

    asked = KnownQuestions(
        (str(row["question"]), map(str, row.get("answers", ()))) for row in store.items
    )
    for name in against:
        for item in load_task(name, config).items:
            asked.add(item.question, item.answers)
    return asked


def _about_notes(config: Config) -> AboutNotes | None:
    """What knows bylines from the subject; None, and a word about it, without an embedder."""
    from evals.draft.about_notes import AboutNotes
    from pipeline.errors import ThinkscaleError
    from pipeline.retrieval.embedder import open_embedder

    try:
        return AboutNotes(open_embedder(config))
    except ThinkscaleError as error:
        why = f"{translated(error.what)} {translated(error.remedy)}".strip()
        click.echo(tr("bylines are not recognised, without an embedder: {why}", why=why), err=True)
        return None


@contextlib.contextmanager
def _writer(config: Config) -> Iterator[ModelWriter | None]:
    """The local model as a writer of questions; None, and a word about it, where there is none."""
    from evals.draft.model import ModelWriter
    from pipeline.cli.progress import ProgressBar
    from pipeline.engine import open_engine
    from pipeline.errors import ThinkscaleError
    from pipeline.pool import DiskPool

    try:
        engine = open_engine(config)
    except ThinkscaleError as error:
        why = f"{translated(error.what)} {translated(error.remedy)}".strip()
        click.echo(tr("by rule alone, without a model: {why}", why=why), err=True)
        yield None
        return
    path = config.resolve(".thinkscale/pool.sqlite")
    with engine, DiskPool(path, engine.info) as pool, ProgressBar() as bar:
        yield ModelWriter(engine, bar, pool)


def _row(candidate: DraftQuestion, material: Material) -> tuple[dict[str, Any], str]:
    """The line for the set, and where its first quote stands."""
    from evals.draft.draft_store import CANDIDATE
    from pipeline.cli.paths import place_from_here

    cited = [span.cite(material.root) for span in candidate.spans]
    row = candidate.row(tuple(one.quote for one in cited), CANDIDATE)
    return row, place_from_here(material.root, cited[0].place)


def _found(row: dict[str, Any], material: Material) -> str:
    """Where the quote of a waiting candidate stands now; its note alone where it is gone."""
    from pipeline.cli.paths import from_here, place_from_here

    spans = row.get("spans") or [{}]
    source, quote = str(spans[0].get("source", "")), str(spans[0].get("quote", ""))
    for sentence in material.sentences:
        if sentence.passage.source == source and sentence.text in quote:
            return place_from_here(material.root, sentence.cite(material.root).place)
    return from_here(material.root, source)


def _told(dropped: dict[str, int]) -> None:
    if dropped:
        said = ", ".join(f"{count} ({tr(why)})" for why, count in sorted(dropped.items()))
        click.echo(tr("dropped: {what}", what=said), err=True)
