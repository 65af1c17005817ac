"""`thinkscale tune`: which weights and settings are fastest for this model on this machine."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import config_option, examples, json_option, print_json
from pipeline.cli.progress import ProgressBar
from pipeline.cli.translation import tr, translated
from pipeline.cli.verbosity import detail

if TYPE_CHECKING:
    from pipeline.engine.opening import Tuning


@click.command(epilog=examples("thinkscale tune", "thinkscale tune --thorough -v"))
@click.option(
    "--thorough", is_flag=True, help="Also try more streams, threads, KV types and weights."
)
@click.option(
    "--quantized-kv",
    is_flag=True,
    help="Allow 8-bit keys and values: often faster, but the samples are not quite the same.",
)
@json_option
@config_option
def command(thorough: bool, quantized_kv: bool, as_json: bool, config_file: Path | None) -> int:
    """Measure the fastest weights and engine settings for the model and this machine, and remember
    them.

    Nothing else measures unasked: without this, settings are used that are safe everywhere. Where
    other processes use the processors nothing is measured, or what was is not remembered, and that
    is said: try again later. -v shows every setting that was tried.
    """
    from pipeline.config import load_config
    from pipeline.engine.opening import tune
    from pipeline.engine.tuning.settings import Trial

    done = 0

    with ProgressBar() as bar:
        bar("tune")

        def show(shape: str, trial: Trial) -> None:
            nonlocal done
            done += 1
            bar("tune", done, 0)
            detail(f"  {shape}: {trial}")

        found = tune(
            load_config(config_file),
            thorough=thorough,
            quantized=quantized_kv,
            on_notice=detail,
            on_trial=show,
        )
    choice, profile = found.choice, found.profile
    if as_json:
        weights = asdict(choice) if choice else {"kind": found.weights}
        print_json({"weights": weights, **asdict(profile), "remembered": not found.doubt})
    else:
        print_tuning(found)
    return 2 if found.doubt else 0


def print_tuning(found: Tuning) -> None:
    """What was found, in a line or two; the figures with -v."""
    profile = found.profile
    words = "Compared {count} settings in {seconds} s."
    click.echo(tr(words, count=profile.tried, seconds=f"{profile.seconds:.1f}"))
    if found.doubt:
        words = "Not remembered: {why}. Try again later: thinkscale tune"
        click.echo(tr(words, why=translated(found.doubt)))
    else:
        click.echo(tr("The fastest are remembered and used from now on."))
    detail(f"  {found.choice or f'weights: {found.weights}, as model.weights says'}")
    for shape, trial in profile.best.items():
        detail(f"  {shape}: {trial}")
