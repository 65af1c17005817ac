"""config.yaml -> a server that listens."""

from __future__ import annotations

import logging
import math
import os
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pipeline.config import Config, ServeSettings
from pipeline.errors import ConfigError, filled
from pipeline.serve.app import Server, make_app
from pipeline.serve.auth import AuthPolicy, RateLimiter, is_loopback
from pipeline.serve.model_names import ModelNames
from pipeline.serve.notes import NoteViewer, sources_of
from pipeline.serve.page import ADD_NOTE
from pipeline.serve.request_queue import RequestQueue
from pipeline.serve.run_list import NO_RUNS, RunList
from pipeline.serve.served_notes import LARGEST, NoteAdder
from pipeline.serve.worker import Worker

if TYPE_CHECKING:
    import uvicorn

    from pipeline.answering.session import Asker
    from pipeline.engine.base import Engine
    from pipeline.retrieval import Index

__all__ = ["add_notes", "auth_policy", "bind", "build", "open_server", "uvicorn_server"]

_GRACE = 15.0
"""Seconds for replies being written when the server is told to stop."""


def auth_policy(settings: ServeSettings) -> AuthPolicy:
    """Who may come in. Raises ConfigError for a key too weak to be one, and for none where others
    could reach the server."""
    key = os.environ.get(settings.key_env, "").strip()
    if key and len(key) < 8:
        raise ConfigError(
            filled("{name} has {count} characters.", name=settings.key_env, count=len(key)),
            "A key needs at least 8.",
        )
    if not key and not is_loopback(settings.host):
        raise ConfigError(
            filled(
                "serve.host is {host}: everyone who reaches it could ask and read the notes.",
                host=settings.host,
            ),
            filled("Set a key in the environment variable {name}.", name=settings.key_env),
        )
    return AuthPolicy(key, is_loopback(settings.host), settings.body_kb * 1024, (ADD_NOTE, LARGEST))


def build(
    settings: ServeSettings,
    asker: Asker,
    engine: Engine,
    *,
    options: Mapping[str, Mapping[str, Any]] | None = None,
    embed: Callable[[str], tuple[Sequence[float], int]] | None = None,
    embedder: str = "",
    shelf: RunList = NO_RUNS,
    complain: Callable[[str], None] = lambda _: None,
) -> Server:
    """A server over what is already open; it offers the strategy of `asker`.

    Raises ConfigError where `options`, parameters of aggregations, make what is offered impossible.
    """
    return Server(
        Worker(asker, engine, options, embed),
        ModelNames(asker.model, asker.strategy.name, options, embedder if embed else ""),
        RequestQueue(settings.concurrent, settings.queue),
        NoteViewer(asker.notes, sources_of(asker.index.passages)),
        auth_policy(settings),
        RateLimiter(settings.rate),
        shelf,
        complain,
    )


@contextmanager
def open_server(
    config: Config,
    settings: ServeSettings,
    *,
    shelf: RunList = NO_RUNS,
    progress: Callable[[str, int, int], None] | None = None,
    complain: Callable[[str], None] = lambda _: None,
) -> Iterator[Server]:
    """The configured notes and model, opened and warm. Raises their errors."""
    from pipeline.answering.measured import strategy_options
    from pipeline.answering.session import open_session
    from pipeline.engine.by_role import local_engines
    from pipeline.retrieval import open_index
    from pipeline.retrieval.identity import embedder_name

    auth_policy(settings)
    with (
        open_session(config, progress=progress) as asker,
        open_index(config) as index,
        ExitStack() as opened,
    ):
        engine = asker.engine()
        for one in local_engines(engine):
            one.one_buffer()
        server = build(
            settings,
            asker,
            engine,
            options=strategy_options(config),
            embed=_embed(index),
            embedder=embedder_name(config),
            shelf=shelf,
            complain=complain,
        )
        add_notes(server, config, settings, opened)
        server.work.warm_up()
        yield server


def add_notes(server: Server, config: Config, settings: ServeSettings, opened: ExitStack) -> None:
    """Let the page add notes, where the server is for this machine alone and the settings say so.
    The indexes that are opened for it are closed by `opened`, so that questions under way keep
    theirs."""
    if not settings.add_notes or not is_loopback(settings.host):
        return

    def rebuild(progress: Callable[[str, int, int], None]) -> None:
        from pipeline.retrieval import ensure

        index = opened.enter_context(ensure(config, progress=progress))
        asker = server.work.asker
        server.use(replace(asker, index=replace(asker.index, index=index), left_out=index.left_out))

    server.adder = NoteAdder(config.notes_path, rebuild)


def bind(settings: ServeSettings) -> socket.socket:
    """A socket that listens at the configured address. Raises ConfigError."""
    host, port = settings.host, settings.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host.strip("[]"), port), family=family, backlog=2048)
    except OSError as error:
        why = error.strerror or str(error)
        raise ConfigError(
            filled(
                "{host}:{port}: cannot listen there ({why}).", host=host, port=port, why=why.lower()
            ),
            "Choose another --port or --host.",
        ) from None


def uvicorn_server(
    server: Server, settings: ServeSettings, grace: float = _GRACE
) -> uvicorn.Server:
    """The HTTP server, not yet listening. It trusts no header about where a request came from.

    Told to stop, it lets replies be finished for `grace` seconds; those that are not are ended with
    an error that the client can read. A connection on which no request comes is closed.
    """
    import uvicorn

    from pipeline.serve.connection import TimedConnection

    class Ending(uvicorn.Server):
        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            server.queue.stop(grace)
            await super().shutdown(sockets)

    logging.getLogger("asyncio").setLevel(logging.ERROR)
    return Ending(
        uvicorn.Config(
            make_app(server),
            http=TimedConnection,
            host=settings.host,
            port=settings.port,
            log_config=None,
            log_level="critical",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            lifespan="on",
            timeout_graceful_shutdown=math.ceil(grace) + 5,
        )
    )


def _embed(index: Index) -> Callable[[str], tuple[Sequence[float], int]] | None:
    if not index.manifest.get("encoder"):
        return None

    def embed(text: str) -> tuple[Sequence[float], int]:
        vector, tokens = index.embed_long(text)
        return vector.tolist(), tokens

    return embed
