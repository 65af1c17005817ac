"""The local model as a chat model: plain completions for an API, drawn anew from the engine each
time, past the loop and its pool."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Self

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.language_models.base import LangSmithParams
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.output_parsers import JsonOutputParser, PydanticOutputParser
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable, RunnableLambda, RunnableMap, RunnablePassthrough
from langchain_core.utils.function_calling import convert_to_json_schema
from langchain_core.utils.pydantic import is_basemodel_subclass
from pydantic import BaseModel, ConfigDict, Field

from pipeline.config import Config
from pipeline.engine.local.json_grammar import json_grammar
from pipeline.errors import PromptError, filled
from pipeline.langchain.convert import ending, prompt_of, usage
from pipeline.types import Draw, Prompt, Sample, SampleParams

__all__ = ["ChatThinkscale"]

_FIELDS = ("temperature", "top_k", "top_p", "min_p", "repeat_penalty", "max_tokens", "seed",
           "grammar", "think_budget")  # fmt: skip
_LONGEST = 512


class ChatThinkscale(BaseChatModel):
    """An engine as a chat model. Samples of one prompt share its reading.

    Sampling fields are those of `params`, those given here (`temperature`, `max_tokens`, `stop`),
    and those given in a call or by `bind`, the last winning.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid", protected_namespaces=())

    engine: Any
    """An open engine (see `pipeline.engine.base.Engine`)."""
    params: SampleParams = SampleParams()
    n: int = Field(1, ge=1)
    """Samples per call: generations of one result."""
    temperature: float | None = Field(None, ge=0)
    max_tokens: int | None = Field(None, ge=1)
    stop: list[str] | None = None
    streaming: bool = False
    """`invoke` streams inside, for callbacks that listen to tokens."""
    timeout: float | None = None
    max_retries: int | None = None
    api_key: Any = None
    """These three are taken and without meaning: the model is on this machine."""

    @classmethod
    def open(cls, config: Config, **fields: Any) -> Self:
        """The configured model and sampling fields. Close `engine` when done."""
        from pipeline.answering.session import sample_params
        from pipeline.engine import open_engine

        return cls(engine=open_engine(config), params=sample_params(config), **fields)

    @property
    def _llm_type(self) -> str:
        return "thinkscale"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        info = self.engine.info
        return {"model": info.name, "sha256": info.sha256, "params": str(self._params(None, {})),
                "n": self.n}  # fmt: skip

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        params = self._params(stop, {k: v for k, v in kwargs.items() if k in _FIELDS})
        return LangSmithParams(
            ls_provider="thinkscale",
            ls_model_name=str(kwargs.get("model") or self.engine.info.name),
            ls_model_type="chat",
            ls_temperature=params.temperature,
            ls_max_tokens=params.max_tokens,
            ls_stop=list(params.stop) or None,
        )

    # -- asking --------------------------------------------------------------------------------

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        samples = sorted(
            self.engine.sample(self._requests(messages, stop, kwargs)),
            key=lambda sample: sample.request.draw,
        )
        return ChatResult(
            generations=[ChatGeneration(message=self._reply(sample)) for sample in samples],
            llm_output={"model_name": self.engine.info.name},
        )

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        """Pieces as they are written, of the first sample. The engine runs in a thread of its own,
        and is told to stop when nobody reads on."""
        request = self._requests(messages, stop, kwargs)[0]
        pieces: queue.Queue[str | Sample | BaseException] = queue.Queue()
        gone = threading.Event()

        def on_token(_: Draw, piece: str) -> bool:
            pieces.put(piece)
            return not gone.is_set()

        def run() -> None:
            try:
                for sample in self.engine.sample([request], on_token):
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
                        content="",
                        usage_metadata=usage(piece.cost, piece.tokens),
                        response_metadata=ending(piece, self.engine.info.name),
                        chunk_position="last",
                    )
                    yield ChatGenerationChunk(message=last)
                    return
                chunk = ChatGenerationChunk(message=AIMessageChunk(content=piece))
                if run_manager:
                    run_manager.on_llm_new_token(piece, chunk=chunk)
                yield chunk
        finally:
            gone.set()
            worker.join()

    def get_num_tokens(self, text: str) -> int:
        """Tokens of a text, by the model's own tokenizer."""
        return int(self.engine.count(Prompt(text=text))) if text else 0

    def _params(self, stop: list[str] | None, fields: dict[str, Any]) -> SampleParams:
        unknown = sorted(set(fields) - {*_FIELDS, "model"})
        if unknown:
            raise PromptError(
                filled("ChatThinkscale knows no parameter `{name}`.", name=unknown[0]),
                filled("There are: {names}.", names=_listed()),
            )
        own = {"temperature": self.temperature, "max_tokens": self.max_tokens}
        given = {k: v for k, v in fields.items() if k != "model" and v is not None}
        chosen = {k: v for k, v in own.items() if v is not None} | given
        stops = dict.fromkeys([*self.params.stop, *(self.stop or ()), *(stop or ())])
        params = replace(self.params, stop=tuple(stops), **chosen)
        # 0 is "what the template needs": there is no template here
        return params if params.max_tokens else replace(params, max_tokens=_LONGEST)

    def _requests(
        self, messages: list[BaseMessage], stop: list[str] | None, fields: dict[str, Any]
    ) -> list[Draw]:
        name = fields.get("model")
        if name and name != self.engine.info.name:
            raise PromptError(
                filled(
                    "This model is {here}, not {asked}.", here=self.engine.info.name, asked=name
                ),
                "Open another engine for it.",
            )
        prompt, params = prompt_of(messages), self._params(stop, fields)
        return [Draw(prompt, params, draw) for draw in range(self.n)]

    def _reply(self, sample: Sample) -> AIMessage:
        return AIMessage(
            sample.text,
            usage_metadata=usage(sample.cost, sample.tokens),
            response_metadata=ending(sample, self.engine.info.name),
        )

    # -- structured output ---------------------------------------------------------------------

    def with_structured_output(
        self,
        schema: dict[str, Any] | type,
        *,
        include_raw: bool = False,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, dict[str, Any] | BaseModel]:
        """Replies that are JSON of a schema (a pydantic model, a TypedDict or a JSON schema), made
        so by a grammar while they are written, then read and checked.

        `method` ("json_schema", "function_calling", "json_mode") and `strict` change nothing: the
        grammar of the schema always holds, as a small model asked in words alone writes other keys.
        A reply that `max_tokens` cuts off is an OutputParserException.
        """
        method = kwargs.pop("method", "json_schema")
        strict = kwargs.pop("strict", None)
        if kwargs:
            raise PromptError(
                filled("with_structured_output knows no `{name}`.", name=sorted(kwargs)[0]),
                "There are include_raw, method and strict.",
            )
        if method not in ("json_schema", "function_calling", "json_mode"):
            raise PromptError(
                filled("There is no method `{method}`.", method=method),
                "Use json_schema, function_calling or json_mode.",
            )
        asked = self.bind(
            grammar=json_grammar(convert_to_json_schema(schema)),
            ls_structured_output_format={
                "kwargs": {"method": method, "strict": strict},
                "schema": schema,
            },
        )
        parser: Any = JsonOutputParser()
        if isinstance(schema, type) and is_basemodel_subclass(schema):
            parser = PydanticOutputParser(pydantic_object=schema)
        if not include_raw:
            return asked | parser  # type: ignore[no-any-return]

        good = RunnablePassthrough.assign(
            parsed=RunnableLambda(_raw) | parser, parsing_error=lambda _: None
        )
        bad = RunnableLambda(_unread)
        whole: Any = RunnableMap(raw=asked) | good.with_fallbacks([bad], exception_key="error")
        return whole  # type: ignore[no-any-return]


def _raw(row: dict[str, Any]) -> Any:
    return row["raw"]


def _unread(row: dict[str, Any]) -> dict[str, Any]:
    """What `include_raw` gives for a reply that could not be read."""
    return {"raw": row["raw"], "parsed": None, "parsing_error": row["error"]}


def _listed() -> str:
    return ", ".join(_FIELDS)
