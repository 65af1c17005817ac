"""`thinkscale tune`: which weights and settings are fastest for this model on this machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import config_option, examples, json_option, print_json

if TYPE_CHECKING:
    from pipeline.config import Config
    from pipeline.engine.tuning.weights import WeightChoice


@click.command(epilog=examples("thinkscale tune", "thinkscale tune --thorough"))
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
def command(thorough: bool, quantized_kv: bool, as_json: bool, config_file: Path | None) -> None:
    """Measure the fastest weights and engine settings for the model and this machine, and remember
    them.

    Without this the first question measures for some seconds.
    """
    from pipeline.config import load_config
    from pipeline.engine.local.engine import LocalEngine
    from pipeline.engine.opening import open_engine
    from pipeline.engine.tuning.settings import Trial
    from pipeline.errors import ConfigError
    from pipeline.models.local_files import is_endpoint

    def say(line: str) -> None:
        if not as_json:
            click.echo(line)

    def show(shape: str, trial: Trial) -> None:
        say(f"  {shape}: {trial}")

    config = load_config(config_file)
    model = config.settings.model
    if is_endpoint(model.path):
        raise ConfigError("model.path is an endpoint.", "Tune the server where it runs.")
    choice = _weights(config, thorough, say) if model.weights == "auto" else None
    kind = choice.kind if choice else model.weights
    with open_engine(config, tune=False, weights=kind, on_notice=say) as engine:
        assert isinstance(engine, LocalEngine)
        say(f"Trying settings for {engine.info.name}:")
        notices: list[str] = []
        profile = engine.tune(
            notices.append,
            again=True,
            thorough=thorough or quantized_kv,
            quantized=quantized_kv,
            on_trial=show,
        )
    if as_json:
        print_json({"weights": asdict(choice) if choice else {"kind": kind}, **asdict(profile)})
        return
    click.echo(f"Fastest of the {profile.tried} compared:")
    click.echo(f"  {choice or f'weights: {kind}, as model.weights says'}")
    for shape, trial in profile.best.items():
        show(shape, trial)
    click.echo(notices[0])


def _weights(config: Config, thorough: bool, say: Callable[[str], None]) -> WeightChoice:
    """Measure which weights to use."""
    from pipeline.engine.tuning.settings import fingerprint
    from pipeline.engine.tuning.weights import choose
    from pipeline.models.local_files import model_path

    gpu_layers = config.settings.model.gpu_layers
    return choose(
        model_path(config),
        fingerprint(gpu_layers),
        gpu_layers=gpu_layers,
        thorough=thorough,
        on_notice=say,
    )
