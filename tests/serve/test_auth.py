"""Who is let in, who waits, who is told to come again, and what happens to who goes away."""

from __future__ import annotations

import http.client
import json
import sys
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from pipeline.answering.search import OrderedIndex
from pipeline.config import Config, ServeSettings
from pipeline.errors import ConfigError
from pipeline.retrieval import Index
from pipeline.serve.auth import GUESSES, RateLimiter, is_loopback
from pipeline.serve.client_stream import ClientStream
from pipeline.serve.errors import ClientDisconnected
from pipeline.serve.opening import auth_policy, bind
from pipeline.serve.worker import StrategyCall
from pipeline.strategies.names import parse_name
from tests.serve.running import TYPE, Paced, Running, serving

GPT2 = "How many parameters does GPT-2 have?"
KEY = "a-long-enough-key"


@pytest.fixture
def slow(small: Config, notes_index: Index) -> Iterator[tuple[Running, Paced]]:
    """One place, one that waits; half a minute of tokens unless somebody ends it."""
    engine = Paced(lambda _, draw: "word " * (3000 if draw < 100 else 1), context=100_000)
    engine.pause = 0.01
    with serving(small, notes_index, engine, concurrent=1, queue=1) as running:
        yield running, engine


def begin(
    running: Running, strategy: str = "", text: str = "x"
) -> tuple[httpx.Client, httpx.Response, Iterator[str]]:
    """A stream that goes on until its client is closed; of a plain one the first line has come."""
    client = httpx.Client(timeout=30)
    messages = [{"role": "user", "content": text}]
    body = {"model": f"tinylm2{strategy}", "messages": messages, "max_tokens": 3000, "stream": True}
    request = client.build_request("POST", f"{running.url}/v1/chat/completions", json=body)
    reply = client.send(request, stream=True)
    assert reply.status_code == 200
    lines = reply.iter_lines()
    if not strategy:
        next(lines)
    return client, reply, lines


# -- the key -------------------------------------------------------------------------------------


@pytest.fixture
def locked(small: Config, notes_index: Index, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    monkeypatch.setenv("THINKSCALE_SERVE_KEY", KEY)
    with serving(small, notes_index, Paced(lambda *_: "yes")) as running:
        yield running


def test_a_key_opens_and_nothing_else_does(locked: Running) -> None:
    for given in ({}, {"authorization": "Bearer wrong"}, {"authorization": f"Basic {KEY}"},
                  {"authorization": f"Bearer {KEY}x"}, {"cookie": f"thinkscale={KEY}"},
                  {"cookie": "thinkscale=; a=\"\\"}):  # fmt: skip
        paths = ("/v1/models", "/metrics", "/api/about", "/notes/models.md", "/reports/x")
        for path in paths[: 2 if "Bearer" in str(given) else None]:  # keys are not guessed for long
            reply = locked.get(path, headers=given)
            assert reply.status_code == 401, (path, given)
            assert reply.json()["error"]["type"] == "authentication_error"
    assert locked.get("/v1/models", headers={"authorization": f"Bearer {KEY}"}).status_code == 200
    assert locked.get("/health").status_code == 200
    assert locked.get("/").status_code == 200


def test_the_page_trades_the_key_for_a_cookie_that_is_not_it(locked: Running) -> None:
    with httpx.Client(base_url=locked.url) as browser:
        assert browser.post("/api/key", json={"key": "wrong"}).status_code == 401
        assert browser.get("/api/about").status_code == 401
        reply = browser.post("/api/key", json={"key": KEY})
        assert reply.status_code == 200
        cookie = reply.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert KEY not in cookie
        assert browser.get("/api/about").status_code == 200


def test_a_short_key_is_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THINKSCALE_SERVE_KEY", "1234")
    with pytest.raises(ConfigError, match="at least 8"):
        auth_policy(ServeSettings())


def test_a_key_cannot_be_guessed_for_long(locked: Running) -> None:
    """By the API or by the page; whoever gives none is told so, and is no guesser."""
    right = {"authorization": f"Bearer {KEY}"}
    for turn in range(GUESSES):
        wrong = {"authorization": f"Bearer wrong-{turn}"}
        if turn % 2:
            assert locked.get("/v1/models", headers=wrong).status_code == 401
        else:
            assert locked.post("/api/key", {"key": f"wrong-{turn}"}).status_code == 401
    for reply in (
        locked.get("/v1/models", headers={"authorization": "Bearer wrong"}),
        locked.get("/v1/models", headers=right),
        locked.post("/api/key", {"key": KEY}),
    ):
        assert reply.status_code == 429
        assert 1 <= int(reply.headers["retry-after"]) <= 7
    assert locked.get("/v1/models").status_code == 401
    assert locked.get("/health").status_code == 200


def test_right_keys_are_not_counted(locked: Running) -> None:
    right = {"authorization": f"Bearer {KEY}"}
    for _ in range(3 * GUESSES):
        assert locked.get("/v1/models", headers=right).status_code == 200
        assert locked.get("/v1/models").status_code == 401


def test_half_of_a_character_is_no_key(locked: Running) -> None:
    reply = httpx.post(f"{locked.url}/api/key", content=b'{"key": "\\ud800"}', headers=TYPE)
    assert reply.status_code in (400, 401)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "example.org"])
def test_without_a_key_it_listens_on_this_machine_alone(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("THINKSCALE_SERVE_KEY", raising=False)
    with pytest.raises(ConfigError, match="THINKSCALE_SERVE_KEY"):
        auth_policy(ServeSettings(host=host))
    monkeypatch.setenv("THINKSCALE_SERVE_KEY", KEY)
    assert auth_policy(ServeSettings(host=host)).key == KEY


# -- browsers of other sites ---------------------------------------------------------------------


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:80", "", "[::1"])
def test_a_foreign_name_for_this_machine_is_refused(here: Running, host: str) -> None:
    assert here.get("/health", headers={"host": host}).status_code in (400, 403)


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
def test_another_site_may_not_ask(here: Running, origin: str) -> None:
    body = {"model": "tinylm2", "messages": [{"role": "user", "content": "x"}]}
    reply = here.post("/v1/chat/completions", body, headers={"origin": origin})
    assert reply.status_code == 403
    assert here.get("/health", headers={"origin": here.url}).status_code == 200


def test_which_names_are_of_this_machine() -> None:
    assert all(map(is_loopback, ("localhost", "LOCALHOST.", "127.0.0.1", "127.9.9.9", "::1")))
    assert not any(map(is_loopback, ("0.0.0.0", "example.org", "", "10.0.0.1", "localhost.evil")))


# -- how much, how often -------------------------------------------------------------------------


def test_a_huge_body_is_refused_by_its_length_and_by_its_bytes(
    small: Config, notes_index: Index
) -> None:
    with serving(small, notes_index, Paced(lambda *_: "yes"), body_kb=4) as running:
        url = f"{running.url}/v1/chat/completions"
        declared = httpx.post(url, content=b" " * 5000, headers=TYPE)
        streamed = httpx.post(url, content=iter([b" " * 1000] * 9), headers=TYPE)
        for reply in (declared, streamed):
            assert reply.status_code == 413
            assert reply.json()["error"]["code"] == "body_too_large"
        # A length that would not fit is answered before any of it is sent.
        pipe = http.client.HTTPConnection(urlsplit(running.url).netloc, timeout=10)
        pipe.putrequest("POST", "/v1/chat/completions")
        pipe.putheader("content-length", str(10**15))
        pipe.endheaders()
        assert pipe.getresponse().status == 413
        pipe.close()


def test_a_bucket_fills_evenly_and_forgets_old_clients() -> None:
    now = 0.0
    rate = RateLimiter(60, clock=lambda: now)
    assert [rate.take("a") for _ in range(60)] == [0.0] * 60
    assert rate.take("a") == pytest.approx(1.0)
    assert rate.take("b") == 0.0
    now = 1.0
    assert rate.take("a") == 0.0
    assert rate.take("a") > 0
    assert all(RateLimiter(0).take("a") == 0.0 for _ in range(1000))
    for n in range(20_000):
        rate.take(str(n))
    assert len(rate._left) <= 10_000


def test_too_many_requests_are_told_when_to_come_again(small: Config, notes_index: Index) -> None:
    with serving(small, notes_index, Paced(lambda *_: "yes"), rate=5) as running:
        replies = [running.get("/v1/models") for _ in range(6)]
        assert [r.status_code for r in replies] == [200] * 5 + [429]
        assert 1 <= int(replies[-1].headers["retry-after"]) <= 13
        assert replies[-1].json()["error"]["type"] == "rate_limit_error"
        assert running.get("/health").status_code == 200


def test_a_full_line_sends_away_and_takes_again_when_it_has_room(
    slow: tuple[Running, Paced],
) -> None:
    running, engine = slow
    client, reply, _ = begin(running)
    second: list[httpx.Response] = []
    waits = threading.Thread(target=lambda: second.append(running.chat(max_tokens=1)))
    waits.start()
    running.until(
        lambda: running.get("/health").json() == {"status": "ok", "busy": 1, "waiting": 1}
    )
    third = running.chat(max_tokens=1)
    assert third.status_code == 429
    assert third.json()["error"]["code"] == "queue_full"
    assert int(third.headers["retry-after"]) >= 1
    reply.close()
    client.close()
    waits.join(10)
    assert second[0].status_code == 200
    assert engine.written < 1000


# -- who goes away -------------------------------------------------------------------------------


def test_a_client_that_hangs_up_ends_its_draw(slow: tuple[Running, Paced]) -> None:
    running, engine = slow
    client, reply, _ = begin(running)
    reply.close()
    client.close()
    running.until(lambda: running.get("/health").json()["busy"] == 0)
    written = engine.written
    assert written < 1000
    time.sleep(0.1)
    assert engine.written == written
    assert running.server.queue.left == 1


def test_so_does_one_that_waits_for_a_reply_whole(slow: tuple[Running, Paced]) -> None:
    running, engine = slow
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(
            f"{running.url}/v1/chat/completions",
            json={"model": "tinylm2", "messages": [{"role": "user", "content": "x"}],
                  "max_tokens": 3000},
            timeout=0.3,
        )  # fmt: skip
    running.until(lambda: running.get("/health").json()["busy"] == 0)
    assert engine.written < 1000


def test_one_that_leaves_the_line_leaves_its_place(slow: tuple[Running, Paced]) -> None:
    running, _ = slow
    client, reply, _ = begin(running)
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(
            f"{running.url}/v1/chat/completions",
            json={"model": "tinylm2", "messages": [{"role": "user", "content": "x"}]},
            timeout=0.3,
        )
    running.until(lambda: running.get("/health").json()["waiting"] == 0)
    assert running.get("/health").json()["busy"] == 1
    reply.close()
    client.close()
    running.until(lambda: running.get("/health").json()["busy"] == 0)
    assert running.chat(max_tokens=1).status_code == 200


def test_a_reply_being_written_is_finished_when_the_server_is_told_to_stop(
    small: Config, notes_index: Index
) -> None:
    engine = Paced(lambda *_: "word " * 100)
    engine.pause = 0.005
    with serving(small, notes_index, engine) as running:
        client, _, stream = begin(running)
    # The server has been told to stop and has ended; what it was writing came to its end.
    lines = [line.removeprefix("data: ") for line in stream if line]
    client.close()
    assert lines[-1] == "[DONE]"
    assert json.loads(lines[-2])["choices"][0]["finish_reason"] == "stop"
    assert running.server.queue.closed


@pytest.mark.parametrize("strategy", ["", "@cot@sc4", "@ask+direct@verified4"])
def test_a_stream_that_cannot_be_finished_in_time_ends_with_an_error(
    small: Config, notes_index: Index, strategy: str
) -> None:
    engine = Paced(lambda *_: "word " * 3000, context=100_000)
    engine.pause = 0.01
    with serving(small, notes_index, engine, grace=0.2, concurrent=2) as running:
        client, _, stream = begin(running, strategy, GPT2)
        page = client.build_request("POST", f"{running.url}/api/ask", json={"question": GPT2})
        asked = client.send(page, stream=True)
        late: list[httpx.Response] = []
        waits = threading.Thread(target=lambda: late.append(running.chat(max_tokens=1)))
        waits.start()
        running.until(lambda: running.server.queue.waiting == 1)
    lines = [line.removeprefix("data: ") for line in stream if line]
    assert lines[-1] == "[DONE]"
    assert json.loads(lines[-2])["error"]["code"] == "closing"
    told = [line for line in asked.iter_lines() if line]
    assert told[-2] == "event: error"
    assert json.loads(told[-1].removeprefix("data: "))["code"] == "closing"
    client.close()
    waits.join(10)
    assert late[0].status_code == 503
    assert engine.written < 1000


def test_nothing_is_searched_for_one_that_left(
    here: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OrderedIndex, "look_up", lambda *_: pytest.fail("searched"))
    talk = ClientStream()
    talk.leave()
    with pytest.raises(ClientDisconnected):
        here.server.work.answer(GPT2, StrategyCall(parse_name("ask+direct@verified4")), None, talk)


# -- what is told about it -----------------------------------------------------------------------


def test_metrics_count_requests_and_tokens(here: Running) -> None:
    here.chat()
    here.chat(n=0)
    found = here.measured
    asked = {"route": "/v1/chat/completions"}
    assert found("thinkscale_requests_total", **asked, status="200")[0] >= 1
    assert found("thinkscale_requests_total", **asked, status="400")[0] >= 1
    assert found("thinkscale_tokens_total", kind="generated")[0] >= 4
    buckets = found("thinkscale_request_seconds_bucket", **asked)
    assert len(buckets) == 12
    assert buckets == sorted(buckets)
    assert buckets[-1:] == found("thinkscale_request_seconds_count", **asked)
    assert found("thinkscale_request_seconds_sum", **asked)[0] > 0
    assert found("thinkscale_busy") == [0]
    if sys.platform == "linux":
        assert found("process_resident_memory_bytes")[0] > 1e6


def test_a_taken_port_is_one_line(here: Running) -> None:
    port = urlsplit(here.url).port or 0
    with pytest.raises(ConfigError, match="cannot listen"):
        bind(ServeSettings(port=port))
    with pytest.raises(ConfigError, match="cannot listen"):
        bind(ServeSettings(host="203.0.113.1"))
