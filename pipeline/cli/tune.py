"""`thinkscale tune`: which weights and settings are fastest for this model on this machine."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.options import config_option, examples, json_option, print_json
from pipeline.cli.progress import ProgressBar
from pipeline.cli.translation import tr, translated
from pipeline.cli.verbosity import detail
from pipeline.errors import filled

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

    Without it, settings are used that are safe everywhere. Where other processes keep the
    processors busy, nothing is measured or remembered, and a line says so: try again later. -v
    shows every setting that was tried.
    """
    from pipeline.config import load_config
    from pipeline.engine.opening import tune
    from pipeline.engine.tuning.settings import Trial
    from pipeline.models.local_files import is_endpoint

    done = 0

    with ProgressBar() as bar:
        bar("tune")

        def show(shape: str, trial: Trial) -> None:
            nonlocal done
            done += 1
            bar("tune", done, 0)
            detail(filled("  {shape}: {trial}", shape=shape, trial=str(trial)))

        tunings = {
            role: tune(
                one, thorough=thorough, quantized=quantized_kv, on_notice=detail, on_trial=show
            )
            for role, one in load_config(config_file).by_role.items()
            if not is_endpoint(one.settings.model.path) or role == "read"
        }
    if as_json:
        rows = {role: _row(found) for role, found in tunings.items()}
        print_json(rows if len(rows) > 1 else rows["read"])
    else:
        for found in tunings.values():
            print_tuning(found)
    return 2 if any(found.doubt for found in tunings.values()) else 0


def _row(found: Tuning) -> dict[str, Any]:
    weights = asdict(found.choice) if found.choice else {"kind": found.weights}
    return {"weights": weights, **asdict(found.profile), "remembered": not found.doubt}


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
    asked = filled("weights: {kind}, as model.weights says", kind=found.weights)
    detail(filled("  {line}", line=str(found.choice) if found.choice else asked))
    for shape, trial in profile.best.items():
        detail(filled("  {shape}: {trial}", shape=shape, trial=str(trial)))
