"""The request queue: which requests run, wait or get a 429; and events from workers to the loop."""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Generic, TypeVar

from pipeline.errors import filled
from pipeline.serve.client_stream import ClientStream
from pipeline.serve.errors import ClientDisconnected, Refused
from pipeline.serve.events import Event

__all__ = ["QueuedJob", "RequestQueue"]

T = TypeVar("T")
EventKinds = tuple[type[Event], ...]


class RequestQueue:
    """At most `at_once` requests are worked on and `most` wait in the order they came; one more is
    refused with the seconds after which a place is likely to be free."""

    def __init__(self, at_once: int, most: int) -> None:
        self.at_once, self.most = at_once, most
        self.waiting = 0
        self.busy = 0
        self.left = 0
        """Requests whose client went away."""
        self.closed = False
        self._jobs: set[QueuedJob[Any]] = set()
        self._mean = 1.0
        self._seats = asyncio.Semaphore(at_once)
        self._workers = ThreadPoolExecutor(at_once, thread_name_prefix="serve")

    async def enter(self) -> None:
        """Wait for a place. Raises Refused: 429 where too many wait, 503 while closing."""
        if self.closed:
            raise _closing()
        if self.waiting >= self.most and self._seats.locked():
            seconds = self.wait_seconds()
            raise Refused(
                filled(
                    "{busy} requests are worked on and {waiting} wait.",
                    busy=self.busy,
                    waiting=self.waiting,
                ),
                filled("Come again in about {seconds} s.", seconds=seconds),
                status=429,
                code="queue_full",
                retry_after=seconds,
            )
        self.waiting += 1
        try:
            await self._seats.acquire()
        finally:
            self.waiting -= 1
        if self.closed:
            self._seats.release()  # for the next who waits, to be told the same
            raise _closing()
        self.busy += 1

    def wait_seconds(self) -> int:
        """How long one who joined now would wait, from how long the last ones took."""
        return max(1, min(600, math.ceil(self._mean * (self.waiting + 1) / self.at_once)))

    def start(self, work: Callable[[ClientStream], T], told: EventKinds = ()) -> QueuedJob[T]:
        """Begin work in the place that was entered; it is free again when the work has ended.
        `told` are the kinds of events that will be listened to."""
        begun = time.monotonic()
        job: QueuedJob[T] = QueuedJob(self._workers, work, told)
        self._jobs.add(job)

        def done(_: Future[T]) -> None:
            job.later(self._leave, time.monotonic() - begun, job)

        job.future.add_done_callback(done)
        return job

    def _leave(self, seconds: float, job: QueuedJob[T]) -> None:
        self.busy -= 1
        self._jobs.discard(job)
        self._seats.release()
        if job.future.cancelled() or isinstance(job.future.exception(), ClientDisconnected):
            self.left += 1
        else:
            self._mean += 0.1 * (seconds - self._mean)

    def stop(self, grace: float) -> None:
        """Take no more, send away who waits, and after `grace` seconds end what is worked on. To be
        called in the loop."""
        self.closed = True
        self._seats.release()
        asyncio.get_running_loop().call_later(grace, self._end)

    def _end(self) -> None:
        for job in self._jobs:
            job.end()

    def close(self) -> None:
        """Take no more; wait for what is worked on."""
        self.closed = True
        self._workers.shutdown(wait=True, cancel_futures=True)


class QueuedJob(Generic[T]):
    """Work in a thread, its result and the events of the kinds `told` in the loop: whoever reads
    whole replies only must not wake the loop with every token of every draw."""

    def __init__(
        self, workers: ThreadPoolExecutor, work: Callable[[ClientStream], T], told: EventKinds = ()
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._events: asyncio.Queue[Event | None] = asyncio.Queue()
        self._talk = ClientStream(
            lambda event: self._put(event) if isinstance(event, told) else None
        )
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self.future: Future[T] = workers.submit(work, self._talk)
        self.future.add_done_callback(lambda _: self._put(None))

    def _put(self, event: Event | None) -> None:
        self.later(self._events.put_nowait, event)

    def later(self, call: Callable[..., None], *args: object) -> None:
        """Have the loop do something; where it was stopped by force nobody is left to tell."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(call, *args)

    async def events(self) -> AsyncIterator[Event]:
        """What happens, to the end of the work."""
        while (event := await self._events.get()) is not None:
            yield event

    async def result(self) -> T:
        """What came of it. Raises what the work raised, and Refused where the server ended it."""
        outcome = asyncio.wrap_future(self.future)
        try:
            either: set[asyncio.Future[Any]] = {outcome, self._ended}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if not outcome.done() or (self._ended.done() and _was_left(self.future)):
                raise _closing()
            return outcome.result()
        finally:
            outcome.cancel()  # does nothing to what is done

    def end(self) -> None:
        """The server closes: who waits for the result is told so."""
        if not self._ended.done():
            self._ended.set_result(None)
        self._put(None)
        self.leave()

    def leave(self) -> None:
        """Nobody listens any more. Work that has ended does not mind."""
        self._talk.leave()


def _was_left(future: Future[T]) -> bool:
    """The work ended because nobody listened any more."""
    return not future.cancelled() and isinstance(future.exception(), ClientDisconnected)


def _closing() -> Refused:
    return Refused("The server is closing.", status=503, code="closing", retry_after=5)
