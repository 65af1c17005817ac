"""vLLM, llama-server and Ollama by the shapes they document: what they are sent, and how what they
say is read. llama-cpp-python's own server runs in `test_remote`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pipeline.engine import open_engine, request_key
from pipeline.engine.remote import RemoteEngine
from pipeline.errors import ModelError, PromptError
from pipeline.prompts.completion_prompts import completion_prompt
from pipeline.types import Draw, Message, Prompt, SampleParams, Score
from tests.conftest import write_notes
from tests.engine.test_remote import ASK, PARAMS, Answer, Server, chat, draws

Answering = Callable[[dict[str, Any], int], Answer]
VLLM: dict[str, dict[str, Any]] = {
    "/v1/models": {
        "object": "list",
        "data": [{
            "id": "Qwen/Qwen3-0.6B", "object": "model", "created": 1764000000, "owned_by": "vllm",
            "root": "Qwen/Qwen3-0.6B", "parent": None, "max_model_len": 2048, "permission": [],
        }],
    },
    "/version": {"version": "0.12.0"},
}  # fmt: skip
LLAMA: dict[str, dict[str, Any]] = {
    "/v1/models": {
        "object": "list",
        "data": [{
            "id": "models/Qwen3-0.6B-Q8_0.gguf", "object": "model", "owned_by": "llamacpp",
            "meta": {"vocab_type": 2, "n_vocab": 151936, "n_ctx_train": 40960, "n_embd": 1024,
                     "n_params": 596049920, "size": 633500672},
        }],
    },
    "/props": {"default_generation_settings": {"id": 0, "n_ctx": 1024}, "total_slots": 4},
}  # fmt: skip
OLLAMA: dict[str, dict[str, Any]] = {
    "/v1/models": {
        "object": "list",
        "data": [{"id": "qwen3:0.6b", "object": "model", "owned_by": "library"}],
    },
    "/api/version": {"version": "0.13.3"},
}
SHOWN = {
    "details": {"family": "qwen3", "parameter_size": "751.63M"},
    "template": "{{- if .Messages }}{{ .Messages }}{{ end }}",
    "model_info": {
        "general.architecture": "qwen3", "general.parameter_count": 751632384,
        "qwen3.context_length": 40960,
    },
    "capabilities": ["completion", "tools", "thinking"],
}  # fmt: skip


def vllm(answer: Answering) -> Server:
    return Server(answer, VLLM)


def llama(answer: Answering) -> Server:
    return Server(answer, LLAMA)


def ollama(answer: Answering, shown: dict[str, Any] | None = None) -> Server:
    def both(body: dict[str, Any], number: int) -> Answer:
        if body["_path"] == "/api/show":
            return 200, SHOWN | (shown or {})
        return answer(body, number)

    return Server(both, OLLAMA, "application/x-ndjson")


def lines(body: dict[str, Any], *texts: str, thinking: str = "", **last: Any) -> Answer:
    """What /api/chat or /api/generate say, piece by piece or whole."""

    def said(text: str, thought: str = "") -> dict[str, Any]:
        if "messages" in body:
            message = {"role": "assistant", "content": text}
            return {"message": message | ({"thinking": thought} if thought else {})}
        return {"response": text}

    end = {"done": True, "done_reason": "stop", "prompt_eval_count": 21, "eval_count": 5, **last}
    if not body["stream"]:
        return 200, {"model": "m", **said("".join(texts), thinking), **end}

    def parts() -> Iterator[bytes]:
        first = [said("", thinking)] if thinking else []
        for piece in (*first, *map(said, texts)):
            line = json.dumps({"model": "m", **piece, "done": False}, ensure_ascii=False)
            yield line.encode() + b"\n"
        yield json.dumps({"model": "m", **said(""), **end}).encode() + b"\n"

    return 200, parts()


def posts(server: Server) -> list[dict[str, Any]]:
    return [body for body in server.bodies if body["_path"] != "/api/show"]


# -- what they are -------------------------------------------------------------------------------


def test_the_context_is_the_one_that_the_server_has_room_for() -> None:
    for server, context, parameters in (
        (vllm(lambda b, n: chat("a")), 2048, 0),
        (llama(lambda b, n: chat("a")), 1024, 596049920),
        (ollama(lambda b, n: lines(b, "a")), 4096, 751632384),
    ):
        with server, server.engine() as engine:
            assert engine.info.context == context
            assert engine.info.parameters == parameters
            assert engine.info.form == "chat"


def test_every_field_goes_to_each_under_its_own_name() -> None:
    params = SampleParams(max_tokens=8, top_k=7, min_p=0.1, repeat_penalty=1.2, stop=("END",))
    for server in (vllm(lambda b, n: chat("a")), llama(lambda b, n: chat("a"))):
        with server, server.engine() as engine:
            draws(engine, params=params)
        (body,) = server.bodies
        wanted = {"top_k": 7, "min_p": 0.1, "repeat_penalty": 1.2, "repetition_penalty": 1.2,
                  "top_p": 0.95, "temperature": 0.8, "max_tokens": 8, "n": 1, "stop": ["END"],
                  "frequency_penalty": 0.0, "presence_penalty": 0.0}  # fmt: skip
        assert {name: body[name] for name in wanted} == wanted
        assert 0 <= body["seed"] < 2**31
    with ollama(lambda b, n: lines(b, "a")) as server, server.engine() as engine:
        draws(engine, 2, params=params)
    first, second = posts(server)
    assert first["_path"] == "/api/chat"
    options = dict(first["options"])
    assert options.pop("seed") != second["options"]["seed"]
    assert options == {
        "top_k": 7, "min_p": 0.1, "repeat_penalty": 1.2, "repeat_last_n": 64, "top_p": 0.95,
        "temperature": 0.8, "num_predict": 8, "stop": ["END"], "num_ctx": 4096,
        "presence_penalty": 0.0, "frequency_penalty": 0.0,
    }  # fmt: skip
    assert (first["truncate"], first["shift"]) == (False, False), "no prompt is cut unseen"


@pytest.mark.parametrize(
    ("version", "field"),
    [("0.12.0", "structured_outputs"), ("0.11.1", "structured_outputs"),
     ("0.10.2", "guided_grammar"), ("0.6.4.post1", "guided_grammar"), ("", "guided_grammar")],
)  # fmt: skip
def test_a_grammar_goes_where_the_server_looks_for_it(version: str, field: str) -> None:
    params = SampleParams(max_tokens=1, grammar='root ::= "a"')
    told = VLLM | {"/version": {"version": version}}
    with Server(lambda b, n: chat("a"), told) as server, server.engine() as engine:
        draws(engine, params=params)
    (body,) = server.bodies
    assert field in body
    assert "grammar" not in body
    with llama(lambda b, n: chat("a")) as server, server.engine() as engine:
        draws(engine, params=params)
    assert server.bodies[0]["grammar"] == params.grammar
    with ollama(lambda b, n: lines(b, "a")) as server, server.engine() as engine:
        with pytest.raises(PromptError, match="no reply to a grammar"):
            draws(engine, params=params)
        with pytest.raises(PromptError, match="logit_bias"):
            draws(engine, params=SampleParams(logit_bias=((5, 1.0),)))
    assert not posts(server), "not asked for what would be ignored"


def test_a_thinking_model_is_told_not_to_think() -> None:
    params = SampleParams(max_tokens=1, think_budget=0)
    for server in (vllm(lambda b, n: chat("a")), llama(lambda b, n: chat("a"))):
        with server, server.engine() as engine:
            draws(engine, params=params)
            draws(engine)
        assert server.bodies[0]["chat_template_kwargs"] == {"enable_thinking": False}
        assert "chat_template_kwargs" not in server.bodies[1]
    with ollama(lambda b, n: lines(b, "a")) as server, server.engine() as engine:
        draws(engine, params=params)
        draws(engine)
    assert [body.get("think") for body in posts(server)] == [False, None]


# -- what they say -------------------------------------------------------------------------------


@pytest.mark.parametrize("streams", [True, False])
def test_ollama_is_read_piece_by_piece_and_whole(streams: bool) -> None:
    """The characters between are ends of lines to some, but not of these."""
    texts = ("가\u2028나", " \x85다")
    row = {"token": "가", "logprob": -0.5, "top_logprobs": [{"token": "가", "logprob": -0.5}]}

    def answer(body: dict[str, Any], _: int) -> Answer:
        return lines(body, *texts, thinking="hm", done_reason="length", logprobs=[row])

    shown: list[str] = []
    with ollama(answer) as server, server.engine(stream=streams) as engine:
        requests = [Draw(ASK, PARAMS, draw=i) for i in range(2)]
        first, second = engine.sample(requests, lambda _, piece: shown.append(piece))
        assert {first.key, second.key} == {request_key(engine.info, r) for r in requests}
    assert (first.text, first.thinking, first.finish) == ("".join(texts), "hm", "length")
    assert first.cost.prompt_tokens + second.cost.prompt_tokens == 21
    assert first.confidence.mean_logprob == -0.5
    assert "".join(shown) == "".join(texts) * 2
    assert all(body["stream"] is streams for body in posts(server))


def test_a_stream_of_lines_that_breaks_off_is_begun_anew() -> None:
    def cut() -> Iterator[bytes]:
        yield json.dumps({"message": {"content": "a "}, "done": False}).encode() + b"\n"

    def answer(body: dict[str, Any], number: int) -> Answer:
        return (200, cut()) if len(posts(server)) == 1 else lines(body, "a ", "b")

    with ollama(answer) as server, server.engine() as engine:
        assert draws(engine)[0].text == "a b"
    assert len(posts(server)) == 2


def test_usage_of_llama_server_is_that_of_one_choice() -> None:
    def answer(body: dict[str, Any], _: int) -> Answer:
        status, whole = chat("four words of it", n=body["n"])
        assert isinstance(whole, dict)
        return status, whole | {"usage": {"prompt_tokens": 9, "completion_tokens": 4}}

    with llama(answer) as server, server.engine(use_n=True, logprobs=False) as engine:
        assert [sample.tokens for sample in draws(engine, 3)] == [4, 4, 4]
    with (
        vllm(lambda b, n: chat("a b", n=b["n"])) as server,
        server.engine(use_n=True, logprobs=False) as engine,
    ):
        assert [sample.tokens for sample in draws(engine, 3)] == [2, 2, 2]
    with ollama(lambda b, n: lines(b, "a")) as server, server.engine(use_n=True) as engine:
        assert len(draws(engine, 3)) == 3
    assert len(posts(server)) == 3, "it knows no n"


@pytest.mark.parametrize(
    ("reason", "finish"),
    [("stop", "stop"), ("length", "length"), ("abort", "error"), ("content_filter", "error")],
)
def test_why_a_reply_ended(reason: str, finish: str) -> None:
    with vllm(lambda b, n: chat("a", finish_reason=reason)) as server, server.engine() as engine:
        assert draws(engine)[0].finish == finish


TOO_LONG: list[tuple[Callable[[Answering], Server], Answer]] = [
    (vllm, (400, {"error": {
        "message": "This model's maximum context length is 2048 tokens. However, you requested "
        "2300 tokens (2292 in the messages, 8 in the completion).",
        "type": "BadRequestError", "param": None, "code": 400}})),
    (vllm, (400, {"object": "error", "message": "This model's maximum context length is 2048 "
                  "tokens.", "type": "BadRequestError", "param": None, "code": 400})),
    (llama, (400, {"error": {
        "code": 400, "message": "request (2300 tokens) exceeds the available context size (1024 "
        "tokens), try increasing it", "type": "exceed_context_size_error",
        "n_prompt_tokens": 2300, "n_ctx": 1024}})),
    (ollama, (400, {"error": "the input length exceeds the context length"})),
    (ollama, (200, iter([b'{"error": "the input length exceeds the context length"}\n']))),
]  # fmt: skip


@pytest.mark.parametrize(("make", "refusal"), TOO_LONG)
def test_a_prompt_that_is_too_long_is_that_and_is_known_to_be(
    make: Callable[[Answering], Server], refusal: Answer
) -> None:
    with make(lambda b, n: refusal) as server, server.engine() as engine:
        with pytest.raises(PromptError, match="context"):
            draws(engine)
        assert engine.count(ASK) >= engine.info.context, "so its question alone fails in a run"
    assert len(posts(server)) == 1, "asking again would not make it shorter"


@pytest.mark.parametrize(
    ("make", "refusal", "remedy"),
    [
        (vllm, (404, {"error": {"message": "The model `x` does not exist.", "code": 404}}), "#"),
        (ollama, (404, {"error": "model 'x' not found"}), "#"),
        (vllm, (400, {"error": {"message": "default chat template is no longer allowed, so you "
                      "must provide a chat template"}}), "model.form to completion"),
    ],
)  # fmt: skip
def test_what_is_refused_is_one_line_with_a_remedy(
    make: Callable[[Answering], Server], refusal: Answer, remedy: str
) -> None:
    with make(lambda b, n: refusal) as server, server.engine() as engine:
        with pytest.raises(ModelError) as error:
            draws(engine)
        assert remedy in error.value.remedy
        assert "\n" not in str(error.value)


# -- base models -------------------------------------------------------------------------------


def text_answer(body: dict[str, Any], _: int) -> Answer:
    usage = {"prompt_tokens": 30, "completion_tokens": 4}
    text = " Oslo\n\nQuestion: What is"
    return 200, {"choices": [{"text": text, "finish_reason": "length"}], "usage": usage}


@pytest.mark.parametrize("make", [vllm, llama])
def test_a_base_model_is_asked_by_completion(make: Callable[[Answering], Server]) -> None:
    prompt = completion_prompt("direct", "en", "What is the capital of Norway?")
    with make(text_answer) as server, server.engine(form="completion") as engine:
        assert engine.info.form == "completion"
        (sample,) = engine.sample([Draw(prompt, PARAMS)])
        assert (sample.text, sample.finish) == ("Oslo", "stop"), "as the local engine reads it"
        opened = Prompt((*prompt.messages, Message("assistant", sample.text)))
        (more,) = engine.sample([Draw(opened, PARAMS, parent=sample.key)])
        assert more.text == " Oslo", "what goes on with a reply keeps its space"
        with server.engine() as other:
            assert request_key(other.info, Draw(prompt)) != request_key(engine.info, Draw(prompt))
    first, second = server.bodies
    assert first["_path"] == "/v1/completions"
    assert first["prompt"].endswith("Question: What is the capital of Norway?\nAnswer:")
    assert first["prompt"].count("Question:") > 2, "after worked examples"
    assert first["stop"] == ["\n\n"]
    assert second["prompt"].startswith(first["prompt"])
    assert second["prompt"].rstrip().endswith("Oslo"), "the reply is gone on with"


def test_ollama_knows_which_model_has_no_template() -> None:
    prompt = completion_prompt("direct", "en", "What is the capital of Norway?")
    for template in ("{{ .Prompt }}", "{{.Prompt}}", ""):
        with (
            ollama(lambda b, n: lines(b, " Oslo"), {"template": template}) as server,
            server.engine() as engine,
        ):
            assert engine.info.form == "completion"
            (sample,) = engine.sample([Draw(prompt, PARAMS)])
        assert sample.text == "Oslo"
        (body,) = posts(server)
        assert (body["_path"], body["raw"]) == ("/api/generate", True)
        assert body["options"]["stop"] == ["\n\n"]
    with ollama(lambda b, n: lines(b, "x")) as server, server.engine() as engine:
        (sample,) = engine.sample([Draw(Prompt(text="One, two,"), PARAMS)])
    (body,) = posts(server)
    assert (body["prompt"], body["raw"]) == ("One, two,", True), "no template around raw text"
    assert body["options"]["stop"] == []


def test_the_configuration_says_the_form(tmp_path: Any) -> None:
    with vllm(text_answer) as server:
        config = write_notes(tmp_path)
        model = config.settings.model.model_copy(
            update={"path": server.url, "form": "completion", "context": 512}
        )
        object.__setattr__(config, "settings", config.settings.with_model(model))
        with open_engine(config, tuned=False) as engine:
            assert isinstance(engine, RemoteEngine)
            assert engine.info.form == "completion"
            assert engine.info.context == 512


# -- scores ------------------------------------------------------------------------------------


def test_vllm_scores_a_prompt_by_its_echo() -> None:
    """Its first token has no value, one that is impossible the lowest there is."""
    row = {
        "text_offset": [0, 3, 7, 10, 15], "tokens": ["The", " sea", " is", " blue", " and"],
        "token_logprobs": [None, -2.0, -0.25, -9999.0, -1.0],
        "top_logprobs": [None, {}, {}, {}, {}],
    }  # fmt: skip
    answer = 200, {"choices": [{"text": "The sea is blue and", "logprobs": row}]}
    with vllm(lambda b, n: answer) as server, server.engine() as engine:
        (one,) = engine.score([Score(Prompt(text="The sea"), " is")])
        assert (one.logprob, one.tokens) == (-0.25, 1)
        (one,) = engine.score([Score(Prompt(text="The sea is"), " blue")])
        assert one.logprob <= -100
    assert server.bodies[0]["echo"] is True
    with ollama(lambda b, n: lines(b, "x")) as server, server.engine() as engine:
        with pytest.raises(ModelError, match="log-probabilities"):
            list(engine.score([Score(Prompt(text="The sea"), " is")]))
        assert not posts(server)


def test_a_conversation_is_sent_in_order() -> None:
    turns = Prompt((Message("user", "A?"), Message("assistant", "B."), Message("user", "C?")))
    with ollama(lambda b, n: lines(b, "d")) as server, server.engine() as engine:
        next(iter(engine.sample([Draw(turns, PARAMS)])))
    (body,) = posts(server)
    assert [m["role"] for m in body["messages"]] == ["user", "assistant", "user"]
