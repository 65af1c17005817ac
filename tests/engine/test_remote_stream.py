"""Replies that come in pieces: shown as they come, hung up on, broken off, and scored."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from pipeline.engine.openai_wire import echoed
from pipeline.errors import ModelError
from pipeline.types import Draw, Message, Prompt, SampleParams, Score
from tests.engine.test_remote import ASK, PARAMS, Answer, Server, chat, draws

USAGE = {"prompt_tokens": 11, "completion_tokens": 3}


def event(data: Any) -> bytes:
    return b"data: " + json.dumps(data).encode() + b"\n\n"


def piece(text: str, logprob: float | None = None, **more: Any) -> bytes:
    choice: dict[str, Any] = {"delta": {"content": text}, "finish_reason": None, **more}
    if logprob is not None:
        choice["logprobs"] = {"content": [{"logprob": logprob, "top_logprobs": []}]}
    return event({"choices": [choice]})


def stream(*texts: str, pause: float = 0.0, end: str = "stop", usage: bool = True) -> Answer:
    def parts() -> Iterator[bytes]:
        yield b": welcome\n\n"
        yield event({"choices": [{"delta": {"role": "assistant", "content": None}}]})
        for text in texts:
            yield piece(text)
            time.sleep(pause)
        yield event({"choices": [{"delta": {}, "finish_reason": end}]})
        if usage:
            yield event({"choices": [], "usage": USAGE})
        yield b"data: [DONE]\n\n"

    return 200, parts()


def test_pieces_are_shown_as_they_come() -> None:
    texts = ("<thi", "nk>hm</think>", "\n가", "나 ", "다EN", "D more")
    params = SampleParams(stop=("END",))
    shown: list[tuple[float, str]] = []
    with Server(lambda body, n: stream(*texts, pause=0.05)) as server, server.engine() as engine:
        (sample,) = engine.sample(
            [Draw(ASK, params)], lambda _, p: shown.append((time.monotonic(), p))
        )
    assert (sample.thinking, sample.text, sample.finish) == ("hm", "가나 다", "stop")
    assert [p for _, p in shown] == ["가", "나 ", "다"]
    assert shown[-1][0] - shown[0][0] > 0.05
    assert server.bodies[0]["stream"] is True
    assert server.bodies[0]["stream_options"] == {"include_usage": True}


def test_an_event_ends_where_its_standard_says() -> None:
    """Not at U+0085 or U+2028, which may stand in JSON; one event may have several lines."""
    said = json.dumps(
        {"choices": [{"delta": {"content": "광합성\u2028a\x85b"}}]}, ensure_ascii=False
    )
    two = json.dumps({"choices": [{"delta": {"content": " c"}}]}, indent=0).splitlines()
    parts = [
        f": hello\r\ndata:{said}\r\n\r\n".encode(),
        *[f"data: {line}\n".encode() for line in two],
        b"\nid: 7\nevent: x\n" + piece("", finish_reason="stop"),
        b"data: [DONE]\n\n",
    ]
    with Server(lambda *_: (200, iter(parts))) as server, server.engine(retries=0) as engine:
        assert draws(engine)[0].text == "광합성\u2028a\x85b c"
    assert len(server.bodies) == 1


def test_usage_prices_a_stream_and_is_estimated_where_there_is_none() -> None:
    with Server(lambda body, n: stream("a", "b", "c")) as server, server.engine() as engine:
        sample = draws(engine)[0]
    assert (sample.cost.prompt_tokens, sample.tokens, sample.text) == (11, 3, "abc")
    with (
        Server(lambda body, n: stream("a", "b", usage=False)) as server,
        server.engine() as engine,
    ):
        sample = draws(engine)[0]
        assert (sample.cost.prompt_tokens, sample.tokens) == (engine.count(ASK), 2)


def test_a_listener_that_leaves_hangs_up() -> None:
    long = [f"{i} " for i in range(200)]
    shown: list[str] = []

    def listen(_: Draw, text: str) -> bool:
        shown.append(text)
        return len(shown) < 3

    with (
        Server(lambda body, n: stream(*long, pause=0.01)) as server,
        server.engine() as engine,
    ):
        (sample,) = engine.sample([Draw(ASK, PARAMS)], listen)
        assert (sample.text, sample.finish) == ("0 1 2 ", "cancelled")
        assert 3 <= sample.tokens < 100
        assert sample.cost.generated_tokens == sample.tokens
        assert sample.cost.prompt_tokens > 0
        deadline = time.monotonic() + 5
        while not server.hung_up and time.monotonic() < deadline:
            time.sleep(0.02)
        assert server.hung_up == 1
        assert server.sent < 150


def test_a_draw_under_way_is_cancelled_by_name() -> None:
    long = [f"{i} " for i in range(300)]
    with (
        Server(lambda body, n: stream(*long, pause=0.01)) as server,
        server.engine() as engine,
    ):
        requests = [Draw(ASK, PARAMS, draw=i) for i in range(2)]
        threading.Timer(0.3, engine.cancel, [requests[1]]).start()
        ends = {s.request.draw: s for s in engine.sample(requests)}
        assert (ends[0].finish, ends[1].finish) == ("stop", "cancelled")
        assert 0 < ends[1].tokens < 200
        assert ends[0].text.startswith(ends[1].text)
        assert [s.finish for s in engine.sample(requests[1:])] == ["stop"]  # it may be asked again


def test_a_draw_that_becomes_unsure_is_hung_up_on() -> None:
    def answer(body: dict[str, Any], n: int) -> Answer:
        def parts() -> Iterator[bytes]:
            for i in range(100):
                yield piece(f"{i} ", logprob=-3.0 if i < 10 else -0.5)
                time.sleep(0.01)
            yield piece("", finish_reason="stop")
            yield b"data: [DONE]\n\n"

        return 200, parts()

    with Server(answer) as server, server.engine() as engine:
        params = SampleParams(group=4, stop_below=1.0)
        sample = draws(engine, params=params)[0]
        assert (sample.finish, sample.tokens) == ("cancelled", 14)
        assert sample.confidence.lowest_group < 1.0
        whole = draws(engine, params=SampleParams(group=4))[0]
        assert (whole.finish, whole.tokens) == ("stop", 100)


def broken(*texts: str) -> Answer:
    return 200, iter([piece(text) for text in texts])


def test_a_stream_that_breaks_off_is_begun_anew_and_shown_once() -> None:
    shown: list[str] = []
    with (
        Server(lambda _, n: broken("a ", "b ") if n < 2 else chat("a b c")) as server,
        server.engine() as engine,
    ):
        (sample,) = engine.sample([Draw(ASK, PARAMS)], lambda _, p: shown.append(p))
    assert (sample.text, sample.finish, "".join(shown)) == ("a b c", "stop", "a b c")
    assert [body["stream"] for body in server.bodies] == [True, False]


def test_an_endpoint_whose_streams_break_off_is_asked_for_whole_answers() -> None:
    def answer(body: dict[str, Any], n: int) -> Answer:
        return broken("a ") if body["stream"] else chat("a b")

    with Server(answer) as server, server.engine(concurrency=1) as engine:
        assert [s.text for s in draws(engine, 5)] == ["a b"] * 5
    assert [body["stream"] for body in server.bodies] == [True, False] * 2 + [False] * 3


@pytest.mark.parametrize("again", ["x y", "a ", ""])
def test_what_was_shown_cannot_be_taken_back(again: str) -> None:
    shown: list[str] = []
    with (
        Server(lambda _, n: broken("a ", "b ") if n < 2 else chat(again)) as server,
        server.engine() as engine,
    ):
        (sample,) = engine.sample([Draw(ASK, PARAMS)], lambda _, p: shown.append(p))
    assert (sample.text, sample.finish) == ("a b ", "error")
    assert "".join(shown) == "a b "


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ([b"data: <html>\n\n"], "streamed something else than JSON"),
        ([b"data: 3\n\n"], "streamed something else than an answer"),
        ([piece("a")], "something else than JSON"),
        (
            [event({"error": {"message": "out of\nmemory"}})],
            "answered with an error .out of memory",
        ),
        ([b"data: [DONE]\n\n"], "something else than JSON"),
        ([event({"choices": []}), piece("", finish_reason="stop")[:0]], "something else than JSON"),
    ],
)
def test_a_stream_that_stays_bad_is_one_line(parts: list[bytes], words: str) -> None:
    with (
        Server(lambda _, n: (200, iter(parts))) as server,
        server.engine(retries=1) as engine,
        pytest.raises(ModelError, match=words) as caught,
    ):
        draws(engine)
    assert "\n" not in str(caught.value)


def test_an_endpoint_that_refuses_stream_options_is_asked_without() -> None:
    def answer(body: dict[str, Any], n: int) -> Answer:
        if "stream_options" in body:
            return 400, {"error": {"message": "unknown field stream_options"}}
        return stream("a")

    with Server(answer) as server, server.engine() as engine:
        assert [s.text for s in draws(engine) + draws(engine)] == ["a", "a"]
    assert len(server.bodies) == 3


def test_streaming_can_be_left_off() -> None:
    with Server(lambda body, n: chat("whole")) as server, server.engine(stream=False) as engine:
        assert draws(engine)[0].text == "whole"
    assert server.bodies[0]["stream"] is False


# -- scores --------------------------------------------------------------------------------------


def echo(body: dict[str, Any], front: str = "") -> Answer:
    """Every word is a token of log-probability -0.5, the first of none."""
    tokens = [*([front] if front else []), *body["prompt"].replace(" ", "\0 ").split("\0"), " and"]
    offsets = [len("".join(tokens[:i])) for i in range(len(tokens))]
    found = {
        "tokens": tokens,
        "token_logprobs": [None, *([-0.5] * (len(tokens) - 1))],
        "text_offset": offsets,
    }
    return 200, {"choices": [{"text": "".join(tokens), "logprobs": found}]}


@pytest.mark.parametrize("front", ["", "<s>"])
def test_continuations_are_scored_where_the_prompt_is_echoed(front: str) -> None:
    with Server(lambda body, n: echo(body, front)) as server, server.engine() as engine:
        wanted = [
            Score(Prompt(text="The sea is"), t) for t in (" blue", " deep and cold", "", "land")
        ]
        scores = list(engine.score(wanted))
    assert [one.logprob for one in scores] == [-0.5, -1.5, 0.0, -0.5]
    assert [one.tokens for one in scores] == [1, 3, 0, 1]
    assert all(body["echo"] and body["logprobs"] == 1 for body in server.bodies)
    assert server.bodies[0]["_path"] == "/v1/completions"


@pytest.mark.parametrize(
    "bad",
    [
        chat("no"),
        (200, {"choices": [{"text": "The", "logprobs": None}]}),
        (200, {"choices": [{"text": "a", "logprobs": {"content": [{"logprob": -1.0}]}}]}),
        (200, {"choices": [{"logprobs": {"text_offset": [0], "token_logprobs": [-1.0]}}]}),
        (400, {"error": {"message": "echo is not supported"}}),
        (500, {"error": {"message": "logprobs is not supported for this model"}}),
    ],
)
def test_an_endpoint_that_cannot_score_is_one_line(bad: Answer) -> None:
    with Server(lambda _, n: bad) as server, server.engine() as engine:
        with pytest.raises(ModelError, match="log-prob"):
            list(engine.score([Score(Prompt(text="The sea is"), " blue")]))
        with pytest.raises(ModelError, match="raw text only"):
            list(engine.score([Score(ASK, " blue")]))
    assert len(server.bodies) == 1


@pytest.mark.parametrize("tokens", [["The", " capital", " is", " Oslo"], [" Oslo"], None])
def test_what_is_continued_is_no_part_of_the_reply(tokens: list[str] | None) -> None:
    """Whether the endpoint repeats it or not; a model that says the same again is believed."""
    rows = [{"token": t, "logprob": -1.0, "top_logprobs": []} for t in tokens or ()]
    found = {"content": rows} if tokens else None
    opened = Prompt((*ASK.messages, Message("assistant", "The capital is")))
    answer = chat("The capital is Oslo", logprobs=found)
    with Server(lambda _, n: answer) as server, server.engine(stream=False) as engine:
        (sample,) = engine.sample([Draw(opened, PARAMS)])
    assert sample.text == ("The capital is Oslo" if rows[1:] else " Oslo")


def test_a_row_shifted_by_one_is_not_believed() -> None:
    row = {"text_offset": [0, 3, 4], "token_logprobs": [None, -14.0, -8.0]}
    row["tokens"] = ["one", ",", " two"]
    assert echoed({"choices": [{"text": "one, two,", "logprobs": row}]}, "one,", " two") is None
    assert echoed({"choices": [{"text": "one, two", "logprobs": row}]}, "one,", " two") == (-8.0, 1)


def test_only_what_was_written_is_no_score_of_what_was_read() -> None:
    row = {"text_offset": [40, 42], "token_logprobs": [-1.0, -2.0]}
    assert echoed({"choices": [{"logprobs": row}]}, "The sea", " is") is None
    row = {"text_offset": [0, 2], "token_logprobs": [-1.0, -2.0]}
    assert echoed({"choices": [{"logprobs": row}]}, "The sea", " is") is None
    assert echoed({}, "a", "b") is None
    assert echoed({"choices": []}, "a", "b") is None
