"""A server on loopback with an engine that says what it is told to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx
from prometheus_client.parser import text_string_to_metric_families

from pipeline.answering.prepare import PrepareSettings
from pipeline.answering.search import OrderedIndex
from pipeline.answering.session import Asker
from pipeline.config import Config, ServeSettings
from pipeline.engine import Engine, OnToken, ScriptedEngine
from pipeline.notes import Skipped
from pipeline.retrieval import Index
from pipeline.serve.app import Server
from pipeline.serve.opening import bind, build, uvicorn_server
from pipeline.serve.run_list import NO_RUNS, RunList
from pipeline.strategies import make_strategy
from pipeline.types import Draw, Sample, SampleParams

__all__ = ["MODEL", "Paced", "Running", "listening", "serving"]

MODEL = "TinyLM2-135M-Instruct.Q4_1"
TYPE = {"content-type": "application/json"}


class Paced(ScriptedEngine):
    """Scripted, with a pause before each token; `written` counts the tokens it came to write."""

    pause = 0.0
    written = 0

    def sample(self, requests: Iterable[Draw], on_token: OnToken | None = None) -> Iterator[Sample]:
        def token(request: Draw, piece: str) -> bool | None:
            time.sleep(self.pause)
            self.written += 1
            return on_token(request, piece) if on_token else None

        return super().sample(requests, token)


@dataclass
class Running:
    """The address of a server and what is behind it."""

    url: str
    server: Server
    complaints: list[str] = field(default_factory=list)

    def post(self, path: str, body: object, **rest: object) -> httpx.Response:
        return httpx.post(self.url + path, json=body, timeout=30, **rest)  # type: ignore[arg-type]

    def get(self, path: str, **rest: object) -> httpx.Response:
        return httpx.get(self.url + path, timeout=30, **rest)  # type: ignore[arg-type]

    def chat(self, text: str = "Hello there", **fields: object) -> httpx.Response:
        messages = [{"role": "user", "content": text}]
        return self.post(
            "/v1/chat/completions", {"model": "tinylm2", "messages": messages, **fields}
        )

    def measured(self, name: str, **labels: str) -> list[float]:
        """The values of a metric with these labels, as Prometheus reads them."""
        return [
            sample.value
            for family in text_string_to_metric_families(self.get("/metrics").text)
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        ]

    def until(self, holds: Callable[[], bool], seconds: float = 10.0) -> None:
        """Wait for something that will be so."""
        end = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < end, "it never came to be"
            time.sleep(0.01)


@contextmanager
def listening(server: Server, settings: ServeSettings, grace: float = 15) -> Iterator[str]:
    """The address of a server that runs in a thread of its own."""
    with bind(settings) as sock:
        http = uvicorn_server(server, settings, grace)
        thread = threading.Thread(target=http.run, args=([sock],))
        thread.start()
        try:
            while not http.started:
                assert thread.is_alive()
                time.sleep(0.01)
            yield f"http://127.0.0.1:{sock.getsockname()[1]}"
        finally:
            http.should_exit = True
            thread.join(30)
            assert not thread.is_alive()


@contextmanager
def serving(
    config: Config,
    index: Index,
    engine: Engine,
    shelf: RunList = NO_RUNS,
    grace: float = 15,
    left_out: Sequence[Skipped] = (),
    reasoner: str = "",
    **settings: object,
) -> Iterator[Running]:
    """A server over the notes of `config`; `grace` are the seconds that replies have to their end
    when it is told to stop."""
    chosen = ServeSettings.model_validate({"port": 0, **settings})
    complaints: list[str] = []
    asker = Asker(
        notes=config.notes_path,
        index=OrderedIndex(index),
        engine=lambda: engine,
        strategy=make_strategy("direct@verified4"),
        params=SampleParams(max_tokens=0),
        model=MODEL,
        rules=PrepareSettings(languages=("en",)),
        left_out=left_out,
        reasoner=reasoner,
    )

    def embed(text: str) -> tuple[list[float], int]:
        vector, tokens = index.embed_long(text)
        return vector.tolist(), tokens

    server = build(
        chosen,
        asker,
        engine,
        embed=embed,
        embedder="mini",
        shelf=shelf,
        complain=complaints.append,
    )
    with listening(server, chosen, grace) as url:
        yield Running(url, server, complaints)
