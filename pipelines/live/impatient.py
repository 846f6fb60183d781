"""The server's side of a connection, which no client can hold for long by being slow."""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

REQUEST_SECONDS = 10.0
"""How long a client may take for the head of a request, or for a body that was refused unread."""
ANSWER_SECONDS = 30.0
"""How long a request may take from its head until the client has taken the answer."""
REQUEST = "request"
"""What a connection waits for that is neither idle nor answering."""


class ImpatientProtocol(H11Protocol):
    """Ends a connection whose client sends a request, or takes an answer, too slowly.

    A connection that is idle between requests is left to the server's keep-alive time.
    """

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._waits_for: object = None
        self._limit: asyncio.TimerHandle | None = None
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Take bytes, which do not extend the time for the rest of a request."""
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        """Go on to the next request."""
        super().on_response_complete()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        super().connection_lost(exc)
        self._stop_limit()

    def _watch(self) -> None:
        """Limit the time for what the connection waits for, from when it began to."""
        waits_for = self._waited_for()
        if waits_for is self._waits_for:
            return
        self._stop_limit()
        self._waits_for = waits_for
        if waits_for is not None:
            seconds = REQUEST_SECONDS if waits_for is REQUEST else ANSWER_SECONDS
            self._limit = self.loop.call_later(seconds, self.transport.abort)

    def _waited_for(self) -> object:
        """Return REQUEST, the request that is being answered, or None for an idle connection."""
        if self.cycle is None:
            return REQUEST
        if not self.cycle.response_complete:
            return self.cycle
        is_idle = self.conn.their_state is h11.IDLE and not self.conn.trailing_data[0]
        return None if is_idle else REQUEST

    def _stop_limit(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
        self._limit = None
