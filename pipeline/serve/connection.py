"""A connection that does not wait for ever: uvicorn's own, with a time limit for what is asked."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

__all__ = ["HEAD_SECONDS", "TimedConnection"]

HEAD_SECONDS = 30.0
"""As long as a request's body has to come (`app.py`)."""


class TimedConnection(H11Protocol):
    """Closes where a request's head has not come within `HEAD_SECONDS` of the connection or of the
    reply before it: uvicorn waits without end for the rest of one that has begun, and each such
    client would keep a descriptor."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not self._is_waiting():
            self._forget()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget()
        super().connection_lost(exc)

    def _is_waiting(self) -> bool:
        """No request is being read or answered."""
        return self.cycle is None or self.cycle.response_complete

    def _expect(self) -> None:
        self._forget()
        if self._is_waiting() and not self.transport.is_closing():
            self._deadline = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _forget(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
