"""LangChain's own standard suites, on the real model, the real index and the real store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.retrievers import BaseRetriever
from langchain_core.vectorstores import VectorStore
from langchain_tests.integration_tests import (
    ChatModelIntegrationTests,
    RetrieversIntegrationTests,
    VectorStoreIntegrationTests,
)
from langchain_tests.unit_tests import ChatModelUnitTests

from pipeline.config import Config
from pipeline.engine import Engine, ScriptedEngine
from pipeline.langchain import ChatThinkscale, DocumentStore, NotesRetriever
from pipeline.retrieval import Index, ensure
from pipeline.types import SampleParams

JOKE = '{"setup": "Why did the cat sit on the keyboard?", "punchline": "To watch the mouse."}'


class _Model:
    """What both suites of chat models are told of ours."""

    @pytest.fixture(autouse=True)
    def _opened(self) -> None:
        self.engine: Engine = ScriptedEngine(lambda prompt, _: JOKE)
        self.params = SampleParams()

    @property
    def chat_model_class(self) -> type[ChatThinkscale]:
        return ChatThinkscale

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"engine": self.engine, "params": self.params}

    @property
    def has_tool_calling(self) -> bool:
        return False

    @property
    def has_structured_output(self) -> bool:
        return True

    @property
    def supports_json_mode(self) -> bool:
        return True

    @property
    def returns_usage_metadata(self) -> bool:
        return True


class TestChatUnit(_Model, ChatModelUnitTests):
    """The unit suite."""


class TestChat(_Model, ChatModelIntegrationTests):
    """The integration suite, with an engine that knows one joke."""


@pytest.mark.long
@pytest.mark.model
class TestRealChat(_Model, ChatModelIntegrationTests):
    """The integration suite, with the embedded model: its jokes are JSON because of the grammar."""

    @pytest.fixture(autouse=True)
    def _opened(self, local: Engine) -> None:
        self.engine = local
        self.params = SampleParams(temperature=0, max_tokens=200, repeat_penalty=1.1)


@pytest.mark.model
class TestRetriever(RetrieversIntegrationTests):
    """The suite of retrievers, on the small notes."""

    @pytest.fixture(autouse=True)
    def _opened(self, small: Config) -> Iterator[None]:
        self.index: Index = ensure(small)
        yield
        self.index.close()

    @property
    def retriever_constructor(self) -> type[BaseRetriever]:
        return NotesRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return {"index": self.index, "k": 2}

    @property
    def retriever_query_example(self) -> str:
        return "How many parameters does GPT-2 have?"


@pytest.mark.long
@pytest.mark.model
class TestStore(VectorStoreIntegrationTests):
    """The suite of vector stores: every change is indexed anew, so it takes a minute."""

    @pytest.fixture
    def vectorstore(self, tmp_path: Path) -> Iterator[VectorStore]:
        store = DocumentStore.open(tmp_path)
        yield store
        store.close()
