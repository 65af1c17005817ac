"""Sends a client what a worker tells it: events as they happen, replayed ones too."""

from __future__ import annotations

import threading
from collections.abc import Callable

from pipeline.pool import MemoryPool
from pipeline.serve.errors import ClientDisconnected
from pipeline.serve.events import Event, SearchEvent
from pipeline.types import Hits, Request, Result, Sample

__all__ = ["ClientStream", "FirstSearch", "ReplayPool"]


class ClientStream:
    """Between a worker and who listens: what happens goes to `tell`; `leave` ends the work."""

    def __init__(self, tell: Callable[[Event], None] = lambda _: None) -> None:
        self._tell = tell
        self._gone = threading.Event()

    def leave(self) -> None:
        """Nobody listens any more: the next token raises ClientDisconnected in the worker."""
        self._gone.set()

    def check(self) -> None:
        if self._gone.is_set():
            raise ClientDisconnected

    def tell(self, event: Event) -> None:
        """Hand an event on. Raises ClientDisconnected."""
        self.check()
        self._tell(event)


class FirstSearch:
    """Tells what the first search of a question found."""

    def __init__(self, client: ClientStream) -> None:
        self._client, self._told = client, False

    def tell(self, found: Hits) -> None:
        if not self._told:
            self._client.tell(SearchEvent(found.hits))
            self._told = True


class ReplayPool:
    """A pool that tells of what it has, as the engine and the search tell of what they make."""

    def __init__(self, pool: MemoryPool, tell_hits: Callable[[Hits], None]) -> None:
        self._pool, self._tell_hits = pool, tell_hits
        self.tell_sample: Callable[[Sample], None] = lambda _: None

    def get(self, request: Request) -> Result | None:
        found = self._pool.get(request)
        if isinstance(found, Sample):
            self.tell_sample(found)
        elif isinstance(found, Hits):
            self._tell_hits(found)
        return found

    def put(self, result: Result) -> Result:
        return self._pool.put(result)
