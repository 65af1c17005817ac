"""`thinkscale tune`: which engine settings are fastest for this model on this machine."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from pipeline.cli.options import config_option, json_option, print_json


@click.command(epilog="Example: thinkscale tune --thorough")
@click.option("--thorough", is_flag=True, help="Also try more streams, threads and KV types.")
@click.option(
    "--quantized-kv",
    is_flag=True,
    help="Allow 8-bit keys and values: often faster, but the samples are not quite the same.",
)
@json_option
@config_option
def command(thorough: bool, quantized_kv: bool, as_json: bool, config_file: Path | None) -> None:
    """Measure the fastest engine settings for the model and this machine, and remember them.

    Without this the first question measures for a few seconds.
    """
    from pipeline.config import load_config
    from pipeline.engine.local import LocalEngine
    from pipeline.engine.opening import open_engine
    from pipeline.engine.tuning import Trial
    from pipeline.errors import ConfigError

    def show(shape: str, trial: Trial) -> None:
        if not as_json:
            click.echo(f"  {shape}: {trial}")

    with open_engine(load_config(config_file), tune=False) as engine:
        if not isinstance(engine, LocalEngine):
            raise ConfigError("model.path is an endpoint.", "Tune the server where it runs.")
        if not as_json:
            click.echo(f"Trying settings for {engine.info.name}:")
        notices: list[str] = []
        profile = engine.tune(
            notices.append,
            again=True,
            thorough=thorough or quantized_kv,
            quantized=quantized_kv,
            on_trial=show,
        )
    if as_json:
        print_json(asdict(profile))
        return
    click.echo("Fastest:")
    for shape, trial in profile.best.items():
        click.echo(f"  {shape}: {trial}")
    click.echo(notices[0])
