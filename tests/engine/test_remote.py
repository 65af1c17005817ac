"""The remote engine against a server that misbehaves on demand, and against a real one."""

from __future__ import annotations

import importlib.util
import json
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from pipeline.config import load_config
from pipeline.engine import open_engine
from pipeline.engine.remote import RemoteEngine
from pipeline.errors import ModelError, PromptError
from pipeline.models.local_files import embedded_model
from pipeline.types import Draw, Message, Prompt, Sample, SampleParams, Score
from tests.engine.live_servers import free_port, running

Answer = tuple[int, bytes | dict[str, Any] | Iterator[bytes]]
ASK = Prompt((Message("user", "Why?"),))
PARAMS = SampleParams(max_tokens=8)


class Server:
    """An endpoint whose answer to a POST is a function of its body and of its number."""

    def __init__(
        self,
        answer: Callable[[dict[str, Any], int], Answer],
        told: Mapping[str, dict[str, Any]] | None = None,
        streams: str = "text/event-stream; charset=utf-8",
    ) -> None:
        """`told` are the answers to a GET by path; else every path lists the one model."""
        self.bodies: list[dict[str, Any]] = []
        self.at_once = self.most_at_once = self.sent = self.hung_up = 0
        outer, lock = self, threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: Any) -> None:
                pass

            def do_GET(self) -> None:
                if told is None:
                    self._send(200, {"data": [{"id": "small", "meta": {"n_ctx_train": 2048}}]})
                elif self.path in told:
                    self._send(200, told[self.path])
                else:
                    self._send(404, {"detail": "Not Found"})

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with lock:
                    outer.bodies.append(
                        {**body, "_path": self.path, "_key": self.headers.get("Authorization")}
                    )
                    number = len(outer.bodies)
                    outer.at_once += 1
                    outer.most_at_once = max(outer.most_at_once, outer.at_once)
                status, content = answer({**body, "_path": self.path}, number)
                with lock:
                    outer.at_once -= 1
                self._send(status, content)

            def _send(self, status: int, content: bytes | dict[str, Any] | Iterator[bytes]) -> None:
                if isinstance(content, dict):
                    content = json.dumps(content).encode()
                try:
                    self.send_response(status)
                    if isinstance(content, bytes):
                        self.send_header("Content-Length", str(len(content)))
                        content = iter([content])
                    else:
                        self.send_header("Content-Type", streams)
                    self.end_headers()
                    for part in content:
                        self.wfile.write(part)
                        self.wfile.flush()
                        outer.sent += 1
                except OSError:
                    outer.hung_up += 1

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def engine(self, **options: Any) -> RemoteEngine:
        return RemoteEngine(self.url, **{"backoff": 0.01, "timeout": 5.0, **options})


def chat(text: str, n: int = 1, **more: Any) -> Answer:
    choice = {"message": {"role": "assistant", "content": text}, "finish_reason": "stop", **more}
    usage = {"prompt_tokens": 11, "completion_tokens": 2 * n}
    return 200, {"choices": [choice] * n, "usage": usage}


def draws(engine: RemoteEngine, n: int = 1, **change: Any) -> list[Sample]:
    requests = [Draw(ASK, change.get("params", PARAMS), draw=i) for i in range(n)]
    return sorted(engine.sample(requests), key=lambda s: s.request.draw)


def test_every_field_is_sent_and_every_draw_has_its_seed() -> None:
    with Server(lambda body, _: chat(f"seed {body['seed']}")) as server, server.engine() as engine:
        samples = draws(engine, 4)
    assert len({s.text for s in samples}) == 4
    assert [s.cost.prompt_tokens for s in samples].count(11) == 1
    assert {s.tokens for s in samples} == {2}
    body = server.bodies[0]
    for field, value in {
        "max_tokens": 8, "temperature": 0.8, "top_k": 40, "top_p": 0.95, "min_p": 0.05,
        "repeat_penalty": 1.0, "repetition_penalty": 1.0, "n": 1, "model": "small",
        "frequency_penalty": 0.0, "_path": "/v1/chat/completions",
    }.items():  # fmt: skip
        assert body[field] == value
    assert engine.info.context == 2048


def test_only_so_many_requests_at_once() -> None:
    def slow(body: dict[str, Any], _: int) -> Answer:
        time.sleep(0.05)
        return chat("a")

    with Server(slow) as server, server.engine(concurrency=3) as engine:
        assert len(draws(engine, 12)) == 12
    assert 1 < server.most_at_once <= 3


def test_as_many_at_once_as_the_configuration_says(tmp_path: Path) -> None:
    def slow(body: dict[str, Any], _: int) -> Answer:
        time.sleep(0.05)
        return chat("a")

    with Server(slow) as server:
        file = tmp_path / "config.yaml"
        file.write_text(f"model: {{path: '{server.url}#m', concurrency: 2}}\n", "utf-8")
        with open_engine(load_config(file)) as engine:
            assert isinstance(engine, RemoteEngine)
            assert len(draws(engine, 8)) == 8
    assert server.most_at_once == 2


@pytest.mark.parametrize(
    "bad",
    [
        (500, b"oops"),
        (429, {"error": {"message": "slow down"}}),
        (200, b"<html>"),
        (200, b"\xff\xfe"),
    ],
)
def test_a_bad_answer_is_asked_again(bad: Answer) -> None:
    with Server(lambda _, n: bad if n <= 2 else chat("fine")) as server, server.engine() as engine:
        assert draws(engine)[0].text == "fine"
    assert len(server.bodies) == 3


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ((503, b"loading"), "answered 503 .loading., 3 times"),
        ((200, b"<html>\n<p>hello"), "something else than JSON"),
        ((200, {"choices": []}), "without a single choice"),
        ((200, {"hello": 1}), "without a single choice"),
        ((401, {"error": {"message": "no key"}}), "401 .no key.. Put its key"),
        ((400, {"error": "unknown\nfield"}), "400 .unknown field.* Check the model's name"),
    ],
)
def test_what_stays_bad_is_one_line(bad: Answer, words: str) -> None:
    with Server(lambda _, n: bad) as server, server.engine(retries=2) as engine:
        with pytest.raises(ModelError, match=words) as caught:
            draws(engine, 3)
        assert "\n" not in str(caught.value)
        assert server.url in str(caught.value)


def test_too_slow_is_a_timeout() -> None:
    def hang(body: dict[str, Any], _: int) -> Answer:
        time.sleep(0.6)
        return chat("late")

    with Server(hang) as server, server.engine(timeout=0.2, retries=1) as engine:
        with pytest.raises(ModelError, match=r"\b0\.2 s.*\b2\b"):
            draws(engine)
        time.sleep(0.7)


def test_nobody_there() -> None:
    with pytest.raises(ModelError, match="cannot be reached"):
        RemoteEngine(f"http://127.0.0.1:{free_port()}/v1", retries=1, backoff=0.01)


def test_the_endpoint_goes_down_half_way() -> None:
    with Server(lambda _, n: chat("a")) as server:
        engine = server.engine(concurrency=1, retries=1)
        assert draws(engine)[0].text == "a"
    with pytest.raises(ModelError, match="cannot be reached"):
        draws(engine, 2)
    engine.close()
    with pytest.raises(ModelError, match="closed"):
        draws(engine)


def test_fewer_choices_than_asked_are_asked_for_again() -> None:
    with (
        Server(lambda body, n: chat(f"part {n}", n=min(2, body["n"]))) as server,
        server.engine(use_n=True) as engine,
    ):
        samples = draws(engine, 5)
    assert [body["n"] for body in server.bodies] == [5, 3, 1]
    assert len({body["seed"] for body in server.bodies}) == 3
    assert Counter(s.text for s in samples) == {"part 1": 2, "part 2": 2, "part 3": 1}


def test_leaving_early_stops_asking() -> None:
    def slow(body: dict[str, Any], _: int) -> Answer:
        time.sleep(0.05)
        return chat("a")

    with Server(slow) as server, server.engine(concurrency=2) as engine:
        stream = engine.sample([Draw(ASK, PARAMS, draw=i) for i in range(50)])
        next(stream)
        stream.close()  # type: ignore[attr-defined]
        time.sleep(0.2)
        assert len(server.bodies) < 10


def test_a_waiting_draw_can_be_cancelled() -> None:
    with Server(lambda _, n: chat("a")) as server, server.engine(concurrency=1) as engine:
        request = Draw(ASK, PARAMS, draw=3)
        engine.cancel(request)
        ends = [s.finish for s in draws(engine, 5)]
    assert ends == ["stop", "stop", "stop", "cancelled", "stop"]
    assert len(server.bodies) == 4


def test_log_probabilities_become_confidence_and_are_done_without() -> None:
    rows = [
        {"logprob": -0.5, "top_logprobs": [{"logprob": -0.5}, {"logprob": -1.5}]},
        {"logprob": -1.0, "top_logprobs": [{"logprob": -1.0}, {"logprob": -3.0}]},
    ]
    with (
        Server(lambda _, n: chat("ab", logprobs={"content": rows})) as server,
        server.engine() as engine,
    ):
        sample = draws(engine)[0]
    assert sample.confidence.mean_logprob == pytest.approx(-0.75)
    assert sample.confidence.mean == pytest.approx(1.5)

    def refuses(body: dict[str, Any], _: int) -> Answer:
        if "logprobs" in body:
            return 500, {"error": {"message": "logprobs is not supported for this model"}}
        return chat("ab")

    with Server(refuses) as server, server.engine() as engine:
        assert [s.text for s in draws(engine, 1) + draws(engine, 1)] == ["ab", "ab"]
    assert len(server.bodies) == 3


def test_thinking_stop_strings_and_broken_characters() -> None:
    text = "<think>hm</think>\n\n가나다END more"
    params = SampleParams(stop=("END",))
    with Server(lambda _, n: chat(text)) as server, server.engine() as engine:
        sample = draws(engine, params=params)[0]
    assert (sample.thinking, sample.text, sample.finish) == ("hm", "가나다", "stop")
    cut = chat("가나\ufffd\ufffd", finish_reason="length")
    with Server(lambda _, n: cut) as server, server.engine() as engine:
        sample = draws(engine)[0]
    assert (sample.text, sample.finish) == ("가나", "length")


def test_a_reply_is_continued() -> None:
    with Server(lambda _, n: chat(f"part {n} ")) as server, server.engine() as engine:
        first = draws(engine)[0]
        list(engine.sample([Draw(ASK, PARAMS, parent=first.key)]))
        assert server.bodies[1]["messages"][-1] == {"role": "assistant", "content": "part 1 "}
        assert server.bodies[1]["continue_final_message"] is True
        with pytest.raises(PromptError, match="not known"):
            engine.sample([Draw(ASK, PARAMS, parent="none")])


def test_the_key_is_sent_and_plain_endpoints_get_plain_fields(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("THINKSCALE_API_KEY", "abc")
    plain = SampleParams(top_k=0, min_p=0.0)
    with Server(lambda _, n: chat("a")) as server, server.engine(plain=True) as engine:
        draws(engine, params=plain)
        with pytest.raises(PromptError, match="top_k"):
            draws(engine)
    assert server.bodies[0]["_key"] == "Bearer abc"
    assert "top_k" not in server.bodies[0]


@pytest.fixture(scope="module")
def real() -> Iterator[str]:
    """llama-cpp-python's own server with the embedded model."""
    for package in (
        "fastapi",
        "uvicorn",
        "starlette_context",
        "pydantic_settings",
        "sse_starlette",
    ):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"llama_cpp.server needs {package}")
    port = free_port()
    command = [
        sys.executable, "-W", "ignore", "-m", "llama_cpp.server", "--model",
        str(embedded_model()), "--host", "127.0.0.1", "--port", str(port), "--n_ctx", "512",
    ]  # fmt: skip
    with running(command, f"http://127.0.0.1:{port}/v1") as url:
        yield url


@pytest.mark.model
def test_against_a_real_server(real: str) -> None:
    with RemoteEngine(real, concurrency=2, languages=("en",)) as engine:
        prompt = Prompt((Message("user", "What is the capital of France?"),))
        params = SampleParams(temperature=1.0, max_tokens=10)
        shown: dict[int, list[str]] = defaultdict(list)
        samples = list(
            engine.sample(
                [Draw(prompt, params, draw=i) for i in range(4)],
                lambda request, piece: shown[request.draw].append(piece),
            )
        )
        assert len({s.text for s in samples}) > 1
        assert all("".join(shown[s.request.draw]) == s.text for s in samples)
        assert all(0 < s.tokens <= 10 for s in samples)
        assert sum(s.cost.prompt_tokens for s in samples) > 20
        greedy = SampleParams(temperature=0.0, max_tokens=8)
        ask = Draw(Prompt(text="one, two, three, four, five,"), greedy)
        assert "six" in next(iter(engine.sample([ask]))).text
        with pytest.raises(ModelError, match="log-prob"):
            list(engine.score([Score(Prompt(text="one, two,"), " three")]))
    with RemoteEngine(real, concurrency=1) as engine:  # this server streams to one caller at a time
        pieces: list[str] = []
        ask = Draw(prompt, replace(params, max_tokens=40))

        def four(_: Draw, piece: str) -> bool:
            pieces.append(piece)
            return len(pieces) < 4

        (sample,) = engine.sample([ask], four)
        assert (sample.finish, sample.text) == ("cancelled", "".join(pieces))
        assert len(pieces) == 4
        assert sample.tokens < 40
