"""Any chat model as an engine, and every strategy over it."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from contextlib import nullcontext
from typing import Any

import pytest
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.retrievers import BaseRetriever
from pydantic import Field

from pipeline.answering.loop import Budget
from pipeline.answering.session import chosen_strategy
from pipeline.config import Config
from pipeline.engine import Engine, ScriptedEngine, request_key
from pipeline.errors import ConfigError, ModelError, PromptError
from pipeline.langchain import ChatEngine, ChatThinkscale, strategy_runnable
from pipeline.langchain.engine import seed_of, usual_fields
from pipeline.strategies import AGGREGATIONS
from pipeline.types import Draw, Message, Prompt, SampleParams, Score


class Chat(BaseChatModel):
    """A chat model that gives one reply after another, and remembers what it was asked."""

    replies: list[str]
    asked: list[tuple[list[BaseMessage], dict[str, Any]]] = Field(default_factory=list)
    finish: str = "stop"
    counted: bool = True
    fails: bool = False

    def model_post_init(self, _: Any) -> None:
        self._lock = threading.Lock()

    @property
    def _llm_type(self) -> str:
        return "test"

    def _generate(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **kwargs: Any
    ) -> ChatResult:
        if self.fails:
            raise ConnectionError("gone")
        with self._lock:
            text = self.replies[len(self.asked) % len(self.replies)]
            self.asked.append((messages, {**kwargs, "stop": stop}))
        message = AIMessage(text, response_metadata={"finish_reason": self.finish})
        if self.counted:
            message.usage_metadata = {"input_tokens": 7, "output_tokens": 3, "total_tokens": 10}
        return ChatResult(generations=[ChatGeneration(message=message)])


class Notes(BaseRetriever):
    """Three documents, whatever is asked; takes no `k`."""

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        return [Document(f"Fact {n} about {query}", id=f"d{n}") for n in range(3)]


ASK = Prompt((Message("system", "Be short."), Message("user", "How many?")))


def requests(n: int, **params: Any) -> list[Draw]:
    return [Draw(ASK, SampleParams(**params), draw) for draw in range(n)]


def test_it_keeps_the_contract_of_engines() -> None:
    chat = Chat(replies=["<think>hm</think>red STOP green"])
    engine: Engine = ChatEngine(chat)
    assert isinstance(engine, Engine)
    assert engine.info.name == "Chat"
    asked = requests(4, stop=("STOP",), temperature=0.5, max_tokens=9)
    pieces: list[str] = []
    samples = list(engine.sample(asked, lambda _, piece: pieces.append(piece)))
    assert {s.request for s in samples} == set(asked)
    for sample in samples:
        assert sample.key == request_key(engine.info, sample.request)
        assert (sample.text, sample.thinking, sample.finish) == ("red ", "hm", "stop")
        assert sample.tokens == sample.cost.generated_tokens == 3
        assert sample.cost.prompt_tokens == (7 if sample.request.draw == 0 else 0)
    assert pieces == ["red "] * 4
    messages, given = chat.asked[0]
    assert [m.type for m in messages] == ["system", "human"]
    assert given == {"temperature": 0.5, "max_tokens": 9, "stop": ["STOP"]}


def test_what_is_sent_can_be_chosen() -> None:
    chat = Chat(replies=["x"])
    list(ChatEngine(chat, fields=lambda r: {}).sample(requests(1)))
    list(
        ChatEngine(chat, fields=lambda r: {**usual_fields(r), "seed": seed_of(r)}).sample(
            requests(2)
        )
    )
    assert chat.asked[0][1] == {"stop": None}
    assert len({given["seed"] for _, given in chat.asked[1:]}) == 2


def test_without_a_count_of_tokens_there_is_an_estimate() -> None:
    (sample,) = ChatEngine(Chat(replies=["four words are here"], counted=False)).sample(requests(1))
    assert sample.tokens > 3
    assert sample.cost.prompt_tokens > 3


def test_a_cut_reply_is_known_and_a_cancelled_draw_is_not_made() -> None:
    chat = Chat(replies=["x"], finish="length")
    engine = ChatEngine(chat)
    one, two = requests(2)
    engine.cancel(one)
    found = {s.request.draw: s.finish for s in engine.sample([one, two])}
    assert found == {0: "cancelled", 1: "length"}
    assert len(chat.asked) == 1


def test_what_a_chat_cannot_do_is_said() -> None:
    engine = ChatEngine(Chat(replies=["x"]))
    begun = Prompt((Message("user", "a"), Message("assistant", "b")))
    by_grammar = SampleParams(grammar='root ::= "a"')
    for prompt, params in [(begun, SampleParams()), (ASK, by_grammar), (Prompt(), SampleParams())]:
        with pytest.raises(PromptError):
            list(engine.sample([Draw(prompt, params)]))
    with pytest.raises(ModelError, match="likelihoods"):
        engine.score([Score(ASK, "a")])
    with pytest.raises(ConnectionError):  # the model's own errors stay its own
        list(ChatEngine(Chat(replies=["x"], fails=True)).sample(requests(1)))


ANSWERS = ["The answer is 5.", "The answer is 4.", "The answer is 4.", "I do not know."]


def test_a_vote_over_any_chat_model() -> None:
    chat = Chat(replies=ANSWERS)
    message = strategy_runnable("cot@sc8", chat, kind="number").invoke("What is 2 + 2?")
    assert message.content == "4"
    assert len(chat.asked) == 8
    told = message.response_metadata
    assert told["strategy"] == "cot@sc8"
    assert [(v["answer"], v["count"]) for v in told["votes"]] == [("4", 4), ("5", 2)]
    assert told["share"] == 0.5
    assert told["draws"] == 8
    assert told["complete"] is True
    assert message.usage_metadata == {
        "input_tokens": 7, "output_tokens": 24, "total_tokens": 31,
    }  # fmt: skip


def test_it_is_a_runnable_like_any_other() -> None:
    chain = strategy_runnable("direct", Chat(replies=["4"]), kind="number") | StrOutputParser()
    assert chain.invoke("What is 2 + 2?") == "4"
    assert chain.batch(["a?", "b?"]) == ["4", "4"]
    assert asyncio.run(chain.ainvoke("c?")) == "4"
    assert chain.invoke([HumanMessage("first"), HumanMessage("What?")]) == "4"
    assert list(chain.stream("d?")) == ["4"]


def test_passages_given_or_searched_are_shown() -> None:
    chat = Chat(replies=["4"])
    strategy_runnable("direct", chat).invoke({"question": "Why?", "passages": ["Because."]})
    strategy_runnable("rag2+direct", chat, retriever=Notes()).invoke("Why?")
    strategy_runnable("closed+direct", chat).invoke({"question": "Why?", "passages": ["No."]})
    shown = [asked[0][-1].text for asked in chat.asked]
    assert "Because." in shown[0]
    assert "Fact 0" in shown[1]
    assert "Fact 1" in shown[1]
    assert "Fact 2" not in shown[1]
    assert "No." not in shown[2]


def test_a_budget_ends_the_thinking() -> None:
    run = strategy_runnable(
        "direct@sc32", Chat(replies=["4"]), kind="number",
        params=SampleParams(max_tokens=10), budget=Budget(tokens=60),
    )  # fmt: skip
    message = run.invoke("What is 2 + 2?")
    assert message.content == "4"
    assert message.response_metadata["complete"] is False
    assert message.response_metadata["draws"] < 32


def test_no_answer_is_an_empty_message() -> None:
    message = strategy_runnable("cot@sc4", Chat(replies=["no idea"]), kind="number").invoke("2+2?")
    assert message.content == ""
    assert message.response_metadata["votes"] == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("cto", "cot"),
        ("rag+cot", "retriever"),
        ("oracle+cot", "no place"),
        ("ask+cot", "no place"),
        ("", "name"),
    ],
)
def test_a_name_that_cannot_be_is_said_before_anything_is_asked(name: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        strategy_runnable(name, Chat(replies=["x"]))


@pytest.mark.parametrize("given", [3, [], ["a"], {"q": "a"}, "", " ", "x" * 3000, None])
def test_what_is_no_question_is_said(given: Any) -> None:
    with pytest.raises(PromptError):
        strategy_runnable("direct", Chat(replies=["x"])).invoke(given)


LOCAL = (
    "likelihood force beam dvts particles ptrue optscale scrutinize search optimal judge universal "
    "select"
).split()
"""Rules that may go on from a reply, ask for its likelihood, or draw by a grammar."""


@pytest.mark.parametrize("rule", sorted(AGGREGATIONS))
def test_every_rule_over_our_own_model(rule: str) -> None:
    own = ChatThinkscale(engine=ScriptedEngine(lambda prompt, draw: ANSWERS[draw % 4]))
    name = f"cot@{rule}" if rule else "cot"
    message = strategy_runnable(name, own, kind="number").invoke("What is 2 + 2?")
    assert message.response_metadata["draws"] >= 1


@pytest.mark.parametrize("rule", sorted(AGGREGATIONS))
def test_every_rule_over_any_chat_model_runs_or_says_why_not(rule: str) -> None:
    name = f"cot@{rule}" if rule else "cot"
    run = strategy_runnable(name, Chat(replies=ANSWERS), kind="number", retriever=Notes())
    allowed = contextlib.suppress(PromptError, ModelError) if rule in LOCAL else nullcontext()
    with allowed:
        assert run.invoke("What is 2 + 2?").response_metadata["draws"] >= 1


@pytest.mark.model
def test_over_the_real_model(local: Engine) -> None:
    model = ChatThinkscale(engine=local, params=SampleParams(max_tokens=40, temperature=0.8))
    message = strategy_runnable("direct@sc4", model, kind="number").invoke("What is 3 + 4?")
    assert message.response_metadata["draws"] == 4
    assert message.usage_metadata is not None
    assert message.usage_metadata["output_tokens"] > 4


def test_auto_is_what_the_session_would_take(small: Config) -> None:
    runnable = strategy_runnable("auto", Chat(replies=["1.5 billion"]), config=small)
    reply = runnable.invoke({"question": "How many?", "passages": ["GPT-2 has 1.5 billion."]})
    assert reply.response_metadata["strategy"] == str(chosen_strategy(small)[0])
    with pytest.raises(ConfigError, match="config="):
        strategy_runnable("auto", Chat(replies=["x"]))
