"""`thinkscale eval contamination`: tests whether the model may have seen these questions before."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from pipeline.cli.options import config_option, examples, json_option, print_json
from pipeline.cli.translation import tr, translated

__all__ = ["contamination"]


@click.command(
    epilog=examples(
        "thinkscale eval contamination mmlu_test.csv --limit 100",
        "thinkscale eval contamination notes-qa --json",
    )
)
@click.argument("task")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="N questions of it.")
@click.option("--seed", type=click.IntRange(min=0), default=0, help="Seed of the items drawn.")
@json_option
@config_option
def contamination(
    task: str, limit: int | None, seed: int, as_json: bool, config_file: Path | None
) -> None:
    """May the model have seen the questions of TASK before it was asked them here?

    It is shown the first half of each question: does it write the rest word for word? And where
    there are options: is their published order likelier than a random one? Signs of either mean
    that accuracy there may be memory; no sign is no proof.
    """
    from evals.run.contamination import probe
    from evals.tasks import load_task
    from pipeline.config import load_config
    from pipeline.engine import open_engine
    from pipeline.pool import DiskPool

    config = load_config(config_file)
    asked = load_task(task, config, limit=limit, seed=seed)
    kept = config.resolve(".thinkscale/pool.sqlite")
    with open_engine(config) as engine, DiskPool(kept, engine.info) as pool:
        found = probe(asked.name, asked.items, engine, pool)
    if as_json:
        print_json(asdict(found) | {"suspect": found.suspect, "sentences": found.sentences()})
        return
    for sentence in found.sentences():
        click.echo(translated(sentence))
    if found.completion is not None and found.completion.verbatim:
        names = ", ".join(found.completion.verbatim[:20])
        click.echo(tr("Finished word for word: {names}", names=names))
