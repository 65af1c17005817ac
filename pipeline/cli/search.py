"""`thinkscale search`: passages for a question. The model is asked only where the configuration
says that it reranks, and then only how likely the question is."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import (
    config_option,
    examples,
    json_option,
    print_json,
    print_notices,
)
from pipeline.cli.own_notes import own_config, say_notes, show_left_out
from pipeline.cli.paths import from_here, place_from_here
from pipeline.cli.translation import tr

if TYPE_CHECKING:
    from pipeline.engine import Engine
    from pipeline.types import Hit, Passage

_SNIPPET = 240


@click.command(
    epilog=examples(
        'thinkscale search "low-rank adapters"', 'thinkscale search -k 3 --json "양자화"'
    )
)
@click.argument("question")
@click.option("-k", "--k", type=click.IntRange(1, 1000), metavar="N", help="How many passages.")
@json_option
@config_option
def command(question: str, k: int | None, as_json: bool, config_file: Path | None) -> None:
    """Find the passages of your notes that speak of QUESTION, best first.

    The index is made or refreshed first where notes changed.
    """
    from pipeline.answering.question import check_question
    from pipeline.answering.search import OrderedIndex
    from pipeline.cli.progress import ProgressBar
    from pipeline.retrieval import ensure

    question = check_question(question)
    config = own_config(config_file)
    if not as_json:
        say_notes(config)
    with ExitStack() as opened:
        with ProgressBar() as bar:
            index = opened.enter_context(ensure(config, progress=bar))

        def engine() -> Engine:
            from pipeline.engine import open_engine

            model: Engine = open_engine(config)
            opened.callback(model.close)
            return model

        hits = OrderedIndex(index, engine).search(question, k or config.settings.ask.k)
        print_notices(index.notices)
        show_left_out(index.left_out)
    if as_json:
        print_json([_row(config.notes_path, rank, hit) for rank, hit in enumerate(hits, 1)])
        return
    if not hits:
        click.echo(tr("Nothing in the notes shares a word with that."))
    for rank, hit in enumerate(hits, 1):
        _print(config.notes_path, rank, hit)


def _row(notes: Path, rank: int, hit: Hit) -> dict[str, object]:
    passage = hit.passage
    return {
        "rank": rank,
        "score": round(hit.score, 4),
        "source": from_here(notes, passage.source),
        "start_line": passage.place.start_line,
        "end_line": passage.place.end_line,
        "heading": passage.heading,
        "text": passage.text,
        "ranks": hit.ranks,
    }


def _print(notes: Path, rank: int, hit: Hit) -> None:
    from pipeline.cli.style import dim, strong

    passage = hit.passage
    place = strong(place_from_here(notes, passage.place))
    click.echo(f"{rank:>2}  {place}  {dim(passage.heading)}".rstrip())
    click.echo(f"    {_snippet(passage)}")


def _snippet(passage: Passage) -> str:
    text = " ".join(passage.text.split())
    return text if len(text) <= _SNIPPET else text[: _SNIPPET - 1].rstrip() + "…"
