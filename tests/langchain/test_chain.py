"""Our retriever and model in a LangChain chain, with the real index and the real model."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from time import sleep

import pytest
from langchain_core.exceptions import OutputParserException
from langchain_core.messages import HumanMessage, SystemMessage, ToolMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnablePassthrough
from pydantic import BaseModel, Field

from pipeline.config import Config
from pipeline.engine import Engine, ScriptedEngine
from pipeline.errors import PromptError
from pipeline.langchain import ChatThinkscale, NotesRetriever
from pipeline.types import SampleParams


@pytest.fixture
def engine(local: Engine) -> Engine:
    return local


@pytest.fixture
def retriever(small: Config) -> Iterator[NotesRetriever]:
    opened = NotesRetriever.open(small, k=2)
    yield opened
    opened.index.close()


@pytest.mark.model
def test_the_retriever_gives_documents_that_say_where_they_stand(retriever: NotesRetriever) -> None:
    documents = retriever.invoke("How many parameters does GPT-2 have?")
    assert len(documents) == 2
    assert "1.5 billion" in documents[0].page_content
    assert documents[0].metadata["source"] == "models.md"
    assert documents[0].metadata["start_line"] > 1


@pytest.mark.model
def test_the_documented_chain_runs(retriever: NotesRetriever, engine: Engine) -> None:
    model = ChatThinkscale(engine=engine, params=SampleParams(temperature=0, max_tokens=24))
    prompt = ChatPromptTemplate.from_template("{notes}\n\n{question}")
    chain = (
        {
            "notes": retriever | (lambda documents: documents[0].page_content),
            "question": RunnablePassthrough(),
        }
        | prompt
        | model
        | StrOutputParser()
    )
    reply = chain.invoke("How many parameters does GPT-3 have?")
    assert isinstance(reply, str)
    assert reply.strip()


@pytest.mark.model
def test_streamed_pieces_are_the_whole_reply(engine: Engine) -> None:
    model = ChatThinkscale(engine=engine, params=SampleParams(temperature=0, max_tokens=16))
    whole = model.invoke("Name a colour.")
    pieces = list(model.stream("Name a colour."))
    assert len(pieces) > 2
    assert "".join(str(piece.content) for piece in pieces) == whole.content
    assert whole.usage_metadata is not None
    assert 0 < whole.usage_metadata["output_tokens"] <= 16


@pytest.mark.model
def test_many_draws_of_one_call(engine: Engine) -> None:
    model = ChatThinkscale(engine=engine, params=SampleParams(max_tokens=8), n=3)
    result = model.generate([[HumanMessage("Name an animal.")]])
    assert len(result.generations[0]) == 3


def test_stop_and_roles_reach_the_engine() -> None:
    engine = ScriptedEngine(lambda prompt, _: "fine")
    ChatThinkscale(engine=engine).invoke(
        [SystemMessage("Be short."), HumanMessage("Hi")], stop=["x"]
    )
    request = engine.requests[0]
    assert [m.role for m in request.prompt.messages] == ["system", "user"]
    assert request.params.stop == ("x",)


def test_a_message_no_local_model_knows_is_named() -> None:
    with pytest.raises(PromptError, match="tool"):
        ChatThinkscale(engine=ScriptedEngine({})).invoke([ToolMessage("x", tool_call_id="1")])


def test_an_error_in_the_engine_reaches_the_reader_of_a_stream() -> None:
    with pytest.raises(PromptError):
        list(ChatThinkscale(engine=ScriptedEngine({})).stream("no script matches this"))


def test_fields_of_a_call_go_before_those_of_the_model() -> None:
    engine = ScriptedEngine(lambda prompt, _: "fine")
    model = ChatThinkscale(engine=engine, temperature=0.2, max_tokens=9, stop=["a"])
    model.invoke("Hi")
    model.bind(temperature=0.9, top_k=3).invoke("Hi", stop=["b"])
    first, second = (request.params for request in engine.requests)
    assert (first.temperature, first.max_tokens, first.stop) == (0.2, 9, ("a",))
    assert (second.temperature, second.top_k, second.stop) == (0.9, 3, ("a", "b"))


def test_what_nobody_knows_is_said() -> None:
    model = ChatThinkscale(engine=ScriptedEngine(lambda prompt, _: "fine"))
    with pytest.raises(PromptError, match=r"`presence_penalty`.*temperature"):
        model.invoke("Hi", presence_penalty=1)
    with pytest.raises(PromptError, match="not gpt"):
        model.invoke("Hi", model="gpt")
    with pytest.raises(ValueError, match="temprature"):
        ChatThinkscale(engine=model.engine, **{"temprature": 1})
    with pytest.raises(PromptError, match="image"):
        model.invoke([HumanMessage([{"type": "image_url", "image_url": {"url": "x"}}])])
    with pytest.raises(PromptError, match="no method"):
        model.with_structured_output({"title": "a", "type": "object"}, method="magic")


def test_a_reader_who_leaves_stops_the_draw() -> None:
    class Long(ScriptedEngine):
        told = 0

        def _draw(self, request, pays, on_token):  # type: ignore[no-untyped-def]
            while on_token(request, "word ") is not False and Long.told < 1000:
                Long.told += 1
                sleep(0.005)
            return super()._draw(request, pays, None)

    stream = ChatThinkscale(engine=Long(lambda prompt, _: "x")).stream("Hi")
    assert next(stream).content == "word "
    assert isinstance(stream, Generator)
    stream.close()
    assert Long.told < 1000


class Person(BaseModel):
    """A person."""

    name: str = Field(max_length=20)
    age: int
    likes: list[str] = Field(default=[], max_length=2)


def test_structured_output_is_asked_for_by_grammar_and_read() -> None:
    engine = ScriptedEngine({"Kim": '{"name": "Kim", "age": 3}', "else": "no JSON"})
    model = ChatThinkscale(engine=engine)
    assert model.with_structured_output(Person).invoke("Kim") == Person(name="Kim", age=3)
    assert '"\\"name\\""' in engine.requests[0].params.grammar
    raw = model.with_structured_output(Person, include_raw=True)
    good, bad = raw.invoke("Kim"), raw.invoke("else")
    assert isinstance(good, dict)
    assert isinstance(bad, dict)
    assert good["parsed"] == Person(name="Kim", age=3)
    assert good["parsing_error"] is None
    assert bad["parsed"] is None
    assert isinstance(bad["parsing_error"], OutputParserException)
    assert bad["raw"].content == "no JSON"
    with pytest.raises(OutputParserException):
        model.with_structured_output(Person).invoke("else")


@pytest.mark.model
def test_the_real_model_can_write_nothing_but_the_schema(engine: Engine) -> None:
    hot = SampleParams(temperature=2.0, max_tokens=80, top_k=0, top_p=1, min_p=0.01)
    model = ChatThinkscale(engine=engine, params=hot).with_structured_output(Person)
    person = model.invoke("Write about a person.")
    assert isinstance(person, Person)
