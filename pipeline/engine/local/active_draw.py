"""A sample being written: its request, its tokens so far, its place in the batch."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Literal

from pipeline.engine.base import ModelInfo, OnToken
from pipeline.engine.confidence import below, group_of, summarise
from pipeline.engine.local.native import NativeModel
from pipeline.engine.local.reply import THINK_TAGS, ReplyStream
from pipeline.engine.local.sampler import SamplerChain
from pipeline.engine.local.sequences import CachedSequence
from pipeline.types import Cost, Draw, Sample

__all__ = ["ActiveDraw", "DrawBatch"]

_CLOSINGS = {close.encode() for _, close in THINK_TAGS}
Finish = Literal["stop", "length", "cancelled", "error"]


@dataclass(slots=True, eq=False)
class DrawBatch:
    """One call of `sample`: its samples as they finish."""

    on_token: OnToken | None = None
    left: int = 0
    done: deque[Sample] = field(default_factory=deque)
    error: BaseException | None = None
    """What its `on_token` raised: raised again to its caller, as others share the step."""

    def show(self, request: Draw, piece: str) -> bool:
        """Hand a piece on; False when the sample is to be cancelled."""
        if not piece or not self.on_token or self.error:
            return True
        try:
            return self.on_token(request, piece) is not False
        except BaseException as error:  # noqa: BLE001 - see `error`
            self.error = error
            return False


@dataclass(slots=True, eq=False)
class ActiveDraw:
    """`tokens` is the prompt, one list object for all samples of it; `limit` the most new
    tokens."""

    request: Draw
    job: DrawBatch
    key: str
    seed: int
    tokens: list[int]
    limit: int
    charge: int
    """Prompt tokens this sample pays for."""
    length: int
    """Tokens of the prompt as a price knows it: as if nothing had been in memory."""
    rendered: str = ""
    """The prompt as text."""
    opened: bool = False
    """The prompt ends inside the think tags."""
    ends: tuple[str, ...] = ()
    """What ends a reply beside the request's own stop strings."""
    trim: bool = False
    """Spaces before the reply are not part of it."""
    close_tag: tuple[int, ...] = ()
    """Tokens that close the thinking, when its budget is spent."""
    wait: tuple[int, ...] = ()
    """Tokens put in the place of a thought that ends too soon."""

    seat: CachedSequence | None = None
    chain: SamplerChain | None = None
    reply: ReplyStream = field(init=False)
    generated: list[int] = field(default_factory=list)
    next: int = -1
    """The token to be read in the next step."""
    forced: deque[int] = field(default_factory=deque)
    thought: int = 0
    logprobs: list[float] = field(default_factory=list)
    confidences: list[float] = field(default_factory=list)
    group: int = field(init=False)
    """Tokens in a confidence group; 0 lets the reply's length decide."""
    seconds: float = 0.0
    finish: Finish | None = None

    def __post_init__(self) -> None:
        self.group = group_of(self.request.params)
        self.restart()

    def restart(self) -> None:
        """As if nothing had been drawn yet."""
        stop = (*self.request.params.stop, *self.ends)
        self.reply = ReplyStream(stop, thinks=True, inside=self.opened, trim=self.trim)
        self.generated, self.logprobs, self.confidences = [], [], []
        self.forced.clear()
        self.thought = 0
        self.next = -1
        if self.chain:
            self.chain.close()
            self.chain = None

    def take(self, token: int, model: NativeModel) -> None:
        """The next token was drawn: text, stop, budget, length."""
        data = model.piece(token)
        reply = self.reply
        ends = data is None or data.strip() in _CLOSINGS
        if ends and reply.is_thinking and self.thought < self.request.params.think_min:
            self.forced.extend(self.wait)  # it would end the thought too soon: it goes on instead
            token = self.forced.popleft()
            data = model.piece(token) or b""
        if data is None:
            self.finish = "stop"
            return
        self.next = token
        self.generated.append(token)
        if not self.job.show(self.request, reply.feed(data)):
            self.finish = "cancelled"
        elif reply.stopped:
            self.finish = "stop"
        elif len(self.generated) >= self.limit:
            self.finish = "length"
        elif below(self.confidences, self.group, self.request.params.stop_below):
            self.finish = "cancelled"
        elif reply.is_thinking:
            self._budget()

    def _budget(self) -> None:
        self.thought += 1
        budget = self.request.params.think_budget
        if budget is not None and self.thought == max(budget, 1) and self.close_tag:
            self.forced.extend(self.close_tag)

    def sample(self, info: ModelInfo) -> Sample:
        """The finished sample. Its pieces shown so far and the last one make its text."""
        if self.chain:
            self.chain.close()
            self.chain = None
        self.job.show(self.request, self.reply.end())
        n = len(self.generated)
        flops = info.flops(n, self.length)
        if self.charge:
            flops += info.flops(self.charge, self.length - self.charge, heads=1)
        return Sample(
            request=self.request,
            text=self.reply.text,
            finish=self.finish or "cancelled",
            tokens=n,
            thinking=self.reply.thinking,
            confidence=summarise(self.logprobs, self.confidences, self.group),
            cost=Cost(self.charge, n, self.seconds, flops),
            key=self.key,
        )
