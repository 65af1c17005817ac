"""Any LangChain chat model as an engine, so that every strategy can think with it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from time import perf_counter
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage

from pipeline.closing import Closing
from pipeline.engine.base import ModelInfo, OnToken, draw_seed, request_key
from pipeline.engine.billing import PromptBilling
from pipeline.engine.local.reply import ReplyStream
from pipeline.errors import ModelError, PromptError, filled
from pipeline.langchain.convert import to_langchain
from pipeline.types import Cost, Draw, Likelihood, Prompt, Sample, Score

__all__ = ["ChatEngine", "usual_fields"]

Fields = Callable[[Draw], Mapping[str, Any]]
"""What a call to the chat model is given besides the messages."""

_CUT = ("length", "max_tokens", "MAX_TOKENS", "model_length")


def usual_fields(request: Draw) -> Mapping[str, Any]:
    """Temperature and length, by the names that most chat models know; and the stop strings."""
    params = request.params
    return {
        "temperature": params.temperature,
        "max_tokens": params.max_tokens or None,
        "stop": list(params.stop) or None,
    }


class ChatEngine(Closing):
    """One call is one sample; `concurrency` at a time.

    `fields` says what is given to the model with a request, for one whose names differ, that has
    more (a `seed`: `lambda r: {**usual_fields(r), "seed": seed_of(r)}`), or that takes none
    (`lambda r: {}`). Samples that a model makes alike, because it is greedy or has a cache, are one
    draw to it many times: votes over them mean nothing.

    A chat interface cannot go on from a reply that was begun, takes no grammar and gives no
    likelihoods: aggregations that need that (select, force, beam, dvts, particles, search, optimal,
    universal, judge, ptrue, optscale, scrutinize) end in a PromptError or a ModelError.
    """

    def __init__(
        self,
        model: BaseChatModel,
        *,
        fields: Fields = usual_fields,
        languages: Sequence[str] = ("en", "ko"),
        context: int = 4096,
        concurrency: int = 8,
    ) -> None:
        self._model, self._fields, self._concurrency = model, fields, concurrency
        self._cancelled: set[Draw] = set()
        self._lock = threading.Lock()
        self._ledger = PromptBilling()
        told = model._get_ls_params()
        self._info = ModelInfo(
            name=str(told.get("ls_model_name") or type(model).__name__),
            engine=f"langchain-{told.get('ls_provider') or model._llm_type}",
            version="1",
            context=context,
            languages=tuple(languages),
        )

    @property
    def info(self) -> ModelInfo:
        return self._info

    def sample(self, requests: Iterable[Draw], on_token: OnToken | None = None) -> Iterator[Sample]:
        asked = list(requests)
        for request in asked:
            _check(request)
        paying = list(zip(asked, self._ledger.payers(asked), strict=True))
        return self._serve(paying, on_token)

    def cancel(self, request: Draw) -> None:
        """A sample that has not begun is not made; a call under way is waited for."""
        with self._lock:
            self._cancelled.add(request)

    def score(self, requests: Iterable[Score]) -> Iterator[Likelihood]:
        """No chat interface tells this. Raises ModelError."""
        raise ModelError(
            filled("{name} gives no likelihoods through LangChain.", name=self._info.name),
            "Use a strategy that needs none, or a local model.",
        )

    def count(self, prompt: Prompt) -> int:
        """An estimate: a token for every three bytes. The model counts for itself."""
        text = prompt.text or "".join(m.content for m in prompt.messages)
        return -(-len(text.encode()) // 3) + 4 * len(prompt.messages)

    def close(self) -> None:
        """Nothing is held."""

    def _serve(self, paying: list[tuple[Draw, bool]], on_token: OnToken | None) -> Iterator[Sample]:
        pool = ThreadPoolExecutor(self._concurrency, thread_name_prefix="thinkscale-chat")
        try:
            for done in as_completed([pool.submit(self._draw, *one) for one in paying]):
                sample = done.result()
                if on_token and sample.text:
                    on_token(sample.request, sample.text)
                yield sample
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _draw(self, request: Draw, pays: bool) -> Sample:
        key = request_key(self._info, request)
        with self._lock:
            if request in self._cancelled:
                self._cancelled.discard(request)
                return Sample(request, "", "cancelled", 0, key=key)
        given = {k: v for k, v in self._fields(request).items() if v is not None}
        begun = perf_counter()
        message = self._model.invoke(to_langchain(request.prompt), **given)
        seconds = perf_counter() - begun
        if not isinstance(message, AIMessage):
            raise ModelError(
                filled(
                    "{name} answered with a {kind}.",
                    name=self._info.name,
                    kind=type(message).__name__,
                ),
                "Use a chat model.",
            )
        reply = ReplyStream(request.params.stop, thinks=True)  # a model may know no stop strings
        reply.feed(message.text.encode())
        reply.end()
        told = message.usage_metadata
        written = told["output_tokens"] if told else _estimate(message.text)
        read = (told["input_tokens"] if told else self.count(request.prompt)) if pays else 0
        cut = message.response_metadata.get("finish_reason") or message.response_metadata.get(
            "stop_reason"
        )
        return Sample(
            request=request,
            text=reply.text,
            finish="length" if cut in _CUT else "stop",
            tokens=written,
            thinking=reply.thinking,
            cost=Cost(read, written, seconds),
            key=key,
        )


def seed_of(request: Draw) -> int:
    """The seed of a sample, for a model that takes one."""
    return draw_seed(request.params.seed, request.item, request.draw)


def _check(request: Draw) -> None:
    messages = request.prompt.messages
    if not (request.prompt.text or any(m.content.strip() for m in messages)):
        raise PromptError("The prompt is empty.", "Give it some text.")
    begun = bool(messages) and messages[-1].role == "assistant"
    if begun or (request.parent and not any(m.role == "assistant" for m in messages)):
        raise PromptError(
            "A chat model of LangChain cannot go on from a reply that was begun.",
            "Use an aggregation that does not (sc, adaptive, mbr, ...), or a local model.",
        )
    if request.params.grammar:
        raise PromptError(
            "A chat model of LangChain takes no grammar.", "Use its with_structured_output."
        )


def _estimate(text: str) -> int:
    return -(-len(text.encode()) // 3)
