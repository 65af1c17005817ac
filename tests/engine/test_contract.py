"""What every engine promises, tested on every engine."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatResult

from pipeline.engine import Engine, ScriptedEngine, draw_seed, request_key
from pipeline.engine.base import ModelInfo
from pipeline.engine.by_role import RoleEngine
from pipeline.engine.local.engine import LocalEngine
from pipeline.engine.remote import RemoteEngine
from pipeline.errors import ModelError, PromptError
from pipeline.langchain.engine import ChatEngine, seed_of
from pipeline.models.local_files import embedded_model
from pipeline.types import Draw, Message, Prompt, Sample, SampleParams, Score
from tests.engine.live_servers import llama_server, needs_llama_server
from tests.engine.second_model import needs_second_model, second_model
from tests.engine.test_remote import Server, chat

ASK = Prompt((Message("user", "Name three colours of the rainbow."),))
PARAMS = SampleParams(temperature=1.0, max_tokens=10, stop=("purple",))
WORDS = "red orange yellow green blue purple 파랑 노랑".split()


def reply(prompt: str, draw: int) -> str:
    rng = random.Random(draw)
    return " ".join(rng.choice(WORDS) for _ in range(6))


def answer(body: dict[str, Any], _: int) -> Any:
    text = reply("", body.get("seed", 0))  # a score has none
    content = [
        {"token": word, "logprob": -1.0, "top_logprobs": [{"logprob": -1.0}, {"logprob": -2.0}]}
        for word in text.split()
    ]
    return chat(text, logprobs={"content": content})


class Words(BaseChatModel):
    """A chat model of LangChain that says the words of its seed."""

    @property
    def _llm_type(self) -> str:
        return "words"

    def _generate(
        self, messages: list[BaseMessage], stop: list[str] | None = None, run_manager: Any = None,
        **given: Any,
    ) -> ChatResult:  # fmt: skip
        text = reply("", given["seed"])
        usage = UsageMetadata(input_tokens=9, output_tokens=6, total_tokens=15)
        return ChatResult(
            generations=[ChatGeneration(message=AIMessage(text, usage_metadata=usage))]
        )


@pytest.fixture(
    scope="module",
    params=[
        "scripted",
        "remote",
        "langchain",
        pytest.param("local", marks=pytest.mark.model),
        pytest.param("local, completion form", marks=pytest.mark.model),
        "two models",
        pytest.param("second model", marks=[pytest.mark.model, needs_second_model]),
        pytest.param("llama-server", marks=[pytest.mark.model, needs_llama_server]),
        pytest.param(
            "llama-server, second model",
            marks=[pytest.mark.model, needs_llama_server, needs_second_model],
        ),
    ],
)
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    if request.param == "scripted":
        yield ScriptedEngine(reply, context=512)
    elif request.param == "remote":
        with Server(answer) as server, server.engine(context=512) as remote:
            yield remote
    elif request.param == "two models":
        other = ScriptedEngine(reply, name="other", context=512)
        yield RoleEngine(ScriptedEngine(reply, context=512), other)
    elif request.param == "langchain":
        yield ChatEngine(Words(), fields=lambda r: {"seed": seed_of(r)}, context=512)
    elif request.param.startswith("llama-server"):
        base = "second" in request.param
        with (
            llama_server(second_model() if base else embedded_model(), context=512) as url,
            RemoteEngine(url, concurrency=2, form="completion" if base else "auto") as remote,
        ):
            assert remote.info.form == ("completion" if base else "chat")
            yield remote
    elif request.param == "second model":
        with LocalEngine(second_model(), context=512) as local:
            assert local.info.form == "completion"
            yield local
    else:
        form: Any = "completion" if "completion" in request.param else "auto"
        with LocalEngine(embedded_model(), context=512, form=form) as local:
            yield local


def requests(n: int, **change: Any) -> list[Draw]:
    return [Draw(ASK, PARAMS, draw=i, **change) for i in range(n)]


def _needs_more_than_chat(engine: Engine) -> None:
    if isinstance(engine, ChatEngine):
        pytest.skip("a chat interface goes on from no reply and tells no probabilities")


def test_what_a_chat_interface_cannot_do_is_refused(engine: Engine) -> None:
    if not isinstance(engine, ChatEngine):
        pytest.skip("the others can")
    with pytest.raises(PromptError, match="cannot go on"):
        list(engine.sample(requests(1, parent="no such sample")))
    with pytest.raises(ModelError, match="no likelihoods"):
        list(engine.score([Score(ASK, " red")]))


def test_it_is_an_engine(engine: Engine) -> None:
    assert isinstance(engine, Engine)
    assert engine.info.name
    assert engine.info.context == 512
    assert engine.count(ASK) > 5


def test_every_draw_comes_once_under_its_key(engine: Engine) -> None:
    asked = requests(6, item="a") + requests(3, item="b")
    samples = list(engine.sample(asked))
    assert {s.request for s in samples} == set(asked)
    assert len(samples) == 9
    for s in samples:
        assert s.key == request_key(engine.info, s.request)
        assert s.finish in ("stop", "length")
        assert 0 <= s.tokens <= 10
        assert s.cost.generated_tokens == s.tokens
        assert not any(stop in s.text for stop in PARAMS.stop)
        assert "\ufffd" not in s.text
    assert len({s.key for s in samples}) == 9
    assert len({s.text for s in samples}) > 2


def test_the_pieces_make_the_text(engine: Engine) -> None:
    shown: defaultdict[int, str] = defaultdict(str)

    def show(request: Draw, piece: str) -> None:
        shown[request.draw] += piece

    for s in engine.sample(requests(4, item="pieces"), show):
        assert shown[s.request.draw] == s.text


def test_the_prompt_is_paid_for_once_whatever_ran_before(engine: Engine) -> None:
    for _ in range(2):
        paid = [s.cost.prompt_tokens for s in engine.sample(requests(3, item="paid"))]
        assert sorted(p > 0 for p in paid) == [False, False, True]
    later = [Draw(ASK, PARAMS, draw=i, item="paid") for i in (3, 4)]
    assert sum(s.cost.prompt_tokens for s in engine.sample(later)) == 0
    fresh = [Draw(ASK, PARAMS, draw=i, item="fresh") for i in (3, 4)]
    assert sum(s.cost.prompt_tokens > 0 for s in engine.sample(fresh)) == 1


def test_a_prompt_pays_for_the_output_head_once(engine: Engine) -> None:
    """Of the tokens that are read only the last predicts one; of those written each does."""
    (drawn,) = engine.sample([Draw(ASK, PARAMS, item="head")])
    read, info = drawn.cost.prompt_tokens, engine.info
    wanted = info.flops(read, heads=1) + info.flops(drawn.tokens, read)
    assert drawn.cost.flops == pytest.approx(wanted)


def test_what_a_token_costs() -> None:
    info = ModelInfo("m", "e", matmul_weights=100, head_weights=40, attention_flops=2)
    assert info.flops(10) == 2 * 100 * 10 + 2 * 55
    assert info.flops(10, 5) == 2 * 100 * 10 + 2 * (50 + 55)
    assert info.flops(10, heads=1) == info.flops(10) - 2 * 40 * 9
    assert info.flops(10, heads=10) == info.flops(10, heads=12) == info.flops(10)


def test_leaving_early_is_allowed(engine: Engine) -> None:
    stream = engine.sample(requests(6, item="early"))
    next(stream)
    del stream
    assert len(list(engine.sample(requests(2, item="after")))) == 2


def test_nothing_asked_nothing_made(engine: Engine) -> None:
    assert list(engine.sample([])) == []


def test_an_unknown_parent_is_refused(engine: Engine) -> None:
    _needs_more_than_chat(engine)
    with pytest.raises(PromptError, match="not known"):
        list(engine.sample(requests(1, parent="no such sample")))


def test_a_known_parent_is_gone_on_from(engine: Engine) -> None:
    _needs_more_than_chat(engine)
    first = next(iter(engine.sample(requests(1, item="parent"))))
    (second,) = engine.sample(requests(1, item="parent", parent=first.key))
    assert second.key != first.key
    assert second.cost.prompt_tokens == 0


def go_on(engine: Engine, parent: str, text: str, *turns: Message) -> Sample:
    prompt = Prompt((*ASK.messages, Message("assistant", text), *turns))
    (sample,) = engine.sample([Draw(prompt, PARAMS, item="child", parent=parent)])
    return sample


def test_a_prompt_that_holds_everything_needs_no_known_parent(engine: Engine) -> None:
    """And costs the same whether or not the parent is in memory."""
    _needs_more_than_chat(engine)
    (first,) = engine.sample(requests(1, item="soft"))
    ask = Message("user", "Are you sure of these colours?")
    for text in (first.text, first.text.strip(), first.text + " Wait,", "", " 한국어", "<think>Hm"):
        known, strange = (go_on(engine, p, text) for p in (first.key, "f" * 64))
        assert known.cost.prompt_tokens == strange.cost.prompt_tokens == 0
        assert known.finish in ("stop", "length")
        known, strange = (go_on(engine, p, text, ask) for p in (first.key, "f" * 64))
        assert known.cost.prompt_tokens == strange.cost.prompt_tokens
        assert 0 < known.cost.prompt_tokens < engine.count(Prompt((*ASK.messages, ask)))
        assert known.key != strange.key


def test_a_draw_below_its_group_confidence_is_stopped(engine: Engine) -> None:
    _needs_more_than_chat(engine)
    params = replace(PARAMS, group=4, max_tokens=12, stop=())
    asked = [Draw(ASK, params, draw=i, item="sure") for i in range(4)]
    free = list(engine.sample(asked))
    assert {s.finish for s in free} <= {"stop", "length"}
    strict = [replace(r, params=replace(params, stop_below=1e6)) for r in asked]
    for s in engine.sample(strict):
        assert s.finish == "cancelled"
        assert 0 < s.tokens < 12
        assert s.cost.generated_tokens == s.tokens
        assert s.confidence.lowest_group < 1e6
    lenient = [replace(r, params=replace(params, stop_below=1e-6)) for r in asked]
    assert {s.finish for s in engine.sample(lenient)} <= {"stop", "length"}


def test_likelihoods_come_in_order_and_are_priced_as_read(engine: Engine) -> None:
    _needs_more_than_chat(engine)
    before = Prompt(text="The sky on a clear day is", template="weigh")
    texts = [" blue", " a bicycle of seven wheels", " blue", ""]
    asked = [Score(before, text) for text in texts]
    if engine.info.engine == "remote":  # this server echoes no prompt
        with pytest.raises(ModelError, match="log-probabilities"):
            list(engine.score(asked))
        return
    found = list(engine.score(asked))
    assert [one.request for one in found] == asked
    assert [one.key for one in found] == [request_key(engine.info, one) for one in asked]
    assert found[0].logprob == pytest.approx(found[2].logprob, abs=1e-3)
    assert (found[3].logprob, found[3].tokens) == (0.0, 0)
    for one in found:
        assert one.logprob <= 0
        assert one.cost.generated_tokens == 0
    paid = [one.cost.prompt_tokens for one in found]
    assert paid == [engine.count(before) + found[0].tokens, found[1].tokens, 0, 0]
    assert found[1].cost.flops > found[2].cost.flops == 0
    again = [one.cost.prompt_tokens for one in engine.score(asked)]
    assert again == paid, "a price does not depend on what is in memory"
    if engine.info.engine == "local":
        assert found[0].logprob > found[1].logprob
    (alone,) = engine.score(asked[1:2])
    assert alone.logprob == pytest.approx(found[1].logprob, abs=0.2)


def test_many_texts_after_one_prompt_are_scored_as_each_alone(engine: Engine) -> None:
    """All pieces of a sentence in a few words: what an answer may be chosen from."""
    _needs_more_than_chat(engine)
    if engine.info.engine == "remote":
        pytest.skip("this server echoes no prompt")
    for sentence, question in (
        ("The oldest bridge of the town was built of oak in 1432.", "When was it built?"),
        ("그 다리는 1432년에 참나무로 지어졌다.", "언제 지어졌는가?"),
    ):
        words = sentence.rstrip(".").split()
        ends = range(1, len(words) + 1)
        spans = [" ".join(words[a:b]) for a in range(len(words)) for b in ends if a < b]
        prompt = Prompt(text=f"{sentence}\n{question}\nAnswer:", template="weigh")
        asked = [Score(prompt, f" {span}{end}") for span in spans for end in ("", "\n")]
        together = list(engine.score(asked))
        assert [one.request for one in together] == asked
        for one in asked[::7]:
            (alone,) = engine.score([one])
            found = together[asked.index(one)]
            noise = 0.2 + 0.05 * alone.tokens  # of weights in four bits
            assert found.logprob == pytest.approx(alone.logprob, abs=noise)
            assert (found.tokens, found.key) == (alone.tokens, alone.key)
            assert found.cost.prompt_tokens <= alone.cost.prompt_tokens
            assert alone.cost.prompt_tokens == engine.count(prompt) + alone.tokens


def test_seeds_and_keys_depend_on_everything() -> None:
    seeds = {draw_seed(s, item, d) for s in range(3) for item in ("", "a", "b") for d in range(500)}
    assert len(seeds) == 4500
    assert max(seeds) < 0xFFFFFFFF
    assert draw_seed(1, "1", 1) == draw_seed(1, "1", 1)
    info = ScriptedEngine(reply).info
    base = Draw(ASK, PARAMS)
    others = [
        Draw(ASK, PARAMS, draw=1),
        Draw(ASK, PARAMS, item="1"),
        Draw(ASK, PARAMS, parent="1"),
        Draw(ASK, SampleParams()),
        Draw(Prompt(text="a"), PARAMS),
    ]
    scores = [Score(ASK, "a"), Score(ASK, "b"), Score(ASK, "a", "1"), Score(Prompt(text="a"), "a")]
    assert (
        len(
            {
                *(request_key(info, r) for r in [base, *others]),
                *(request_key(info, s) for s in scores),
            }
        )
        == 10
    )


def test_a_table_of_replies() -> None:
    engine = ScriptedEngine({"colours": ["red", "blue"], "rainbow": "seven colours"})
    texts = [s.text for s in engine.sample(requests(3))]
    assert texts == ["red", "blue", "red"] or texts == ["seven colours"] * 3
    with pytest.raises(PromptError, match="No scripted reply"):
        list(engine.sample([Draw(Prompt(text="other"), PARAMS)]))


def test_a_scripted_reply_is_cut_and_cancelled_like_any_other() -> None:
    engine = ScriptedEngine(lambda prompt, draw: "one two three four five")
    short = SampleParams(max_tokens=2)
    (sample,) = engine.sample([Draw(ASK, short)])
    assert (sample.text, sample.finish, sample.tokens) == ("one two", "length", 2)
    (sample,) = engine.sample([Draw(ASK, SampleParams())], lambda r, p: "two" not in p)
    assert (sample.text, sample.finish) == ("one two", "cancelled")
    with pytest.raises(PromptError, match="too long"):
        ScriptedEngine(reply, context=3).sample([Draw(ASK, short)]).__next__()


def test_forced_thinking_has_a_budget_and_an_answer_behind_it(engine: Engine) -> None:
    """A reply that was begun with a think tag, whatever the model knows of such tags."""
    if not isinstance(engine, LocalEngine):
        pytest.skip("only a local engine counts the tokens of a thought as they are written")
    prompt = Prompt((*ASK.messages, Message("assistant", "<think>\nLet me see.")))
    params = SampleParams(temperature=0.0, max_tokens=24, think_budget=5)
    (sample,) = engine.sample([Draw(prompt, params)])
    assert sample.thinking
    assert sample.text.strip()
    assert "</think>" not in sample.thinking
    assert "</think>" not in sample.text, "a base model may write the other tag, as it may any text"
    shown: list[str] = []
    list(engine.sample([Draw(prompt, params, item="shown")], lambda _, p: shown.append(p)))
    assert "".join(shown) == sample.text, "a thought is not shown"
    (free,) = engine.sample([Draw(prompt, replace(params, think_budget=None, max_tokens=10))])
    assert free.text == ""
    assert free.thinking.startswith(sample.thinking[:10])
    (closed,) = engine.sample(
        [Draw(Prompt((*ASK.messages, Message("assistant", "<think>\nRed.</think>\n"))), params)]
    )
    assert closed.thinking == ""
