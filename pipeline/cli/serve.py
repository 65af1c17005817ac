"""`thinkscale serve`: the notes and the model over HTTP, for OpenAI's clients and for a browser."""

from __future__ import annotations

import importlib
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.options import config_option, examples, print_notices
from pipeline.cli.own_notes import own_config, say_notes, show_left_out
from pipeline.cli.translation import tr, translated

if TYPE_CHECKING:
    from pipeline.config import Config, ServeSettings
    from pipeline.serve.app import Server
    from pipeline.serve.run_list import RunList


@click.command(
    epilog=examples(
        "thinkscale serve",
        "thinkscale serve --port 9000",
        "THINKSCALE_SERVE_KEY=a-long-secret thinkscale serve --host 0.0.0.0",
    )
)
@click.option("--host", metavar="ADDRESS", help="Where to listen, instead of config.yaml's.")
@click.option("--port", type=click.IntRange(0, 65_535), help="0 is any free one.")
@config_option
def command(host: str | None, port: int | None, config_file: Path | None) -> None:
    """Serve the notes and the model: an API that OpenAI's clients speak, and a page at /.

    A strategy is a model's name: smollm2@cot@sc8 takes eight samples, smollm2@ask+direct answers
    from the notes. At an address that others can reach, a key must be set in the environment
    (serve.key_env).
    """
    from pipeline.cli.progress import ProgressBar

    config = own_config(config_file)
    say_notes(config)
    given = {"host": host, "port": port}
    settings = config.settings.serve.model_copy(
        update={key: value for key, value in given.items() if value is not None}
    )
    _require_packages()
    from pipeline.serve.opening import auth_policy, bind, open_server, uvicorn_server

    policy = auth_policy(settings)
    with bind(settings) as sock:
        address = _address(settings, sock.getsockname()[1])
        with (
            ProgressBar() as bar,
            open_server(
                config, settings, shelf=_shelf(config), progress=bar, complain=_complain
            ) as server,
        ):
            asker = server.work.asker
            print_notices(asker.notices)
            show_left_out(asker.left_out)
            words = "Serving {model} at {address} (Ctrl-C stops)"
            click.echo(tr(words, model=server.names.full, address=address))
            click.echo(f"  {tr('the page')}   {address}/\n  OpenAI API {address}/v1")
            if not policy.local:
                _warn(settings)
            with _tuning(config, server):
                _run(uvicorn_server(server, settings), sock)
    click.echo(tr("Stopped."))


def _run(server: Any, sock: Any) -> None:
    """Until a signal says stop; then replies being written are finished, for a while."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        server.run(sockets=[sock])
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _tuning(config: Config, server: Server) -> Iterator[None]:
    """While nobody asks, measure which settings are fastest, where nobody has."""
    from pipeline.engine.local.engine import LocalEngine
    from pipeline.engine.tuning.settings import wanted
    from pipeline.serve.idle_tuning import IdleTuning

    engine = server.work.asker.engine()
    if not (wanted() and isinstance(engine, LocalEngine) and not engine.is_tuned):
        yield
        return
    tuning = IdleTuning(
        config.file, lambda: bool(server.queue.busy or server.queue.waiting), _complain
    )
    tuning.start()
    try:
        yield
    finally:
        tuning.close()


def _require_packages() -> None:
    from pipeline.errors import ConfigError

    try:
        for name in ("starlette", "uvicorn", "prometheus_client"):
            importlib.import_module(name)
    except ImportError:
        raise ConfigError(
            "The packages of the server are not installed.", "Run: pip install 'thinkscale[serve]'"
        ) from None


def _warn(settings: ServeSettings) -> None:
    words = (
        "Who has the key and reaches {host} may ask, and read the notes; traffic is not encrypted."
    )
    said = [tr("Warning:"), tr(words, host=settings.host)]
    if not settings.rate:
        said.append(tr("serve.rate sets no limit."))
    click.echo(" ".join(said), err=True)


def _address(settings: ServeSettings, port: int) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{port}"


def _complain(words: str) -> None:
    click.echo(f"thinkscale: {translated(words)}", err=True)


def _shelf(config: Config) -> RunList:
    """Past runs beside the configuration. What reads them is found by name, when it is called."""
    from pipeline.serve.run_list import RunList

    folder = config.resolve(".thinkscale/runs")

    def call(name: str, *args: Any) -> Any:
        return getattr(importlib.import_module("pipeline.cli.past_runs"), name)(folder, *args)

    return RunList(
        runs=lambda: call("runs"),
        report=lambda name: call("report", name),
        prices=lambda: call("prices"),
    )
