"""The remote engine: any endpoint that speaks OpenAI's completions or chat, under one contract.

For a model that outgrows the machine: vLLM, llama-server, llama-cpp-python's server, Ollama (each
in its own dialect: `pipeline.engine.dialect`). One HTTP
request is one sample with its own seed, several at a time, so the server batches them and its
prefix cache reads the prompt once. Answers are streamed, so that a sample can be shown while it is
written and hung up on; `use_n` asks for all samples of a prompt in one request instead, and waits
for it.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urldefrag

from pipeline.closing import Closing
from pipeline.engine import ollama_wire
from pipeline.engine.base import ModelInfo, OnToken, request_key
from pipeline.engine.billing import PromptBilling, shared
from pipeline.engine.confidence import group_of, summarise
from pipeline.engine.dialect import recognise
from pipeline.engine.event_stream import EventStream
from pipeline.engine.http import CallerGone, HttpTransport, Interrupted
from pipeline.engine.ollama_wire import as_openai
from pipeline.engine.openai_wire import StreamReading, echoed, path_and_body
from pipeline.engine.remote_prompts import RemotePrompts
from pipeline.errors import ModelError, PromptError, filled
from pipeline.types import (
    Confidence,
    Cost,
    Draw,
    Form,
    FormWanted,
    Likelihood,
    Prompt,
    Sample,
    Score,
)

__all__ = ["RemoteEngine"]

_INTERRUPTIONS = 2  # streams that broke off, after which whole answers are asked for
T = TypeVar("T")


class RemoteEngine(Closing):
    """Samples from an endpoint such as `http://127.0.0.1:8000/v1#model-name` (without a name, the
    first model the endpoint lists). `form` is how it is asked: in a chat, or by a completion with
    worked examples; `auto` is a chat, except for a model that the server knows to have no template.

    `concurrency` requests at a time; each is tried `retries` times more after a failed connection,
    a timeout of `timeout` seconds, 429, 5xx or an answer that is none. `plain` sends only OpenAI's
    own fields, for endpoints that refuse others (then top_k, min_p, repeat_penalty and grammar must
    be off). `stream` off waits for whole answers, as is done for an endpoint whose streams break
    off; then a sample under way cannot be cancelled. Where a stream does not say how long its
    prompt was, that is estimated. The key, if one is needed, is read from the environment:
    THINKSCALE_API_KEY.

    Raises ModelError when the endpoint cannot be reached.
    """

    def __init__(
        self,
        url: str,
        *,
        context: int = 4096,
        languages: Sequence[str] = ("en",),
        form: FormWanted = "auto",
        concurrency: int = 8,
        timeout: float = 120.0,
        retries: int = 3,
        backoff: float = 0.5,
        use_n: bool = False,
        logprobs: bool = True,
        stream: bool = True,
        plain: bool = False,
    ) -> None:
        base, name = urldefrag(url)
        self._transport = HttpTransport(
            base.rstrip("/"),
            key=os.environ.get("THINKSCALE_API_KEY", ""),
            timeout=timeout,
            retries=retries,
            backoff=backoff,
            concurrency=concurrency,
        )
        self._concurrency, self._use_n, self._plain = concurrency, use_n, plain
        self._logprobs, self._stream, self._usage = logprobs, stream and not use_n, True
        self._interruptions = 0
        self._lock = threading.Lock()
        self._cancelled: set[Draw] = set()
        self._ledger = PromptBilling()
        try:
            self.dialect = recognise(self._transport, name)
            self._info = self._describe(context, tuple(languages), form)
            self._prompts = RemotePrompts(self._info.form, self._info.context)
        except BaseException:
            self._transport.close()
            raise

    @property
    def info(self) -> ModelInfo:
        return self._info

    def sample(self, requests: Iterable[Draw], on_token: OnToken | None = None) -> Iterator[Sample]:
        asked = list(requests)
        for request in asked:
            self._check(request)
        paying = {r for r, pays in zip(asked, self._ledger.payers(asked), strict=True) if pays}
        return self._serve(self._groups(asked), paying, EventStream(on_token))

    def cancel(self, request: Draw) -> None:
        with self._lock:
            self._cancelled.add(request)

    def score(self, requests: Iterable[Score]) -> Iterator[Likelihood]:
        """As the contract says, for a prompt of raw text on an endpoint that gives back the prompt
        with its log-probabilities (`echo`; vLLM does). Raises ModelError on any other."""
        asked = list(requests)
        known = shared((one.prompt, ()) for one in asked)
        for request, have in zip(asked, known, strict=True):
            if self.dialect.server == "ollama":
                raise ModelError(
                    "Ollama does not give log-probabilities of a prompt.",
                    "Score with a local model, or use an endpoint that knows `echo`, such as vLLM.",
                )
            if request.prompt.text is None:
                raise ModelError(
                    "An endpoint scores raw text only.",
                    "Give the prompt as text, or score with a local model.",
                )
            logprob, tokens, seconds = 0.0, 0, 0.0
            if request.text:
                begun = time.perf_counter()
                logprob, tokens = self._likelihood(request.prompt.text, request.text)
                seconds = time.perf_counter() - begun
            read = tokens + (self.count(request.prompt) if have is None else 0)
            key = request_key(self._info, request)
            yield Likelihood(request, logprob, tokens, Cost(read, 0, seconds), key)

    def _likelihood(self, before: str, text: str) -> tuple[float, int]:
        body = {
            "model": self._info.name, "prompt": before + text, "max_tokens": 1,
            "temperature": 0.0, "logprobs": 1, "echo": True, "stream": False,
        }  # fmt: skip
        try:
            answer = self._transport.post("/completions", body)
        except ModelError as error:
            if "logprob" not in str(error) and "echo" not in str(error):
                raise
            answer = {}
        value = echoed(answer, before, text)
        if value is None:
            raise ModelError(
                filled(
                    "{base} does not give log-probabilities of a prompt.", base=self._transport.base
                ),
                "Score with a local model, or use an endpoint that knows `echo`, such as vLLM.",
            )
        return value

    def count(self, prompt: Prompt) -> int:
        """An estimate; the endpoint counts for itself."""
        return self._prompts.count(prompt)

    def close(self) -> None:
        self._transport.close()

    # -- asking ------------------------------------------------------------------------------

    def _describe(self, context: int, languages: tuple[str, ...], form: FormWanted) -> ModelInfo:
        told = self.dialect
        used: Form = told.form if form == "auto" else form
        return ModelInfo(
            name=told.model,
            engine="remote",
            version="openai-v1" if told.server != "ollama" else "ollama",
            template_sha256="completion" if used == "completion" else "",
            context=min(context, told.context or context),
            parameters=told.parameters,
            languages=languages,
            path=self._transport.base,
            form=used,
        )

    def _check(self, request: Draw) -> None:
        prompt, params = request.prompt, request.params
        if not (prompt.text or any(m.content.strip() for m in prompt.messages)):
            raise PromptError("The prompt is empty.", "Give it some text.")
        self._prompts.require_parent(request)
        if self.dialect.server == "ollama" and (params.grammar or params.logit_bias):
            raise PromptError(
                "Ollama holds no reply to a grammar, and takes no logit_bias.",
                "Ask with another strategy, or serve the model with llama-server.",
            )
        off = params.top_k == 0 and params.min_p == 0 and params.repeat_penalty == 1
        if self._plain and not (off and not params.grammar):
            raise PromptError(
                "This endpoint knows no top_k, min_p, repeat_penalty or grammar.",
                "Set them to 0, 0, 1 and empty, or open the engine without plain=True.",
            )

    def _groups(self, requests: list[Draw]) -> deque[list[Draw]]:
        """What is asked in one HTTP request: a sample, or with `use_n` all samples that are
        alike."""
        if not self._use_n or self.dialect.server == "ollama":
            return deque([r] for r in requests)
        alike: dict[object, list[Draw]] = {}
        for r in requests:
            alike.setdefault((r.prompt, r.params, r.item, r.parent), []).append(r)
        return deque(alike.values())

    def _serve(
        self, groups: deque[list[Draw]], paying: set[Draw], hearing: EventStream
    ) -> Iterator[Sample]:
        left = sum(len(g) for g in groups)

        def work(group: list[Draw]) -> None:
            try:
                for reading, seconds in self._ask(group, hearing):
                    hearing.put(self._sample(reading, seconds, reading.request in paying))
            except CallerGone:
                pass
            except PromptError as error:
                self._prompts.refused(group[0].prompt)
                hearing.put(error)
            except BaseException as error:  # noqa: BLE001 - carried to the caller's thread
                hearing.put(error)

        pool = ThreadPoolExecutor(self._concurrency, thread_name_prefix="thinkscale-remote")
        try:
            for group in groups:
                pool.submit(work, group)
            while left:
                sample = hearing.next()
                if sample is not None:
                    left -= 1
                    yield sample
        finally:
            hearing.stop.set()
            pool.shutdown(wait=False, cancel_futures=True)

    def _is_cancelled(self, request: Draw) -> bool:
        with self._lock:
            return request in self._cancelled

    def _ask(
        self, group: list[Draw], hearing: EventStream
    ) -> Iterator[tuple[StreamReading, float]]:
        """What is read for a group, and in how many seconds; what an answer with too few choices
        lacks is asked again."""
        waiting: deque[StreamReading] = deque()
        for request in group:
            reading = StreamReading(
                request,
                hearing.shower(request),
                lambda r=request: self._is_cancelled(r) or hearing.has_left(r),  # type: ignore[misc]
                ends=self._prompts.ends(request.prompt),
                trim=self._prompts.begins(request),
                told=as_openai if self.dialect.server == "ollama" else lambda chunk: chunk,
            )
            if self._is_cancelled(request):
                reading.finish = "cancelled"
                yield reading, 0.0
            else:
                waiting.append(reading)
        while waiting:
            path, body = self._body(waiting[0].request)
            if body["stream"]:
                try:
                    ask = partial(self._listen, path, waiting[0], hearing.stop)
                    seconds = self._yielding(body, ask)
                    waiting[0].end()
                    yield waiting.popleft(), seconds
                    continue
                except Interrupted:
                    self._interruptions += 1
                    self._stream = self._interruptions < _INTERRUPTIONS
                body = {k: v for k, v in body.items() if k != "stream_options"} | {"stream": False}
            if self.dialect.server != "ollama":
                body["n"] = len(waiting)
            answer = self._yielding(body, partial(self._post, path, hearing.stop))
            seconds = float(answer["_seconds"])
            if self.dialect.server == "ollama":
                answer = as_openai(answer)
            choices = self._choices(answer)
            # llama-server counts the tokens of one choice alone.
            counted = 1 if self.dialect.server == "llama-server" else len(choices)
            for choice in choices[: len(waiting)]:
                reading = waiting.popleft()
                reading.begin()
                reading.usage(answer.get("usage"), counted)
                reading.choice(choice)
                reading.end()
                yield reading, seconds / len(choices)

    def _listen(
        self, path: str, reading: StreamReading, stop: threading.Event, body: dict[str, Any]
    ) -> float:
        seconds = self._transport.stream(path, body, reading, stop)
        if not reading.heard:
            raise self._choiceless()
        return seconds

    def _post(self, path: str, stop: threading.Event, body: dict[str, Any]) -> dict[str, Any]:
        return self._transport.post(path, body, stop)

    def _choices(self, answer: dict[str, Any]) -> list[dict[str, Any]]:
        choices = [c for c in answer.get("choices") or [] if isinstance(c, dict)]
        if not choices:
            raise self._choiceless()
        return choices

    def _choiceless(self) -> ModelError:
        return ModelError(
            filled("{base} answered without a single choice.", base=self._transport.base),
            "Is it an OpenAI-compatible endpoint?",
        )

    def _yielding(self, body: dict[str, Any], ask: Callable[[dict[str, Any]], T]) -> T:
        """Ask; where the endpoint refuses what can be done without, do without it from now on."""
        while True:
            try:
                return ask(body)
            except ModelError as error:
                told = str(error)
                if "stream_options" in told and "stream_options" in body:
                    self._usage = False
                    spared: tuple[str, ...] = ("stream_options",)
                elif "logprob" in told and "logprobs" in body:
                    self._logprobs = False  # samples matter more
                    spared = ("logprobs", "top_logprobs")
                else:
                    raise
                body = {k: v for k, v in body.items() if k not in spared}

    def _body(self, request: Draw) -> tuple[str, dict[str, Any]]:
        prompt = self._prompts.sent(request)
        ends = self._prompts.ends(request.prompt)
        params = replace(request.params, stop=(*request.params.stop, *ends))
        asked = replace(request, params=params)
        if self.dialect.server == "ollama":
            path, body = ollama_wire.path_and_body(
                self._info.name, asked, prompt, context=self._info.context, logprobs=self._logprobs
            )
            return f"{self._transport.root}{path}", body | {"stream": self._stream}
        path, body = path_and_body(
            self.dialect, asked, prompt, logprobs=self._logprobs, plain=self._plain
        )
        if self._stream:
            body["stream"] = True
            if self._usage:
                body["stream_options"] = {"include_usage": True}
        return path, body

    # -- answers -----------------------------------------------------------------------------

    def _sample(self, reading: StreamReading, seconds: float, pays: bool) -> Sample:
        request, tokens = reading.request, reading.tokens
        key = request_key(self._info, request)
        read = reading.prompt_tokens
        if read is None:  # nobody said: the stream has no such field, or was hung up on before it
            read = self.count(self._prompts.of(request)) if reading.heard else 0
        sure = Confidence()
        if reading.logprobs:
            group = group_of(request.params)
            sure = summarise(reading.logprobs, reading.confidences, group)
        with self._lock:
            self._cancelled.discard(request)
            self._prompts.remember(key, request.prompt, reading.content)
        return Sample(
            request=request,
            text=reading.text,
            finish=reading.finish or "stop",
            tokens=tokens,
            thinking=reading.thinking,
            confidence=sure,
            cost=Cost(self._prompts.price(request, read) if pays else 0, tokens, seconds),
            key=key,
        )
