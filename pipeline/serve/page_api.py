"""The page's own endpoints: questions answered event by event, notes, past runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse

from pipeline.answering.conversation import Turn
from pipeline.answering.loop import Budget, run
from pipeline.answering.prepare import Prepared, QuestionRequest, prepare
from pipeline.answering.question import check_question
from pipeline.answering.session import Asker
from pipeline.answering.trust import agreement_json, trust, trust_in
from pipeline.errors import ThinkscaleError, filled
from pipeline.notes.formats import kind_of
from pipeline.notes.leftout import left_out_line
from pipeline.serve import page
from pipeline.serve.auth import COOKIE, check_guesses
from pipeline.serve.bodies import KeyBody, QuestionBody, check_text
from pipeline.serve.errors import Refused, reader
from pipeline.serve.events import (
    Event,
    SampleEvent,
    SearchEvent,
    StandaloneEvent,
    TextEvent,
    VotesEvent,
)
from pipeline.serve.example_questions import example_questions
from pipeline.serve.page import ADD_NOTE, SECURE
from pipeline.serve.rendered import plain_quote
from pipeline.serve.responses import hits_json, marked_quote, votes_json
from pipeline.serve.served_notes import checked_name, sources_json
from pipeline.serve.worker import (
    ChoiceResult,
    StrategyCall,
)
from pipeline.shown import clean_all, json_text
from pipeline.types import Answer, Citation

if TYPE_CHECKING:
    from pipeline.serve.app import Server
    from pipeline.serve.request_queue import QueuedJob

__all__ = ["page_routes"]

_MOST_TURNS = 8
_LONGEST_TURN = 8000  # characters
_PICTURE_WIDTHS = (200, 2400)  # pixels
Routes = list[tuple[str, str, Callable[[Request], Coroutine[Any, Any, Response]]]]


def page_routes(server: Server) -> Routes:
    """The page's own endpoints: (method, path, endpoint)."""
    api = _PageApi(server)
    return [
        ("GET", "/", api.home),
        ("GET", "/favicon.ico", api.icon),
        ("GET", "/assets/{name}", api.asset),
        ("GET", "/api/about", api.about),
        ("GET", "/api/examples", api.examples),
        ("GET", "/api/sources", api.sources),
        ("POST", ADD_NOTE, api.add_note),
        ("POST", "/api/key", api.key),
        ("POST", "/api/ask", api.ask),
        ("GET", "/api/note/{path:path}", api.note),
        ("GET", "/api/picture/{path:path}", api.picture),
        ("GET", "/notes/{path:path}", api.note_page),
        ("GET", "/reports/{name}", api.report),
    ]


class _PageApi:
    def __init__(self, server: Server) -> None:
        self._server = server
        self._examples: dict[tuple[str, str], list[str]] = {}

    async def home(self, _: Request) -> Response:
        html, policy = page.home()
        return HTMLResponse(html, headers={**SECURE, "content-security-policy": policy})

    async def asset(self, request: Request) -> Response:
        """A font of the formulas."""
        font = page.font(request.path_params["name"])
        if font is None:
            raise Refused("There is nothing at this address.", status=404)
        headers = {"cache-control": "max-age=604800", "x-content-type-options": "nosniff"}
        return Response(font, media_type="font/woff2", headers=headers)

    async def icon(self, _: Request) -> Response:
        """None; said so that a browser that asks, as all do, has nothing to complain of."""
        return Response(status_code=204, headers={"cache-control": "max-age=86400"})

    async def key(self, request: Request) -> Response:
        """The key given once, for a cookie that no script can read."""
        policy = self._server.policy
        given = (await self._server.body(request, KeyBody)).key
        guesses = self._server.guesses
        if not policy.key or not check_guesses(guesses, request.scope, lambda: policy.knows(given)):
            raise Refused("That is not the key.", status=401, code="invalid_api_key")
        response = JSONResponse({"ok": True})
        response.set_cookie(COOKIE, policy.cookie, httponly=True, samesite="strict", path="/")
        return response

    async def examples(self, request: Request) -> Response:
        """Questions to begin with, from the headings of the notes, in the language of the page
        where the notes have it."""
        language = reader(request.scope)
        asker = self._server.work.asker
        key = (asker.index.identity, language)
        if key not in self._examples:
            alone = self._server.work.notes_alone
            self._examples[key] = await asyncio.to_thread(_examples, asker, language, alone)
        return JSONResponse({"questions": clean_all(self._examples[key])}, headers=SECURE)

    async def sources(self, request: Request) -> Response:
        """What is indexed and what was left out; whether a file may be added."""
        asker, adder = self._server.work.asker, self._server.adder
        told = await asyncio.to_thread(sources_json, asker, reader(request.scope))
        folder = str(adder.folder) if adder else None
        return JSONResponse(clean_all({**told, "folder": folder}), headers=SECURE)

    async def add_note(self, request: Request) -> Response:
        """A file put into the notes folder and indexed, told event by event."""
        adder, language = self._server.adder, reader(request.scope)
        if adder is None:
            raise Refused(
                "Notes cannot be added over this server.", "Put the file into the notes folder.",
                status=403, code="read_only",
            )  # fmt: skip
        if request.headers.get("content-type") != "application/octet-stream":
            raise Refused("Send the file as application/octet-stream.", status=415)
        name = checked_name(request.query_params.get("name", ""))
        data = await request.body()
        told: asyncio.Queue[tuple[str, int, int]] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def progress(stage: str, done: int, most: int) -> None:
            loop.call_soon_threadsafe(told.put_nowait, (stage, done, most))

        adding = asyncio.ensure_future(asyncio.to_thread(adder.add, name, data, progress))
        adding.add_done_callback(lambda done: done.cancelled() or done.exception())  # is looked at

        async def events() -> AsyncIterator[bytes]:
            while not (adding.done() and told.empty()):
                try:
                    stage, done, most = await asyncio.wait_for(told.get(), 0.2)
                except TimeoutError:
                    continue
                yield _event("progress", {"stage": stage, "done": done, "most": most})
            if error := adding.exception():
                refused = self._server.refusal(error)  # type: ignore[arg-type]
                yield _event("error", refused.to_json(language)["error"])
            else:
                yield _event("added", {"path": adding.result()})

        return StreamingResponse(
            events(), media_type="text/event-stream", headers=dict(SECURE)
        )  # fmt: skip

    async def about(self, request: Request) -> Response:
        """Which models, which strategies at which measured price, which past runs, and which notes
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
            "reasoner": asker.reasoner,
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
        body = await self._server.body(request, QuestionBody)
        question = check_question(body.question)
        target = self._server.names.find(
            f"{self._server.names.short}@{body.strategy or self._server.names.offered[-1]}"
        )
        assert target.strategy is not None
        access = target.strategy.access
        how = StrategyCall(
            target.strategy,
            draws=body.samples,
            budget=Budget(body.tokens or None, body.seconds or None),
            turns=_turns(body.history) if access and access.kind in ("ask", "rag") else (),
            keep=True,
        )
        work = self._server.work
        job = await self._server.job(
            request,
            lambda client: work.answer(question, how, None, client),
            (TextEvent, SampleEvent, StandaloneEvent, SearchEvent, VotesEvent),
        )
        return StreamingResponse(
            self._tell(job, reader(request.scope)),
            media_type="text/event-stream",
            headers=dict(SECURE),
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
        fields = (
            "path", "lines", "first", "total", "start", "end", "kind", "tree", "mark", "page",
        )  # fmt: skip
        body = {name: getattr(shown, name) for name in fields}
        return JSONResponse(clean_all(body), headers=SECURE)

    async def picture(self, request: Request) -> Response:
        """A page of a PDF as a picture, with where a quotation stands on it."""
        query = request.query_params
        low, high = _PICTURE_WIDTHS
        width = min(max(_line(query, "width", 1000), low), high)
        quote = check_text(query.get("quote", ""), "quote")
        draw = partial(
            self._server.notes.picture,
            request.path_params["path"],
            _line(query, "page", 1),
            width,
            quote,
        )
        return JSONResponse(await asyncio.to_thread(draw), headers=SECURE)

    async def note_page(self, request: Request) -> Response:
        """A note on a page of its own."""
        shown = await self._shown(request)
        style = page.read("page.css")
        headers = {**SECURE, "content-security-policy": page.note_policy(style)}
        return HTMLResponse(shown.html(style), headers=headers)

    async def _shown(self, request: Request) -> Any:
        start = _line(request.query_params, "start", 0)
        end = _line(request.query_params, "end", start)
        quote = check_text(request.query_params.get("quote", ""), "quote")
        show = partial(self._server.notes.show, request.path_params["path"], start, end, quote)
        return await asyncio.to_thread(show)

    async def report(self, request: Request) -> Response:
        """The report of a past run; its own policy lets it run its own script and ask nothing."""
        name = request.path_params["name"]
        html = await asyncio.to_thread(self._server.shelf.report, name)
        if html is None:
            raise Refused("There is no such run.", status=404, code="no_such_run")
        return HTMLResponse(html, headers=SECURE)


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
    if isinstance(event, StandaloneEvent):
        return _event("standing", {"question": event.question})
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
        "kind": told.kind if told else "",
        "citations": [_citation(c, _to_mark(told)) for c in told.citations] if told else [],
        "also": [_citation(c, "") for c in told.also] if told else [],
        "closest": [_citation(c, "") for c in told.closest] if told else [],
        "prompt_tokens": said.cost.prompt_tokens,
        "generated_tokens": said.cost.generated_tokens,
    }


def _to_mark(told: Answer) -> str:
    """What is marked in the quotations: what the answer says, of a quotation what was asked for."""
    if told.quoted:
        return told.text[slice(*told.marked)] if told.marked else ""
    return told.text


def _citation(citation: Citation, answer: str) -> dict[str, Any]:
    place = citation.place
    quote = plain_quote(kind_of(place.source), citation.quote).strip()
    return {
        **citation.to_json(),
        "place": str(place),
        "page": place.first if place.unit == "page" else 0,
        "marked": marked_quote(" ".join(quote.split()), answer),
    }


def _event(name: str, value: dict[str, Any]) -> bytes:
    return f"event: {name}\ndata: {json_text(clean_all(value))}\n\n".encode()


def _line(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Refused(filled("`{name}` must be the number of a line.", name=name), param=name)
    return int(text)


def _turns(given: Any) -> tuple[Turn, ...]:
    """The last turns of the conversation that the page sends along."""
    if given is None:
        return ()
    wrong = Refused("`history` must be a list of questions and answers.", param="history")
    if not isinstance(given, list):
        raise wrong
    turns = []
    for one in given[-_MOST_TURNS:]:
        if not isinstance(one, dict):
            raise wrong
        question, answer = one.get("question"), one.get("answer", "")
        if not isinstance(question, str) or not isinstance(answer, str) or not question.strip():
            raise wrong
        turns.append(
            Turn(
                check_text(question[:_LONGEST_TURN], "history"),
                check_text(answer[:_LONGEST_TURN], "history"),
            )
        )
    return tuple(turns)


def _examples(
    asker: Asker, language: str, alone: Callable[[Callable[[], Prepared]], Prepared]
) -> list[str]:
    """Example questions that the notes answer, told by the search alone: no model is asked.
    Each takes its turn among those who search the notes."""

    def answerable(question: str) -> bool:
        rules = replace(asker.rules, weigh=False, languages=())
        course = prepare(QuestionRequest(question), rules, asker.index)
        try:
            prepared = alone(partial(run, course, asker.engine, asker.index.look_up))
            return (prepared.quotation or prepared.composition) is not None
        except ThinkscaleError:
            return False

    passages = asker.index.passages
    first = example_questions(passages, (language,), answerable)
    return first or example_questions(passages, ("en", "ko"), answerable)
