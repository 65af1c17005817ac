"""Thinkscale in LangChain: the notes as a retriever and a vector store, the local model as a chat
model, and every strategy over any chat model.

    from pipeline.config import load_config
    from pipeline.langchain import ChatThinkscale, NotesRetriever

    config = load_config()
    retriever = NotesRetriever.open(config)
    model = ChatThinkscale.open(config)
    chain = {"notes": retriever, "question": RunnablePassthrough()} | prompt | model

The command line never imports this package.
"""

from __future__ import annotations

from pipeline.langchain.chat import ChatThinkscale
from pipeline.langchain.engine import ChatEngine
from pipeline.langchain.retriever import NotesRetriever
from pipeline.langchain.store import DocumentStore, NotesStore
from pipeline.langchain.strategies import strategy_runnable

__all__ = [
    "ChatEngine",
    "ChatThinkscale",
    "DocumentStore",
    "NotesRetriever",
    "NotesStore",
    "strategy_runnable",
]
