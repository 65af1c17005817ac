"""`thinkscale eval retrieval`: measures how well passages are found."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import config_option, examples, json_option, print_json
from pipeline.cli.translation import tr, translated

if TYPE_CHECKING:
    from evals.retrieval.table import RetrievalRow, RetrievalRun
    from evals.retrieval.ways import RetrievalMethod
    from evals.tasks.collection import Collection
    from pipeline.config import Config
    from pipeline.retrieval import Index

__all__ = ["retrieval"]


@click.command(
    "retrieval",
    epilog=examples(
        "thinkscale eval retrieval questions.jsonl",
        "thinkscale eval retrieval questions.jsonl --rerank --limit 100",
    ),
)
@click.argument("dataset", type=click.Path(path_type=Path))
@click.option("--split", metavar="NAME", help="Only these questions. [BEIR: test; JSONL: all]")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Ask the first N questions.")
@click.option("--rerank", is_flag=True, help="Also rerank the first hits with the local model.")
@click.option(
    "--diversity",
    type=click.FloatRange(0, 1, min_open=True),
    metavar="X",
    help="Also rank near-duplicates lower (retrieval.diversity).",
)
@click.option(
    "--neighbours",
    type=click.IntRange(1, 5),
    metavar="N",
    help="Also add the passages next to each hit (retrieval.neighbours).",
)
@click.option(
    "--trec", type=click.Path(path_type=Path), metavar="FILE", help="Write the runs in TREC form."
)
@json_option
@config_option
def retrieval(
    dataset: Path,
    split: str | None,
    limit: int | None,
    rerank: bool,
    diversity: float | None,
    neighbours: int | None,
    trec: Path | None,
    as_json: bool,
    config_file: Path | None,
) -> None:
    """Measure how well passages are found: by each search alone, and by all of them, weighted.

    DATASET is a file in the SQuAD or KorQuAD schema, a folder in the BEIR schema, or a .jsonl of
    questions about the configured notes with supporting quotes. The passages are indexed in a
    temporary folder. nDCG has linear gain; intervals are 95 %, over documents; gains are paired by
    question against the fused search.
    """
    from evals.retrieval.table import rows
    from evals.retrieval.ways import run_arms, with_index_path, write_trec
    from pipeline.cli.progress import ProgressBar
    from pipeline.config import load_config

    config = load_config(config_file)
    collection = _load(config, dataset, split)
    queries = collection.queries[:limit]
    costs: dict[str, float] = {}
    with contextlib.ExitStack() as stack:
        folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        elsewhere = with_index_path(config, stack.enter_context(folder) + "/index")
        index = stack.enter_context(_indexed(elsewhere, collection))
        ways = _ways(stack, config, index, rerank, diversity, neighbours)
        bar = stack.enter_context(ProgressBar())
        told = lambda done, total: bar("asking", done, total)  # noqa: E731
        runs = run_arms(index, queries, ways, told, costs)
        weights = {
            language: index.weights(language) for language in sorted({q.language for q in queries})
        }
    table = rows(queries, runs)
    if trec is not None:
        write_trec(trec, runs)
    for notice in collection.notices:
        click.echo(translated(notice), err=True)
    if as_json:
        print_json({
            "dataset": collection.name,
            "passages": len(collection.passages),
            "questions": len(queries),
            "ndcg": "linear gain, log2 discount",
            "seconds_a_question": costs,
            "weights": weights,
            "rows": [asdict(row) for row in table],
            "notices": list(collection.notices),
        })  # fmt: skip
    else:
        _print(collection, runs, table, costs)


def _load(config: Config, dataset: Path, split: str | None) -> Collection:
    from evals.retrieval.ways import notes_passages
    from evals.tasks.formats.beir import load_beir
    from evals.tasks.formats.notes_qa_retrieval import load_notes_questions
    from evals.tasks.formats.squad import load_squad
    from pipeline.errors import DatasetError, filled

    if dataset.is_dir():
        return load_beir(dataset, split or "test")
    if dataset.suffix == ".jsonl":
        if not dataset.is_file():
            raise DatasetError(
                filled("{file}: there is no such file.", file=dataset), "Check the path."
            )
        return load_notes_questions(dataset, notes_passages(config), split or "all")
    if split is not None:
        raise DatasetError(
            filled("{file}: this schema has no splits.", file=dataset), "Leave --split out."
        )
    return load_squad(dataset)


def _indexed(config: Config, collection: Collection) -> Index:
    from evals.retrieval.ways import index_collection
    from pipeline.cli.progress import ProgressBar

    with ProgressBar() as bar:
        return index_collection(config, collection, bar)


def _ways(
    stack: contextlib.ExitStack,
    config: Config,
    index: Index,
    rerank: bool,
    diversity: float | None,
    neighbours: int | None,
) -> dict[str, RetrievalMethod]:
    """The ways of searching asked for besides the arms and all of them."""
    from evals.retrieval import ways

    found: dict[str, RetrievalMethod] = {}
    if rerank:
        from pipeline.answering.loop import likelihoods
        from pipeline.answering.search import model_reranker
        from pipeline.engine import Engine, open_engine

        engine: Engine = open_engine(config)
        stack.callback(engine.close)
        score = model_reranker(likelihoods(lambda: engine))
        found["reranked"] = ways.reranked(index, score, config.settings.retrieval.rerank_top)
    if diversity is not None:
        found[f"diversity {diversity:g}"] = ways.diverse(index, diversity)
    if neighbours is not None:
        found[f"neighbours {neighbours}"] = ways.neighbourly(index, neighbours)
    return found


def _print(
    collection: Collection,
    runs: Sequence[RetrievalRun],
    table: Sequence[RetrievalRow],
    costs: dict[str, float],
) -> None:
    from rich.table import Table

    from pipeline.cli.style import console

    metrics = list(dict.fromkeys(row.metric for row in table))
    shown = Table(
        title=tr(
            "{name}, {count} passages (95 % intervals; +- against fused, paired, * where the "
            "interval leaves out 0)",
            name=collection.name,
            count=len(collection.passages),
        ),
        title_justify="left",
    )
    for name in (tr("questions in"), tr("search"), "n"):
        shown.add_column(name)
    for name in (*metrics, "ms"):
        shown.add_column(name, justify="right")
    cells = {(row.language, row.run, row.metric): row for row in table}
    for language in dict.fromkeys(row.language for row in table):
        for run in runs:
            mine = [cells[language, run.name, metric] for metric in metrics]
            shown.add_row(
                language,
                run.name,
                str(mine[0].queries),
                *map(_cell, mine),
                f"{costs[run.name] * 1000:.1f}",
                end_section=run is runs[-1],
            )
    console(width=220).print(shown)


def _cell(row: RetrievalRow) -> str:
    text = f"{row.mean:.3f} [{_short(row.low)},{_short(row.high)}]"
    if row.gain is None or row.gain_low is None or row.gain_high is None:
        return text
    sure = "*" if row.gain_low > 0 or row.gain_high < 0 else " "
    return f"{text} {row.gain:+.3f}{sure}"


def _short(share: float) -> str:
    return "1.0" if share > 0.995 else f"{share:.2f}"[1:]
