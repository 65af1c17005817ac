"""The application: routes, and how work in threads becomes replies, whole or streamed."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from pipeline.answering.session import Asker
from pipeline.engine.base import Engine
from pipeline.engine.by_role import local_engines
from pipeline.errors import filled
from pipeline.serve.auth import GUESSES, AuthMiddleware, AuthPolicy, RateLimiter
from pipeline.serve.bodies import Body, ChatBody, CompletionBody, EmbeddingsBody, parse_body
from pipeline.serve.chat_examples import examples
from pipeline.serve.client_stream import ClientStream
from pipeline.serve.errors import Refused, reader, refusal
from pipeline.serve.events import Event, TextEvent, VotesEvent
from pipeline.serve.metrics import Metrics
from pipeline.serve.model_names import ModelNames, Target
from pipeline.serve.notes import NoteViewer, sources_of
from pipeline.serve.openapi import openapi
from pipeline.serve.page_api import page_routes
from pipeline.serve.request_queue import QueuedJob, RequestQueue
from pipeline.serve.request_schemas import GenerationRequest, chat_request, completion_request
from pipeline.serve.responses import ResponseFormat, ResponseKind
from pipeline.serve.run_list import NO_RUNS, RunList
from pipeline.serve.served_notes import NoteAdder
from pipeline.serve.worker import (
    ChoiceResult,
    StrategyCall,
    Worker,
)
from pipeline.shown import json_text

__all__ = ["Server", "held", "make_app"]

T = TypeVar("T")
B = TypeVar("B", bound=Body)
Endpoint = Callable[[Request], Coroutine[Any, Any, Response]]

_BODY_SECONDS = 30.0
_SSE = {"cache-control": "no-store", "x-accel-buffering": "no"}


@dataclass
class Server:
    """What the endpoints share. `complain` is told of errors that are our own fault; `adder` adds
    notes (None: the page may not)."""

    work: Worker
    names: ModelNames
    queue: RequestQueue
    notes: NoteViewer
    policy: AuthPolicy
    rate: RateLimiter
    shelf: RunList = NO_RUNS
    complain: Callable[[str], None] = lambda _: None
    adder: NoteAdder | None = None

    def __post_init__(self) -> None:
        self.metrics = Metrics()
        self.guesses = RateLimiter(GUESSES)
        info = self.work.engine.info
        self.fingerprint = f"{info.engine}-{(info.sha256 or info.name)[:12]}"

    def use(self, asker: Asker) -> None:
        """Ask other notes from now on; questions under way end with those they began with."""
        self.work.asker = asker
        self.notes = NoteViewer(asker.notes, sources_of(asker.index.passages))

    # -- for every endpoint --------------------------------------------------------------------

    def spoken(self, endpoint: Endpoint) -> Endpoint:
        """The endpoint, its errors said as OpenAI's clients expect them."""

        async def answer(request: Request) -> Response:
            try:
                return await endpoint(request)
            except ClientDisconnect:
                return Response(status_code=499)  # nobody reads it; the log does
            except Exception as error:  # noqa: BLE001 - every error becomes one reply
                refused = self.refusal(error)
                return JSONResponse(
                    refused.to_json(reader(request.scope)),
                    status_code=refused.status,
                    headers=refused.headers,
                )

        return answer

    def refusal(self, error: Exception) -> Refused:
        refused = refusal(error)
        if refused.status == 500:
            self.complain(" ".join(f"{type(error).__name__}: {error}".split()))
        return refused

    async def body(self, request: Request, kind: type[B]) -> B:
        """The JSON object sent. Raises Refused."""
        sent = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if sent != "application/json":
            raise Refused("Send the body as application/json.", status=415, code="content_type")
        try:
            raw = await asyncio.wait_for(request.body(), _BODY_SECONDS)
        except TimeoutError:
            raise Refused("The body did not come.", status=408, code="timeout") from None
        return parse_body(raw, kind)

    async def job(
        self,
        request: Request,
        work: Callable[[ClientStream], T],
        told: tuple[type[Event], ...] = (),
    ) -> QueuedJob[T]:
        """The work begun, when its turn has come; `told` are the kinds of events that are listened
        to. Raises Refused where too many wait."""
        entering = asyncio.ensure_future(self.queue.enter())
        await _or_gone(request, entering)
        return self.queue.start(work, told)

    async def outcome(self, request: Request, job: QueuedJob[T]) -> T:
        """The result of a job; where the client goes away the job ends, and ClientDisconnect is
        raised."""
        try:
            return await _or_gone(request, job.result())
        finally:
            job.leave()

    # -- the endpoints -------------------------------------------------------------------------

    async def models(self, _: Request) -> Response:
        return JSONResponse({"object": "list", "data": self.names.listed()})

    async def model(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name != self.names.embedder:
            self.names.find(name)
        return JSONResponse(self.names.row(name))

    async def described(self, request: Request) -> Response:
        """What can be asked, in OpenAPI 3.1."""
        return JSONResponse(openapi())

    async def chat(self, request: Request) -> Response:
        generation = chat_request(await self.body(request, ChatBody), self.work.params)
        return await self._complete(request, generation, "chat.completion")

    async def completions(self, request: Request) -> Response:
        generation = completion_request(await self.body(request, CompletionBody), self.work.params)
        return await self._complete(request, generation, "text_completion")

    async def embeddings(self, request: Request) -> Response:
        body = await self.body(request, EmbeddingsBody)
        texts = body.input
        if not texts or not all(text.strip() for text in texts):
            raise Refused("`input` must be a text or a list of texts, none empty.", param="input")
        name, form = body.model, body.encoding_format
        if name not in (self.names.embedder, "") or not self.names.embedder:
            raise Refused(
                filled("There is no embedder `{name}`.", name=name[:80]),
                filled("Did you mean `{near}`?", near=self.names.embedder)
                if self.names.embedder
                else "",
                status=404,
                param="model",
                code="model_not_found",
            )
        if form not in ("float", "base64"):
            raise Refused("`encoding_format` is float or base64.", param="encoding_format")
        wanted = body.dimensions or 0
        job = await self.job(request, partial(self.work.embed, texts))
        vectors, tokens = await self.outcome(request, job)
        if wanted not in (0, len(vectors[0])):
            raise Refused(
                filled(
                    "`dimensions`: vectors of this embedder have {count} numbers.",
                    count=len(vectors[0]),
                ),
                "Leave it out.",
                param="dimensions",
                code="unsupported_parameter",
            )
        rows = [
            {"object": "embedding", "index": i, "embedding": _vector(one, form)}
            for i, one in enumerate(vectors)
        ]
        spent = {"prompt_tokens": tokens, "total_tokens": tokens}
        return JSONResponse({"object": "list", "data": rows, "model": name, "usage": spent})

    async def health(self, _: Request) -> Response:
        status = "closing" if self.queue.closed else "ok"
        body = {"status": status, "busy": self.queue.busy, "waiting": self.queue.waiting}
        return JSONResponse(body, status_code=503 if self.queue.closed else 200)

    async def measures(self, _: Request) -> Response:
        gauges = [
            ("thinkscale_busy", "Requests worked on now.", self.queue.busy),
            ("thinkscale_waiting", "Requests that wait now.", self.queue.waiting),
            ("thinkscale_left", "Requests whose client went away.", self.queue.left),
            *held(self.work.engine),
        ]
        return Response(self.metrics.text(gauges), media_type=self.metrics.content_type)

    # -- completions, whole or streamed --------------------------------------------------------

    async def _complete(
        self, request: Request, generation: GenerationRequest, kind: ResponseKind
    ) -> Response:
        target = self.names.find(generation.model)
        single = target.strategy is None
        live = single or _is_live(target)
        told = () if not generation.stream else (TextEvent,) if live else (VotesEvent,)
        job = await self.job(request, self._work(target, generation), told)
        before = (
            [p.text or "" for p in generation.prompts for _ in range(generation.n)]
            if generation.echo
            else []
        )
        shape = ResponseFormat(
            kind,
            generation.model,
            self.fingerprint,
            thought=not single,
            prefixes=before if single else (),
            stop=() if single else generation.stop,
        )
        if not generation.stream:
            said = await self.outcome(request, job)
            self._count(said)
            return JSONResponse(shape.whole(said))
        return StreamingResponse(
            self._stream(job, shape, generation, live=live),
            media_type="text/event-stream",
            headers=_SSE,
        )

    def _work(
        self, target: Target, generation: GenerationRequest
    ) -> Callable[[ClientStream], list[ChoiceResult]]:
        if target.strategy is None:
            return partial(self.work.plain, generation)
        if len(generation.prompts) > 1:
            raise Refused("A strategy thinks about one prompt at a time.", param="prompt")
        how = StrategyCall(target.strategy, examples=examples(generation.messages))
        return partial(self.work.answer, generation.question, how, generation)

    async def _stream(
        self,
        job: QueuedJob[list[ChoiceResult]],
        shape: ResponseFormat,
        generation: GenerationRequest,
        *,
        live: bool,
    ) -> AsyncIterator[bytes]:
        """Chunks: text as it is written where the reply is a single draw's (`live`), else the votes
        as they form and then the text that won."""
        opened: set[int] = set()

        def open_(choice: int) -> bytes:
            if choice in opened:
                return b""
            opened.add(choice)
            return _data(shape.opening(choice))

        try:
            async for event in job.events():
                if isinstance(event, TextEvent) and live:
                    yield open_(event.choice) + _data(shape.piece(event.choice, event.text))
                elif isinstance(event, VotesEvent):
                    told = shape.forming(event.choice, event.votes, event.done, event.most)
                    yield open_(event.choice) + _data(told)
            said = await job.result()
            self._count(said)
            for choice, one in enumerate(said):
                yield open_(choice)
                if not live:
                    yield _data(shape.piece(choice, shape.text(one)))
                yield _data(shape.ending(choice, one))
            if generation.stream_usage:
                yield _data(shape.used(said))
        except Exception as error:  # noqa: BLE001 - the status is sent: it is said in the stream
            yield _data(self.refusal(error).to_json())
        finally:
            job.leave()
        yield b"data: [DONE]\n\n"

    def _count(self, said: list[ChoiceResult]) -> None:
        for one in said:
            self.metrics.tokens(one.cost.prompt_tokens, one.cost.generated_tokens)


def make_app(server: Server) -> ASGIApp:
    """The whole application, its guard around it."""
    endpoints: list[tuple[str, str, Endpoint]] = [
        ("GET", "/v1/models", server.models),
        ("GET", "/v1/models/{name:path}", server.model),
        ("POST", "/v1/chat/completions", server.chat),
        ("POST", "/v1/completions", server.completions),
        ("POST", "/v1/embeddings", server.embeddings),
        ("GET", "/health", server.health),
        ("GET", "/metrics", server.measures),
        ("GET", "/openapi.json", server.described),
        *page_routes(server),
    ]

    async def lost(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        words = {404: "There is nothing at this address.", 405: "This address takes other methods."}
        refused = Refused(words.get(status, "This cannot be answered."), status=status)
        return JSONResponse(refused.to_json(reader(request.scope)), status_code=status)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await asyncio.to_thread(server.queue.close)

    app = Starlette(
        routes=[Route(path, server.spoken(e), methods=[method]) for method, path, e in endpoints],
        exception_handlers={HTTPException: lost},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    return AuthMiddleware(app, server.policy, server.rate, server.guesses, server.metrics.request)


def held(engine: Engine) -> list[tuple[str, str, float]]:
    """What is held of KV caches; nothing where no model runs in this process."""
    tables = [
        scheduler.cache.table for one in local_engines(engine) for scheduler in one.schedulers
    ]
    if not tables:
        return []
    busy, promised = sum(t.busy for t in tables), sum(t.promised for t in tables)
    return [
        ("thinkscale_kv_sequences_busy", "Sequences of the KV cache that are worked on.", busy),
        ("thinkscale_kv_cells_promised", "Cells kept free for tokens to come.", promised),
    ]


def _is_live(target: Target) -> bool:
    """The reply is one draw's own text. What answers from the notes is verified first."""
    strategy = target.strategy
    asks = strategy is not None and strategy.access is not None and strategy.access.kind == "ask"
    return strategy is not None and not strategy.rule and not asks


def _data(value: dict[str, Any]) -> bytes:
    return f"data: {json_text(value)}\n\n".encode()


def _vector(vector: list[float], form: str) -> list[float] | str:
    if form == "float":
        return vector
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


async def _or_gone(request: Request, waiting: Awaitable[T]) -> T:
    """What is waited for. Raises ClientDisconnect where the client goes away before it comes."""
    task = asyncio.ensure_future(waiting)
    watch = asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait({task, watch}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise ClientDisconnect
        return task.result()
    finally:
        for one in (task, watch):
            one.cancel()
        await asyncio.wait({task, watch})
        if task.done() and not task.cancelled():
            task.exception()  # seen


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
