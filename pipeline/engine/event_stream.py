"""Events from the workers of one call of `sample`, handed to the caller's own thread."""

from __future__ import annotations

import queue
import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace

from pipeline.engine.base import OnToken
from pipeline.types import Draw, Sample

__all__ = ["EventStream"]


class EventStream:
    """Pieces, samples and errors in the order they come; `on_token` is called by `next` alone."""

    def __init__(self, on_token: OnToken | None) -> None:
        self._on_token = on_token
        self._events: queue.SimpleQueue[tuple[Draw, str] | Sample | BaseException]
        self._events = queue.SimpleQueue()
        self._shown: defaultdict[Draw, str] = defaultdict(str)
        self._left: set[Draw] = set()
        self.stop = threading.Event()
        """Set when the caller has gone."""

    def put(self, event: Sample | BaseException) -> None:
        self._events.put(event)

    def shower(self, request: Draw) -> Callable[[str], None]:
        """Where a worker hands on the pieces of a sample."""
        if self._on_token is None:
            return lambda _: None
        return lambda piece: self._events.put((request, piece))

    def has_left(self, request: Draw) -> bool:
        """The caller does not want more of this sample."""
        return request in self._left

    def next(self) -> Sample | None:
        """Wait for what comes next: a sample; or a piece, then None. Raises what a worker raised.

        A sample that the caller stopped has the text it was shown, though more had come by then.
        """
        event = self._events.get()
        if isinstance(event, BaseException):
            raise event
        if isinstance(event, Sample):
            request = event.request
            if request in self._left:
                return replace(event, text=self._shown[request], finish="cancelled")
            return event
        request, piece = event
        if request not in self._left and self._on_token:
            self._shown[request] += piece
            if self._on_token(request, piece) is False:
                self._left.add(request)
        return None
