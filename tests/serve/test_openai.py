"""The contract, as OpenAI's own client and plain HTTP see it."""

from __future__ import annotations

import json
from typing import Any

import httpx
import numpy as np
import pytest

from pipeline.config import Config
from pipeline.retrieval import Index
from tests.serve.running import Paced, Running, serving

SUM = "What is 3 + 5?"


def chunks(reply: httpx.Response) -> list[dict[str, Any]]:
    """The JSON of a stream, which must end as streams do."""
    lines = [line.removeprefix("data: ") for line in reply.text.split("\n") if line]
    assert lines[-1] == "[DONE]"
    return [json.loads(line) for line in lines[:-1]]


def text_of(found: list[dict[str, Any]], choice: int = 0) -> str:
    return "".join(
        one["delta"].get("content", "")
        for chunk in found
        for one in chunk["choices"]
        if one["index"] == choice
    )


# -- the client that everyone uses ---------------------------------------------------------------


@pytest.fixture(scope="module")
def client(here: Running) -> Any:
    openai = pytest.importorskip("openai", reason="the client of OpenAI is not installed")
    return openai.OpenAI(base_url=f"{here.url}/v1", api_key="none", max_retries=0)


def test_the_client_lists_models(client: Any) -> None:
    names = [model.id for model in client.models.list()]
    assert names[:2] == ["tinylm2", "tinylm2@direct"]
    assert "tinylm2@ask+direct@verified4" in names
    assert client.models.retrieve("tinylm2@cot@sc8").id == "tinylm2@cot@sc8"


def test_the_client_chats(client: Any) -> None:
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello"}]
    reply = client.chat.completions.create(model="tinylm2", messages=messages, n=3, seed=5)
    assert [c.message.content for c in reply.choices] == [f"one two three {i}" for i in range(3)]
    assert [c.finish_reason for c in reply.choices] == ["stop"] * 3
    assert reply.usage.completion_tokens == 12
    assert reply.usage.prompt_tokens == 5  # the words of the prompt, once for all three
    assert reply.usage.total_tokens == 17
    assert reply.choices[0].thinkscale["mean_logprob"] < 0


def test_the_client_streams(client: Any) -> None:
    stream = client.chat.completions.create(
        model="tinylm2",
        messages=[{"role": "user", "content": "Hello"}],
        stream=True,
        stream_options={"include_usage": True},
    )
    found = list(stream)
    pieces = [c.choices[0].delta.content for c in found if c.choices and c.choices[0].delta.content]
    assert pieces == ["one", " two", " three", " 0"]
    assert found[-1].usage.completion_tokens == 4
    assert found[-2].choices[0].finish_reason == "stop"


def test_the_client_completes_and_embeds(client: Any, notes_index: Index) -> None:
    reply = client.completions.create(model="tinylm2", prompt=["Once", "Twice"], n=2, max_tokens=2)
    assert [c.text for c in reply.choices] == ["one two"] * 4
    assert {c.finish_reason for c in reply.choices} == {"length"}
    vectors = client.embeddings.create(model="mini", input=["a model", "모델"]).data
    assert np.allclose(vectors[0].embedding, notes_index.embed("a model"), atol=1e-6)
    assert len(vectors) == 2


def test_the_client_hears_of_errors_by_their_class(client: Any) -> None:
    import openai

    with pytest.raises(openai.NotFoundError, match="Did you mean `tinylm2`"):
        client.chat.completions.create(model="tinylm", messages=[{"role": "user", "content": "x"}])


# -- strategies are model names ------------------------------------------------------------------


def test_a_vote_answers_with_the_winning_reply_and_says_how_it_went(here: Running) -> None:
    body = here.chat(SUM, model="tinylm2@cot@sc4").json()
    choice = body["choices"][0]
    assert choice["message"]["content"] == "3 + 5 makes 8. The answer is 8."
    told = choice["thinkscale"]
    assert told["answer"] == "8"
    assert [(v["answer"], v["count"]) for v in told["votes"]] == [("8", 3), ("9", 1)]
    assert told["confidence"] == 0.75
    # All four draws are paid for, and the prompt once.
    assert body["usage"]["completion_tokens"] == 4 * 9


def test_a_client_that_asks_for_greedy_draws_still_gets_a_vote_of_different_ones(
    here: Running, engine: Paced
) -> None:
    here.chat(SUM, model="tinylm2@cot@sc4", temperature=0, stop=["\n\n"], seed=1234)
    drawn = engine.requests[-4:]
    assert {r.params.temperature for r in drawn} == {here.server.work.params.temperature}
    assert [r.draw for r in drawn] == [0, 1, 2, 3]
    assert {r.params.stop for r in drawn} == {()}
    assert {r.params.seed for r in drawn} == {1234}


@pytest.mark.parametrize("way", ["direct", "cot"])
def test_a_single_draw_is_greedy_where_the_client_asks_for_it(
    here: Running, engine: Paced, way: str
) -> None:
    here.chat(SUM, model=f"tinylm2@{way}", temperature=0)
    assert engine.requests[-1].params.temperature == 0


def test_earlier_turns_are_worked_examples(here: Running, engine: Paced) -> None:
    turns = [
        {"role": "system", "content": "Be short."},
        {"role": "user", "content": "What is 1 + 2 + 4?"},
        {"role": "assistant", "content": "1 + 2 = 3. 3 + 4 = 7. The answer is 7."},
        {"role": "user", "content": SUM},
    ]
    shown = {}
    for way in ("direct", "cot"):
        reply = here.post("/v1/chat/completions", {"model": f"tinylm2@{way}", "messages": turns})
        assert reply.status_code == 200
        messages = engine.requests[-1].prompt.messages
        assert [m.role for m in messages] == ["user", "assistant", "user"]
        assert SUM in messages[-1].content
        shown[way] = messages[1].content
    assert shown["direct"] == "7"
    assert shown["cot"].startswith("1 + 2 = 3. 3 + 4 = 7.")
    assert shown["cot"].endswith("7")
    assert "The answer is" not in shown["cot"]


def test_stop_strings_cut_the_reply_that_is_sent(here: Running) -> None:
    body = here.chat(SUM, model="tinylm2@cot@sc4", stop=[" The"]).json()
    assert body["choices"][0]["message"]["content"] == "3 + 5 makes 8."
    assert body["choices"][0]["thinkscale"]["answer"] == "8"
    assert here.chat(stop="two").json()["choices"][0]["message"]["content"] == "one "


def test_votes_are_streamed_as_they_form(here: Running) -> None:
    found = chunks(here.chat(SUM, model="tinylm2@cot@sc4", stream=True))
    forming = [c["thinkscale"]["votes"] for c in found if "most" in c.get("thinkscale", {})]
    assert [sum(v["count"] for v in votes) for votes in forming] == [1, 2, 3, 4]
    assert text_of(found) == "3 + 5 makes 8. The answer is 8."
    assert found[-1]["choices"][0]["finish_reason"] == "stop"


def test_a_single_draw_is_streamed_token_by_token(here: Running) -> None:
    found = chunks(here.chat(SUM, model="tinylm2@cot", stream=True))
    assert sum(bool(c["choices"][0]["delta"].get("content")) for c in found) == 9
    assert text_of(found) == "3 + 5 makes 8. The answer is 8."


def test_choices_of_a_stream_stay_apart(here: Running) -> None:
    found = chunks(here.chat(n=2, stream=True))
    assert [text_of(found, i) for i in (0, 1)] == ["one two three 0", "one two three 1"]


def test_the_notes_answer_with_citations(here: Running) -> None:
    question = "How many parameters does GPT-2 have?"
    choice = here.chat(question, model="tinylm2@ask+direct@verified4").json()["choices"][0]
    assert "1.5 billion" in choice["message"]["content"]
    told = choice["thinkscale"]
    assert told["citations"][0]["source"] == "models.md"
    assert "**1.5 billion**" in told["citations"][0]["quote"]
    assert not told["abstained"]
    refused = here.chat("Who won the chess match?", model="tinylm2@ask+direct").json()
    told = refused["choices"][0]["thinkscale"]
    assert told["abstained"]
    assert 1 <= len(told["closest"]) <= 3
    assert told["closest"][0]["start_line"] >= 1


def test_passages_are_put_before_a_question_thought_about(here: Running, engine: Paced) -> None:
    here.chat("How many parameters does GPT-2 have?", model="tinylm2@rag2+direct")
    assert "1.5 billion" in engine.requests[-1].prompt.messages[-1].content
    here.chat("How many parameters does GPT-2 have?", model="tinylm2@direct")
    assert "1.5 billion" not in engine.requests[-1].prompt.messages[-1].content


def test_what_a_prompt_says_is_drawn_from_as_it_is(here: Running, engine: Paced) -> None:
    messages = [
        {"role": "developer", "content": "Rules."},
        {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
        {"role": "assistant", "content": "Begun"},
    ]
    body = {"model": "TinyLM2-135M", "messages": messages, "max_completion_tokens": 7, "x": 1}
    body |= {"temperature": 0.25, "top_p": 0.5, "seed": 9, "stop": ["q", ""], "user": "someone"}
    assert here.post("/v1/chat/completions", body).status_code == 200
    request = engine.requests[-1]
    said = [(m.role, m.content) for m in request.prompt.messages]
    assert said == [("system", "Rules."), ("user", "a\nb"), ("assistant", "Begun")]
    params = request.params
    assert (params.max_tokens, params.temperature, params.top_p) == (7, 0.25, 0.5)
    assert (params.seed, params.stop) == (9, ("q",))


def test_repeats_without_a_seed_are_different_draws(here: Running, engine: Paced) -> None:
    here.chat()
    here.chat()
    assert engine.requests[-1].params.seed != engine.requests[-2].params.seed
    here.chat(seed=3)
    assert engine.requests[-1].params.seed == 3


def test_completions_echo_and_stream(here: Running) -> None:
    body = {"model": "tinylm2", "prompt": "Once", "echo": True}
    assert here.post("/v1/completions", body).json()["choices"][0]["text"] == "Onceone two three 0"
    reply = here.post("/v1/completions", {**body, "stream": True})
    found = chunks(reply)
    assert "".join(c["choices"][0]["text"] for c in found) == "Onceone two three 0"
    assert {c["object"] for c in found} == {"text_completion"}


@pytest.mark.parametrize(
    "fields",
    [
        {"max_tokens": -1},
        {"max_completion_tokens": -1},
        {"tools": [{"type": "function", "function": {"name": "f"}}], "tool_choice": "none"},
        {"functions": [{"name": "f"}], "function_call": "none"},
        {"temperature": None, "top_p": None, "stop": None, "seed": None, "stream_options": None},
        {"presence_penalty": 0, "logit_bias": {}, "tools": [], "response_format": {"type": "text"}},
    ],
    ids=str,
)
@pytest.mark.parametrize("model", ["tinylm2", "tinylm2@cot@sc2"])
def test_what_other_clients_send_is_accepted(
    here: Running, engine: Paced, model: str, fields: dict[str, Any]
) -> None:
    here.chat("Hello", model=model)
    usual = engine.requests[-1].params
    assert here.chat("Hello", model=model, **fields).status_code == 200
    assert engine.requests[-1].params.max_tokens == usual.max_tokens > 1


def test_a_turn_of_the_assistant_may_have_no_text(here: Running, engine: Paced) -> None:
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    for turn in ({"content": None, "tool_calls": [call]}, {"tool_calls": [call]}, {"content": ""}):
        messages = [{"role": "user", "content": "a"}, {"role": "assistant", **turn},
                    {"role": "user", "content": "b"}]  # fmt: skip
        for model in ("tinylm2", "tinylm2@direct"):
            body = {"model": model, "messages": messages}
            assert here.post("/v1/chat/completions", body).status_code == 200
            assert "b" in engine.requests[-1].prompt.messages[-1].content


@pytest.mark.parametrize("greedy", [{"top_p": 0}, {"top_k": 1}, {"temperature": 0}], ids=str)
def test_a_greedy_client_gets_one_reply_from_the_model_and_a_real_vote(
    here: Running, engine: Paced, greedy: dict[str, Any]
) -> None:
    own = here.server.work.params
    assert here.chat(**greedy).status_code == 200
    plain = engine.requests[-1].params
    assert plain.temperature == 0 or plain.top_k == 1 or plain.top_p < 1e-3
    here.chat(SUM, model="tinylm2@cot@sc4", **greedy)
    drawn = engine.requests[-1].params
    assert (drawn.temperature, drawn.top_k, drawn.top_p) == (own.temperature, own.top_k, own.top_p)


def test_no_character_of_a_reply_ends_a_line_of_the_stream(
    small: Config, notes_index: Index
) -> None:
    """Clients that split lines as Python does take U+0085, U+2028 and U+2029 for ends."""
    text = "one\u2028two\u2029three\u0085four\nfive\x0bsix"
    with serving(small, notes_index, Paced(lambda *_: text)) as running:
        for model in ("tinylm2", "tinylm2@direct@sc2"):
            reply = running.chat(model=model, stream=True)
            lines = [line for line in reply.text.splitlines() if line]
            assert all(line.startswith("data: ") for line in lines)
            found = [json.loads(line.removeprefix("data: ")) for line in lines[:-1]]
            assert text_of(found) == text
        page = running.post("/api/ask", {"question": "Hello?", "strategy": "direct"})
        lines = [line for line in page.text.splitlines() if line]
        assert all(line.startswith(("event: ", "data: ")) for line in lines)


def test_embeddings_of_long_texts_are_read_to_their_end(here: Running) -> None:
    def asked(*texts: str) -> tuple[list[np.ndarray], int]:
        body = here.post("/v1/embeddings", {"model": "mini", "input": list(texts)}).json()
        rows = [np.array(row["embedding"]) for row in body["data"]]
        assert body["usage"]["prompt_tokens"] == body["usage"]["total_tokens"]
        return rows, body["usage"]["total_tokens"]

    start = "Sedimentary rocks are laid down in layers. " * 60
    (alone, longer, other), _ = asked(start, start + "The violin has four strings. " * 60,
                                      "The violin has four strings.")  # fmt: skip
    assert np.linalg.norm(longer) == pytest.approx(1, abs=1e-3)
    assert not np.allclose(alone, longer, atol=0.01)
    assert longer @ other > alone @ other + 0.04  # cosines of this embedder lie between .7 and 1
    _, one = asked("violin")
    _, two = asked("violin", "violin")
    assert 3 <= one <= 8  # the word, its marks, and the words put before a passage
    assert two == 2 * one
    _, korean = asked("바이올린의 줄은 넷이다")
    assert korean > 5  # not its three words


def test_dimensions_of_an_embedding_are_those_of_the_embedder(here: Running) -> None:
    body = {"model": "mini", "input": "a violin"}
    own = len(here.post("/v1/embeddings", body).json()["data"][0]["embedding"])
    assert here.post("/v1/embeddings", {**body, "dimensions": own}).status_code == 200
    for wrong in (own // 2, own + 1, 0, "many"):
        reply = here.post("/v1/embeddings", {**body, "dimensions": wrong})
        assert reply.status_code == 400
        assert reply.json()["error"]["param"] == "dimensions"


# -- bad input -----------------------------------------------------------------------------------

BAD: list[tuple[dict[str, Any], str | None]] = [
    ({"messages": []}, "messages"),
    ({"messages": "hello"}, "messages"),
    ({"messages": [{"role": "wizard", "content": "x"}]}, "messages[0].role"),
    ({"messages": [{"role": "user"}]}, "messages[0].content"),
    ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "messages[0].content"),
    ({"messages": [{"role": "user", "content": "a\x00b"}]}, "messages[0].content"),
    ({"n": 0}, "n"),
    ({"n": 1.5}, "n"),
    ({"n": 129}, "n"),
    ({"n": True}, "n"),
    ({"max_tokens": 0}, "max_tokens"),
    ({"max_tokens": -2}, "max_tokens"),
    ({"temperature": "hot"}, "temperature"),
    ({"temperature": 1e400}, None),
    ({"top_p": -0.1}, "top_p"),
    ({"messages": [{"role": "user", "content": None}]}, "messages[0].content"),
    ({"stop": [1]}, "stop"),
    ({"stop": ["a"] * 17}, "stop"),
    ({"seed": "x"}, "seed"),
    ({"stream": 1}, "stream"),
    ({"model": 3}, "model"),
    ({"model": None}, "model"),
    ({"tools": [{"type": "function"}]}, "tools"),
    ({"tools": [{"type": "function"}], "tool_choice": "auto"}, "tools"),
    ({"functions": [{"name": "f"}], "function_call": "auto"}, "functions"),
    ({"logprobs": True}, "logprobs"),
    ({"presence_penalty": 1}, "presence_penalty"),
    ({"response_format": {"type": "json_object"}}, "response_format"),
    ({"logit_bias": {"a": 1}}, "logit_bias"),
    ({"logit_bias": {"-4": 1}}, "logit_bias"),
]


@pytest.mark.parametrize(("wrong", "param"), BAD, ids=lambda v: str(v)[:40])
def test_bad_fields_are_named(here: Running, wrong: dict[str, Any], param: str | None) -> None:
    body = {"model": "tinylm2", "messages": [{"role": "user", "content": "x"}], **wrong}
    reply = httpx.post(
        f"{here.url}/v1/chat/completions",
        content=json.dumps(body),
        headers={"content-type": "application/json"},
    )
    assert reply.status_code == 400
    error = reply.json()["error"]
    assert error["type"] == "invalid_request_error"
    assert error["param"] == param
    assert error["message"]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"[" * 100_000, b'{"n": ' + b"9" * 5000 + b"}",
     b'{"model": "tinylm2", "messages": [{"role": "user", "content": "\\ud800"}]}'],
)  # fmt: skip
def test_a_body_that_is_no_json_object_is_refused(here: Running, body: bytes) -> None:
    headers = {"content-type": "application/json"}
    reply = httpx.post(f"{here.url}/v1/chat/completions", content=body, headers=headers)
    assert reply.status_code == 400
    assert reply.json()["error"]["message"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("tinyllm2", "Did you mean `tinylm2`?"),
        ("gpt-4o", "/v1/models"),
        ("tinylm2@cott", "Did you mean `cot`?"),
        ("tinylm2@cot@sx8", "aggregation"),
        ("tinylm2@", "strategy"),
        ("tinylm2@oracle+cot", "tinylm2@rag+cot"),
        ("tinylm2@cot@sc9999", "1024"),
        ("tinylm2-13", "tinylm2"),
    ],
)
def test_an_unknown_model_is_met_with_the_nearest(here: Running, name: str, hint: str) -> None:
    reply = here.chat(model=name)
    assert reply.status_code == 404
    assert reply.json()["error"]["code"] == "model_not_found"
    assert hint in reply.json()["error"]["message"]


def test_a_prompt_longer_than_the_context_is_said_so(here: Running) -> None:
    for stream in (False, True):
        reply = here.chat("word " * 300, stream=stream)
        found = chunks(reply)[-1] if stream else reply.json()
        assert found["error"]["code"] == "context_length_exceeded"
        assert reply.status_code == (200 if stream else 400)


def test_other_addresses_and_methods_are_answered_in_json(here: Running) -> None:
    assert here.get("/v2/nothing").status_code == 404
    assert here.get("/v2/nothing").json()["error"]["type"] == "invalid_request_error"
    assert here.get("/v1/chat/completions").status_code == 405


def test_a_fault_of_ours_is_said_without_its_details(here: Running) -> None:
    reply = here.chat("broken")
    assert reply.status_code == 500
    assert "secret" not in reply.text
    assert any("secret detail" in words for words in here.complaints)


def test_the_form_of_a_body_must_be_json(here: Running) -> None:
    reply = httpx.post(f"{here.url}/v1/chat/completions", content=b"{}")
    assert reply.status_code == 415


def test_embeddings_refuse_what_they_cannot_embed(here: Running) -> None:
    wrong: tuple[dict[str, Any], ...] = (
        {"input": []}, {"input": [1, 2]}, {"input": " "}, {"input": "x", "model": "bert"},
    )  # fmt: skip
    for body in wrong:
        assert here.post("/v1/embeddings", {"model": "mini", **body}).status_code in (400, 404)
