"""The remote engine: any endpoint that speaks OpenAI's completions or chat, under one contract.

For a model that outgrows the machine: vLLM, llama-server, llama-cpp-python's server. One HTTP
request is one draw with its own seed, several at a time, so the server batches them and its prefix
cache reads the prompt once; `use_n` asks for all draws of a prompt in one request instead.
"""

from __future__ import annotations

import os
import queue
import threading
from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import urldefrag

from pipeline.engine.base import ModelInfo, OnToken, draw_seed, request_key
from pipeline.engine.confidence import group_of, summarise
from pipeline.engine.ledger import Ledger
from pipeline.engine.lineage import begun, require_parent
from pipeline.engine.reply import Reply
from pipeline.engine.transport import Gone, Transport
from pipeline.errors import ModelError, PromptError
from pipeline.types import Confidence, Cost, Message, Prompt, Sample, SampleRequest

__all__ = ["RemoteEngine", "is_endpoint"]

_REMEMBERED = 1024
_TOP = 20


def is_endpoint(path: str) -> bool:
    """`model.path` names an endpoint, not a file."""
    return path.startswith(("http://", "https://"))


class RemoteEngine:
    """Samples from an endpoint such as `http://127.0.0.1:8000/v1#model-name` (without a name, the
    first model the endpoint lists).

    `concurrency` requests at a time; each is tried `retries` times more after a failed connection,
    a timeout of `timeout` seconds, 429, 5xx or an answer that is none. `plain` sends only OpenAI's
    own fields, for endpoints that refuse others (then top_k, min_p, repeat_penalty and grammar must
    be off). The key, if one is needed, is read from the environment: THINKSCALE_API_KEY.

    Raises ModelError when the endpoint cannot be reached.
    """

    def __init__(
        self,
        url: str,
        *,
        context: int = 4096,
        languages: Sequence[str] = ("en",),
        concurrency: int = 8,
        timeout: float = 120.0,
        retries: int = 3,
        backoff: float = 0.5,
        use_n: bool = False,
        logprobs: bool = True,
        plain: bool = False,
    ) -> None:
        base, name = urldefrag(url)
        self._transport = Transport(
            base.rstrip("/"),
            key=os.environ.get("THINKSCALE_API_KEY", ""),
            timeout=timeout,
            retries=retries,
            backoff=backoff,
            concurrency=concurrency,
        )
        self._concurrency, self._use_n, self._plain = concurrency, use_n, plain
        self._logprobs = logprobs
        self._lock = threading.Lock()
        self._cancelled: set[SampleRequest] = set()
        self._known: OrderedDict[str, tuple[Prompt, str]] = OrderedDict()
        self._ledger = Ledger()
        try:
            self._info = self._describe(name, context, tuple(languages))
        except BaseException:
            self._transport.close()
            raise

    @property
    def info(self) -> ModelInfo:
        return self._info

    def sample(
        self, requests: Iterable[SampleRequest], on_token: OnToken | None = None
    ) -> Iterator[Sample]:
        asked = list(requests)
        for request in asked:
            self._check(request)
        paying = {r for r, pays in zip(asked, self._ledger.payers(asked), strict=True) if pays}
        return self._serve(self._groups(asked), paying, on_token)

    def cancel(self, request: SampleRequest) -> None:
        with self._lock:
            self._cancelled.add(request)

    def score(self, prompt: Prompt, continuations: Sequence[str]) -> list[float]:
        """As the contract says, for a prompt of raw text on an endpoint that echoes
        log-probabilities; ModelError elsewhere."""
        if prompt.text is None:
            raise ModelError(
                "An endpoint scores raw text only.", "Give the prompt as text, or score locally."
            )
        scores = []
        for continuation in continuations:
            body = {
                "model": self._info.name, "prompt": prompt.text + continuation, "max_tokens": 1,
                "temperature": 0.0, "logprobs": 1, "echo": True,
            }  # fmt: skip
            choice = self._transport.post("/completions", body)["choices"][0]
            found = choice.get("logprobs") or {}
            offsets, values = found.get("text_offset"), found.get("token_logprobs")
            if not offsets or not values:
                raise ModelError(
                    "The endpoint does not give log-probabilities of a prompt.", "Score locally."
                )
            start, end = len(prompt.text), len(prompt.text + continuation)
            scores.append(
                sum(v or 0.0 for o, v in zip(offsets, values, strict=False) if start <= o < end)
            )
        return scores

    def count(self, prompt: Prompt) -> int:
        """An estimate: a token for every three bytes. The endpoint counts for itself."""
        text = prompt.text or "".join(m.content for m in prompt.messages)
        return -(-len(text.encode()) // 3) + 4 * len(prompt.messages)

    def close(self) -> None:
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # -- asking ------------------------------------------------------------------------------

    def _describe(self, name: str, context: int, languages: tuple[str, ...]) -> ModelInfo:
        listed = self._transport.get("/models").get("data")
        rows = [r for r in listed if isinstance(r, dict)] if isinstance(listed, list) else []
        row = next(
            (r for r in rows if r.get("id") == name), None if name else rows[0] if rows else None
        )
        if not name and row is None:
            raise ModelError(
                f"{self._transport.base} lists no model.", "Name one: put #NAME after the address."
            )
        meta = (row or {}).get("meta") or {}
        longest = (row or {}).get("max_model_len") or meta.get("n_ctx_train") or context
        return ModelInfo(
            name=name or str((row or {}).get("id")),
            engine="remote",
            version="openai-v1",
            context=min(context, int(longest)),
            parameters=int(meta.get("n_params") or 0),
            languages=languages,
            path=self._transport.base,
        )

    def _check(self, request: SampleRequest) -> None:
        prompt, params = request.prompt, request.params
        if not (prompt.text or any(m.content.strip() for m in prompt.messages)):
            raise PromptError("The prompt is empty.", "Give it some text.")
        require_parent(request, request.parent in self._known)
        off = params.top_k == 0 and params.min_p == 0 and params.repeat_penalty == 1
        if self._plain and not (off and not params.grammar):
            raise PromptError(
                "This endpoint knows no top_k, min_p, repeat_penalty or grammar.",
                "Set them to 0, 0, 1 and empty, or open the engine without plain=True.",
            )

    def _groups(self, requests: list[SampleRequest]) -> deque[list[SampleRequest]]:
        """What is asked in one HTTP request: a draw, or with `use_n` all draws that are alike."""
        if not self._use_n:
            return deque([r] for r in requests)
        alike: dict[object, list[SampleRequest]] = {}
        for r in requests:
            alike.setdefault((r.prompt, r.params, r.item, r.parent), []).append(r)
        return deque(alike.values())

    def _serve(
        self,
        groups: deque[list[SampleRequest]],
        paying: set[SampleRequest],
        on_token: OnToken | None,
    ) -> Iterator[Sample]:
        results: queue.Queue[list[Sample] | BaseException] = queue.Queue()
        stop = threading.Event()
        left = sum(len(g) for g in groups)

        def work(group: list[SampleRequest]) -> None:
            try:
                results.put(self._ask(group, paying, stop))
            except Gone:
                pass
            except BaseException as error:  # noqa: BLE001 - carried to the caller's thread
                results.put(error)

        pool = ThreadPoolExecutor(self._concurrency, thread_name_prefix="thinkscale-remote")
        try:
            for group in groups:
                pool.submit(work, group)
            while left:
                got = results.get()
                if isinstance(got, BaseException):
                    raise got
                for sample in got:
                    left -= 1
                    yield self._deliver(sample, on_token)
        finally:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)

    def _deliver(self, sample: Sample, on_token: OnToken | None) -> Sample:
        if sample.finish != "cancelled" and sample.text and on_token:
            on_token(sample.request, sample.text)
        return sample

    def _is_cancelled(self, request: SampleRequest) -> bool:
        with self._lock:
            if request in self._cancelled:
                self._cancelled.discard(request)
                return True
        return False

    def _ask(
        self, group: list[SampleRequest], paying: set[SampleRequest], stop: threading.Event
    ) -> list[Sample]:
        """The samples of one group; what an answer with too few choices lacks is asked again."""
        samples = [_cancelled(r, self._info) for r in group if self._is_cancelled(r)]
        gone = {s.request for s in samples}
        waiting = deque(r for r in group if r not in gone)
        while waiting:
            path, body = self._body(waiting[0], len(waiting))
            answer = self._post(path, body, stop)
            choices = [c for c in answer.get("choices") or [] if isinstance(c, dict)]
            if not choices:
                raise ModelError(
                    f"{self._transport.base} answered without a single choice.",
                    "Is it an OpenAI-compatible endpoint?",
                )
            asked = len(choices)
            for choice in choices:
                if waiting:
                    request = waiting.popleft()
                    pays = request in paying
                    samples.append(self._sample(request, choice, answer, asked, pays))
        return samples

    def _post(self, path: str, body: dict[str, Any], stop: threading.Event) -> dict[str, Any]:
        try:
            return self._transport.post(path, body, stop)
        except ModelError as error:
            if "logprob" not in str(error) or "logprobs" not in body:
                raise
        self._logprobs = False  # the endpoint cannot give them; draws matter more
        body = {k: v for k, v in body.items() if k not in ("logprobs", "top_logprobs")}
        return self._transport.post(path, body, stop)

    def _body(self, request: SampleRequest, n: int) -> tuple[str, dict[str, Any]]:
        p = request.params
        body: dict[str, Any] = {
            "model": self._info.name,
            "n": n,
            "max_tokens": p.max_tokens,
            "temperature": p.temperature,
            "top_p": p.top_p,
            "seed": draw_seed(p.seed, request.item, request.draw) & 0x7FFFFFFF,
            "stop": list(p.stop) or None,
            "stream": False,
            "frequency_penalty": 0.0,
            "presence_penalty": 0.0,
        }
        if p.logit_bias:
            body["logit_bias"] = {str(token): bias for token, bias in p.logit_bias}
        if not self._plain:
            # llama.cpp says repeat_penalty, vLLM repetition_penalty.
            body |= {"top_k": p.top_k, "min_p": p.min_p, "repeat_penalty": p.repeat_penalty}
            body["repetition_penalty"] = p.repeat_penalty
            if p.grammar:
                body |= {"grammar": p.grammar, "guided_grammar": p.grammar}
        prompt = self._prompt(request)
        if prompt.text is not None:
            if self._logprobs:
                body["logprobs"] = _TOP
            return "/completions", body | {"prompt": prompt.text}
        if self._logprobs:
            body |= {"logprobs": True, "top_logprobs": _TOP}
        body["messages"] = [{"role": m.role, "content": m.content} for m in prompt.messages]
        if prompt.messages[-1].role == "assistant":  # to be continued, not answered
            body |= {"continue_final_message": True, "add_generation_prompt": False}
        return "/chat/completions", body

    def _prompt(self, request: SampleRequest) -> Prompt:
        """The prompt to send: a parent's reply stands at its end when it is to be continued."""
        if request.parent is None or begun(request.prompt) is not None:
            return request.prompt
        prompt, reply = self._known[request.parent]
        if request.prompt != prompt:
            return request.prompt
        if prompt.text is not None:
            return Prompt(text=prompt.text + reply)
        return Prompt(messages=(*prompt.messages, Message("assistant", reply)))

    def _price(self, request: SampleRequest, read: int) -> int:
        """Of the tokens that the endpoint says it read, those to be paid for: the part after the
        parent's text is estimated by its share of the characters."""
        if request.parent is None:
            return read
        sent = self._prompt(request)
        paid = begun(sent)
        if paid is None:  # raw text
            known = self._known[request.parent]
            paid = Prompt(text=(known[0].text or "") + known[1])
        whole = self.count(sent)
        return round(read * max(whole - self.count(paid), 0) / max(whole, 1))

    # -- answers -----------------------------------------------------------------------------

    def _sample(
        self,
        request: SampleRequest,
        choice: dict[str, Any],
        answer: dict[str, Any],
        asked: int,
        pays: bool,
    ) -> Sample:
        message = choice.get("message")
        content = message.get("content") if isinstance(message, dict) else choice.get("text")
        if not isinstance(content, str):
            content = ""
        thinking = ""
        if isinstance(message, dict):
            thinking = str(message.get("reasoning_content") or message.get("reasoning") or "")
        ended = choice.get("finish_reason")
        if ended == "length":  # a server may cut inside a character and write a mark for the half
            content = content.rstrip("\ufffd")
        reply = Reply(request.params.stop, thinks=True)
        reply.feed(content.encode("utf-8", "ignore"))
        reply.end()
        params = request.params
        logprobs, confidences = _logprobs(choice.get("logprobs"))
        usage = answer.get("usage") if isinstance(answer.get("usage"), dict) else {}
        assert isinstance(usage, dict)
        counted = int(usage.get("completion_tokens") or 0)
        tokens = len(logprobs) or (counted if asked == 1 else round(counted / asked))
        key = request_key(self._info, request)
        paid = self._price(request, int(usage.get("prompt_tokens") or 0)) if pays else 0
        sure = summarise(logprobs, confidences, group_of(params)) if logprobs else Confidence()
        finish: Literal["stop", "length", "cancelled"]
        finish = "length" if ended == "length" and not reply.stopped else "stop"
        if logprobs and params.stop_below > 0 and sure.lowest_group < params.stop_below:
            finish = "cancelled"
        with self._lock:
            self._known[key] = (request.prompt, content)
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return Sample(
            request=request,
            text=reply.text,
            finish=finish,
            tokens=tokens,
            thinking=(thinking or reply.thinking).strip(),
            confidence=sure,
            cost=Cost(paid, tokens, float(answer.get("_seconds", 0.0)) / asked),
            key=key,
        )


def _cancelled(request: SampleRequest, info: ModelInfo) -> Sample:
    return Sample(request, "", "cancelled", 0, key=request_key(info, request))


def _logprobs(found: Any) -> tuple[list[float], list[float]]:
    """Log-probabilities of the tokens, and token confidences, of either kind of answer."""
    if not isinstance(found, dict):
        return [], []
    if isinstance(found.get("content"), list):
        rows = [r for r in found["content"] if isinstance(r, dict)]
        chosen = [_number(r.get("logprob")) for r in rows]
        tops = [[_number(t.get("logprob")) for t in r.get("top_logprobs") or []] for r in rows]
    else:
        chosen = [_number(v) for v in found.get("token_logprobs") or []]
        tops = [[_number(v) for v in (t or {}).values()] for t in found.get("top_logprobs") or []]
        tops += [[] for _ in range(len(chosen) - len(tops))]
    sure = [-sum(top) / len(top) if top else -own for own, top in zip(chosen, tops, strict=False)]
    return chosen, sure


def _number(value: Any) -> float:
    return max(float(value), -100.0) if isinstance(value, (int, float)) else 0.0
