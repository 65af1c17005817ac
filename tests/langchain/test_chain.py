"""Our retriever and model in a LangChain chain, with the real index and the real model."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from langchain_core.messages import HumanMessage, SystemMessage, ToolMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnablePassthrough

from pipeline.config import Config
from pipeline.engine import Engine, ScriptedEngine, open_engine
from pipeline.errors import PromptError
from pipeline.langchain import ChatThinkscale, NotesRetriever
from pipeline.types import SampleParams

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def engine(small: Config) -> Iterator[Engine]:
    with open_engine(small) as opened:
        yield opened


@pytest.fixture
def retriever(small: Config) -> Iterator[NotesRetriever]:
    opened = NotesRetriever.open(small, k=2)
    yield opened
    opened.index.close()


def test_the_retriever_gives_documents_that_say_where_they_stand(retriever: NotesRetriever) -> None:
    documents = retriever.invoke("How many parameters does GPT-2 have?")
    assert len(documents) == 2
    assert "1.5 billion" in documents[0].page_content
    assert documents[0].metadata["source"] == "models.md"
    assert documents[0].metadata["start_line"] > 1


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


def test_streamed_pieces_are_the_whole_reply(engine: Engine) -> None:
    model = ChatThinkscale(engine=engine, params=SampleParams(temperature=0, max_tokens=16))
    whole = model.invoke("Name a colour.")
    pieces = list(model.stream("Name a colour."))
    assert len(pieces) > 2
    assert "".join(str(piece.content) for piece in pieces) == whole.content
    assert whole.usage_metadata is not None
    assert 0 < whole.usage_metadata["output_tokens"] <= 16


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
