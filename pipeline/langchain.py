"""Thinkscale in a LangChain chain: our notes as a retriever, our engine as a chat model.

    from pipeline.config import load_config
    from pipeline.langchain import ChatThinkscale, NotesRetriever

    config = load_config()
    retriever = NotesRetriever.open(config)
    model = ChatThinkscale.open(config)
    chain = {"notes": retriever, "question": RunnablePassthrough()} | prompt | model

The command line never imports this module.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Self

from langchain_core.callbacks import CallbackManagerForLLMRun, CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from pipeline.config import Config
from pipeline.errors import PromptError
from pipeline.types import Hit, Message, Prompt, Sample, SampleParams, SampleRequest

__all__ = ["ChatThinkscale", "NotesRetriever"]

_ROLES = {"system": "system", "human": "user", "ai": "assistant"}


class NotesRetriever(BaseRetriever):
    """Passages of the notes, best first. A document's metadata says where it stands."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    index: Any
    """An open index: anything with `search(question, k) -> list[Hit]`."""
    k: int = 5

    @classmethod
    def open(cls, config: Config, k: int | None = None) -> Self:
        """Over the configured notes; builds the index where it is missing or stale."""
        from pipeline.retrieval import ensure

        return cls(index=ensure(config), k=k or config.settings.ask.k)

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        return [_document(hit) for hit in self.index.search(query, self.k)]


def _document(hit: Hit) -> Document:
    passage = hit.passage
    return Document(
        passage.text,
        id=passage.id,
        metadata={
            "source": passage.source,
            "start_line": passage.place.start_line,
            "end_line": passage.place.end_line,
            "headings": list(passage.headings),
            "language": passage.language,
            "score": hit.score,
        },
    )


class ChatThinkscale(BaseChatModel):
    """The local model as a chat model. Draws of one prompt share its reading."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    engine: Any
    """An open engine (see `pipeline.engine.base.Engine`)."""
    params: SampleParams = SampleParams()
    n: int = 1
    """Draws per call: generations of one result."""

    @classmethod
    def open(cls, config: Config, **fields: Any) -> Self:
        """The configured model and sampling fields. Close `engine` when done."""
        from pipeline.engine import open_engine
        from pipeline.session import sample_params

        return cls(engine=open_engine(config), params=sample_params(config), **fields)

    @property
    def _llm_type(self) -> str:
        return "thinkscale"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model": self.engine.info.name, "params": str(self.params), "n": self.n}

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        samples = sorted(
            self.engine.sample(self._requests(messages, stop)), key=lambda s: s.request.draw
        )
        return ChatResult(
            generations=[ChatGeneration(message=_reply(sample)) for sample in samples],
            llm_output={"model_name": self.engine.info.name},
        )

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        """Pieces as they are written, of the first draw. The engine runs in a thread of its own."""
        import queue
        import threading

        pieces: queue.Queue[str | Sample | BaseException] = queue.Queue()
        gone = threading.Event()

        def on_token(_: SampleRequest, piece: str) -> bool:
            pieces.put(piece)
            return not gone.is_set()

        def run() -> None:
            try:
                for sample in self.engine.sample(self._requests(messages, stop)[:1], on_token):
                    pieces.put(sample)
            except BaseException as error:  # noqa: BLE001 - handed to the reader, who raises it
                pieces.put(error)

        worker = threading.Thread(target=run, daemon=True)
        worker.start()
        try:
            while True:
                piece = pieces.get()
                if isinstance(piece, BaseException):
                    raise piece
                if isinstance(piece, Sample):
                    last = AIMessageChunk(
                        content="", usage_metadata=_usage(piece), response_metadata=_ending(piece),
                        chunk_position="last",
                    )  # fmt: skip
                    yield ChatGenerationChunk(message=last)
                    return
                chunk = ChatGenerationChunk(message=AIMessageChunk(content=piece))
                if run_manager:
                    run_manager.on_llm_new_token(piece, chunk=chunk)
                yield chunk
        finally:
            gone.set()
            worker.join()

    def _requests(self, messages: list[BaseMessage], stop: list[str] | None) -> list[SampleRequest]:
        from dataclasses import replace

        prompt = Prompt(tuple(_message(message) for message in messages), template="langchain")
        params = replace(self.params, stop=(*self.params.stop, *(stop or ())))
        return [SampleRequest(prompt, params, draw) for draw in range(self.n)]


def _message(message: BaseMessage) -> Message:
    role = _ROLES.get(message.type)
    if role is None:
        raise PromptError(
            f"A message of type `{message.type}` cannot be given to a local model.",
            "Use system, human and ai messages.",
        )
    return Message(role, message.text)  # type: ignore[arg-type]


def _reply(sample: Sample) -> AIMessage:
    return AIMessage(
        sample.text, usage_metadata=_usage(sample), response_metadata=_ending(sample)
    )  # fmt: skip


def _usage(sample: Sample) -> Any:
    read, written = sample.cost.prompt_tokens, sample.tokens
    return {"input_tokens": read, "output_tokens": written, "total_tokens": read + written}


def _ending(sample: Sample) -> dict[str, Any]:
    return {"finish_reason": sample.finish}
