"""`thinkscale eval`: what did retrieval, or thinking longer, gain, and at what price?"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import config_option, json_option, print_json

if TYPE_CHECKING:
    from evals.retrieval import Row
    from evals.tasks.collection import Collection
    from pipeline.config import Config


@click.group()
def command() -> None:
    """Measure: what did retrieval or thinking gain, and at what price?"""


@command.command("retrieval")
@click.argument("dataset", type=click.Path(path_type=Path))
@click.option(
    "--split", default="test", show_default=True, help="Which judgements of a BEIR folder."
)
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Ask the first N questions.")
@click.option("--rerank", is_flag=True, help="Also let the local model reread the first hits.")
@click.option(
    "--trec", type=click.Path(path_type=Path), metavar="FILE", help="Write the runs in TREC form."
)
@json_option
@config_option
def retrieval(
    dataset: Path,
    split: str,
    limit: int | None,
    rerank: bool,
    trec: Path | None,
    as_json: bool,
    config_file: Path | None,
) -> None:
    """How well are passages found, by each search alone and by all, weighed?

    DATASET is a file in the SQuAD or KorQuAD schema, or a folder in the BEIR schema. Its passages
    are indexed in a temporary folder. nDCG has linear gain; intervals are 95 %, over documents;
    gains are paired by question against the fused search.
    """
    from evals.retrieval import rows, write_trec
    from pipeline.config import load_config

    config = load_config(config_file)
    collection = _load(dataset, split)
    queries = collection.queries[:limit]
    runs, costs = _run(config, collection, len(queries), rerank)
    table = rows(queries, runs)
    if trec is not None:
        write_trec(trec, runs)
    if as_json:
        print_json({
            "dataset": collection.name,
            "passages": len(collection.passages),
            "questions": len(queries),
            "ndcg": "linear gain, log2 discount",
            "seconds_a_question": costs,
            "rows": [
                {name: getattr(row, name) for name in row.__dataclass_fields__} for row in table
            ],
        })  # fmt: skip
    else:
        _print(table, costs)


def _load(dataset: Path, split: str) -> Collection:
    from evals.tasks.beir import load_beir
    from evals.tasks.squad import load_squad

    return load_beir(dataset, split) if dataset.is_dir() else load_squad(dataset)


def _run(config: Config, collection: Collection, count: int, rerank: bool) -> tuple[list, dict]:  # type: ignore[type-arg]
    import contextlib
    import dataclasses

    from evals.retrieval import index_collection, run_arms
    from pipeline.cli.progress import Bar

    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        contextlib.ExitStack() as stack,
    ):
        index_settings = config.settings.index.model_copy(update={"path": folder + "/index"})
        settings = config.settings.model_copy(update={"index": index_settings})
        index = stack.enter_context(
            index_collection(dataclasses.replace(config, settings=settings), collection)
        )
        extra = {}
        if rerank:
            from pipeline.engine import open_engine
            from pipeline.retrieval.rerank import question_likelihood
            from pipeline.retrieval.rerank import rerank as reread

            score = question_likelihood(stack.enter_context(open_engine(config)))  # type: ignore[arg-type]
            top = config.settings.retrieval.rerank_top
            extra["reranked"] = lambda question: reread(
                index.search(question, 10), question, score, top
            )
        bar = stack.enter_context(Bar())
        costs: dict[str, float] = {}
        runs = run_arms(
            index,
            collection.queries[:count],
            extra,
            lambda done, total: bar("asking", done, total),
            costs,
        )
        return runs, costs


def _print(table: Sequence[Row], costs: dict[str, float]) -> None:
    from rich.console import Console
    from rich.table import Table

    metrics = list(dict.fromkeys(row.metric for row in table))
    shown = Table(
        title="Retrieval (95 % intervals; +- against fused, paired)", title_justify="left"
    )
    for name in ("questions in", "search", "n"):
        shown.add_column(name)
    for name in (*metrics, "ms"):
        shown.add_column(name, justify="right")
    grouped: dict[tuple[str, str], dict[str, Row]] = {}
    for row in table:
        grouped.setdefault((row.language, row.run), {})[row.metric] = row
    for (language, run), cells in grouped.items():
        count = next(iter(cells.values())).queries
        shown.add_row(
            language,
            run,
            str(count),
            *(_cell(cells[metric]) for metric in metrics),
            f"{costs[run] * 1000:.1f}",
        )
    Console(file=sys.stdout, highlight=False, width=None if sys.stdout.isatty() else 140).print(
        shown
    )


def _cell(row: Row) -> str:
    text = f"{row.mean:.3f} [{row.low:.3f}, {row.high:.3f}]"
    return text if row.gain is None else f"{text} {row.gain:+.3f}"
