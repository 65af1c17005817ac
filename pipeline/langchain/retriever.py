"""The notes as a retriever."""

from __future__ import annotations

from typing import Any, Self

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict, Field

from pipeline.answering.question import check_question
from pipeline.config import Config
from pipeline.langchain.convert import to_document

__all__ = ["NotesRetriever"]


class NotesRetriever(BaseRetriever):
    """Passages of the notes, best first. A document's metadata says where it stands."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    index: Any
    """An open index: anything with `search(question, k) -> list[Hit]`."""
    k: int = Field(5, ge=1)

    @classmethod
    def open(cls, config: Config, k: int | None = None) -> Self:
        """Over the configured notes; builds the index where it is missing or stale. Close `index`
        when done."""
        from pipeline.retrieval import ensure

        return cls(index=ensure(config), k=k or config.settings.ask.k)

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, k: int | None = None
    ) -> list[Document]:
        """Raises PromptError for a query that is empty, too long or not text, or `k` below 1."""
        wanted = self.k if k is None else k
        return [to_document(hit) for hit in self.index.search(check_question(query), wanted)]
