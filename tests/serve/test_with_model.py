"""The server over the embedded model: work of all callers is batched, and the verb starts it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from pipeline.config import Config
from pipeline.engine import Engine, open_engine
from pipeline.retrieval import Index
from pipeline.serve.app import held
from pipeline.types import Draw, Message, Prompt, SampleParams
from tests.serve.running import Running, serving

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def model(small: Config) -> Iterator[Engine]:
    with open_engine(small) as engine:
        yield engine


@pytest.fixture(scope="module")
def running(small: Config, notes_index: Index, model: Engine) -> Iterator[Running]:
    with serving(small, notes_index, model) as opened:
        opened.server.work.warm_up()
        yield opened


def test_callers_share_the_steps_of_the_model(running: Running, model: Engine) -> None:
    schedulers = model.schedulers  # type: ignore[attr-defined]
    before = [
        (scheduler, scheduler.stats.steps, scheduler.stats.written) for scheduler in schedulers
    ]
    replies: list[httpx.Response] = []
    together = threading.Barrier(8)

    def ask(n: int) -> None:
        together.wait()  # long replies, so that who comes a little later still finds the others
        replies.append(running.chat(f"Write a story about the number {n}.", max_tokens=128))

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [r.status_code for r in replies] == [200] * 8
    written = sum(r.json()["usage"]["completion_tokens"] for r in replies)
    steps = sum(scheduler.stats.steps - s for scheduler, s, _ in before)
    assert written > 2 * steps, f"{written} tokens in {steps} steps"


def test_a_seed_makes_the_same_reply_and_usage_counts_every_choice(running: Running) -> None:
    fields = {"seed": 11, "n": 3, "max_tokens": 8, "temperature": 1.0}
    running.chat("Name a colour.", **fields)  # from here on the prompt is in memory for both
    first, again = (running.chat("Name a colour.", **fields).json() for _ in range(2))
    texts = [c["message"]["content"] for c in first["choices"]]
    assert texts == [c["message"]["content"] for c in again["choices"]]
    assert len(set(texts)) > 1
    ends = [c["finish_reason"] for c in first["choices"]]
    if set(ends) == {"length"}:
        assert first["usage"]["completion_tokens"] == 24
    assert first["usage"] == again["usage"]
    one = running.chat("Name a colour.", max_tokens=8).json()["usage"]
    assert first["usage"]["prompt_tokens"] == one["prompt_tokens"]


def test_what_samples_hold_of_the_cache_is_told(running: Running, model: Engine) -> None:
    seen: list[list[float]] = []

    def token(*_: object) -> None:
        seen.append([value for _, _, value in held(model)])

    prompt = Prompt((Message("user", "Tell me a joke."),))
    list(model.sample([Draw(prompt, SampleParams(max_tokens=8))], token))
    assert seen[0][0] == 1, "a sample is being written"
    assert seen[0][1] >= 1, "and may go on"
    assert running.measured("thinkscale_kv_sequences_busy") == [0]
    assert running.measured("thinkscale_kv_cells_promised") == [0]


def test_pieces_of_a_stream_make_the_reply(running: Running) -> None:
    fields = {"seed": 4, "max_tokens": 24}
    whole = running.chat("Tell me a joke.", **fields).json()["choices"][0]["message"]["content"]
    text = running.chat("Tell me a joke.", stream=True, **fields).text
    pieces = re.findall(r'"content": "((?:[^"\\]|\\.)*)"', text)
    assert len(pieces) > 5
    assert "".join(pieces).encode().decode("unicode_escape") == whole


def test_the_verb_serves_until_it_is_told_to_stop(small: Config, notes_index: Index) -> None:
    root = Path(__file__).parents[2]
    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline", "serve", "--port", "0", "--config", str(small.file)],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        assert process.stdout
        first = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", first)
        assert found, first + (process.stderr.read() if process.stderr else "")
        for _ in range(200):
            try:
                health = httpx.get(f"{found[0]}/health", timeout=5)
                break
            except httpx.TransportError:
                threading.Event().wait(0.05)
        assert health.json()["status"] == "ok"
        names = [row["id"] for row in httpx.get(f"{found[0]}/v1/models").json()["data"]]
        assert {"smollm2", "smollm2@cot@sc8", "multilingual-e5-small"} <= set(names)
        assert httpx.get(f"{found[0]}/api/about").json()["runs"] == []
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=30)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0
    assert out.rstrip().endswith("Stopped.")
    assert err == ""
