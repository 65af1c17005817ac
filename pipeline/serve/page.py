"""The page at `/`, and what it asks: one file, its script and style known by their hashes."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse

from pipeline.answering.loop import Budget
from pipeline.answering.question import check_question
from pipeline.answering.trust import agreement_json, trust, trust_in
from pipeline.errors import filled
from pipeline.notes.leftout import left_out_line
from pipeline.serve.auth import COOKIE
from pipeline.serve.errors import Refused, reader
from pipeline.serve.fields import Fields
from pipeline.serve.responses import hits_json, votes_json
from pipeline.serve.worker import (
    ChoiceResult,
    Event,
    SampleEvent,
    SearchEvent,
    StrategyCall,
    TextEvent,
    VotesEvent,
)
from pipeline.shown import clean_all, json_text
from pipeline.types import Citation

if TYPE_CHECKING:
    from pipeline.serve.app import Server
    from pipeline.serve.request_queue import QueuedJob

__all__ = ["page_routes"]

_HERE = Path(__file__).parent
_PRIVATE = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
Routes = list[tuple[str, str, Callable[[Request], Coroutine[Any, Any, Response]]]]


def page_routes(server: Server) -> Routes:
    """The page's own endpoints: (method, path, endpoint)."""
    page = _Page(server)
    return [
        ("GET", "/", page.home),
        ("GET", "/favicon.ico", page.icon),
        ("GET", "/api/about", page.about),
        ("POST", "/api/key", page.key),
        ("POST", "/api/ask", page.ask),
        ("GET", "/api/note/{path:path}", page.note),
        ("GET", "/notes/{path:path}", page.note_page),
        ("GET", "/reports/{name}", page.report),
    ]


class _Page:
    def __init__(self, server: Server) -> None:
        self._server = server

    async def home(self, _: Request) -> Response:
        html, policy = _home()
        return HTMLResponse(html, headers={**_PRIVATE, "content-security-policy": policy})

    async def icon(self, _: Request) -> Response:
        """None; said so that a browser that asks, as all do, has nothing to complain of."""
        return Response(status_code=204, headers={"cache-control": "max-age=86400"})

    async def key(self, request: Request) -> Response:
        """The key given once, for a cookie that no script can read."""
        door = self._server.door
        given = (await self._server.fields(request)).text("key")
        if not door.key or not door.knows(given):
            raise Refused("That is not the key.", status=401, code="invalid_api_key")
        response = JSONResponse({"ok": True})
        response.set_cookie(COOKIE, door.cookie, httponly=True, samesite="strict", path="/")
        return response

    async def about(self, request: Request) -> Response:
        """Which model, which strategies at which measured price, which past runs, and which notes
        were not read."""
        server, shelf = self._server, self._server.shelf
        prices, runs = await asyncio.gather(
            asyncio.to_thread(shelf.prices), asyncio.to_thread(shelf.runs)
        )
        asker, names = server.work.asker, server.names
        measured = [row["strategy"] for row in prices if names.works(row["strategy"])]
        offered = list(dict.fromkeys([*reversed(names.offered), *measured]))
        return JSONResponse(clean_all({
            "model": asker.model,
            "languages": list(asker.rules.languages),
            "notices": [
                *asker.notices,
                *filter(None, [left_out_line(asker.left_out, reader(request.scope))]),
            ],
            "strategies": offered,
            "needed": {name: names.needed(name) for name in offered},
            "prices": list(prices),
            "runs": list(runs),
        }))  # fmt: skip

    async def ask(self, request: Request) -> Response:
        """A question thought through, told event by event."""
        fields = await self._server.fields(request)
        question = check_question(fields.text("question"))
        target = self._server.names.find(
            f"{self._server.names.short}@{fields.text('strategy', self._server.names.offered[-1])}"
        )
        assert target.strategy is not None
        how = StrategyCall(target.strategy, budget=_budget(fields))
        work = self._server.work
        job = await self._server.job(
            request,
            lambda talk: work.thought(question, how, None, talk),
            (TextEvent, SampleEvent, SearchEvent, VotesEvent),
        )
        return StreamingResponse(
            self._tell(job, reader(request.scope)),
            media_type="text/event-stream",
            headers=dict(_PRIVATE),
        )

    async def _tell(
        self, job: QueuedJob[list[ChoiceResult]], language: str
    ) -> AsyncIterator[bytes]:
        try:
            async for event in job.events():
                yield _told(event)
            said = (await job.result())[0]
            self._server.metrics.tokens(said.cost.prompt_tokens, said.cost.generated_tokens)
            yield _event("answer", _answer(said, language))
        except Exception as error:  # noqa: BLE001 - the status is sent: it is said in the stream
            yield _event("error", self._server.refusal(error).to_json(language)["error"])
        finally:
            job.leave()

    async def note(self, request: Request) -> Response:
        """A note's lines as JSON."""
        shown = await self._shown(request)
        fields = ("path", "lines", "first", "total", "start", "end")
        body = {name: getattr(shown, name) for name in fields}
        return JSONResponse(clean_all(body), headers=_PRIVATE)

    async def note_page(self, request: Request) -> Response:
        """A note on a page of its own."""
        shown = await self._shown(request)
        style = _read("page.css")
        policy = f"default-src 'none'; style-src '{_hash(style)}'; frame-ancestors 'none'"
        return HTMLResponse(
            shown.page(style), headers={**_PRIVATE, "content-security-policy": policy}
        )

    async def _shown(self, request: Request) -> Any:
        start = _line(request.query_params, "start", 0)
        end = _line(request.query_params, "end", start)
        show = partial(self._server.notes.show, request.path_params["path"], start, end)
        return await asyncio.to_thread(show)

    async def report(self, request: Request) -> Response:
        """The report of a past run; its own policy lets it run its own script and ask nothing."""
        name = request.path_params["name"]
        html = await asyncio.to_thread(self._server.shelf.report, name)
        if html is None:
            raise Refused("There is no such run.", status=404, code="no_such_run")
        return HTMLResponse(html, headers=_PRIVATE)


def _told(event: Event) -> bytes:
    if isinstance(event, TextEvent):
        return _event("token", {"draw": event.draw, "text": event.text})
    if isinstance(event, SampleEvent):
        sample = event.sample
        told = {
            "draw": sample.request.draw,
            "text": sample.text,
            "tokens": sample.tokens,
            "finish": sample.finish,
        }
        return _event("sample", told)
    if isinstance(event, SearchEvent):
        return _event("passages", {"passages": hits_json(event.hits)})
    assert isinstance(event, VotesEvent)
    votes = votes_json(event.votes)
    return _event("votes", {"votes": votes, "done": event.done, "most": event.most})


def _answer(said: ChoiceResult, language: str) -> dict[str, Any]:
    told = said.told
    rests_on = trust_in(said.agreement, language) if said.agreement else ""
    return {
        "text": said.text,
        "answer": said.answer,
        "votes": votes_json(said.votes),
        "agreement": agreement_json(said.agreement),
        "trust": trust(told, language) if told else rests_on,
        "draws": said.draws,
        "confidence": round(said.confidence or 0.0, 4),
        "complete": said.complete,
        "abstained": told.abstained if told else False,
        "quoted": told.quoted if told else False,
        "notice": told.notice if told else "",
        "verified": told is not None,
        "citations": [_citation(c) for c in told.citations] if told else [],
        "prompt_tokens": said.cost.prompt_tokens,
        "generated_tokens": said.cost.generated_tokens,
    }


def _citation(citation: Citation) -> dict[str, Any]:
    return {**citation.to_json(), "place": str(citation.place)}


def _event(name: str, value: dict[str, Any]) -> bytes:
    return f"event: {name}\ndata: {json_text(clean_all(value))}\n\n".encode()


def _budget(fields: Fields) -> Budget:
    seconds = fields.number("seconds", 0.0, 0.0, 3600.0)
    tokens = fields.whole("tokens", 0, 0, 10_000_000)
    return Budget(tokens or None, seconds or None)


def _line(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Refused(filled("`{name}` must be the number of a line.", name=name), param=name)
    return int(text)


@cache
def _home() -> tuple[str, str]:
    """The page whole, and its policy."""
    style, script = _read("page.css"), _read("page.js")
    html = _read("page.html").replace("/*style*/", style).replace("/*script*/", script)
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return html, policy


@cache
def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
