"""`thinkscale pool`: the samples already made, and the room they take."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import config_option, examples, json_option, print_json
from pipeline.cli.translation import tr
from pipeline.shown import json_in, json_text

if TYPE_CHECKING:
    from pipeline.pool import DiskPool

_file_option = click.option(
    "--pool",
    "pool_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Instead of .thinkscale/pool.sqlite beside the configuration.",
)


@click.group()
def command() -> None:
    """The samples already made: every evaluation replays them before it asks the model."""


@command.command(epilog=examples("thinkscale pool stats"))
@_file_option
@json_option
@config_option
def stats(pool_file: Path | None, as_json: bool, config_file: Path | None) -> None:
    """How many samples there are, of which models, and what they cost."""
    with _open(pool_file, config_file) as pool:
        found = pool.stats()
    if as_json:
        print_json({"pool": str(pool.path), **found})
        return
    click.echo(
        tr(
            "{samples} samples of {prompts} prompts: {read} tokens read, {written} written, "
            "{seconds} s; {size} MB in {file}",
            samples=f"{found['samples']:,}",
            prompts=f"{found['prompts']:,}",
            read=f"{found['prompt_tokens']:,}",
            written=f"{found['generated_tokens']:,}",
            seconds=f"{found['seconds']:,.0f}",
            size=f"{found['bytes'] / 1e6:.1f}",
            file=pool.path,
        )
    )
    if found["damaged"]:
        words = "{count} more are damaged: `thinkscale pool gc` forgets them."
        click.echo(tr(words, count=f"{found['damaged']:,}"))
    for model in found["models"]:
        name = f"{model['name']} ({model['sha256'][:12] or model['engine']}, {model['version']})"
        words = "{name}: {samples} samples, {tokens} tokens"
        click.echo(
            "  "
            + tr(
                words,
                name=name,
                samples=f"{model['samples']:,}",
                tokens=f"{model['generated_tokens']:,}",
            )
        )


@command.command(epilog=examples("thinkscale pool export -o samples.jsonl"))
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write here.")
@_file_option
@config_option
def export(output: Path | None, pool_file: Path | None, config_file: Path | None) -> None:
    """Every sample with its prompt and parameters, one JSON object a line."""
    with _open(pool_file, config_file) as pool:
        lines = (json_text(row) + "\n" for row in pool.rows())
        if output is None:
            for line in lines:
                click.echo(json_in(line, sys.stdout.encoding), nl=False)
            return
        from pipeline.files import write_whole

        write_whole(output, "".join(lines))
    click.echo(tr("Wrote {file}", file=output))


@command.command(
    epilog=examples("thinkscale pool gc", "thinkscale pool gc SmolLM2-135M-Instruct.Q4_1")
)
@click.argument("model", default="")
@_file_option
@config_option
def gc(model: str, pool_file: Path | None, config_file: Path | None) -> None:
    """Free disk space and delete damaged samples; with MODEL (the beginning of a name or file
    hash), delete the samples of that model too. Not while a run goes on."""
    with _open(pool_file, config_file) as pool:
        before = pool.path.stat().st_size
        gone, damaged = pool.drop(model)
        after = pool.path.stat().st_size
    words = (
        "{count} samples and {damaged} that were damaged forgotten; {before} MB before, "
        "{now} MB now."
    )
    click.echo(
        tr(
            words,
            count=f"{gone:,}",
            damaged=f"{damaged:,}",
            before=f"{before / 1e6:.1f}",
            now=f"{after / 1e6:.1f}",
        )
    )


def _open(pool_file: Path | None, config_file: Path | None) -> DiskPool:
    from pipeline.config import load_config
    from pipeline.pool import DiskPool

    if pool_file is None:
        pool_file = load_config(config_file).resolve(".thinkscale/pool.sqlite")
    return DiskPool(pool_file)
